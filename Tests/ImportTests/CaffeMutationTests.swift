import Testing

@testable import ModelBundle

/// Seeded damage to good files: an error or numbers, never a trap, and never more numbers than the file has bytes for.
///
/// A .caffemodel has no checksum: damage to a number is read as another number, and that is no wrong success here.
struct CaffeMutationTests {
  enum Damage: CaseIterable { case bit, byte, length, truncation, insertion, removal, repetition }

  private struct Generator {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ z >> 31) % UInt64(bound))
    }
  }

  /// The mutant of a seed; prints nothing, so that a failure can be replayed by its seed alone.
  private static func mutant(of good: [UInt8], structure: [Int], _ damage: Damage, seed: UInt64) -> [UInt8] {
    var generator = Generator(state: seed)
    var bytes = good
    // Most of a file is numbers, whose damage is dull: three of four mutations hit what is around them.
    let inStructure = generator.next(below: 4) > 0
    let place = inStructure ? structure[generator.next(below: structure.count)] : generator.next(below: good.count)
    switch damage {
    case .bit: bytes[place] ^= 1 << UInt8(generator.next(below: 8))
    case .byte: bytes[place] = UInt8(generator.next(below: 256))
    case .length: bytes.replaceSubrange(place..<place + 1, with: Wire.varint(1 << UInt64(generator.next(below: 64))))
    case .truncation: bytes.removeLast(good.count - place)
    case .insertion: bytes.insert(contentsOf: (0...generator.next(below: 9)).map { UInt8($0 * 29) }, at: place)
    case .removal: bytes.removeSubrange(place..<min(place + 1 + generator.next(below: 9), good.count))
    case .repetition: bytes.insert(contentsOf: good[place..<min(place + 40, good.count)], at: place)
    }
    return bytes
  }

  /// Places of bytes that differ from file to file of the same numbers: near names, tags and lengths.
  private static func structure(of good: [UInt8]) throws -> [Int] {
    let file = try CaffeModelFile(source: .memory(good), fileName: "good")
    var isNumber = [Bool](repeating: false, count: good.count)
    for name in file.tensors.keys {
      for run in file.numbers[name]?.runs ?? [] where run.stride == 4 {
        for place in run.offset..<run.offset + 4 * run.count { isNumber[place] = true }
      }
    }
    return good.indices.filter { !isNumber[$0] }
  }

  @Test(arguments: Fixtures.formats) func damagedFilesAreRefusedOrRead(_ format: String) throws {
    let good = try Fixtures.bytes("\(format).caffemodel")
    let structure = try Self.structure(of: good)
    var refused: [Damage: Int] = [:]
    for damage in Damage.allCases {
      for seed in UInt64(0)..<80 {
        let bytes = Self.mutant(of: good, structure: structure, damage, seed: seed)
        do throws(BundleError) {
          let file = try CaffeModelFile(source: .memory(bytes), fileName: "mutant")
          let count = file.tensors.values.reduce(0) { $0 + $1.count }
          #expect(count <= bytes.count / 4, "\(damage), seed \(seed): \(count) numbers from \(bytes.count) bytes")
          for name in file.tensors.keys { _ = try file.values(of: name) }
        } catch {
          #expect(error.code == .invalidWeights, "\(damage), seed \(seed): \(error)")
          refused[damage, default: 0] += 1
        }
      }
    }
    let counts = Damage.allCases.map { "\($0) \(refused[$0, default: 0])" }.joined(separator: ", ")
    print("\(format): refused of 80 each: \(counts)")
    #expect(refused[.truncation, default: 0] > 70)
  }
}
