import Volumes

/// Index to RAS millimetres: position = columns * index + translation.
private struct RASAffine {
  /// Where one step along each array axis leads, RAS mm.
  var columns: [SIMD3<Double>]
  var translation: SIMD3<Double>

  func position(_ index: SIMD3<Double>) -> SIMD3<Double> {
    translation + columns[0] * index.x + columns[1] * index.y + columns[2] * index.z
  }

  var isFinite: Bool { (columns + [translation]).allSatisfy { ($0 * 0) == .zero } }
}

extension NIfTIHeader {
  /// The geometry in LPS: sform when its code is positive, else qform, else spacing alone with a note.
  ///
  /// Throws `invalidGeometry` for axes that are sheared, null or not finite.
  func geometry(size: VolumeSize, path: String, notes: inout [String]) throws(ImageError) -> VolumeGeometry {
    let millimetres = try unitMillimetres(path: path)
    let sform = sformCode > 0 ? sformAffine : nil
    let qform = qformCode > 0 ? qformAffine : nil
    var affine = sform ?? qform ?? spacingAffine
    let source = sform != nil ? "sform (srow_x, srow_y, srow_z)" : qform != nil ? "qform" : "pixdim"
    if sform == nil, qform == nil {
      notes.append(
        "sform_code and qform_code are 0: the position in the patient is unknown; the axes were taken as right, anterior, superior"
      )
    }
    guard affine.isFinite else {
      throw ImageError(.invalidGeometry, "\(path): the \(source) holds values that are not finite numbers")
    }
    if let sform, let qform { noteDisagreement(sform, qform, size: size, notes: &notes) }
    for axis in 0..<3 { affine.columns[axis] *= millimetres }
    affine.translation *= millimetres
    let toLPS = SIMD3<Double>(-1, -1, 1)
    let lengths = affine.columns.map { ($0 * $0).sum().squareRoot() }
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw ImageError(.invalidGeometry, "\(path): the \(source) gives a spacing of 0 mm, expected 0.001 to 1000")
    }
    do {
      return try VolumeGeometry(
        size: size, spacing: SIMD3(lengths[0], lengths[1], lengths[2]), origin: affine.translation * toLPS,
        // Adding 0 turns -0 into 0.
        direction: zip(affine.columns, lengths).map { $0 / $1 * toLPS + SIMD3<Double>() })
    } catch {
      throw ImageError(.invalidGeometry, "\(path): the \(source) is refused: \(error)")
    }
  }

  /// Writes `geometry` as sform and qform of code 1 (scanner), in RAS mm.
  mutating func setGeometry(_ geometry: VolumeGeometry) {
    let toRAS = SIMD3<Double>(-1, -1, 1)
    let directions = geometry.direction.map { $0 * toRAS }
    let origin = geometry.origin * toRAS
    (qformCode, sformCode, xyztUnits) = (1, 1, 2)
    for row in 0..<3 {
      for axis in 0..<3 { srow[row][axis] = directions[axis][row] * geometry.spacing[axis] }
      srow[row][3] = origin[row]
      qoffset[row] = origin[row]
      pixdim[row + 1] = geometry.spacing[row]
    }
    let (quaternion, isMirrored) = quaternion(ofAxes: directions)
    pixdim[0] = isMirrored ? -1 : 1
    quatern = quaternion
  }

  private var sformAffine: RASAffine {
    let columns = (0..<4).map { SIMD3(srow[0][$0], srow[1][$0], srow[2][$0]) }
    return RASAffine(columns: Array(columns.prefix(3)), translation: columns[3])
  }

  private var qformAffine: RASAffine {
    let (b, c, d) = (quatern[0], quatern[1], quatern[2])
    let squares = b * b + c * c + d * d
    // The first part is the root of what the others leave of 1; where that is no more than the rounding of
    // float32, which programs write into NIfTI-2 too, it is 0, or a half turn would come back turned by 0.0005 rad.
    let isHalfTurn = 1 - squares < 3 * Double(Float.ulpOfOne)
    let scale = isHalfTurn ? 1 / squares.squareRoot() : 1
    let (x, y, z, w) = (b * scale, c * scale, d * scale, isHalfTurn ? 0 : (1 - squares).squareRoot())
    let mirror: Double = pixdim[0] < 0 ? -1 : 1
    let rotation: [SIMD3<Double>] = [
      SIMD3(1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)),
      SIMD3(2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)),
      SIMD3(2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)) * mirror,
    ]
    return RASAffine(
      columns: (0..<3).map { rotation[$0] * abs(pixdim[$0 + 1]) },
      translation: SIMD3(qoffset[0], qoffset[1], qoffset[2]))
  }

  private var spacingAffine: RASAffine {
    let spacing = (1...3).map { abs(pixdim[$0]) }
    return RASAffine(
      columns: [SIMD3(spacing[0], 0, 0), SIMD3(0, spacing[1], 0), SIMD3(0, 0, spacing[2])], translation: .zero)
  }

  /// Millimetres of one spatial unit: the low three bits of `xyzt_units`, where 0 (unknown) is taken as mm.
  private func unitMillimetres(path: String) throws(ImageError) -> Double {
    switch xyztUnits & 7 {
    case 0, 2: return 1
    case 1: return 1000
    case 3: return 0.001
    default:
      throw ImageError(.invalidHeader, "\(path): xyzt_units is \(xyztUnits), expected millimetres (2)")
    }
  }

  /// Half a voxel: below it no label changes place.
  private func noteDisagreement(_ sform: RASAffine, _ qform: RASAffine, size: VolumeSize, notes: inout [String]) {
    var farthest = 0.0
    for corner in 0..<8 {
      let index = SIMD3(
        corner & 1 == 0 ? 0 : Double(size.x - 1), corner & 2 == 0 ? 0 : Double(size.y - 1),
        corner & 4 == 0 ? 0 : Double(size.z - 1))
      let difference = sform.position(index) - qform.position(index)
      let distance = (difference * difference).sum().squareRoot()
      farthest = distance.isFinite ? max(farthest, distance) : .infinity
    }
    let smallest = sform.columns.map { ($0 * $0).sum().squareRoot() }.min() ?? 0
    guard farthest > smallest / 2 else { return }
    notes.append("sform and qform disagree by up to \((farthest * 100).rounded() / 100) mm; the sform was used")
  }
}

