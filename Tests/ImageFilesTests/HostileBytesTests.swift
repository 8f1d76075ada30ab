@testable import DicomSeries
import Foundation
import Glibc
import HostileImages
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
      do throws(DicomError) { _ = try StructureCheck.check(path) } catch {
        refused += 1
        #expect(error.message.hasPrefix(path), "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }

  @Test func nrrdFilesNeverTrap() throws {
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = SplitMix64(state: seed)
      let path = try folder.write(damaged(NRRDFixture().bytes, from: 0, &random), "image.nrrd")
      do throws(ImageError) { _ = try NRRD.read(path) } catch {
        refused += 1
        #expect(error.message.hasPrefix(path), "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }

  @Test func helperAnswersNeverTrap() throws {
    guard case .image(let header) = try StructureCheck.check(folder.write(DicomFixture().bytes, "slice")) else {
      Issue.record("the fixture is an image")
      return
    }
    var message: [UInt8] = Array("ISDM".utf8) + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    message += Array("ISDM".utf8) + [2, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0]
    message += [0, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0]
    message += [UInt8](repeating: 7, count: 24) + Array("ISDM".utf8) + [5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    func read(_ bytes: [UInt8]) throws(DicomError) -> Int {
      let file = (try? folder.write(bytes, "answer")) ?? ""
      let descriptor = open(file, O_RDONLY)
      defer { close(descriptor) }
      var answer = ReaderAnswer(pipe: descriptor, headers: [header], secondsOfSilence: 5, isCancelled: { false })
      var frames = 0
      try answer.read { _, _, fill throws(DicomError) in
        var buffer = [UInt8](repeating: 0, count: 24)
        try buffer.withUnsafeMutableBufferPointer { bytes throws(DicomError) in
          try fill(UnsafeMutableRawBufferPointer(bytes))
        }
        frames += 1
      }
      return frames
    }
    #expect(try read(message) == 1)
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = SplitMix64(state: seed)
      do throws(DicomError) { _ = try read(damaged(message, from: 0, &random)) } catch {
        refused += 1
        #expect(
          [.readerMalformed, .readerDied, .unreadableFile].contains(error.code), "seed \(seed): \(error)")
      }
    }
    #expect((300..<1000).contains(refused))
  }
}

extension DicomTests {
  /// The first seeds of `make hostile-images`, in this process: a trap would end the tests.
  @Suite struct HostileImageTests {
    @Test(arguments: [".dcm", ".nii", "nrrd", ".gz"])
    func everyCaseIsReadOrRefusedInTime(_ suffix: String) throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: syntaxFolder).sorted()
      var bases: [HostileImage.Base] = []
      for name in names where name.hasSuffix(suffix) {
        bases.append(HostileImage.Base(name: name, bytes: try fileBytes("\(syntaxFolder)/\(name)")))
      }
      let folder = try TemporaryFolder()
      let reader = DicomSeriesReader(executable: builtReader, secondsOfSilence: 3, threads: 1)
      var refused = 0
      for seed in UInt64(0)..<100 {
        let image = HostileImage(seed: seed, bases: bases)
        let result = HostileCase(readingFile: try folder.write(image.bytes, "image"), reader: reader)
        #expect(result.fault == nil, "seed \(seed), \(image.base), \(image.damage): \(result.sentence)")
        refused += result.refusal == nil ? 0 : 1
      }
      #expect(refused >= 30)
    }
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
