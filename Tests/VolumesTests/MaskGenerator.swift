import Volumes

/// Random masks from a fixed seed (SplitMix64): the same on every machine.
struct MaskGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Each voxel is foreground with the given probability, with a label of 1, 2 or 255.
  mutating func mask(_ size: VolumeSize, density: Double) -> LabelMap {
    var mask = LabelMap(empty: size)
    for index in mask.labels.indices where Double.random(in: 0..<1, using: &self) < density {
      mask.labels[index] = [1, 2, 255].randomElement(using: &self) ?? 1
    }
    return mask
  }

  /// Sizes that reach the special cases: one, two and three slices along an axis, rows around the eight-voxel step.
  static func sizes() throws -> [VolumeSize] {
    try [
      (1, 1, 1), (1, 1, 5), (1, 7, 1), (9, 1, 1), (2, 3, 1), (3, 2, 2), (7, 5, 3), (8, 4, 3), (9, 3, 4), (17, 6, 5),
      (31, 2, 9),
    ].map { x, y, z in
      guard let size = VolumeSize(x: x, y: y, z: z) else { throw InvalidSize() }
      return size
    }
  }

  struct InvalidSize: Error {}
}
