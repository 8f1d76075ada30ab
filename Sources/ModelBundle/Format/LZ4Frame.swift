import CLZ4

/// One chunk as one LZ4 frame: content size and content checksum in the frame, independent blocks, nothing else.
enum LZ4Frame {
  /// How hard to try; both decode at the same speed.
  enum Effort {
    /// LZ4's default: hundreds of megabytes a second.
    case fast
    /// LZ4 HC level 9: about ten times slower, smaller files.
    case high
  }

  /// Whether the frame's own checksum of its content is computed once more.
  enum ContentChecksum {
    /// Computed, and must be right.
    case check
    /// Left out: for bytes whose SHA-256 was right a moment ago, where it would cost a fifth of the time (decision 0017).
    case trust
  }

  /// Why a frame was refused.
  struct Flaw: Error, Equatable {
    let reason: String
    /// Whether the system's memory is to blame and not the frame.
    var isOfMemory = false
  }

  /// The frame that holds `raw`. Fails only when memory runs out.
  static func compress(_ raw: UnsafeRawBufferPointer, effort: Effort) throws(Flaw) -> [UInt8] {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max256KB
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.contentSize = UInt64(raw.count)
    preferences.compressionLevel = effort == .high ? 9 : 0
    let bound = LZ4F_compressFrameBound(raw.count, &preferences)
    var written = 0
    let frame = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      written = LZ4F_compressFrame(buffer.baseAddress, bound, raw.baseAddress, raw.count, &preferences)
      count = LZ4F_isError(written) == 0 ? written : 0
    }
    guard LZ4F_isError(written) == 0 else { throw Flaw(reason: "LZ4 cannot compress: \(name(of: written))") }
    return frame
  }

  /// The flaw for one of LZ4's own error codes.
  private static func flaw(_ what: String, _ code: Int) -> Flaw {
    let name = name(of: code)
    guard name.contains("allocation_failed") else { return Flaw(reason: "\(what): \(name)") }
    return Flaw(reason: "no memory to decompress", isOfMemory: true)
  }

  /// Decodes `frame` into exactly all of `raw`.
  ///
  /// Refuses frames of another size, with a dictionary, linked blocks or without checksum, skippable frames, a second frame
  /// or other bytes behind the first, and damage. Never writes outside `raw`, never allocates by the frame's word.
  static func decompress(
    _ frame: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer, checksum: ContentChecksum = .check
  ) throws(Flaw) {
    guard frame.starts(with: [0x04, 0x22, 0x4D, 0x18]) else { throw Flaw(reason: "not an LZ4 frame") }
    var created: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))) == 0, let context = created
    else { throw Flaw(reason: "no memory to decompress", isOfMemory: true) }
    defer { LZ4F_freeDecompressionContext(context) }

    var information = LZ4F_frameInfo_t()
    var position = frame.count
    let status = LZ4F_getFrameInfo(context, &information, frame.baseAddress, &position)
    guard LZ4F_isError(status) == 0 else { throw flaw("the frame's header is damaged", status) }
    guard information.contentSize == UInt64(raw.count) else {
      throw Flaw(reason: "the frame holds \(information.contentSize) bytes, expected \(raw.count)")
    }
    guard information.contentChecksumFlag == LZ4F_contentChecksumEnabled,
      information.blockMode == LZ4F_blockIndependent, information.dictID == 0
    else { throw Flaw(reason: "the frame must have a content checksum, independent blocks and no dictionary") }

    var options = LZ4F_decompressOptions_t()
    options.skipChecksums = checksum == .trust ? 1 : 0
    var filled = 0
    while true {
      var (produced, consumed) = (raw.count - filled, frame.count - position)
      let hint = LZ4F_decompress(
        context, raw.baseAddress.map { $0 + filled }, &produced, frame.baseAddress.map { $0 + position }, &consumed,
        &options)
      guard LZ4F_isError(hint) == 0 else { throw flaw("the frame is damaged", hint) }
      (filled, position) = (filled + produced, position + consumed)
      if hint == 0 { break }
      guard produced > 0 || consumed > 0 else { throw Flaw(reason: "the frame ends early or holds too many bytes") }
    }
    guard filled == raw.count else { throw Flaw(reason: "the frame held \(filled) bytes, expected \(raw.count)") }
    guard position == frame.count else { throw Flaw(reason: "\(frame.count - position) bytes follow the frame") }
  }

  private static func name(of code: Int) -> String { String(cString: LZ4F_getErrorName(code)) }
}
