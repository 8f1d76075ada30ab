import DicomSeries
@testable import ImageFiles
import Testing
import Volumes

/// NRRD as others write it, and one test per refusal.
struct NRRDTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func read(_ fixture: NRRDFixture) throws -> LoadedImage {
    try ImageFile.read(folder.write(fixture.bytes, "image.nrrd"), dicomReader: DicomSeriesReader(executable: "/none"))
  }

  func fixture(_ change: (inout NRRDFixture) -> Void) -> NRRDFixture {
    var fixture = NRRDFixture()
    change(&fixture)
    return fixture
  }

  func expectRefusal(
    _ code: ImageError.Code, _ words: [String], _ location: SourceLocation = #_sourceLocation,
    _ change: (inout NRRDFixture) -> Void
  ) {
    let error = imageError { _ = try read(fixture(change)) }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
    for word in [folder.path] + words {
      #expect(error?.message.contains(word) == true, "\(word) in: \(error?.message ?? "")", sourceLocation: location)
    }
  }

  @Test func rawVolumeIsRead() throws {
    let image = try read(NRRDFixture())
    #expect(image.format == .nrrd)
    #expect(image.source == "NRRD, int16")
    #expect(image.volume.voxels == (0..<12).map { Int16($0) })
    #expect(image.volume.geometry.spacing == SIMD3(2, 3, 4))
    #expect(image.volume.geometry.origin == SIMD3(10, 20, 30))
    #expect(image.notes.isEmpty)
  }

  @Test(arguments: ["gzip", "GZ"])
  func gzipVolumeIsRead(_ encoding: String) throws {
    try gzip(NRRDFixture().data, to: folder.path + "/data.gz")
    let data = try fileBytes(folder.path + "/data.gz")
    let image = try read(fixture { ($0.encoding, $0.data) = (encoding, data) })
    #expect(image.volume.voxels == (0..<12).map { Int16($0) })
    #expect(image.source == "NRRD, int16, gzip")
  }

  @Test(arguments: NIfTIReadTests.patterns, [false, true])
  func everyTypeAndByteOrderIsRead(_ pattern: (VoxelDataType, [UInt64], [Int16]), isBigEndian: Bool) throws {
    let names: [VoxelDataType: [String]] = [
      .int8: ["signed char", "int8_t"], .uint8: ["uchar", "unsigned char"], .int16: ["short", "int16"],
      .uint16: ["ushort", "unsigned short int"], .int32: ["int", "signed int"], .uint32: ["unsigned int", "uint32_t"],
      .int64: ["longlong", "long long int"], .uint64: ["ulonglong", "uint64"], .float32: ["float"],
      .float64: ["double"],
    ]
    for name in try #require(names[pattern.0]) {
      let image = try read(
        fixture {
          ($0.type, $0.sizes, $0.endian) = (name, "3 1 1", isBigEndian ? "big" : "little")
          $0.data = pattern.1.flatMap { value in
            let little = (0..<pattern.0.byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
            return isBigEndian ? little.reversed() : little
          }
        })
      #expect(image.volume.voxels == pattern.2, "\(name)")
    }
  }

  @Test(arguments: [
    ("left-posterior-superior", [1.0, 1, 1]), ("LPS", [1, 1, 1]), ("right-anterior-superior", [-1, -1, 1]),
    ("RAS", [-1, -1, 1]), ("left-anterior-superior", [1, -1, 1]),
  ])
  func spacesBecomeLPS(_ space: String, _ signs: [Double]) throws {
    let geometry = try read(fixture { $0.space = space }).volume.geometry
    #expect(geometry.origin == SIMD3(10 * signs[0], 20 * signs[1], 30))
    for axis in 0..<3 { #expect(geometry.direction[axis][axis] == signs[axis]) }
  }

  @Test func windowsLineEndsAndKeysAndUnitsAreRead() throws {
    let image = try read(
      fixture {
        $0.lineEnd = "\r\n"
        $0.more = ["space units: \"mm\" \"mm\" \"mm\"", "Segment0_ID:=Segment_1", "DWMRI_b-value:=1:2"]
        $0.directions = "( 2, 0, 0 ) (0,3,0)  (0,0,4.0e0)"
      })
    #expect(image.volume.geometry.spacing == SIMD3(2, 3, 4))
  }

  /// The same voxels as nibabel and pynrrd wrote them (Integration/hostile/images/make_syntaxes.py).
  @Test(arguments: ["nifti-1.nii", "nifti-1.nii.gz", "nifti-1-big.nii", "nifti-2.nii", "raw.nrrd", "gzip.nrrd"])
  func filesOfOtherProgramsEqualTheReference(_ name: String) throws {
    let bytes = try fileBytes(syntaxFolder + "/reference.raw")
    let reference = stride(from: 0, to: bytes.count, by: 2).map {
      Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
    let image = try ImageFile.read(syntaxFolder + "/" + name, dicomReader: DicomSeriesReader(executable: "/none"))
    #expect(image.volume.voxels == reference)
    #expect(image.volume.geometry.origin == SIMD3(-100, -50, 10))
    #expect(image.volume.geometry.direction == VolumeGeometry.identityDirection)
    #expect(image.notes.isEmpty)
  }

  @Test func spacingsAloneAreNoted() throws {
    let image = try read(
      fixture {
        ($0.space, $0.directions, $0.origin) = (nil, nil, nil)
        $0.more = ["spacings: 2 3 4"]
      })
    #expect(image.volume.geometry.spacing == SIMD3(2, 3, 4))
    #expect(image.notes.count == 1)
  }

  @Test func labelsAreRead() throws {
    let read = try NRRD.readLabels(folder.write(NRRDFixture().bytes, "labels.nrrd"))
    #expect(read.labels.labels == (0..<12).map { UInt8($0) })
    #expect(read.geometry.origin == SIMD3(10, 20, 30))
  }

  @Test func labelsOfEitherFormatAreReadByTheirContent() throws {
    let nrrd = try ImageFile.readLabels(folder.write(NRRDFixture().bytes, "labels.nii"))
    #expect(nrrd.labels.labels == (0..<12).map { UInt8($0) })
    let path = folder.path + "/labels.nrrd.gz"
    try NIfTI.write(labels: nrrd.labels, geometry: nrrd.geometry, to: path)
    let nifti = try ImageFile.readLabels(path)
    #expect(nifti.labels == nrrd.labels && nifti.geometry.size == nrrd.geometry.size)
  }

  @Test func labelsAreNotReadFromDICOMOrFolders() throws {
    let dicom = try folder.write([UInt8](repeating: 0, count: 128) + Array("DICM".utf8), "seg.dcm")
    for path in [dicom, folder.path] {
      let error = imageError { _ = try ImageFile.readLabels(path) }
      #expect(error?.code == .unsupported && error?.message.contains(path) == true)
    }
    #expect(imageError { _ = try ImageFile.readLabels("/nonexistent.nrrd") }?.code == .notFound)
  }

  @Test func negativeLabelsAreInvalid() throws {
    let path = try folder.write(fixture { $0.data[1] = 0xff }.bytes, "labels.nrrd")
    #expect(imageError { _ = try NRRD.readLabels(path) }?.code == .invalidVoxels)
  }

  @Test(arguments: ["data file: /etc/passwd", "datafile: other.raw", "Data File: LIST", "data file: s%03d.raw 1 9 1"])
  func detachedHeaderIsRefused(_ line: String) {
    expectRefusal(.unsupported, ["detached header"]) { $0.more = [line] }
  }

  @Test(arguments: ["0 2 2", "-3 2 2", "3 2", "3 2 2 1", "3 2 x", "9223372036854775808 1 1", ""])
  func sizesThatAreNoneAreInvalid(_ sizes: String) {
    expectRefusal(.invalidHeader, ["sizes"]) { $0.sizes = sizes }
  }

  @Test(arguments: ["4294967296 4294967296 4294967296", "9223372036854775807 2 2", "65536 65536 1"])
  func sizesThatOverflowAreTooLarge(_ sizes: String) {
    expectRefusal(.tooLarge, ["sizes"]) { $0.sizes = sizes }
  }

  @Test func otherDimensionsAreUnsupported() {
    expectRefusal(.unsupported, ["dimension", "4"]) { $0.dimension = "4" }
  }

  @Test func vectorsAreUnsupported() {
    expectRefusal(.unsupported, ["kinds"]) { $0.kinds = "vector domain domain" }
  }

  @Test(arguments: ["block", "half", "long"])
  func otherTypesAreUnsupported(_ type: String) { expectRefusal(.unsupported, ["type", type]) { $0.type = type } }

  @Test(arguments: ["ascii", "hex", "bzip2"])
  func otherEncodingsAreUnsupported(_ encoding: String) {
    expectRefusal(.unsupported, ["encoding", encoding]) { $0.encoding = encoding }
  }

  @Test(arguments: ["byte skip: -1", "line skip: 3"])
  func skipsAreUnsupported(_ line: String) { expectRefusal(.unsupported, ["skip"]) { $0.more = [line] } }

  @Test func unknownSpaceIsUnsupported() {
    expectRefusal(.unsupported, ["space", "scanner-xyz"]) { $0.space = "scanner-xyz" }
  }

  @Test func otherUnitsAreInvalid() {
    expectRefusal(.invalidHeader, ["space units", "cm"]) { $0.more = ["space units: \"cm\" \"cm\" \"cm\""] }
  }

  @Test func absentByteOrderIsInvalid() { expectRefusal(.invalidHeader, ["endian"]) { $0.endian = nil } }

  @Test func absentFieldsAreInvalid() {
    expectRefusal(.invalidHeader, ["type"]) { $0.type = nil }
    expectRefusal(.invalidHeader, ["encoding"]) { $0.encoding = nil }
    expectRefusal(.invalidHeader, ["sizes"]) { $0.sizes = nil }
    expectRefusal(.invalidHeader, ["dimension"]) { $0.dimension = nil }
    expectRefusal(.invalidGeometry, ["spacings"]) { $0.directions = nil }
  }

  @Test func doubleFieldIsInvalid() { expectRefusal(.invalidHeader, ["twice"]) { $0.more = ["Type: short"] } }

  @Test func lineWithoutColonIsInvalid() { expectRefusal(.invalidHeader, ["no field"]) { $0.more = ["hello"] } }

  @Test(arguments: [
    "(2,0,0) (0,3,0)", "none (0,3,0) (0,0,4)", "(nan,0,0) (0,3,0) (0,0,4)", "(0x2,0,0) (0,3,0) (0,0,4)",
    "(2,0) (0,3) (0,4)",
  ])
  func directionsThatAreNoVectorsAreInvalid(_ text: String) {
    expectRefusal(.invalidHeader, ["space directions"]) { $0.directions = text }
  }

  @Test(arguments: ["(0,0,0) (0,3,0) (0,0,4)", "(2,1,0) (0,3,0) (0,0,4)", "(2e9,0,0) (0,3,0) (0,0,4)"])
  func directionsThatSpanNoGridAreInvalid(_ text: String) {
    expectRefusal(.invalidGeometry, ["space directions"]) { $0.directions = text }
  }

  @Test func missingVoxelsAreTruncated() {
    expectRefusal(.truncated, ["24 bytes", "found 23"]) { $0.data.removeLast() }
  }

  @Test func bytesBehindTheVoxelsAreDamage() {
    expectRefusal(.damaged, ["24", "follow"]) { $0.data.append(0) }
  }

  @Test func gzipThatIsNoneIsInvalid() { expectRefusal(.invalidHeader, ["gzip"]) { $0.encoding = "gzip" } }

  @Test func fewCompressedBytesCannotHoldManyVoxels() throws {
    try gzip([0], to: folder.path + "/data.gz")
    expectRefusal(.truncated, ["compressed bytes can hold"]) {
      ($0.encoding, $0.sizes) = ("gzip", "1000 1000 1000")
      $0.data = (try? fileBytes(folder.path + "/data.gz")) ?? []
    }
  }

  @Test func headerWithoutEndIsRefused() throws {
    let cut = Array(NRRDFixture().bytes.prefix(60))
    let path = try folder.write(cut, "image.nrrd")
    #expect(imageError { _ = try NRRD.read(path) }?.code == .truncated)
    let endless = Array("NRRD0004\n".utf8) + [UInt8](repeating: 0x23, count: 1 << 17)
    #expect(imageError { _ = try NRRD.read(folder.write(endless, "endless.nrrd")) }?.code == .invalidHeader)
  }

  @Test func otherVersionIsNotAnImage() { expectRefusal(.notAnImage, ["NRRD0009"]) { $0.magic = "NRRD0009" } }
}
