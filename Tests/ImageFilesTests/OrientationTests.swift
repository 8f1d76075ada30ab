@testable import ImageFiles
import Testing
import Volumes

/// The 48 ways in which array axes can lie along the patient's.
struct Orientation: CustomTestStringConvertible, Sendable {
  /// Patient axis (0 left-right, 1, 2) and sign of each array axis.
  let axes: [Int]
  let signs: [Double]

  var directions: [SIMD3<Double>] {
    (0..<3).map { axis in
      var direction = SIMD3<Double>.zero
      direction[axes[axis]] = signs[axis]
      return direction
    }
  }

  var testDescription: String { (0..<3).map { "\(signs[$0] < 0 ? "-" : "+")\("LPS".map { $0 }[axes[$0]])" }.joined() }

  static let all: [Orientation] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap { axes in
    (0..<8).map { bits in
      Orientation(axes: axes, signs: (0..<3).map { bits >> $0 & 1 == 0 ? 1 : -1 })
    }
  }
}

struct OrientationTests {
  let folder: TemporaryFolder
  let size: VolumeSize
  init() throws {
    folder = try TemporaryFolder()
    size = try #require(VolumeSize(x: 7, y: 5, z: 3))
  }

  func geometry(_ orientation: Orientation) throws -> VolumeGeometry {
    try VolumeGeometry(
      size: size, spacing: SIMD3(0.75, 1.25, 2.5), origin: SIMD3(-101.5, 37.25, 812), direction: orientation.directions)
  }

  @Test func thereAreFortyEight() { #expect(Set(Orientation.all.map(\.testDescription)).count == 48) }

  /// The file's affine, applied by the formula in RAS and flipped to LPS, is the position the geometry gives.
  @Test(arguments: Orientation.all)
  func sformPositionsAreExact(_ orientation: Orientation) throws {
    var fixture = NIfTIFixture()
    fixture.dim = [3, 7, 5, 3, 1, 1, 1, 1]
    fixture.voxels = [UInt64](repeating: 0, count: 105)
    let spacing = [0.75, 1.25, 2.5]
    for row in 0..<3 {
      for axis in 0..<3 { fixture.srow[row][axis] = Float(orientation.directions[axis][row] * spacing[axis]) }
      fixture.srow[row][3] = Float([101.5, -37.25, 812][row])
    }
    let read = try NIfTI.read(folder.write(fixture.bytes, "image.nii")).volume.geometry
    for index in [SIMD3(0.0, 0, 0), SIMD3(6, 0, 0), SIMD3(0, 4, 0), SIMD3(0, 0, 2), SIMD3(3.5, 2.25, 1)] {
      var ras = SIMD3<Double>.zero
      for row in 0..<3 {
        let line = fixture.srow[row].map { Double($0) }
        ras[row] = line[0] * index.x + line[1] * index.y + line[2] * index.z + line[3]
      }
      let difference = read.position(ofIndex: index) - SIMD3(-ras.x, -ras.y, ras.z)
      #expect((difference * difference).sum().squareRoot() <= 1e-6)
    }
  }

  @Test(arguments: Orientation.all)
  func writtenSformGivesTheSamePositions(_ orientation: Orientation) throws {
    let path = folder.path + "/mask.nii"
    try NIfTI.write(labels: LabelMap(empty: size), geometry: geometry(orientation), to: path)
    let read = try NIfTI.read(path)
    try expectSamePositions(read.volume.geometry, geometry(orientation), within: 1e-6)
    #expect(read.notes.isEmpty, "sform and qform agree")
  }

  @Test(arguments: Orientation.all)
  func writtenQformGivesTheSamePositions(_ orientation: Orientation) throws {
    let path = folder.path + "/mask.nii"
    try NIfTI.write(labels: LabelMap(empty: size), geometry: geometry(orientation), to: path)
    var bytes = try fileBytes(path)
    (bytes[254], bytes[255]) = (0, 0)  // sform_code
    let read = try NIfTI.read(folder.write(bytes, "qform.nii"))
    try expectSamePositions(read.volume.geometry, geometry(orientation), within: 1e-5)
  }

  /// An oblique system close to a half turn, where the quaternion's first part nearly vanishes.
  @Test func obliqueQformGivesTheSamePositions() throws {
    let (c, s) = (0.9961946980917455, 0.08715574274765817)  // 5 degrees
    let oblique = try VolumeGeometry(
      size: size, spacing: SIMD3(0.75, 1.25, 2.5), origin: SIMD3(-101.5, 37.25, 812),
      direction: [SIMD3(c, s, 0), SIMD3(-s, c, 0), SIMD3(0, 0, -1)])
    let path = folder.path + "/mask.nii"
    try NIfTI.write(labels: LabelMap(empty: size), geometry: oblique, to: path)
    var bytes = try fileBytes(path)
    try expectSamePositions(NIfTI.read(path).volume.geometry, oblique, within: 1e-4)
    (bytes[254], bytes[255]) = (0, 0)
    try expectSamePositions(NIfTI.read(folder.write(bytes, "q.nii")).volume.geometry, oblique, within: 1e-4)
  }
}
