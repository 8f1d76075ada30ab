import Testing
import Volumes

@testable import Pictures

/// How amber a pixel is; the annotations and the CT are gray.
private func isAmber(_ colour: RGBColour?) -> Bool { colour.map { Int($0.red) - Int($0.blue) > 100 } ?? false }

/// Rows and columns of the amber pixels.
private func amberPixels(_ image: RGBImage) -> [(row: Int, column: Int)] {
  (0..<image.rows).flatMap { row in
    (0..<image.columns).filter { isAmber(image.colour(row: row, column: $0)) }.map { (row, $0) }
  }
}

extension OverlayRenderer {
  /// The picture without its words and marks.
  fileprivate func anatomy(_ view: View) -> Overlay {
    drawAnatomy(view, PicturePlane(view: view, geometry: volume.geometry))
  }
}

private let identity = PatientBox.Orientation(patientAxes: [0, 1, 2], flips: [false, false, false])

/// A white cube of about 15 mm in a black volume, with the cube as its mask.
private func cube(
  at place: SIMD3<Double>, in box: PatientBox, halfWidth: Double = 7
) throws -> (volume: Volume, mask: LabelMap) {
  let isInside = box.map { position in (0..<3).allSatisfy { abs(position[$0] - place[$0]) < halfWidth } }
  let volume = try #require(Volume(geometry: box.geometry, voxels: isInside.map { $0 ? 1000 : -1000 }))
  let mask = try #require(LabelMap(size: box.geometry.size, labels: isInside.map { $0 ? 1 : 0 }))
  return (volume, mask)
}

@Suite struct OverlayOrientationTests {
  /// Left, anterior and superior of the middle, by different amounts; on voxel centres of the 3 mm grid.
  static let marker = PatientBox.centre + SIMD3(12, -15, 21)

  @Test(arguments: PatientBox.Orientation.all)
  func markerAppearsAtItsPlaceInEveryView(orientation: PatientBox.Orientation) throws {
    let box = try PatientBox(orientation)
    let (volume, mask) = try cube(at: Self.marker, in: box)
    var renderer = try OverlayRenderer(volume: volume, mask: mask)
    renderer.longerSide = 78
    for view in View.allCases {
      let overlay = renderer.anatomy(view)
      // From the patient alone: the distance of the marker from the picture's left and top edge, in mm.
      let fromLowest = Self.marker - PatientBox.lowest
      let fromTop = PatientBox.extent.z - fromLowest.z
      let (column, row) =
        switch view {
        case .axial: (fromLowest.x, fromLowest.y)
        case .coronal: (fromLowest.x, fromTop)
        case .sagittal: (fromLowest.y, fromTop)
        }
      let amber = amberPixels(overlay.image)
      try #require(!amber.isEmpty)
      let rows = amber.map(\.row)
      let columns = amber.map(\.column)
      func middle(_ values: [Int]) -> Double {
        (Double(values.min() ?? 0) + Double(values.max() ?? 0) + 1) / 2 * overlay.millimetresPerPixel
      }
      #expect(abs(middle(rows) - row) <= 1.5, "\(view): row at \(middle(rows)) mm, expected \(row)")
      #expect(abs(middle(columns) - column) <= 1.5, "\(view): column at \(middle(columns)) mm, expected \(column)")
      let centre = overlay.image.colour(
        row: Int(row / overlay.millimetresPerPixel), column: Int(column / overlay.millimetresPerPixel))
      #expect(centre == RGBColour(red: 255, green: 255, blue: 255), "\(view): the marker is not bright")
    }
  }

