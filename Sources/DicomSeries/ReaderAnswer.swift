import Glibc

/// Reads the helper's messages and keeps to their order: Sources/DicomReader/Protocol.h has the same layout.
struct ReaderAnswer {
  private static let magic = 0x4D44_5349
  private static let headerByteCount = 16
  private static let frameByteCount = 32
  private static let longestText = 256
  private static let pollMilliseconds: Int32 = 50

  private enum Kind: Int {
    case begin = 1
    case frame = 2
    case refused = 4
    case end = 5
  }

  private let pipe: Int32
  private let headers: [DicomHeader]
  private let secondsOfSilence: Double
  private let isCancelled: @Sendable () -> Bool
  private var next = 0

  init(
    pipe: Int32, headers: [DicomHeader], secondsOfSilence: Double, isCancelled: @escaping @Sendable () -> Bool
  ) {
    (self.pipe, self.headers) = (pipe, headers)
    (self.secondsOfSilence, self.isCancelled) = (secondsOfSilence, isCancelled)
  }

  /// The file the helper is working on.
  var currentFile: String { headers.isEmpty ? "" : headers[max(0, next - 1)].path }

  /// Reads until the end message, giving each frame to `receive`, and expects the pipe's end behind it.
  mutating func read(_ receive: ReaderProcess.Receiver) throws(DicomError) {
    while true {
      let header = LittleEndianFields(try bytes(Self.headerByteCount))
      let (file, length) = (header.uint32(8), header.uint32(12))
      guard header.uint32(0) == Self.magic, let kind = Kind(rawValue: header.uint32(4)) else {
        throw malformed("a message that is not of the protocol")
      }
      switch kind {
      case .begin:
        guard length == 0, file == next, file < headers.count else {
          throw malformed("file number \(file) out of turn")
        }
        next += 1
      case .frame:
        guard length == Self.frameByteCount, file == next - 1 else { throw malformed("a frame out of turn") }
        try readFrame(LittleEndianFields(try bytes(length)), receive)
      case .refused:
        guard length <= Self.longestText, file == next - 1 else { throw malformed("a refusal out of turn") }
        throw DicomError(.unreadableFile, "\(currentFile): \(printable(try bytes(length)))")
      case .end:
        guard length == 0, next == headers.count else {
          throw malformed("the end after \(next) of \(headers.count) files")
        }
        var rest: [UInt8] = [0]
        let more = try rest.withUnsafeMutableBufferPointer { buffer throws(DicomError) in
          try readSome(UnsafeMutableRawBufferPointer(buffer))
        }
        guard more == 0 else { throw malformed("more behind its end") }
        return
      }
    }
  }

  private func readFrame(_ fields: LittleEndianFields, _ receive: ReaderProcess.Receiver) throws(DicomError) {
    let pixels = headers[next - 1].pixels
    let (index, columns, rows, bits) = (fields.uint32(0), fields.uint32(4), fields.uint32(8), fields.uint32(12))
    guard columns == pixels.columns, rows == pixels.rows, bits == pixels.bitsAllocated, index < pixels.frames,
      fields.uint64(24) == UInt64(pixels.frameByteCount)
    else { throw malformed("a frame of \(columns) x \(rows) pixels of \(bits) bits, not what the header says") }
    try receive(next - 1, index) { buffer throws(DicomError) in
      // The volume's memory is as large as the header says, and so is the answer: checked above.
      guard buffer.count == pixels.frameByteCount else { throw malformed("a frame of another size") }
      try fill(buffer)
    }
  }

  private func bytes(_ count: Int) throws(DicomError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(DicomError) in
      try fill(UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(DicomError) {
    var filled = 0
    while filled < buffer.count {
      let count = try readSome(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
      guard count > 0 else { throw DicomError(.readerDied, "\(currentFile): the helper islet-dicom ended early") }
      filled += count
    }
  }

  /// At least one byte, or 0 at the end of the pipe. Throws `cancelled`, `readerSilent` or `readerDied`.
  private func readSome(_ buffer: UnsafeMutableRawBufferPointer) throws(DicomError) -> Int {
    let start = monotonicSeconds()
    while true {
      if isCancelled() { throw DicomError(.cancelled, "reading was cancelled at \(currentFile)") }
      var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      if poll(&waiting, 1, Self.pollMilliseconds) > 0 {
        let count = Glibc.read(pipe, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        guard errno == EINTR else {
          throw DicomError(.readerDied, "\(currentFile): the pipe of the helper islet-dicom failed")
        }
      } else if monotonicSeconds() - start > secondsOfSilence {
        throw Self.silent(currentFile, secondsOfSilence)
      }
    }
  }

  static func silent(_ file: String, _ seconds: Double) -> DicomError {
    DicomError(
      .readerSilent,
      "\(file): the helper islet-dicom gave no sign for \(seconds) s and was ended; the file may be damaged")
  }

  private func malformed(_ what: String) -> DicomError {
    DicomError(
      .readerMalformed, "\(currentFile): the helper islet-dicom answered \(what); reinstall the helper of this version")
  }
}

/// Numbers at fixed places of a message whose length was checked.
struct LittleEndianFields {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func uint32(_ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  func uint64(_ offset: Int) -> UInt64 {
    (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }
}
