@testable import DicomSeries
import Testing

/// One test per refusal of the structure check; none of these files reaches the helper.
struct StructureCheckTests {
  let folder: TemporaryFolder
  /// A sound file, and the place of an element in it.
  let sound = DicomFixture().bytes
  init() throws { folder = try TemporaryFolder() }

  /// Nil for a CT image that is read.
  func reasonToSkip(_ path: String) throws(DicomError) -> String? {
    switch try StructureCheck.check(path) {
    case .image: nil
    case .skipped(let reason): reason
    }
  }

  /// Where an element of group and number starts.
  func offset(_ group: Int, _ number: Int) throws -> Int {
    let tag = [UInt8(group & 0xff), UInt8(group >> 8), UInt8(number & 0xff), UInt8(number >> 8)]
    return try #require((132..<(sound.count - 4)).first { Array(sound[$0..<($0 + 4)]) == tag })
  }

  func expectRefusal(_ words: [String], _ bytes: [UInt8], _ location: SourceLocation = #_sourceLocation) throws {
    let path = try folder.write(bytes, "slice")
    do throws(DicomError) {
      _ = try reasonToSkip(path)
      Issue.record("the file passed", sourceLocation: location)
    } catch {
      #expect([.unreadableFile, .unsupported].contains(error.code), "\(error)", sourceLocation: location)
      for word in [path] + words {
        #expect(error.message.contains(word), "\(word) in: \(error)", sourceLocation: location)
      }
    }
  }

  /// The sound file with a sequence of the given bytes at its end.
  func withSequence(_ representation: String, length: [UInt8], _ body: [UInt8]) -> [UInt8] {
    sound + [0xff, 0x7f, 0xff, 0x7f] + Array(representation.utf8) + [0, 0] + length + body
  }