/// Quaternion parts b, c, d (a >= 0) of three orthonormal axes; a mirrored system has its third axis flipped first.
///
/// Divides by the largest of the four parts (Shepperd 1978), so that half turns stay exact.
private func quaternion(ofAxes axes: [SIMD3<Double>]) -> (parts: [Double], isMirrored: Bool) {
  let (x, y) = (axes[0], axes[1])
  let cross = SIMD3(x.y * y.z - x.z * y.y, x.z * y.x - x.x * y.z, x.x * y.y - x.y * y.x)
  let isMirrored = (cross * axes[2]).sum() < 0
  let z = isMirrored ? -axes[2] : axes[2]
  // Four times the squares of a, b, c, d.
  let squares = [
    1 + x.x + y.y + z.z, 1 + x.x - y.y - z.z, 1 - x.x + y.y - z.z, 1 - x.x - y.y + z.z,
  ]
  let largest = (0..<4).max { squares[$0] < squares[$1] } ?? 0
  // Four times the products of the largest part with a, b, c, d.
  let products: [[Double]] = [
    [squares[0], y.z - z.y, z.x - x.z, x.y - y.x], [y.z - z.y, squares[1], x.y + y.x, z.x + x.z],
    [z.x - x.z, x.y + y.x, squares[2], y.z + z.y], [x.y - y.x, z.x + x.z, y.z + z.y, squares[3]],
  ]
  var parts = products[largest]
  let length = parts.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let sign: Double = parts[0] < 0 ? -1 : 1
  parts = parts.map { $0 / length * sign }
  return (Array(parts[1...]), isMirrored)
}