  @Test(arguments: PatientBox.Orientation.all)
  func grayImageAgreesWithSamplingByPosition(orientation: PatientBox.Orientation) throws {
    let box = try PatientBox(orientation, spacing: SIMD3(6, 3, 13))
    let voxels = box.map { position -> Int16 in
      Int16(70 + 60 * (position.x / 31).rounded(.down) + position.y - position.z / 3)
    }
    let volume = try #require(Volume(geometry: box.geometry, voxels: voxels))
    for view in View.allCases {
      let plane = PicturePlane(view: view, geometry: box.geometry)
      let slice = box.geometry.size[plane.sliceAxis] / 3
      let grid = PictureGrid(plane: plane, geometry: box.geometry, slice: slice, longerSide: 31)
      let image = grid.grayImage(of: volume)
      var worst = 0
      for row in 0..<image.rows {
        for column in 0..<image.columns {
          let expected = grayByPosition(volume, view, plane.sliceAxis, slice, row, column, grid)
          worst = max(worst, abs(Int(image.rgb[(row * image.columns + column) * 3]) - expected))
        }
      }
      #expect(worst <= 1, "\(view): worst error \(worst) of 255")
    }
  }

  /// The slow twin: from the pixel's place in the patient to a fractional index, then bilinear by the formula.
  private func grayByPosition(
    _ volume: Volume, _ view: View, _ sliceAxis: Axis, _ slice: Int, _ row: Int, _ column: Int, _ grid: PictureGrid
  ) -> Int {
    let right = (Double(column) + 0.5) / Double(grid.columns)
    let down = (Double(row) + 0.5) / Double(grid.rows)
    let shares: SIMD3<Double> =
      switch view {
      case .axial: SIMD3(right, down, 0.5)
      case .coronal: SIMD3(right, 0.5, 1 - down)
      case .sagittal: SIMD3(0.5, right, 1 - down)
      }
    var index = volume.geometry.index(ofPosition: PatientBox.lowest + shares * PatientBox.extent)
    index[sliceAxis.rawValue] = Double(slice)
    var sum = 0.0
    for corner in 0..<8 {
      var weight = 1.0
      var offset = 0
      for axis in Axis.allCases {
        let last = volume.size[axis] - 1
        let place = min(max(index[axis.rawValue], 0), Double(last))
        let lower = Int(place.rounded(.down))
        let isUpper = corner >> axis.rawValue & 1 == 1
        weight *= isUpper ? place - Double(lower) : 1 - (place - Double(lower))
        offset += min(lower + (isUpper ? 1 : 0), last) * volume.size.stride(along: axis)
      }
      sum += weight * Double(volume.voxels[offset])
    }
    return Int((min(max((sum + 100) / 340, 0), 1) * 255).rounded())
  }

  @Test func obliqueVolumesTakeTheClosestPatientAxes() throws {
    // Turned by 35 degrees around the head-foot axis, array order z, x, y, z reversed.
    let (c, s) = (0.819152, 0.573576)
    let size = try #require(VolumeSize(x: 4, y: 5, z: 6))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(1, 1, 1), origin: SIMD3(0, 0, 0),
      direction: [SIMD3(0, 0, -1), SIMD3(c, s, 0), SIMD3(-s, c, 0)])
    let axial = PicturePlane(view: .axial, geometry: geometry)
    #expect(axial.sliceAxis == .x)
    #expect(axial.rightward == PicturePlane.Run(axis: .y, isReversed: false))
    #expect(axial.downward == PicturePlane.Run(axis: .z, isReversed: false))
    let coronal = PicturePlane(view: .coronal, geometry: geometry)
    #expect(coronal.downward == PicturePlane.Run(axis: .x, isReversed: false))
  }

  @Test func edgesCarryTheRadiologicalLetters() throws {
    let geometry = try PatientBox(identity).geometry
    let letters = View.allCases.map { view in
      let edges = PicturePlane(view: view, geometry: geometry).edges
      return String([edges.left, edges.right, edges.top, edges.bottom])
    }
    #expect(letters == ["RLSI", "APSI", "RLAP"])
  }
}

