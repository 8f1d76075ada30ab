import Glibc

/// What the helper process answered about a list of files.
struct ReaderAnswer {
  /// CT images, in the order of the files.
  var frames: [FrameRecord] = []
  /// What was left out and why ("MR", "localizer"), in the order of the files.
  var skipped: [String] = []
  /// Stored values of all frames.
  let voxels: VoxelMemory
}

/// The anonymous memory file into which the helper writes stored values.
///
/// Read with pread and never mapped: a helper that shrank it would otherwise end the caller with SIGBUS.
final class VoxelMemory {
  let descriptor: Int32

  /// Takes over the descriptor.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Fills `bytes` from `offset`; false when the memory ends before.
  func read(at offset: Int, into bytes: inout [UInt8]) -> Bool {
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { raw in
        pread(descriptor, raw.baseAddress.map { $0 + filled }, raw.count - filled, off_t(offset + filled))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      filled += count
    }
    return true
  }
}

/// Takes the helper's bytes as they come and keeps to the order of messages that Protocol.h promises.
struct AnswerParser {
  /// Frames in all; an enhanced CT has hundreds.
  static let mostFrames = 100_000
  private static let magic = 0x4D44_5349
  private static let headerByteCount = 16
  private static let longestText = 256

  private enum Kind: Int {
    case begin = 1
    case frame = 2
    case skipped = 3
    case refused = 4
    case end = 5
  }

  private let files: [String]
  private var pending: [UInt8] = []
  private var next = 0
  private(set) var frames: [FrameRecord] = []
  private(set) var skipped: [String] = []
  private(set) var isComplete = false

  init(files: [String]) { self.files = files }

  /// The file the helper is working on.
  var currentFile: String { files.indices.contains(next - 1) ? files[next - 1] : files.first ?? "" }

  /// Throws `unreadableFile` when the helper refused a file, and `readerMalformed`.
  mutating func take(_ bytes: some Sequence<UInt8>) throws(DicomError) {
    pending += bytes
    var start = 0
    while pending.count - start >= Self.headerByteCount {
      let header = LittleEndianFields(Array(pending[start..<(start + Self.headerByteCount)]))
      let length = header.uint32(12)
      guard header.uint32(0) == Self.magic, let kind = Kind(rawValue: header.uint32(4)), !isComplete,
        Self.lengths(of: kind).contains(length)
      else { throw malformed("a message that is not of the protocol") }
      guard pending.count - start - Self.headerByteCount >= length else { break }
      let bodyStart = start + Self.headerByteCount
      try handle(kind, file: header.uint32(8), body: Array(pending[bodyStart..<(bodyStart + length)]))
      start = bodyStart + length
    }
    pending.removeFirst(start)
  }

  private static func lengths(of kind: Kind) -> ClosedRange<Int> {
    switch kind {
    case .begin, .end: 0...0
    case .frame: FrameRecord.byteCount...FrameRecord.byteCount
    case .skipped, .refused: 0...longestText
    }
  }

  private mutating func handle(_ kind: Kind, file: Int, body: [UInt8]) throws(DicomError) {
    switch kind {
    case .begin:
      guard file == next, file < files.count else { throw malformed("file number \(file) out of turn") }
      next += 1
    case .end:
      guard next == files.count else { throw malformed("the end after \(next) of \(files.count) files") }
      isComplete = true
    case .frame, .skipped, .refused:
      guard file == next - 1, files.indices.contains(file) else { throw malformed("file number \(file) out of turn") }
      if kind == .frame {
        guard frames.count < Self.mostFrames else {
          throw DicomError(
            .tooLarge, "\(files[file]): more than \(Self.mostFrames) images; give the folder of one series")
        }
        frames.append(try FrameRecord(body, file: files[file]))
        return
      }
      let text = LittleEndianFields(body).text(0, body.count)
      if kind == .refused { throw DicomError(.unreadableFile, "\(files[file]): \(text)") }
      // One a file at most: a helper that repeats itself must not fill the memory.
      guard skipped.count < files.count else { throw malformed("more reasons than files") }
      skipped.append(text)
    }
  }

  private func malformed(_ what: String) -> DicomError {
    DicomError(
      .readerMalformed, "\(currentFile): the helper islet-dicom answered \(what); reinstall the helper of this version")
  }
}
