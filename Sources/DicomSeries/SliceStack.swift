import Volumes

/// CT images ordered along their common normal, checked to be an even, straight stack.
///
/// Orders by ImagePositionPatient · normal; instance numbers and SliceThickness say nothing about place.
struct SliceStack {
  /// From the lowest to the highest position along the normal.
  let frames: [FrameRecord]
  let geometry: VolumeGeometry
  let notes: [String]

  /// A step may differ from the median step by 1 %, or by 0.01 mm where headers are rounded that far.
  static let stepTolerance = 0.01
  /// Closer slices are the same place, mm.
  static let smallestStep = 0.01
  /// Voxels in all, two GiB of HU.
  static let largestVoxelCount = 1 << 30

  /// Throws `mixedSizes`, `mixedOrientations`, `duplicatePositions`, `unevenSlices`, `gantryTilt`,
  /// `invalidAttribute` or `tooLarge`.
  init(_ unordered: [FrameRecord]) throws(DicomError) {
    guard let first = unordered.first else {
      throw DicomError(.noCTImages, "no CT image to build a volume from")
    }
    try Self.checkSameGrid(unordered, as: first)
    let (row, column) = (first.rowDirection, first.columnDirection)
    let cross = SIMD3(
      row.y * column.z - row.z * column.y, row.z * column.x - row.x * column.z, row.x * column.y - row.y * column.x)
    let normal = cross / (cross * cross).sum().squareRoot()
    frames = unordered.map { ($0, ($0.position * normal).sum()) }.sorted { $0.1 < $1.1 }.map(\.0)
    let lowest = frames.first ?? first
    let heights = frames.map { (($0.position - lowest.position) * normal).sum() }
    try Self.checkSteps(frames, heights)
    try Self.checkStraight(frames, heights, normal: normal)

    var notes: [String] = []
    var step = (heights.last ?? 0) / Double(max(frames.count - 1, 1))
    if frames.count == 1 {
      guard let thickness = first.thickness else {
        throw DicomError(
          .invalidAttribute,
          "\(first.file): one slice without SliceThickness (0018,0050) has no extent; give the series")
      }
      step = thickness
      notes.append(
        "only one slice: its thickness of \(thickness) mm stands for the slice step; give the folder of the series")
    }
    guard let size = VolumeSize(x: first.columns, y: first.rows, z: frames.count),
      size.voxelCount <= Self.largestVoxelCount
    else {
      throw DicomError(
        .tooLarge,
        "\(first.file): \(first.columns) x \(first.rows) x \(frames.count) voxels, at most \(Self.largestVoxelCount) are read"
      )
    }
    do {
      geometry = try VolumeGeometry(
        size: size, spacing: SIMD3(first.columnSpacing, first.rowSpacing, step), origin: lowest.position,
        direction: [row, column, normal])
    } catch {
      throw DicomError(.invalidAttribute, "\(first.file): \(error)")
    }
    self.notes = notes
  }

  private static func checkSameGrid(_ frames: [FrameRecord], as first: FrameRecord) throws(DicomError) {
    for frame in frames {
      guard frame.columns == first.columns, frame.rows == first.rows else {
        throw DicomError(
          .mixedSizes,
          "\(frame.file): \(frame.columns) columns x \(frame.rows) rows, but \(first.file) has \(first.columns) x \(first.rows)"
        )
      }
      // A thousandth is below half a pixel over 500 pixels.
      guard abs(frame.rowSpacing / first.rowSpacing - 1) <= 1e-3,
        abs(frame.columnSpacing / first.columnSpacing - 1) <= 1e-3
      else {
        throw DicomError(
          .mixedSizes,
          "\(frame.file): PixelSpacing \(frame.rowSpacing)\\\(frame.columnSpacing) mm, but \(first.file) has \(first.rowSpacing)\\\(first.columnSpacing)"
        )
      }
      let differences = [frame.rowDirection - first.rowDirection, frame.columnDirection - first.columnDirection]
      guard differences.allSatisfy({ ($0 * $0).sum() <= 1e-6 }) else {
        throw DicomError(
          .mixedOrientations,
          "\(frame.file): ImageOrientationPatient differs from that of \(first.file); give slices of one orientation")
      }
    }
  }

  private static func checkSteps(_ frames: [FrameRecord], _ heights: [Double]) throws(DicomError) {
    let steps = zip(heights.dropFirst(), heights).map { $0 - $1 }
    guard !steps.isEmpty else { return }
    for (index, step) in steps.enumerated() where step < smallestStep {
      throw DicomError(
        .duplicatePositions,
        "\(frames[index].file) and \(frames[index + 1].file): lie at the same place; keep one image per place (one phase)"
      )
    }
    let median = steps.sorted()[steps.count / 2]
    let tolerance = max(0.01, stepTolerance * median)
    for (index, step) in steps.enumerated() where abs(step - median) > tolerance {
      let missing = (step / median).rounded() - 1
      let what =
        missing >= 1 && missing < 1e6 && abs(step - (missing + 1) * median) <= (missing + 1) * tolerance
        ? "\(Int(missing)) missing" : "slices are uneven"
      throw DicomError(
        .unevenSlices,
        "\(frames[index].file) and \(frames[index + 1].file): \(what) between them: \(millimetres(step)) mm apart, others \(millimetres(median)) mm"
      )
    }
  }

  /// Half a pixel: below it no label changes its column.
  private static func checkStraight(
    _ frames: [FrameRecord], _ heights: [Double], normal: SIMD3<Double>
  ) throws(DicomError) {
    guard let lowest = frames.first else { return }
    for (frame, height) in zip(frames, heights) {
      let shift = frame.position - lowest.position - normal * height
      let distance = (shift * shift).sum().squareRoot()
      guard distance <= min(frame.rowSpacing, frame.columnSpacing) / 2 else {
        throw DicomError(
          .gantryTilt,
          "\(frame.file): shifted by \(millimetres(distance)) mm in its plane against \(lowest.file) (gantry tilt); resample the series to an upright one first"
        )
      }
    }
  }

  private static func millimetres(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
