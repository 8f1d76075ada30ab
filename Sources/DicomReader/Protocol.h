#pragma once
// What islet-dicom says to Sources/DicomSeries/ReaderAnswer.swift, little endian.
//
// Descriptor 0: the address space it may use in bytes, then paths, each text ended by a zero byte.
// Descriptor 1: messages. For every file in turn: begin, then each frame, or one refused. After the last: end.

#include <cstddef>
#include <cstdint>

namespace islet {

constexpr uint32_t message_magic = 0x4D445349;  // "ISDM"
constexpr size_t longest_text = 255;

enum class MessageKind : uint32_t { begin = 1, frame = 2, refused = 4, end = 5 };

struct MessageHeader {
  uint32_t magic;
  uint32_t kind;
  uint32_t file;    // index in the list
  uint32_t length;  // bytes that follow, without the stored values of a frame
};

/// `byte_count` stored values follow it.
struct Frame {
  uint32_t frame;
  uint32_t columns, rows;
  uint32_t bits_allocated;
  uint64_t unused;
  uint64_t byte_count;
};

static_assert(sizeof(MessageHeader) == 16 && sizeof(Frame) == 32, "Swift reads these at fixed offsets");
static_assert(offsetof(Frame, byte_count) == 24);

}  // namespace islet
