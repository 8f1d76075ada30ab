import CLZ4
import Testing

@testable import ModelBundle

/// LZ4 frames, byte planes and number formats against slow twins and hostile input.
struct CodecTests {
  private let raw = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) }

  private func decompress(_ frame: [UInt8], size: Int) throws(LZ4Frame.Flaw) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: size)
    let outcome = result.withUnsafeMutableBytes { target in
      frame.withUnsafeBytes { source in
        Result { () throws(LZ4Frame.Flaw) in try LZ4Frame.decompress(source, into: target) }
      }
    }
    try outcome.get()
    return result
  }

  private func frame(_ bytes: [UInt8], edit: (inout LZ4F_preferences_t) -> Void = { _ in }) -> [UInt8] {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.contentSize = UInt64(bytes.count)
    edit(&preferences)
    var result = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(bytes.count, &preferences))
    let count = LZ4F_compressFrame(&result, result.count, bytes, bytes.count, &preferences)
    return Array(result[..<count])
  }

  @Test(arguments: [LZ4Frame.Effort.fast, .high]) func framesComeBack(effort: LZ4Frame.Effort) throws {
    let frame = try raw.withUnsafeBytes { try LZ4Frame.compress($0, effort: effort) }
    #expect(try decompress(frame, size: raw.count) == raw)
  }

  @Test func largestFrameHoldsIncompressibleBytes() throws {
    var state: UInt32 = 1
    let noise = (0..<1 << 20).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    for size in [1, 2, 64, 1000, 262_144, 262_145, 1 << 20] {
      let frame = try noise[..<size].withUnsafeBytes { try LZ4Frame.compress($0, effort: .fast) }
      #expect(frame.count <= SectionLayout.largestFrame(forRaw: size), "\(size) bytes became \(frame.count)")
    }
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    let smallest = try zeros.withUnsafeBytes { try LZ4Frame.compress($0, effort: .high) }
    #expect(smallest.count >= zeros.count / SectionLayout.largestExpansion)
  }

  @Test func otherSizeIsRefused() {
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(frame(raw), size: raw.count - 1) }
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(frame(raw), size: raw.count + 1) }
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(frame(raw) { $0.frameInfo.contentSize = 0 }, size: raw.count) }
  }

  @Test func frameWithoutChecksumIsRefused() {
    let bytes = frame(raw) { $0.frameInfo.contentChecksumFlag = LZ4F_noContentChecksum }
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(bytes, size: raw.count) }
  }

  @Test func linkedBlocksAreRefused() {
    let long = [UInt8](repeating: 7, count: 1 << 20)
    let bytes = frame(long) { $0.frameInfo.blockMode = LZ4F_blockLinked }
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(bytes, size: long.count) }
  }

  @Test func dictionaryIsRefused() {
    let bytes = frame(raw) { $0.frameInfo.dictID = 5 }
    #expect(throws: LZ4Frame.Flaw.self) { try decompress(bytes, size: raw.count) }
  }

  @Test func skippableFrameIsRefused() {
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
    #expect(throws: LZ4Frame.Flaw(reason: "not an LZ4 frame")) {
      try decompress(skippable + frame(raw), size: raw.count)
    }
  }

  @Test func secondFrameIsRefused() {
    let first = frame(raw)
    #expect(throws: LZ4Frame.Flaw(reason: "\(first.count) bytes follow the frame")) {
      try decompress(first + first, size: raw.count)
    }
  }

  @Test func everyTruncatedFrameIsRefused() {
    let whole = frame(raw)
    for count in whole.indices {
      #expect(throws: LZ4Frame.Flaw.self) { try decompress(Array(whole[..<count]), size: raw.count) }
    }
  }

  @Test func damagedFramesNeverGiveOtherBytes() {
    let whole = frame(raw)
    var harmless = 0
    for position in whole.indices {
      for bit in 0..<8 {
        var damaged = whole
        damaged[position] ^= 1 << bit
        if let result = try? decompress(damaged, size: raw.count) {
          #expect(result == raw)
          harmless += 1
        }
      }
    }
    print("\(harmless) of \(whole.count * 8) flips in a frame change nothing")
  }

  @Test(arguments: [1, 2, 3, 4, 8], [0, 1, 5, 37]) func shuffleMatchesItsFormula(width: Int, count: Int) {
    let numbers = Array(raw[..<(width * count)])
    var planes = [UInt8](repeating: 0, count: numbers.count)
    planes.withUnsafeMutableBytes { target in
      numbers.withUnsafeBytes { ByteShuffle.shuffle($0, into: target, width: width) }
    }
    for number in 0..<count {
      for byte in 0..<width { #expect(planes[byte * count + number] == numbers[number * width + byte]) }
    }
  }

  /// The one pass over planes against shuffling's formula and the conversion of plain numbers.
  @Test(arguments: [Manifest.Section.ElementType.float32, .float16, .bfloat16], [0, 1, 5, 37, 1021])
  func planesDecodeAsPlainNumbersDo(dtype: Manifest.Section.ElementType, count: Int) {
    let width = dtype.byteCount
    var state: UInt32 = 11
    for topByte in [UInt8(0x3C), 0xBD, 0x00, 0x7F] {
      let numbers = (0..<width * count).map { index -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return index % width == width - 1 ? topByte : UInt8(state >> 24)
      }
      let planes = (0..<width).flatMap { byte in (0..<count).map { numbers[$0 * width + byte] } }
      var (plain, ofPlanes) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
      let isPlainFinite = plain.withUnsafeMutableBufferPointer { target in
        numbers.withUnsafeBytes { ElementConversion.decode($0, as: dtype, into: target) }
      }
      let arePlanesFinite = ofPlanes.withUnsafeMutableBufferPointer { target in
        planes.withUnsafeBytes { ElementConversion.decode(planes: $0, as: dtype, into: target) }
      }
      #expect(isPlainFinite == arePlanesFinite)
      #expect(plain.map(\.bitPattern) == ofPlanes.map(\.bitPattern))
    }
  }

  @Test func encodingRoundsToNearestAndRefusesWhatDoesNotFit() {
    func encode(_ values: [Float], _ dtype: Manifest.Section.ElementType) -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: values.count * dtype.byteCount)
      let fits = bytes.withUnsafeMutableBytes { target in
        values.withUnsafeBufferPointer { ElementConversion.encode($0, as: dtype, into: target) }
      }
      return fits ? bytes : nil
    }
    #expect(encode([1, -2, 65519.996], .float16) == [0, 0x3C, 0, 0xC0, 0xFF, 0x7B])
    #expect(encode([65520], .float16) == nil)
    #expect(encode([1, .nan], .float16) == nil)
    #expect(encode([1, -0.5], .bfloat16) == [0x80, 0x3F, 0, 0xBF])
    #expect(encode([Float(bitPattern: 0x7F7F_7FFF)], .bfloat16) == [0x7F, 0x7F])
    #expect(encode([.greatestFiniteMagnitude], .bfloat16) == nil)
    #expect(encode([.greatestFiniteMagnitude], .float32) == [0xFF, 0xFF, 0x7F, 0x7F])
    #expect(encode([.infinity], .float32) == nil)
  }

  @Test func everyBinary16NumberConvertsExactlyAndBack() {
    for bits in UInt16.min...UInt16.max {
      let expected = Float16(bitPattern: bits)
      guard expected.isFinite else { continue }
      let value = Float(bitPattern: ElementConversion.binary32(fromBinary16: bits))
      guard value.bitPattern == Float(expected).bitPattern, ElementConversion.binary16(from: value) == bits else {
        Issue.record("binary16 \(bits) became \(value), expected \(expected)")
        return
      }
    }
  }

  @Test func roundingToBinary16IsToNearestTiesToEven() {
    var state: UInt32 = 7
    for _ in 0..<200_000 {
      state = state &* 1_664_525 &+ 1_013_904_223
      let value = Float(bitPattern: state)
      guard value.magnitude < 65504 else { continue }
      guard ElementConversion.binary16(from: value) == Float16(value).bitPattern else {
        Issue.record(
          "\(value) became \(ElementConversion.binary16(from: value)), expected \(Float16(value).bitPattern)")
        return
      }
    }
  }

  @Test(arguments: [
    (Manifest.Section.ElementType.float32, [0x00, 0x00, 0x80, 0x7F] as [UInt8]), (.float32, [1, 0, 0x80, 0xFF]),
    (.float16, [0, 0x7C]), (.float16, [1, 0xFC]), (.bfloat16, [0x80, 0x7F]), (.bfloat16, [0x81, 0xFF]),
  ])
  func infinityAndNaNAreSeen(dtype: Manifest.Section.ElementType, bytes: [UInt8]) {
    var values: [Float] = [0, 0, 0]
    let zeros = [UInt8](repeating: 0, count: dtype.byteCount)
    let isFinite = values.withUnsafeMutableBufferPointer { target in
      (zeros + bytes + zeros).withUnsafeBytes { ElementConversion.decode($0, as: dtype, into: target) }
    }
    #expect(!isFinite)
  }
}
