// islet-dicom: decodes the pixels of compressed CT images with GDCM, so that no other process loads it.
//
// Headers are read and checked by DicomSeries before a file comes here; stored values go out as the codec gives them.
// GDCM ends its process on some damaged files; that is why this is one, and why it is bounded below.

#include "Protocol.h"

#include <gdcm-3.0/gdcmImageReader.h>
#include <gdcm-3.0/gdcmTrace.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace islet {
namespace {

constexpr uint64_t largest_image = uint64_t(1) << 31;

/// Refuses the file it is on; the text goes to the user behind the file's name.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void write_all(const void *bytes, size_t count) {
  const char *next = static_cast<const char *>(bytes);
  while (count > 0) {
    const ssize_t written = write(STDOUT_FILENO, next, count);
    if (written < 0 && errno == EINTR) continue;
    // Nobody is left to tell.
    if (written <= 0) _exit(3);
    next += written;
    count -= size_t(written);
  }
}

void send(MessageKind kind, size_t file, const void *body = nullptr, size_t length = 0) {
  const MessageHeader header = {message_magic, uint32_t(kind), uint32_t(file), uint32_t(length)};
  write_all(&header, sizeof header);
  write_all(body, length);
}

void refuse(size_t file, const std::string &text) {
  send(MessageKind::refused, file, text.data(), std::min(text.size(), longest_text));
}

/// The texts on descriptor 0.
std::vector<std::string> request() {
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

/// Decodes a file and sends its frames.
void read_file(const std::string &path, size_t index, std::vector<char> &pixels) {
  gdcm::ImageReader reader;
  reader.SetFileName(path.c_str());
  if (!reader.Read()) throw Refusal("its compressed pixels are damaged; copy or export it again");
  const gdcm::Image &image = reader.GetImage();
  const unsigned frames = image.GetNumberOfDimensions() > 2 ? image.GetDimension(2) : 1;
  const uint64_t plane = uint64_t(image.GetDimension(0)) * image.GetDimension(1);
  const unsigned bits = image.GetPixelFormat().GetBitsAllocated();
  if (image.GetPixelFormat().GetSamplesPerPixel() != 1 || (bits != 8 && bits != 16 && bits != 32) || plane == 0 ||
      frames == 0 || plane > largest_image / (bits / 8) / frames)
    throw Refusal("the compressed stream disagrees with the header");
  const uint64_t expected = plane * frames * (bits / 8);
  if (image.GetBufferLength() != expected) throw Refusal("the compressed stream disagrees with rows, columns and bits");
  pixels.assign(expected, 0);
  if (!image.GetBuffer(pixels.data()))
    throw Refusal("its pixels (transfer syntax " + std::string(reader.GetFile().GetHeader().GetDataSetTransferSyntax().GetString()) +
                  ") could not be decoded; the file is damaged");
  // A codec may correct the pixel format from the compressed stream while it decodes.
  if (image.GetBufferLength() != expected || image.GetPixelFormat().GetBitsAllocated() != bits)
    throw Refusal("the compressed stream disagrees with Bits Allocated (0028,0100)");
  const uint64_t frame_bytes = expected / frames;
  for (unsigned frame = 0; frame < frames; ++frame) {
    const Frame message = {frame, image.GetDimension(0), image.GetDimension(1), bits, 0, frame_bytes};
    send(MessageKind::frame, index, &message, sizeof message);
    write_all(pixels.data() + frame * frame_bytes, frame_bytes);
  }
}

/// A damaged file must cost no more than this process; a lost parent must not leave it behind.
void bound_process(rlim_t address_space) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_FSIZE, &none);
  const rlimit limit = {address_space, address_space};
  setrlimit(RLIMIT_AS, &limit);
  gdcm::Trace::DebugOff();
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();
}

}  // namespace
}  // namespace islet

int main() {
  using namespace islet;
  const std::vector<std::string> texts = request();
  if (texts.empty()) return 3;
  bound_process(std::strtoull(texts[0].c_str(), nullptr, 10));
  std::vector<char> pixels;
  for (size_t index = 0; index + 1 < texts.size(); ++index) {
    send(MessageKind::begin, index);
    try {
      read_file(texts[index + 1], index, pixels);
    } catch (const Refusal &refusal) {
      refuse(index, refusal.what());
      return 0;
    } catch (const std::bad_alloc &) {
      refuse(index, "needs more memory than its pixels may; it is damaged");
      return 0;
    } catch (const std::exception &error) {
      refuse(index, std::string("could not be decoded (") + error.what() + ")");
      return 0;
    }
  }
  send(MessageKind::end, texts.size() - 1);
}
