import DicomSeries
@testable import ImageFiles
import Testing
import Volumes

extension DicomTests {
  /// One off-centre body in 48 orientations, upright and oblique, as DICOM, NIfTI and NRRD: found at the same point.
  @Suite struct CentroidTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    static let count = (x: 14, y: 10, z: 6)
    static let spacing = SIMD3(0.75, 1.25, 2.5)
    static let origin = SIMD3(-101.5, 37.25, 812)

    /// A grid laid by the test itself: positions from this formula alone.
    struct Grid {
      let directions: [SIMD3<Double>]

      func position(_ x: Int, _ y: Int, _ z: Int) -> SIMD3<Double> {
        CentroidTests.origin + directions[0] * (Double(x) * spacing.x) + directions[1] * (Double(y) * spacing.y)
          + directions[2] * (Double(z) * spacing.z)
      }

      /// An ellipsoid around a point of the patient that lies off the grid's centre.
      func isInside(_ position: SIMD3<Double>) -> Bool {
        let centre = self.position(4, 6, 2)
        let offset = (position - centre) / SIMD3(3.1, 2.6, 4.2)
        return (offset * offset).sum() <= 1
      }

      var voxels: [(index: (Int, Int, Int), position: SIMD3<Double>)] {
        var voxels: [(index: (Int, Int, Int), position: SIMD3<Double>)] = []
        for z in 0..<count.z {
          for y in 0..<count.y {
            for x in 0..<count.x { voxels.append(((x, y, z), position(x, y, z))) }
          }
        }
        return voxels
      }
    }

    /// Rodrigues' rotation by 0.3 rad about (1, 2, 2) / 3.
    static func rotated(_ v: SIMD3<Double>) -> SIMD3<Double> {
      let (k, cosine, sine) = (SIMD3(1.0, 2, 2) / 3, 0.955336489125606, 0.29552020666134)
      let cross = SIMD3(k.y * v.z - k.z * v.y, k.z * v.x - k.x * v.z, k.x * v.y - k.y * v.x)
      let along = k * ((k * v).sum() * (1 - cosine))
      return v * cosine + cross * sine + along
    }

    func centroid(_ path: String) throws -> SIMD3<Double> {
      let volume = try ImageFile.read(path, dicomReader: DicomSeriesReader(executable: builtReader)).volume
      var sum = SIMD3<Double>()
      var found = 0.0
      for z in 0..<volume.size.z {
        for y in 0..<volume.size.y {
          for x in 0..<volume.size.x where volume.voxels[(z * volume.size.y + y) * volume.size.x + x] > 0 {
            sum += volume.geometry.position(ofIndex: SIMD3(Double(x), Double(y), Double(z)))
            found += 1
          }
        }
      }
      return sum / found
    }

    func writeDicom(_ grid: Grid) throws -> String {
      try makeFolder(folder.path + "/dicom")
      for z in 0..<Self.count.z {
        var slice = DicomFixture()
        (slice.columns, slice.rows) = (Self.count.x, Self.count.y)
        slice.spacing = [Self.spacing.y, Self.spacing.x]
        slice.orientation = [0, 1].flatMap { axis in (0..<3).map { grid.directions[axis][$0] } }
        let corner = grid.position(0, 0, z)
        slice.position = (0..<3).map { corner[$0] }
        slice.pixels = []
        for y in 0..<Self.count.y {
          for x in 0..<Self.count.x { slice.pixels.append(grid.isInside(grid.position(x, y, z)) ? 1124 : 24) }
        }
        try folder.write(slice.bytes, "dicom/\(z * 5 % 7)")
      }
      return folder.path + "/dicom"
    }

    func writeNIfTI(_ grid: Grid, version: Int) throws -> String {
      var fixture = NIfTIFixture()
      fixture.version = version
      fixture.dim = [3, Int16(Self.count.x), Int16(Self.count.y), Int16(Self.count.z), 1, 1, 1, 1]
      for row in 0..<3 {
        let sign: Double = row < 2 ? -1 : 1
        for axis in 0..<3 { fixture.srow[row][axis] = Float(sign * grid.directions[axis][row] * Self.spacing[axis]) }
        fixture.srow[row][3] = Float(sign * Self.origin[row])
      }
      fixture.voxels = grid.voxels.map { grid.isInside($0.position) ? 100 : 0xfc18 }
      return try folder.write(fixture.bytes, "image.nii")
    }

    func writeNRRD(_ grid: Grid, space: String, _ signs: SIMD3<Double>) throws -> String {
      var fixture = NRRDFixture()
      fixture.sizes = "\(Self.count.x) \(Self.count.y) \(Self.count.z)"
      func vector(_ v: SIMD3<Double>) -> String { "(\(v.x),\(v.y),\(v.z))" }
      fixture.space = space
      fixture.directions = (0..<3).map { vector(grid.directions[$0] * Self.spacing[$0] * signs) }.joined(separator: " ")
      fixture.origin = vector(Self.origin * signs)
      fixture.data = grid.voxels.flatMap { grid.isInside($0.position) ? [100, 0] : [0x18, 0xfc] }
      return try folder.write(fixture.bytes, "image.nrrd")
    }

    @Test(arguments: Orientation.all, [false, true])
    func centroidIsTheSamePointInEveryFormat(_ orientation: Orientation, isOblique: Bool) throws {
      let grid = Grid(directions: orientation.directions.map { isOblique ? Self.rotated($0) : $0 })
      let inside = grid.voxels.map(\.position).filter(grid.isInside)
      let expected = inside.reduce(SIMD3<Double>(), +) / Double(inside.count)
      let centre = grid.position(7, 5, 3)
      #expect(((expected - centre) * (expected - centre)).sum() > 4, "off-centre, or a flip would not show")
      let paths = [
        try writeDicom(grid), try writeNIfTI(grid, version: 1), try writeNRRD(grid, space: "LPS", SIMD3(1, 1, 1)),
      ]
      for path in paths + [try writeNRRD(grid, space: "right-anterior-superior", SIMD3(-1, -1, 1))] {
        let difference = try centroid(path) - expected
        #expect((difference * difference).sum().squareRoot() <= 0.01, "\(path)")
      }
      let difference = try centroid(try writeNIfTI(grid, version: 2)) - expected
      #expect((difference * difference).sum().squareRoot() <= 0.01, "NIfTI-2")
    }
  }
}
