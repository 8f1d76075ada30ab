import CoarseToFine
import Testing
import Volumes

/// Random numbers from a fixed seed (SplitMix64): the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Each voxel is foreground with the given probability.
  mutating func mask(_ size: VolumeSize, density: Double) -> LabelMap {
    var mask = LabelMap(empty: size)
    for index in mask.labels.indices where Double.random(in: 0..<1, using: &self) < density { mask.labels[index] = 1 }
    return mask
  }
}

/// The size, or a failed test.
func volumeSize(_ x: Int, _ y: Int, _ z: Int) throws -> VolumeSize { try #require(VolumeSize(x: x, y: y, z: z)) }

/// Volumes of one, two and three slices along every axis, and some ordinary ones of odd sizes.
func volumeSizes() throws -> [VolumeSize] {
  try [
    (1, 1, 1), (1, 5, 4), (6, 1, 5), (5, 6, 1), (2, 3, 1), (3, 2, 2), (2, 5, 3), (7, 3, 2), (9, 8, 3), (11, 9, 10),
  ].map { x, y, z in try volumeSize(x, y, z) }
}

/// The axes of method.md: coronal (x, z), sagittal (y, z), axial (y, x), not in the order of the views.
func paperPlanes() throws -> [SlicePlane] {
  try [
    #require(SlicePlane(view: .axial, rowAxis: .y, columnAxis: .x)),
    #require(SlicePlane(view: .coronal, rowAxis: .x, columnAxis: .z)),
    #require(SlicePlane(view: .sagittal, rowAxis: .y, columnAxis: .z)),
  ]
}

/// The same views with rows and columns swapped.
func transposedPlanes() throws -> [SlicePlane] {
  try paperPlanes().map { try #require(SlicePlane(view: $0.view, rowAxis: $0.columnAxis, columnAxis: $0.rowAxis)) }
}

/// Every way in which slices can lie in a volume.
let allPlanes: [SlicePlane] = View.allCases.flatMap { view in
  Axis.allCases.flatMap { row in
    Axis.allCases.compactMap { column in SlicePlane(view: view, rowAxis: row, columnAxis: column) }
  }
}

extension Profile {
  /// This profile with some choices replaced.
  func with(_ change: (inout Profile) -> Void) -> Profile {
    var profile = self
    change(&profile)
    return profile
  }
}