@Suite struct OverlaySliceTests {
  @Test func sliceWithTheLargestCrossSectionIsShown() throws {
    let box = try PatientBox(identity)
    // A pyramid whose base lies at z = 4, and one voxel column above it.
    let size = box.geometry.size
    var mask = LabelMap(empty: size)
    for z in 4..<12 {
      for y in 3..<(15 - z) {
        for x in 2..<(14 - z) { mask.labels[(z * size.y + y) * size.x + x] = 3 }
      }
    }
    let volume = try #require(Volume(geometry: box.geometry, voxels: [Int16](repeating: 0, count: size.voxelCount)))
    var renderer = try OverlayRenderer(volume: volume, mask: mask)
    renderer.longerSide = 60
    let overlay = renderer.draw(.axial)
    #expect(overlay.slice == 4 && overlay.sliceAxis == .z && overlay.sliceCount == size.z)
    #expect(overlay.caption == "Axial, slice 5 of 26: the organ's largest cross-section.")
    // The slow twin: count every slice on its own.
    for view in View.allCases {
      let axis = view.sliceAxis
      let counts = (0..<size[axis]).map { slice in
        mask.labels.indices.count { mask.labels[$0] != 0 && $0 / size.stride(along: axis) % size[axis] == slice }
      }
      #expect(counts == CrossSections(of: mask).counts[axis.rawValue])
      #expect(counts[renderer.draw(view).slice] == counts.max())
    }
  }

  @Test func equalSlicesYieldTheOneInTheMiddle() throws {
    let size = try #require(VolumeSize(x: 1, y: 1, z: 9))
    let mask = try #require(LabelMap(size: size, labels: [0, 0, 1, 1, 1, 1, 1, 0, 0]))
    #expect(CrossSections(of: mask).largest(along: .z) == 4)
  }

  @Test(arguments: View.allCases)
  func emptyMaskShowsTheMiddleAndSaysSo(view: View) throws {
    let box = try PatientBox(identity)
    let size = box.geometry.size
    let volume = try #require(Volume(geometry: box.geometry, voxels: [Int16](repeating: 0, count: size.voxelCount)))
    var renderer = try OverlayRenderer(volume: volume, mask: LabelMap(empty: size))
    renderer.longerSide = 120
    let overlay = renderer.draw(view)
    #expect(overlay.maskIsEmpty)
    #expect(overlay.slice == size[overlay.sliceAxis] / 2)
    #expect(overlay.caption.contains("mask is empty"))
    #expect(amberPixels(overlay.image).isEmpty)
  }

  @Test func maskSizeMismatchIsRefusedByName() throws {
    let (volume, _) = try cube(at: PatientBox.centre, in: try PatientBox(identity))
    let other = LabelMap(empty: try #require(VolumeSize(x: 3, y: 4, z: 5)))
    let error = #expect(throws: PictureError.self) { try OverlayRenderer(volume: volume, mask: other) }
    #expect(error?.code == .maskSizeMismatch)
    #expect(error?.message.contains("3 × 4 × 5") == true && error?.message.contains("18 × 22 × 26") == true)
  }

  @Test func maskWithMissingLabelsIsRefusedByName() throws {
    let (volume, whole) = try cube(at: PatientBox.centre, in: try PatientBox(identity))
    var mask = whole
    mask.labels.removeLast()
    let error = #expect(throws: PictureError.self) { try OverlayRenderer(volume: volume, mask: mask) }
    #expect(error?.code == .maskSizeMismatch)
  }

  @Test func probabilityCountMismatchIsRefusedByName() throws {
    let (volume, mask) = try cube(at: PatientBox.centre, in: try PatientBox(identity))
    let error = #expect(throws: PictureError.self) {
      try OverlayRenderer(volume: volume, mask: mask, probability: [1, 2, 3])
    }
    #expect(error?.code == .probabilityCountMismatch)
    #expect(error?.message.contains("\(volume.size.voxelCount)") == true)
  }
}

