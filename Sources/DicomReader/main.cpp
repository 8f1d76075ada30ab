// islet-dicom: reads CT images with GDCM, so that no other process loads it.
//
// Applies nothing: stored values and attributes go out as they are, DicomSeries makes a volume of them.
// GDCM ends its process on some damaged files; that is why this is one, and why it is bounded below.

#include "Attributes.h"
#include "Protocol.h"

#include <gdcm-3.0/gdcmImageReader.h>
#include <gdcm-3.0/gdcmTrace.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <limits>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace islet {
namespace {

constexpr rlim_t largest_address_space = rlim_t(4) << 30;
constexpr rlim_t largest_voxel_file = rlim_t(8) << 30;
constexpr uint64_t largest_image = uint64_t(1) << 31;

/// Refuses the file it is on; the text goes to the user behind the file's name.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void write_all(int descriptor, const void *bytes, size_t count) {
  const char *next = static_cast<const char *>(bytes);
  while (count > 0) {
    const ssize_t written = write(descriptor, next, count);
    if (written < 0 && errno == EINTR) continue;
    // Nobody is left to tell.
    if (written <= 0) _exit(3);
    next += written;
    count -= size_t(written);
  }
}

void send(MessageKind kind, size_t file, const void *body = nullptr, size_t length = 0) {
  const MessageHeader header = {message_magic, uint32_t(kind), uint32_t(file), uint32_t(length)};
  write_all(STDOUT_FILENO, &header, sizeof header);
  write_all(STDOUT_FILENO, body, length);
}

void send_text(MessageKind kind, size_t file, const std::string &text) {
  send(kind, file, text.data(), std::min(text.size(), longest_text));
}

template <size_t count>
void copy(const std::string &text, char (&field)[count]) {
  std::memcpy(field, text.data(), std::min(text.size(), count - 1));
}

std::vector<std::string> paths() {
  std::string list;
  char block[1 << 16];
  for (ssize_t count; (count = read(STDIN_FILENO, block, sizeof block)) != 0;) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) _exit(3);
    list.append(block, size_t(count));
  }
  std::vector<std::string> result;
  for (size_t start = 0, end; (end = list.find('\0', start)) != std::string::npos; start = end + 1)
    result.push_back(list.substr(start, end - start));
  return result;
}

/// Why a file is no CT slice; empty when it is one.
std::string reason_to_skip(const gdcm::File &file) {
  const std::string modality = text(file.GetDataSet(), gdcm::Tag(0x0008, 0x0060));
  std::string sop_class = text(file.GetDataSet(), gdcm::Tag(0x0008, 0x0016));
  if (sop_class.empty()) sop_class = text(file.GetHeader(), gdcm::Tag(0x0002, 0x0002));
  const bool is_ct_class = sop_class == "1.2.840.10008.5.1.4.1.1.2" || sop_class == "1.2.840.10008.5.1.4.1.1.2.1" ||
                           sop_class == "1.2.840.10008.5.1.4.1.1.2.2";
  if (!is_ct_class && !(sop_class.empty() && modality == "CT"))
    return modality.empty() ? "of SOP class " + (sop_class.empty() ? "(none)" : sop_class)
                            : "not CT image (modality " + modality + ")";
  if (!modality.empty() && modality != "CT") return "not CT image (modality " + modality + ")";
  if (text(file.GetDataSet(), gdcm::Tag(0x0008, 0x0008)).find("LOCALIZER") != std::string::npos) return "localizer";
  return {};
}

/// Everything about one frame but its place in the voxel file.
Frame describe(const gdcm::File &file, const gdcm::Image &image, unsigned frame, unsigned frames) {
  const gdcm::PixelFormat &format = image.GetPixelFormat();
  Frame result = {};
  result.frame = frame;
  result.frames = frames;
  result.columns = image.GetDimension(0);
  result.rows = image.GetDimension(1);
  result.bits_allocated = format.GetBitsAllocated();
  result.bits_stored = format.GetBitsStored();
  result.high_bit = format.GetHighBit();
  result.is_signed = format.GetPixelRepresentation();
  const FrameAttributes attributes(file.GetDataSet(), frame);
  const gdcm::Tag plane(0x0020, 0x9113), direction(0x0020, 0x9116), measures(0x0028, 0x9110), values(0x0028, 0x9145);
  if (attributes.numbers(plane, gdcm::Tag(0x0020, 0x0032), result.position, 3)) result.present |= position;
  if (attributes.numbers(direction, gdcm::Tag(0x0020, 0x0037), result.orientation, 6)) result.present |= orientation;
  if (attributes.numbers(measures, gdcm::Tag(0x0028, 0x0030), result.spacing, 2)) result.present |= spacing;
  if (attributes.numbers(measures, gdcm::Tag(0x0018, 0x0050), &result.thickness, 1)) result.present |= thickness;
  const gdcm::Tag slope(0x0028, 0x1053), intercept(0x0028, 0x1052);
  const bool has_slope = attributes.numbers(values, slope, &result.slope, 1);
  const bool has_intercept = attributes.numbers(values, intercept, &result.intercept, 1);
  if (!attributes.text(values, slope).empty() || !attributes.text(values, intercept).empty()) {
    // One without the other, or a text that is no number, says that the stored values are no HU: refused by the client.
    if (!has_slope || !has_intercept) result.slope = std::numeric_limits<double>::quiet_NaN();
    result.present |= rescale;
  }
  copy(text(file.GetDataSet(), gdcm::Tag(0x0020, 0x000e)), result.series_uid);
  copy(text(file.GetDataSet(), gdcm::Tag(0x0008, 0x103e)), result.series_description);
  copy(file.GetHeader().GetDataSetTransferSyntax().GetString(), result.transfer_syntax);
  return result;
}

