import Volumes

/// The voxels of a box read along the patient's axes, a few millimetres apart: x+ left, y+ posterior, z+ superior.
struct PatientSampling {
  /// Samples towards left, posterior and superior.
  let size: SIMD3<Int>
  /// Distance between samples, mm.
  let spacing: SIMD3<Double>
  private let strides: SIMD3<Int>
  private let first: Int

  /// Takes every n-th voxel so that samples lie at least `millimetres` apart where the voxels do not already.
  init(of geometry: VolumeGeometry, within box: VoxelBox, millimetres: Double) {
    let order = AxisOrder(bringing: geometry, to: .leftPosteriorSuperior)
    var size = SIMD3<Int>()
    var spacing = SIMD3<Double>()
    var strides = SIMD3<Int>()
    var first = 0
    for axis in Axis.allCases {
      let source = order[axis]
      let range = box[source.source]
      let voxel = geometry.spacing[source.source.rawValue]
      let step = max(1, Int(min((millimetres / voxel).rounded(), Double(range.count))))
      let stride = geometry.size.stride(along: source.source)
      size[axis.rawValue] = (range.count - 1) / step + 1
      spacing[axis.rawValue] = voxel * Double(step)
      strides[axis.rawValue] = source.isReversed ? -step * stride : step * stride
      first += (source.isReversed ? range.upperBound - 1 : range.lowerBound) * stride
    }
    (self.size, self.spacing, self.strides, self.first) = (size, spacing, strides, first)
  }

  /// Offset in the volume's voxels of a sample.
  func offset(_ x: Int, _ y: Int, _ z: Int) -> Int { first + x * strides.x + y * strides.y + z * strides.z }

  /// Volume that one sample stands for, mL.
  var millilitres: Double { spacing.x * spacing.y * spacing.z / 1000 }
}
