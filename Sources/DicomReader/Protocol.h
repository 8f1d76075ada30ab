#pragma once
// What islet-dicom says to Sources/DicomSeries/ReaderAnswer.swift, little endian.
//
// Descriptor 0: paths, each ended by a zero byte. Descriptor 1: messages. Descriptor 3: stored values, appended.
// For every file in turn: begin, then any number of frames, or one skipped, or one refused. After the last: end.

#include <cstdint>
#include <cstddef>

namespace islet {

constexpr uint32_t message_magic = 0x4D445349;  // "ISDM"
constexpr int voxel_descriptor = 3;
constexpr size_t longest_text = 255;

enum class MessageKind : uint32_t { begin = 1, frame = 2, skipped = 3, refused = 4, end = 5 };

struct MessageHeader {
  uint32_t magic;
  uint32_t kind;
  uint32_t file;    // index in the list
  uint32_t length;  // bytes that follow
};

/// Bits of Frame::present.
enum Present : uint32_t { position = 1, orientation = 2, spacing = 4, rescale = 8, thickness = 16 };

struct Frame {
  uint32_t frame, frames;
  uint32_t columns, rows;
  uint32_t bits_allocated, bits_stored, high_bit, is_signed;
  uint32_t present, unused;
  uint64_t voxel_offset, voxel_bytes;
  double position[3];
  double orientation[6];
  double spacing[2];
  double slope, intercept, thickness;
  char series_uid[72];
  char transfer_syntax[72];
  char series_description[256];
};

static_assert(sizeof(MessageHeader) == 16 && sizeof(Frame) == 568, "Swift reads these at fixed offsets");
static_assert(offsetof(Frame, voxel_offset) == 40 && offsetof(Frame, position) == 56);
static_assert(offsetof(Frame, series_uid) == 168 && offsetof(Frame, series_description) == 312);

}  // namespace islet
