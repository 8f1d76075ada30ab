import DicomSeries
@testable import ImageFiles
import Testing
import Volumes

struct NIfTIReadTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func read(_ fixture: NIfTIFixture) throws -> LoadedImage {
    try NIfTI.read(folder.write(fixture.bytes, "image.nii"))
  }

  static let patterns: [(VoxelDataType, [UInt64], [Int16])] = [
    (.uint8, [0, 1, 255], [0, 1, 255]),
    (.int8, [0, 0x7f, 0x80], [0, 127, -128]),
    (.int16, [0, 0x7fff, 0xfc00], [0, 32767, -1024]),
    (.uint16, [0, 0x7fff, 1024], [0, 32767, 1024]),
    (.int32, [0, 3071, 0xffff_fc00], [0, 3071, -1024]),
    (.uint32, [0, 3071, 1], [0, 3071, 1]),
    (
      .float32, [Float(-1024).bitPattern, Float(40.4).bitPattern, Float(-0.5).bitPattern].map(UInt64.init),
      [-1024, 40, 0]
    ),
    (.int64, [0, 3071, UInt64(bitPattern: -1024)], [0, 3071, -1024]),
    (.uint64, [0, 3071, 1], [0, 3071, 1]),
    // Halves go to even, as in the plugin.
    (.float64, [(-1024.0).bitPattern, 40.6.bitPattern, 3.5.bitPattern], [-1024, 41, 4]),
  ]

  @Test(arguments: patterns, [false, true])
  func everyTypeAndByteOrderIsRead(_ pattern: (VoxelDataType, [UInt64], [Int16]), isBigEndian: Bool) throws {
    var fixture = NIfTIFixture()
    fixture.isBigEndian = isBigEndian
    fixture.dim = [3, 3, 1, 1, 1, 1, 1, 1]
    (fixture.datatype, fixture.bitpix) = (pattern.0.rawValue, Int16(8 * pattern.0.byteCount))
    fixture.voxels = pattern.1
    let image = try read(fixture)
    #expect(image.volume.voxels == pattern.2)
    #expect(image.notes.isEmpty)
    #expect(image.source == "NIfTI-1, \(pattern.0)")
  }

  @Test(arguments: patterns, [false, true])
  func everyTypeAndByteOrderOfNIfTITwoIsRead(
    _ pattern: (VoxelDataType, [UInt64], [Int16]), isBigEndian: Bool
  ) throws {
    var fixture = NIfTIFixture()
    (fixture.version, fixture.isBigEndian) = (2, isBigEndian)
    fixture.dim = [3, 3, 1, 1, 1, 1, 1, 1]
    (fixture.datatype, fixture.bitpix) = (pattern.0.rawValue, Int16(8 * pattern.0.byteCount))
    fixture.voxels = pattern.1
    let image = try read(fixture)
    #expect(image.volume.voxels == pattern.2)
    #expect(image.volume.geometry.origin == SIMD3(10, 20, 30))
    #expect(image.volume.geometry.spacing == SIMD3(2, 3, 4))
    #expect(image.source == "NIfTI-2, \(pattern.0)")
  }

  @Test func gzipIsReadAsThePlainFile() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(NIfTIFixture().bytes, to: path)
    let image = try NIfTI.read(path)
    #expect(try image.volume.voxels == read(NIfTIFixture()).volume.voxels)
    #expect(image.source == "NIfTI-1, int16, gzip")
  }

  @Test func contentDecidesNotTheName() throws {
    let path = try folder.write(NIfTIFixture().bytes, "scan.dcm")
    let image = try ImageFile.read(path, dicomReader: DicomSeriesReader(executable: "/none"))
    #expect(image.format == .nifti)
  }

  @Test func slopeAndInterceptAreApplied() throws {
    var fixture = NIfTIFixture()
    (fixture.slope, fixture.intercept) = (2, -1024)
    #expect(try read(fixture).volume.voxels == (0..<12).map { Int16(2 * $0 - 1024) })
  }

  @Test(arguments: [Float(0), .nan, .infinity])
  func slopeWithoutMeaningIsNoScaling(_ slope: Float) throws {
    var fixture = NIfTIFixture()
    (fixture.slope, fixture.intercept) = (slope, 7)
    #expect(try read(fixture).volume.voxels == (0..<12).map { Int16($0) })
  }

  @Test func valuesBeyondInt16AreClampedAndNoted() throws {
    var fixture = NIfTIFixture()
    (fixture.datatype, fixture.bitpix) = (8, 32)
    fixture.voxels[0] = 40_000
    fixture.voxels[1] = UInt64(UInt32(bitPattern: -70_000))
    let image = try read(fixture)
    #expect(Array(image.volume.voxels[..<3]) == [32767, -32768, 2])
    #expect(image.notes == ["2 voxels lie outside -32768...32767 HU and were clamped"])
  }

  @Test func fourthAxisOfOneIsAVolume() throws {
    var fixture = NIfTIFixture()
    fixture.dim = [4, 3, 2, 2, 1, 1, 1, 1]
    #expect(try read(fixture).volume.size == VolumeSize(x: 3, y: 2, z: 2))
  }

  @Test func bytesBehindTheVoxelsAreTolerated() throws {
    let bytes = NIfTIFixture().bytes + [1, 2, 3]
    #expect(try NIfTI.read(folder.write(bytes, "image.nii")).volume.voxels.count == 12)
    let path = folder.path + "/image.nii.gz"
    try gzip(bytes, to: path)
    #expect(try NIfTI.read(path).volume.voxels.count == 12)
  }

  @Test func extensionsBeforeTheVoxelsAreSkipped() throws {
    var fixture = NIfTIFixture()
    fixture.voxOffset = 368
    let bytes = fixture.bytes
    let shifted = bytes[..<352] + [UInt8](repeating: 9, count: 16) + bytes[352...]
    #expect(try NIfTI.read(folder.write(Array(shifted), "image.nii")).volume.voxels == (0..<12).map { Int16($0) })
  }

  @Test func sformIsPreferredAndADisagreementNoted() throws {
    var fixture = NIfTIFixture()
    fixture.qformCode = 1
    fixture.qoffset = [-10, -20, 42]
    let image = try read(fixture)
    #expect(image.volume.geometry.origin == SIMD3(10, 20, 30))
    #expect(image.notes == ["sform and qform disagree by up to 12.0 mm; the sform was used"])
  }

  @Test func sformAndQformThatAgreeAreNoNote() throws {
    var fixture = NIfTIFixture()
    fixture.qformCode = 1
    fixture.qoffset = [-10, -20, 30.0001]
    #expect(try read(fixture).notes.isEmpty)
  }

  @Test func qformIsUsedWithoutSform() throws {
    var fixture = NIfTIFixture()
    (fixture.sformCode, fixture.qformCode) = (0, 2)
    fixture.pixdim[0] = -1
    fixture.quatern = [0, 0, 1]  // a half turn around z
    fixture.qoffset = [1, 2, 3]
    let geometry = try read(fixture).volume.geometry
    #expect(geometry.origin == SIMD3(-1, -2, 3))
    #expect(geometry.spacing == SIMD3(2, 3, 4))
    #expect(geometry.direction == [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, -1)])
  }

  @Test func neitherFormLeavesSpacingAndANote() throws {
    var fixture = NIfTIFixture()
    fixture.sformCode = 0
    let image = try read(fixture)
    #expect(image.volume.geometry.spacing == SIMD3(2, 3, 4))
    #expect(image.notes.count == 1)
    #expect(image.notes.first?.contains("position in the patient is unknown") == true)
  }

  @Test func metresAndMicrometresBecomeMillimetres() throws {
    var fixture = NIfTIFixture()
    fixture.units = 3
    fixture.srow = [[2000, 0, 0, -10000], [0, 3000, 0, 0], [0, 0, 4000, 0]]
    let geometry = try read(fixture).volume.geometry
    #expect(geometry.spacing == SIMD3(2, 3, 4))
    #expect(geometry.origin.x == 10)
  }

  @Test func labelsKeepTheirNumbers() throws {
    var fixture = NIfTIFixture()
    (fixture.datatype, fixture.bitpix) = (16, 32)
    fixture.voxels = (0..<12).map { UInt64(Float($0 * 23).bitPattern) }
    let (labels, geometry) = try NIfTI.readLabels(folder.write(fixture.bytes, "labels.nii"))
    #expect(labels.labels == (0..<12).map { UInt8($0 * 23) })
    #expect(geometry.origin == SIMD3(10, 20, 30))
  }
}