/// GDCM reads cut-off pixel data without a word: whatever is stored must be as long as the header says.
void check_length(const gdcm::File &file, const gdcm::Image &image, uint64_t expected) {
  if (image.GetBufferLength() != expected)
    throw Refusal("rows, columns and bits announce " + std::to_string(expected) + " bytes of pixels, decoded " +
                  std::to_string(image.GetBufferLength()));
  if (file.GetHeader().GetDataSetTransferSyntax().IsEncapsulated()) return;
  const gdcm::ByteValue *value = file.GetDataSet().GetDataElement(gdcm::Tag(0x7fe0, 0x0010)).GetByteValue();
  const uint64_t found = value ? uint64_t(value->GetLength()) : 0;
  if (found < expected)
    throw Refusal("Pixel Data (7FE0,0010) has " + std::to_string(found) + " bytes, expected " +
                  std::to_string(expected) + "; copy the file again");
}

/// Decodes a CT file, appends its values to the voxel file and sends one message a frame.
void read_file(const std::string &path, size_t index, uint64_t &voxel_offset) {
  gdcm::ImageReader reader;
  reader.SetFileName(path.c_str());
  const bool is_image = reader.Read();
  const gdcm::File &file = reader.GetFile();
  if (!is_image && file.GetDataSet().IsEmpty()) throw Refusal("is damaged or no DICOM file; copy or export it again");
  const std::string reason = reason_to_skip(file);
  if (!reason.empty()) return send_text(MessageKind::skipped, index, reason);
  if (!is_image) throw Refusal("its pixel data or image attributes are missing or damaged; copy or export it again");

  const gdcm::Image &image = reader.GetImage();
  const unsigned frames = image.GetNumberOfDimensions() > 2 ? image.GetDimension(2) : 1;
  const uint64_t plane = uint64_t(image.GetDimension(0)) * image.GetDimension(1);
  const unsigned bits = image.GetPixelFormat().GetBitsAllocated();
  if (image.GetPixelFormat().GetSamplesPerPixel() != 1)
    throw Refusal("has colour pixels (Samples per Pixel (0028,0002) is not 1); give the original CT images");
  if (bits != 8 && bits != 16 && bits != 32)
    throw Refusal("Bits Allocated (0028,0100) is " + std::to_string(bits) + ", expected 8, 16 or 32");
  if (plane == 0 || frames == 0 || plane > largest_image / (bits / 8) / frames)
    throw Refusal("has " + std::to_string(plane) + " pixels x " + std::to_string(frames) + " frames: none, or too many");
  const uint64_t expected = plane * frames * (bits / 8);
  check_length(file, image, expected);
  std::vector<char> pixels(expected);
  if (!image.GetBuffer(pixels.data()))
    throw Refusal("its pixels (transfer syntax " + std::string(file.GetHeader().GetDataSetTransferSyntax().GetString()) +
                  ") could not be decoded; the file is damaged or the syntax unknown");
  // A codec may correct the pixel format from the compressed stream while it decodes.
  if (image.GetBufferLength() != expected || image.GetPixelFormat().GetBitsAllocated() != bits)
    throw Refusal("the compressed stream disagrees with Bits Allocated (0028,0100)");

  write_all(voxel_descriptor, pixels.data(), pixels.size());
  for (unsigned frame = 0; frame < frames; ++frame) {
    Frame message = describe(file, image, frame, frames);
    message.voxel_bytes = expected / frames;
    message.voxel_offset = voxel_offset;
    voxel_offset += message.voxel_bytes;
    send(MessageKind::frame, index, &message, sizeof message);
  }
}

/// A damaged file must cost no more than this process; a lost parent must not leave it behind.
void bound_process() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  const rlimit address_space = {largest_address_space, largest_address_space};
  setrlimit(RLIMIT_AS, &address_space);
  const rlimit voxel_file = {largest_voxel_file, largest_voxel_file};
  setrlimit(RLIMIT_FSIZE, &voxel_file);
  gdcm::Trace::DebugOff();
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();
}

}  // namespace
}  // namespace islet

int main() {
  using namespace islet;
  bound_process();
  const std::vector<std::string> files = paths();
  uint64_t voxel_offset = 0;
  for (size_t index = 0; index < files.size(); ++index) {
    send(MessageKind::begin, index);
    try {
      read_file(files[index], index, voxel_offset);
    } catch (const Refusal &refusal) {
      send_text(MessageKind::refused, index, refusal.what());
    } catch (const std::bad_alloc &) {
      send_text(MessageKind::refused, index, "needs more memory than a CT image may; it is damaged");
    } catch (const std::exception &error) {
      send_text(MessageKind::refused, index, std::string("could not be read (") + error.what() + ")");
    }
  }
  send(MessageKind::end, files.size());
}
