/// Voxels as a host holds them: any of four element types behind three byte strides, borrowed, never copied here.
///
/// Strides may be negative (flipped axes) or padded; `base` points at voxel (0, 0, 0). The initialiser checks that no
/// address can overflow, so that reading needs no further check; that the memory is really there is the host's word.
/// A borrowed pointer is valid only as long as the host says, so this type is not Sendable.
public struct StridedVoxels {
  /// How one voxel is stored, in the byte order of the machine.
  public enum Element: String, CaseIterable, Hashable, Sendable {
    /// Signed 16 bit.
    case int16
    /// Unsigned 16 bit.
    case uint16
    /// Signed 32 bit.
    case int32
    /// IEEE single precision.
    case float32

    /// Bytes of one voxel.
    public var byteCount: Int { self == .int16 || self == .uint16 ? 2 : 4 }
  }

  /// How each voxel is stored.
  public let element: Element
  /// The address of voxel (0, 0, 0); need not be aligned.
  public let base: UnsafeRawPointer
  /// Voxels along each axis.
  public let size: VolumeSize
  /// Bytes from a voxel to its next neighbour along x, y and z.
  public let byteStrides: SIMD3<Int>
  /// HU = slope * stored value + intercept.
  public let slope: Double
  /// See `slope`.
  public let intercept: Double

  /// Checks strides and rescale; `byteStrides` nil means contiguous with x fastest.
  ///
  /// Throws `invalidStrides` when an address would overflow or an axis of several voxels has stride 0, and
  /// `invalidRescale` unless slope and intercept are finite and the slope is not 0.
  public init(
    element: Element, base: UnsafeRawPointer, size: VolumeSize, byteStrides: SIMD3<Int>? = nil, slope: Double = 1,
    intercept: Double = 0
  ) throws(VolumeError) {
    guard slope.isFinite, slope != 0, intercept.isFinite else {
      throw VolumeError(
        .invalidRescale,
        "rescale slope \(slope) and intercept \(intercept): both must be finite and the slope not 0; "
          + "pass slope 1 and intercept 0 when the voxels are Hounsfield units already")
    }
    let strides = byteStrides ?? Self.contiguousStrides(element: element, size: size)
    try Self.check(strides, element: element, base: base, size: size)
    (self.element, self.base, self.size) = (element, base, size)
    (self.byteStrides, self.slope, self.intercept) = (strides, slope, intercept)
  }

  /// The strides of voxels without gaps, x fastest.
  private static func contiguousStrides(element: Element, size: VolumeSize) -> SIMD3<Int> {
    SIMD3(1, size.x, size.x * size.y) &* SIMD3(repeating: element.byteCount)
  }

  /// Throws unless every voxel's address can be computed without overflow and no axis stands still.
  private static func check(
    _ strides: SIMD3<Int>, element: Element, base: UnsafeRawPointer, size: VolumeSize
  ) throws(VolumeError) {
    var lowest = 0
    var highest = element.byteCount
    for axis in Axis.allCases where size[axis] > 1 {
      let stride = strides[axis.rawValue]
      guard stride != 0 else {
        throw VolumeError(
          .invalidStrides,
          "byte stride 0 along \(axis), which has \(size[axis]) voxels: state the distance between neighbours")
      }
      let (reach, reachOverflow) = stride.multipliedReportingOverflow(by: size[axis] - 1)
      let (sum, sumOverflow) = (reach < 0 ? lowest : highest).addingReportingOverflow(reach)
      guard !reachOverflow, !sumOverflow else {
        throw VolumeError(
          .invalidStrides, "byte stride \(stride) along \(axis) times \(size[axis]) voxels leaves the address space")
      }
      if reach < 0 { lowest = sum } else { highest = sum }
    }
    let address = UInt(bitPattern: base)
    guard !address.subtractingReportingOverflow(lowest.magnitude).overflow,
      !address.addingReportingOverflow(highest.magnitude).overflow
    else {
      throw VolumeError(
        .invalidStrides, "voxels span \(lowest) to \(highest) bytes around the base address, outside the address space")
    }
  }

  /// The same voxels with permuted and reversed axes: only base and strides change.
  ///
  /// Copying a reordered view yields the volume in the wanted orientation without a second copy.
  public func reordered(by order: AxisOrder) -> StridedVoxels {
    StridedVoxels(reordering: self, by: order)
  }

  private init(reordering source: StridedVoxels, by order: AxisOrder) {
    var start = source.base
    var strides = SIMD3<Int>()
    for axis in Axis.allCases {
      let step = order[axis]
      let stride = source.byteStrides[step.source.rawValue]
      // For one voxel there is nothing to reverse, and its stride was not checked.
      let reverses = step.isReversed && source.size[step.source] > 1
      if reverses { start += stride * (source.size[step.source] - 1) }
      strides[axis.rawValue] = reverses ? -stride : stride
    }
    (element, base, size) = (source.element, start, source.size.reordered(by: order))
    (byteStrides, slope, intercept) = (strides, source.slope, source.intercept)
  }
}