@Suite struct OverlayDrawingTests {
  @Test(arguments: [SIMD3<Double>(1, 1, 6), SIMD3(3, 1, 2), SIMD3(6, 3, 1)])
  func anisotropicSpacingGivesSquarePixels(spacing: SIMD3<Double>) throws {
    let box = try PatientBox(identity, spacing: spacing)
    let volume = try #require(
      Volume(geometry: box.geometry, voxels: [Int16](repeating: 0, count: box.geometry.size.voxelCount)))
    var renderer = try OverlayRenderer(volume: volume, mask: LabelMap(empty: volume.size))
    renderer.longerSide = 100
    for view in View.allCases {
      let overlay = renderer.anatomy(view)
      let (width, height) =
        switch view {
        case .axial: (PatientBox.extent.x, PatientBox.extent.y)
        case .coronal: (PatientBox.extent.x, PatientBox.extent.z)
        case .sagittal: (PatientBox.extent.y, PatientBox.extent.z)
        }
      let pixel = overlay.millimetresPerPixel
      #expect(abs(Double(overlay.image.columns) * pixel - width) <= pixel / 2)
      #expect(abs(Double(overlay.image.rows) * pixel - height) <= pixel / 2)
    }
  }

  @Test func smallVolumesAreScaledUpTo720Pixels() throws {
    let (volume, mask) = try cube(at: PatientBox.centre, in: try PatientBox(identity))
    let overlay = try OverlayRenderer(volume: volume, mask: mask).draw(.coronal)
    #expect(overlay.image.rows == 720)
    #expect(overlay.image.columns == 498)
  }

  @Test func slimSlicesGetABlackSurround() throws {
    let size = try #require(VolumeSize(x: 100, y: 100, z: 4))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(1, 1, 2), origin: SIMD3(0, 0, 0), direction: VolumeGeometry.identityDirection)
    let volume = try #require(Volume(geometry: geometry, voxels: [Int16](repeating: 40, count: size.voxelCount)))
    let renderer = try OverlayRenderer(volume: volume, mask: LabelMap(empty: size))
    let image = renderer.draw(.coronal).image
    #expect(image.rows == 240 && image.columns == 720)
    // 8 mm of 100 mm are 58 pixels of 720, in the middle of the rows.
    let gray = RGBColour(red: 105, green: 105, blue: 105)
    let column = 200
    let tissue = (0..<image.rows).filter { image.colour(row: $0, column: column) == gray }
    #expect(tissue == Array(91..<149))
  }

  @Test func extremeShapesAreDrawnWithoutATrap() throws {
    for (x, y, z, spacing) in [
      (1, 1, 1, SIMD3<Double>(1, 1, 1)), (1, 40, 1, SIMD3(0.001, 1000, 1)), (3000, 1, 2, SIMD3(0.001, 0.001, 1000)),
      (2, 3, 5, SIMD3(1000, 0.001, 7)),
    ] {
      let size = try #require(VolumeSize(x: x, y: y, z: z))
      let geometry = try VolumeGeometry(
        size: size, spacing: spacing, origin: SIMD3(0, 0, 0), direction: VolumeGeometry.identityDirection)
      let values = [Int16](repeating: .max, count: size.voxelCount)
      let volume = try #require(Volume(geometry: geometry, voxels: values))
      let mask = try #require(LabelMap(size: size, labels: [UInt8](repeating: 1, count: size.voxelCount)))
      var renderer = try OverlayRenderer(volume: volume, mask: mask)
      renderer.longerSide = 50
      for view in View.allCases {
        let image = renderer.draw(view).image
        #expect((1...2048).contains(image.rows) && (1...2048).contains(image.columns))
        #expect(image.rgb.count == image.rows * image.columns * 3)
      }
    }
  }

  @Test func outlineIsTwoPixelsWideAndOnTheBorderOfTheMask() throws {
    let (volume, mask) = try cube(at: PatientBox.centre + 1.5, in: try PatientBox(identity))
    var renderer = try OverlayRenderer(volume: volume, mask: mask)
    renderer.longerSide = 260
    let overlay = renderer.anatomy(.axial)
    // Along a row through the cube: two crossings. The cube covers four or five voxels, its edges lie between voxels.
    let row = overlay.image.rows / 2
    let amber = (0..<overlay.image.columns).filter { isAmber(overlay.image.colour(row: row, column: $0)) }
    let crossings = amber.enumerated().filter { $0.offset == 0 || amber[$0.offset - 1] + 1 < $0.element }.count
    #expect(crossings == 2)
    #expect((4...6).contains(amber.count), "\(amber.count) amber pixels in two crossings")
    let labels = (0..<volume.size.x).filter {
      mask.labels[(volume.size.z / 2 * volume.size.y + volume.size.y / 2) * volume.size.x + $0] != 0
    }
    let width = Double(labels.count) * 3 / overlay.millimetresPerPixel
    let drawn = Double((amber.last ?? 0) - (amber.first ?? 0) + 1)
    #expect(abs(drawn - 2 - width) <= 1.5, "drawn \(drawn) pixels across, the mask is \(width)")
  }

  @Test func maskAtTheVolumesBorderIsClosedThere() throws {
    let box = try PatientBox(identity)
    let size = box.geometry.size
    let volume = try #require(Volume(geometry: box.geometry, voxels: [Int16](repeating: 40, count: size.voxelCount)))
    let mask = try #require(LabelMap(size: size, labels: [UInt8](repeating: 1, count: size.voxelCount)))
    var renderer = try OverlayRenderer(volume: volume, mask: mask)
    renderer.longerSide = 90
    let image = renderer.anatomy(.axial).image
    for column in stride(from: 2, to: image.columns, by: 7) {
      #expect(isAmber(image.colour(row: 0, column: column)))
      #expect(isAmber(image.colour(row: image.rows - 1, column: column)))
    }
    for row in stride(from: 2, to: image.rows, by: 7) {
      #expect(isAmber(image.colour(row: row, column: 0)))
      #expect(isAmber(image.colour(row: row, column: image.columns - 1)))
    }
  }

  @Test func probabilityTintsTheOrganAndNothingElse() throws {
    let (volume, mask) = try cube(at: PatientBox.centre, in: try PatientBox(identity), halfWidth: 10)
    var plain = try OverlayRenderer(volume: volume, mask: mask)
    var tinted = try OverlayRenderer(volume: volume, mask: mask, probability: mask.labels.map { $0 == 0 ? 0 : 255 })
    (plain.longerSide, tinted.longerSide) = (120, 120)
    let (without, with) = (plain.anatomy(.axial).image, tinted.anatomy(.axial).image)
    let (row, column) = (without.rows / 2, without.columns / 2)
    #expect(without.colour(row: row, column: column) == RGBColour(red: 255, green: 255, blue: 255))
    // 30 % of amber (255, 184, 28) over white.
    #expect(with.colour(row: row, column: column) == RGBColour(red: 255, green: 234, blue: 187))
    #expect(without.colour(row: row, column: 20) == with.colour(row: row, column: 20))
  }

  @Test func scaleBarIsAsLongAsItSays() throws {
    let size = try #require(VolumeSize(x: 100, y: 100, z: 3))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(3, 3, 3), origin: SIMD3(0, 0, 0), direction: VolumeGeometry.identityDirection)
    let volume = try #require(Volume(geometry: geometry, voxels: [Int16](repeating: -1000, count: size.voxelCount)))
    let overlay = try OverlayRenderer(volume: volume, mask: LabelMap(empty: size)).draw(.axial)
    let image = overlay.image
    // The longest run of light pixels in the lower left quarter.
    var longest = 0
    for row in image.rows / 2..<image.rows {
      var run = 0
      for column in 0..<image.columns / 2 {
        run = (image.colour(row: row, column: column)?.red ?? 0) > 150 ? run + 1 : 0
        longest = max(longest, run)
      }
    }
    #expect(longest == Int((50 / overlay.millimetresPerPixel).rounded()))
  }

  @Test func fontHoldsEveryCharacterOfTheAnnotations() {
    let words =
      View.allCases.map(\.inWords).joined() + "slice of mask is empty mm research use, not for diagnosis"
      + "0123456789RLAPSI"
    for character in Set(words) where character != " " {
      #expect(!BitmapFont.rows(of: character).isEmpty, "no glyph for \(character)")
    }
  }
}
