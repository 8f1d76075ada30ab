@testable import DicomSeries
import ImageFiles
import Testing

/// Seeded damage in this process, where a trap would end the viewer: every case is read or refused with a sentence.
struct HostileBytesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Cut, flipped or overwritten with the numbers that break length arithmetic.
  func damaged(_ bytes: [UInt8], from first: Int, _ random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    switch random.next() % 3 {
    case 0:
      return Array(bytes.prefix(Int(random.next() % UInt64(bytes.count))))
    case 1:
      for _ in 0...(random.next() % 8) {
        bytes[first + Int(random.next() % UInt64(bytes.count - first))] = UInt8(truncatingIfNeeded: random.next())
      }
    default:
      let words: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0, 0, 0, 0], [0, 0, 0xc0, 0x7f],
        [0, 0, 0x80, 0x7f], [0xfe, 0xff, 0, 0xe0],
      ]
      let offset = first + Int(random.next() % UInt64(bytes.count - first - 4))
      bytes.replaceSubrange(offset..<(offset + 4), with: words[Int(random.next() % UInt64(words.count))])
    }
    return bytes
  }

  @Test func niftiFilesNeverTrap() throws {
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = SplitMix64(state: seed)
      let path = try folder.write(damaged(NIfTIFixture().bytes, from: 0, &random), "image.nii")
      do throws(ImageError) { _ = try NIfTI.read(path) } catch {
        refused += 1
        #expect(error.message.hasPrefix(path), "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }

  @Test func dicomStructuresNeverTrap() throws {
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = SplitMix64(state: seed)
      let path = try folder.write(damaged(DicomFixture().bytes, from: 132, &random), "slice")
      do throws(DicomError) { _ = try StructureCheck.reasonToSkip(path) } catch {
        refused += 1
        #expect(error.message.hasPrefix(path), "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }

  @Test func helperAnswersNeverTrap() throws {
    var message: [UInt8] = Array("ISDM".utf8) + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    message += Array("ISDM".utf8) + [2, 0, 0, 0, 0, 0, 0, 0, 0x38, 2, 0, 0]
    message += [UInt8](repeating: 0x3f, count: FrameRecord.byteCount)
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = SplitMix64(state: seed)
      var parser = AnswerParser(files: ["slice"])
      do throws(DicomError) { try parser.take(damaged(message, from: 0, &random)) } catch {
        refused += 1
        #expect(error.code == .readerMalformed, "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }
}

/// A small generator with a fixed course (Steele, Lea and Flood 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