  static let item: [UInt8] = [0xfe, 0xff, 0x00, 0xe0]
  static let itemEnd: [UInt8] = [0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]
  static let sequenceEnd: [UInt8] = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]
  static let undefined: [UInt8] = [0xff, 0xff, 0xff, 0xff]

  @Test func soundFilesPass() throws {
    #expect(try reasonToSkip(folder.write(sound, "a")) == nil)
    let empty = withSequence("SQ", length: [0, 0, 0, 0], [])
    #expect(try reasonToSkip(folder.write(empty, "b")) == nil)
    let nested = Self.item + Self.undefined + Self.itemEnd + Self.item + [0, 0, 0, 0] + Self.sequenceEnd
    #expect(
      try reasonToSkip(folder.write(withSequence("SQ", length: Self.undefined, nested), "c")) == nil)
  }

  /// A cut between two elements is for the helper to find: there the pixels are missing.
  @Test func noCutInsidePixelDataPasses() throws {
    for kept in try (offset(0x7fe0, 0x10) + 1)..<sound.count {
      let path = try folder.write(Array(sound[..<kept]), "cut")
      #expect(throws: DicomError.self, "\(kept) bytes") { _ = try reasonToSkip(path) }
    }
  }

  @Test func wrongMetaGroupLengthIsRefused() throws {
    for change in [UInt8(1), 0x7f] {
      var bytes = sound
      bytes[140] = bytes[140] &+ change
      try expectRefusal([], bytes)
    }
  }

  @Test func unknownTransferSyntaxIsUnsupported() throws {
    var slice = DicomFixture()
    slice.transferSyntax = "1.2.840.10008.1.2.4.100"
    try expectRefusal(["1.2.840.10008.1.2.4.100", "explicit little endian"], slice.bytes)
  }

  @Test func videoAmongTheSlicesIsLeftOut() throws {
    var video = DicomFixture()
    video.transferSyntax = "1.2.840.10008.1.2.4.100"
    video.sopClass = "1.2.840.10008.5.1.4.1.1.77.1.1.1"
    let reason = try reasonToSkip(folder.write(video.bytes, "video"))
    #expect(reason == "not CT image (SOP class 1.2.840.10008.5.1.4.1.1.77.1.1.1)")
  }

  @Test func unknownRepresentationIsRefused() throws {
    var bytes = sound
    bytes[try offset(0x28, 0x10) + 4] = UInt8(ascii: "?")
    try expectRefusal(["(0028,0010)", "value representation"], bytes)
  }

  @Test func lengthBeyondTheFileIsRefused() throws {
    var bytes = sound
    bytes[try offset(0x7fe0, 0x10) + 10] = 1
    try expectRefusal(["(7FE0,0010)", "65560", "24"], bytes)
  }

  @Test func tagsOutOfOrderAreRefused() throws {
    var bytes = sound
    bytes[try offset(0x28, 0x10) + 2] = 0x01
    try expectRefusal(["(0028,0001)", "out of order"], bytes)
  }

  @Test func undefinedLengthOutsideSequencesIsRefused() throws {
    try expectRefusal(["(7FFF,7FFF)", "undefined length"], withSequence("OB", length: Self.undefined, []))
  }

  @Test func sequenceWithoutEndIsRefused() throws {
    try expectRefusal(["inside a sequence"], withSequence("SQ", length: Self.undefined, Self.item + [0, 0, 0, 0]))
  }

  @Test func itemLongerThanItsSequenceIsRefused() throws {
    try expectRefusal(
      ["(FFFE,E000)", "4096"], withSequence("SQ", length: [8, 0, 0, 0], Self.item + [0, 0x10, 0, 0]))
  }

  @Test func somethingElseThanAnItemIsRefused() throws {
    try expectRefusal(["(0010,0010)", "item"], withSequence("SQ", length: [8, 0, 0, 0], [16, 0, 16, 0, 0, 0, 0, 0]))
  }

  @Test func endlessNestingIsRefused() throws {
    let level = Self.item + Self.undefined + [0xff, 0x7f, 0xff, 0x7f] + Array("SQ".utf8) + [0, 0] + Self.undefined
    let body = (0..<40).flatMap { _ in level }
    try expectRefusal(["16 sequences"], withSequence("SQ", length: Self.undefined, body))
  }

  /// A sound file of the transfer syntax whose Pixel Data lies in these fragments behind an empty offset table.
  func compressed(_ syntax: String, _ fragments: [[UInt8]]) -> [UInt8] {
    var slice = DicomFixture()
    slice.transferSyntax = syntax
    slice.pixels = []
    var bytes = Array(slice.bytes.dropLast(4)) + Self.undefined
    for fragment in [[]] + fragments { bytes += Self.item + [UInt8(fragment.count), 0, 0, 0] + fragment }
    return bytes + Self.sequenceEnd
  }

  /// SOI, a lossless frame header of 16 bits, and an end.
  static func jpeg(rows: UInt8 = 3, columns: UInt8 = 4, end: [UInt8] = [0xff, 0xd9]) -> [UInt8] {
    [0xff, 0xd8, 0xff, 0xc3, 0, 11, 16, 0, rows, 0, columns, 1, 0, 0x11, 0, 0] + end
  }

  static let jpegLossless = "1.2.840.10008.1.2.4.70"

  @Test func soundStreamPasses() throws {
    #expect(try reasonToSkip(folder.write(compressed(Self.jpegLossless, [Self.jpeg()]), "a")) == nil)
    let parts = [Array(Self.jpeg()[..<16]), Array(Self.jpeg()[16...])]
    #expect(try reasonToSkip(folder.write(compressed(Self.jpegLossless, parts), "b")) == nil)
  }

  @Test func streamOfAnotherSizeIsRefused() throws {
    try expectRefusal(["4 columns x 5 rows", "4 x 3"], compressed(Self.jpegLossless, [Self.jpeg(rows: 5)]))
  }

  @Test func streamOfAnotherProcessIsRefused() throws {
    try expectRefusal(["no stream of JPEG-LS"], compressed("1.2.840.10008.1.2.4.80", [Self.jpeg()]))
    try expectRefusal(["no stream of JPEG 2000"], compressed("1.2.840.10008.1.2.4.90", [Self.jpeg()]))
  }

  @Test func streamWithoutEndIsRefused() throws {
    try expectRefusal(["FFD9", "cut off"], compressed(Self.jpegLossless, [Self.jpeg(end: [0, 0])]))
  }

  @Test func framesWithoutFragmentsAreRefused() throws {
    try expectRefusal(["0 fragments for 1 frames"], compressed(Self.jpegLossless, []))
  }

  @Test func compressedSyntaxWithoutFragmentsIsRefused() throws {
    var slice = DicomFixture()
    slice.transferSyntax = Self.jpegLossless
    try expectRefusal(["(7FE0,0010)", "needs fragments"], slice.bytes)
  }

  @Test func wrongRepresentationOfAKnownAttributeIsRefused() throws {
    var bytes = sound
    let place = try offset(0x28, 0x10) + 4
    bytes.replaceSubrange(place..<(place + 2), with: Array("SS".utf8))
    try expectRefusal(["(0028,0010)", "SS", "US"], bytes)
  }

  @Test func missingRowsAreRefused() throws {
    var bytes = sound
    bytes[try offset(0x28, 0x10) + 2] = 0x0f
    try expectRefusal(["Rows (0028,0010)", "absent"], bytes)
  }

  @Test func moreFramesThanPixelsAreRefused() throws {
    var slice = DicomFixture()
    slice.framePositions = [[0, 0, 0], [0, 0, 1]]
    try expectRefusal(["(7FE0,0010)", "24", "48"], slice.bytes)
  }

  @Test func compressedPixelsWithoutEndAreRefused() throws {
    var slice = DicomFixture()
    slice.transferSyntax = "1.2.840.10008.1.2.5"
    slice.pixels = []
    var bytes = slice.bytes
    bytes.replaceSubrange((bytes.count - 4)..., with: Self.undefined + Self.item + [0, 0, 0, 0])
    try expectRefusal(["(7FE0,0010)"], bytes)
  }
}
