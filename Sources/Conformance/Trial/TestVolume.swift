import CIslet
import Glibc

/// A small CT of soft tissue with a bright ball, in any element type, memory layout and orientation.
///
/// The memory ends directly at a forbidden page; what lies between its voxels is garbage that would change a result.
///
/// `@unchecked Sendable`: nobody writes to the memory once it is filled.
struct TestVolume: @unchecked Sendable {
  /// How voxels lie in memory.
  struct Layout {
    /// Array axes, the fastest first.
    var order = [0, 1, 2]
    /// Axes that run towards lower addresses.
    var isReversed = [false, false, false]
    /// Bytes of garbage after each voxel, row, slice (in `order`).
    var padding = [0, 0, 0]
    var side = GuardedMemory.Side.end
    /// Whether strides are stated although the volume is packed.
    var statesStrides = true
  }

  /// Where array axes point: array axis i runs along patient axis `axes[i]`, towards its other end where flipped.
  struct Orientation: Hashable {
    var axes = [0, 1, 2]
    var isFlipped = [false, false, false]

    /// The 48 ways in which three array axes can lie along those of the patient.
    static let all: [Orientation] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap { axes in
      (0..<8).map { bits in Orientation(axes: axes, isFlipped: (0..<3).map { bits >> $0 & 1 == 1 }) }
    }
  }

  static let usualSize = [24, 21, 19]

  let orientation: Orientation
  /// The struct that a call is given; a test may spoil it first.
  var islet: islet_volume
  /// The memory behind it.
  let memory: GuardedMemory
  /// Voxels along the patient's axes.
  private let patientSize: [Int]

  var voxelCount: Int { patientSize.reduce(1, *) }
  /// Voxels along the array's axes.
  var size: [Int] { orientation.axes.map { patientSize[$0] } }

  init(
    patientSize: [Int] = usualSize, spacing: [Double] = [1, 1.25, 1.5], element: UInt32 = ISLET_ELEMENT_INT16,
    layout: Layout = Layout(), orientation: Orientation = Orientation(), slope: Double = 1, intercept: Double = 0
  ) throws(Finding) {
    (self.patientSize, self.orientation) = (patientSize, orientation)
    let size = orientation.axes.map { patientSize[$0] }
    let elementBytes = element == ISLET_ELEMENT_INT16 || element == ISLET_ELEMENT_UINT16 ? 2 : 4
    var strides = [0, 0, 0]
    var next = elementBytes + layout.padding[0]
    for (position, axis) in layout.order.enumerated() {
      strides[axis] = next
      next = next * size[axis] + (position < 2 ? layout.padding[position + 1] : 0)
    }
    let span = (0..<3).reduce(elementBytes) { $0 + (size[$1] - 1) * strides[$1] }
    memory = try GuardedMemory(byteCount: span, flushWith: layout.side)
    var origin = 0
    for axis in 0..<3 where layout.isReversed[axis] {
      origin += (size[axis] - 1) * strides[axis]
      strides[axis] = -strides[axis]
    }
    let base = memory.base + origin
    for z in 0..<size[2] {
      for y in 0..<size[1] {
        for x in 0..<size[0] {
          let stored =
            (Double(Self.hounsfield(orientation.patientIndex([x, y, z], patientSize), patientSize)) - intercept) / slope
          let address = base + x * strides[0] + y * strides[1] + z * strides[2]
          switch element {
          case ISLET_ELEMENT_INT16: address.storeBytes(of: Int16(stored), as: Int16.self)
          case ISLET_ELEMENT_UINT16: address.storeBytes(of: UInt16(stored), as: UInt16.self)
          case ISLET_ELEMENT_INT32: address.storeBytes(of: Int32(stored), as: Int32.self)
          default: address.storeBytes(of: Float(stored), as: Float.self)
          }
        }
      }
    }
    islet = islet_volume()
    islet.struct_size = UInt32(MemoryLayout<islet_volume>.size)
    islet.element_type = element
    islet.voxels = UnsafeRawPointer(base)
    islet.size = (UInt64(size[0]), UInt64(size[1]), UInt64(size[2]))
    if layout.statesStrides { islet.stride_bytes = (Int64(strides[0]), Int64(strides[1]), Int64(strides[2])) }
    (islet.rescale_slope, islet.rescale_intercept) = (slope, intercept)
    let turned = orientation.axes.map { spacing[$0] }
    islet.spacing_mm = (turned[0], turned[1], turned[2])
    var first = [-40.0, -30, 900]
    for (axis, patientAxis) in orientation.axes.enumerated() where orientation.isFlipped[axis] {
      first[patientAxis] += Double(patientSize[patientAxis] - 1) * spacing[patientAxis]
    }
    islet.origin_lps_mm = (first[0], first[1], first[2])
    var direction = [Double](repeating: 0, count: 9)
    for axis in 0..<3 { direction[3 * axis + orientation.axes[axis]] = orientation.isFlipped[axis] ? -1 : 1 }
    islet.direction_lps = (
      direction[0], direction[1], direction[2], direction[3], direction[4], direction[5], direction[6], direction[7],
      direction[8]
    )
  }

  /// A map of this volume's array as it would be for the orientation of the patient's own axes.
  func inPatientOrder(_ values: [UInt8]) -> [UInt8] {
    var turned = [UInt8](repeating: 0, count: values.count)
    let size = size
    var index = 0
    for z in 0..<size[2] {
      for y in 0..<size[1] {
        for x in 0..<size[0] {
          let p = orientation.patientIndex([x, y, z], patientSize)
          turned[(p[2] * patientSize[1] + p[1]) * patientSize[0] + p[0]] = values[index]
          index += 1
        }
      }
    }
    return turned
  }

  /// HU at a place of the patient's grid: whole, even, and positive after adding 1000.
  private static func hounsfield(_ p: [Int], _ size: [Int]) -> Int {
    let d = (0..<3).map { p[$0] - size[$0] / 2 }
    let isInside = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < 36
    return ((isInside ? 110 : 20) + (p[0] * 7 + p[1] * 13 + p[2] * 29) % 40 - 20) & ~1
  }
}

extension TestVolume.Orientation {
  /// Where an index of the array lies on the patient's axes.
  func patientIndex(_ index: [Int], _ patientSize: [Int]) -> [Int] {
    var patient = [0, 0, 0]
    for axis in 0..<3 {
      let along = axes[axis]
      patient[along] = isFlipped[axis] ? patientSize[along] - 1 - index[axis] : index[axis]
    }
    return patient
  }
}
