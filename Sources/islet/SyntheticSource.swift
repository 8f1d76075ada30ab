import Foundation
import ImageFiles
import Phantom
import Volumes

/// What synthetic cases are made from.
enum SyntheticSource: Sendable {
  /// Analytic organs.
  case parametric
  /// Warps of one labelled anatomy.
  case atlas(AtlasSynthesis)

  /// The atlas of a label map and the table that names its values.
  static func atlas(labels: String, table: String) throws(CommandFailure) -> SyntheticSource {
    let json: Data
    do {
      json = try Data(contentsOf: URL(fileURLWithPath: table))
    } catch {
      throw CommandFailure(
        exitCode: .input, sentence: "\(table): the atlas table cannot be read: \(error.localizedDescription)")
    }
    do {
      let (map, geometry) = try NIfTI.readLabels(labels)
      return .atlas(try AtlasSynthesis(labels: map, geometry: geometry, table: AtlasTable(json: json)))
    } catch let error as ImageError {
      throw CommandFailure(error)
    } catch let error as AtlasError {
      throw CommandFailure(exitCode: .input, sentence: "\(labels) with \(table): \(error.message)")
    } catch {
      throw CommandFailure(exitCode: .input, sentence: "\(labels): \(error)")
    }
  }

  /// The name in cohort.json.
  var name: String {
    switch self {
    case .parametric: "parametric"
    case .atlas: "atlas"
    }
  }

  /// A case; the same for any number of threads.
  func render(
    seed: UInt64, difficulty: Double, grid: SyntheticGrid, threads: Int
  ) throws(CommandFailure) -> SyntheticCase {
    do {
      let made =
        switch self {
        case .parametric:
          try ParametricPhantom(seed: seed, difficulty: difficulty).render(
            size: grid.size, spacing: grid.spacing, threads: threads)
        case .atlas(let synthesis):
          try synthesis.render(
            seed: seed, difficulty: difficulty, size: grid.size, spacing: grid.spacing, threads: threads)
        }
      return made.recording(["difficulty": .number(difficulty)])
    } catch {
      throw CommandFailure(exitCode: .usage, sentence: "seed \(seed) cannot be rendered: \(error)")
    }
  }
}

/// The voxels that a synthetic case is rendered on; nil is the source's own choice.
struct SyntheticGrid: Sendable {
  var size: VolumeSize?
  var spacing: SIMD3<Double>?
}

extension SyntheticGrid {
  /// "512x512x240", or nil for what is not three counts.
  static func size(_ text: String) -> VolumeSize? {
    let counts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard counts.count == 3, let x = counts[0], let y = counts[1], let z = counts[2] else { return nil }
    let size = VolumeSize(x: x, y: y, z: z)
    return size.flatMap { $0.voxelCount <= VolumeSize.largestDerivedVoxelCount ? $0 : nil }
  }

  /// "0.8,0.8,1" or "3" in mm, or nil for what is not one or three distances from 0.1 to 50.
  static func spacing(_ text: String) -> SIMD3<Double>? {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    guard values.allSatisfy({ $0 >= 0.1 && $0 <= 50 }) else { return nil }
    return switch values.count {
    case 1: SIMD3(repeating: values[0])
    case 3: SIMD3(values[0], values[1], values[2])
    default: nil
    }
  }
}
