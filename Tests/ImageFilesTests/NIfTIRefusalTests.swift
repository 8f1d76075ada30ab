import DicomSeries
@testable import ImageFiles
import Testing
import Volumes

/// One test per refusal; each sentence names the file, the field and what was found.
struct NIfTIRefusalTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func expectRefusal(
    _ code: ImageError.Code, _ words: [String], of fixture: NIfTIFixture, _ location: SourceLocation = #_sourceLocation
  ) throws {
    try expectRefusal(code, words, ofBytes: fixture.bytes, location)
  }

  func expectRefusal(
    _ code: ImageError.Code, _ words: [String], ofBytes bytes: [UInt8], named name: String = "image.nii",
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let path = try folder.write(bytes, name)
    let error = imageError { _ = try ImageFile.read(path, dicomReader: DicomSeriesReader(executable: "/none")) }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
    for word in [path] + words {
      #expect(error?.message.contains(word) == true, "\(word) in: \(error?.message ?? "")", sourceLocation: location)
    }
  }

  func fixture(_ change: (inout NIfTIFixture) -> Void) -> NIfTIFixture {
    var fixture = NIfTIFixture()
    change(&fixture)
    return fixture
  }

  @Test func missingFileIsNotFound() {
    let path = folder.path + "/none.nii"
    let error = imageError { _ = try NIfTI.read(path) }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains(path) == true)
  }

  @Test func emptyFileIsEmpty() throws { try expectRefusal(.empty, ["is empty"], ofBytes: []) }

  @Test func folderOfNIfTIReadIsUnreadable() {
    #expect(imageError { _ = try NIfTI.read(folder.path) }?.code == .unreadable)
  }

  @Test func textIsNotAnImage() throws {
    try expectRefusal(.notAnImage, ["neither NIfTI nor NRRD nor DICOM"], ofBytes: Array("hello world".utf8))
  }

  @Test func analyzeIsNotAnImage() throws {
    try expectRefusal(.notAnImage, ["magic"], of: fixture { $0.magic = [0, 0, 0, 0] })
  }

  @Test func headerPairIsUnsupported() throws {
    try expectRefusal(.unsupported, [".hdr/.img"], of: fixture { $0.magic = Array("ni1\0".utf8) })
  }

  @Test func niftiTwoChangedAsTextIsNotAnImage() throws {
    try expectRefusal(
      .notAnImage, ["magic", "10, 10, 26"],
      of: fixture { ($0.version, $0.magic) = (2, Array("n+2\0\n\n".utf8) + [0x1a, 0x0a]) })
  }

  @Test func shortHeaderOfNIfTITwoIsTruncated() throws {
    var fixture = NIfTIFixture()
    fixture.version = 2
    try expectRefusal(.truncated, ["400", "540"], ofBytes: Array(fixture.bytes[..<400]))
  }

  @Test func shortHeaderIsTruncated() throws {
    try expectRefusal(.truncated, ["200", "348"], ofBytes: Array(NIfTIFixture().bytes[..<200]))
  }

  @Test(arguments: [Int16(0), -1, .min])
  func dimensionBelowOneIsInvalid(_ value: Int16) throws {
    try expectRefusal(.invalidHeader, ["dim[2]", "\(value)"], of: fixture { $0.dim[2] = value })
  }

  @Test(arguments: [Int16(0), -3, 8])
  func numberOfAxesOutsideTheFormatIsInvalid(_ value: Int16) throws {
    try expectRefusal(.invalidHeader, ["dim[0]", "\(value)"], of: fixture { $0.dim[0] = value })
  }

  @Test func oneSliceIsUnsupported() throws {
    try expectRefusal(.unsupported, ["dim[0] is 2"], of: fixture { $0.dim[0] = 2 })
  }

  @Test func timeSeriesIsUnsupported() throws {
    try expectRefusal(.unsupported, ["dim[4] is 5"], of: fixture { $0.dim = [4, 3, 2, 2, 5, 1, 1, 1] })
  }

  @Test func productOfDimensionsIsBounded() throws {
    try expectRefusal(
      .tooLarge, ["32767 x 32767 x 32767"], of: fixture { $0.dim = [3, 32767, 32767, 32767, 1, 1, 1, 1] })
  }

  @Test func unknownDatatypeIsUnsupported() throws {
    try expectRefusal(.unsupported, ["datatype is 128"], of: fixture { $0.datatype = 128 })
  }

  @Test func bitpixThatContradictsDatatypeIsInvalid() throws {
    try expectRefusal(.invalidHeader, ["bitpix is 8", "16"], of: fixture { $0.bitpix = 8 })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, -352, 0, 351, 352.5, 1e30])
  func voxelOffsetOutsideTheFileIsInvalid(_ value: Float) throws {
    try expectRefusal(.invalidHeader, ["vox_offset is \(value)"], of: fixture { $0.voxOffset = value })
  }

  /// Without the intercept the stored values are no HU; taking them as they are would be a guess.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesASlopeWithoutAFiniteIntercept(value: Float) throws {
    try expectRefusal(
      .invalidHeader, ["scl_inter is \(value)", "scl_slope 0.5"],
      of: fixture {
        $0.slope = 0.5; $0.intercept = value
      })
  }

  @Test func missingVoxelsAreTruncated() throws {
    try expectRefusal(.truncated, ["24 bytes", "found 21"], ofBytes: NIfTIFixture().bytes.dropLast(3))
    try expectRefusal(.truncated, ["found 0"], of: fixture { $0.voxOffset = 4096 })
  }

  @Test func missingVoxelsInGzipAreTruncated() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(NIfTIFixture().bytes.dropLast(3), to: path)
    let error = imageError { _ = try NIfTI.read(path) }
    #expect(error?.code == .truncated)
    #expect(error?.message.contains("found 21") == true)
  }

  @Test func announcedVoxelsThatNoGzipCanHoldAreRefusedBeforeMemoryIsTaken() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(fixture { $0.dim = [3, 1000, 1000, 1000, 1, 1, 1, 1] }.bytes, to: path)
    let error = imageError { _ = try NIfTI.read(path) }
    #expect(error?.code == .truncated)
    #expect(error?.message.contains("compressed bytes can hold") == true)
  }

  @Test func gzipBombIsReadNoFurtherThanItsHeaderSays() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(NIfTIFixture().bytes + [UInt8](repeating: 0, count: 4 << 20), to: path)
    let file = try InputFile(path)
    #expect(try NIfTI.read(file).volume.voxels.count == 12)
    var rest = 0
    while try file.skip(1 << 16) == 1 << 16 { rest += 1 << 16 }
    #expect(rest > 4 << 19, "only the asked-for bytes had been taken from the stream")
  }

  @Test func cutOffGzipIsTruncated() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(fixture { $0.voxels = (0..<12).map { UInt64($0 * 7919 % 65536) } }.bytes, to: path)
    let whole = try fileBytes(path)
    try expectRefusal(.truncated, ["found"], ofBytes: Array(whole.dropLast(20)), named: "cut.nii.gz")
  }

  @Test func damagedGzipIsDamaged() throws {
    let path = folder.path + "/image.nii.gz"
    try gzip(NIfTIFixture().bytes, to: path)
    var bytes = try fileBytes(path)
    bytes[bytes.count - 6] ^= 0xff  // the checksum
    try expectRefusal(.damaged, ["gzip"], ofBytes: bytes, named: "flipped.nii.gz")
  }

  @Test func shearedAxesAreRefused() throws {
    try expectRefusal(.invalidGeometry, ["sform", "sheared"], of: fixture { $0.srow[0][1] = 0.5 })
  }

  @Test func nullSformIsRefused() throws {
    try expectRefusal(
      .invalidGeometry, ["sform", "0 mm"], of: fixture { $0.srow = [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]] })
  }

  @Test(arguments: [Float.nan, .infinity])
  func affineThatIsNotFiniteIsRefused(_ value: Float) throws {
    try expectRefusal(.invalidGeometry, ["sform", "finite"], of: fixture { $0.srow[1][3] = value })
    try expectRefusal(
      .invalidGeometry, ["qform", "finite"],
      of: fixture {
        ($0.sformCode, $0.qformCode) = (0, 1)
        $0.quatern[1] = value
      })
  }

  @Test func spacingThatNoScannerHasIsRefused() throws {
    try expectRefusal(
      .invalidGeometry, ["pixdim", "0 mm"],
      of: fixture {
        $0.sformCode = 0
        $0.pixdim[2] = 0
      })
  }

  @Test func unknownUnitIsInvalid() throws {
    try expectRefusal(.invalidHeader, ["xyzt_units is 5"], of: fixture { $0.units = 5 })
  }

  @Test func voxelsThatAreNotNumbersAreCountedAndRefused() throws {
    try expectRefusal(
      .invalidVoxels, ["2 of 12", "finite"],
      of: fixture {
        ($0.datatype, $0.bitpix) = (16, 32)
        $0.voxels = (0..<12).map { UInt64(($0 == 3 ? Float.nan : $0 == 4 ? .infinity : 0).bitPattern) }
      })
  }

  @Test func labelsBeyondAByteAreRefused() throws {
    let path = try folder.write(fixture { $0.voxels[5] = 256 }.bytes, "labels.nii")
    let error = imageError { _ = try NIfTI.readLabels(path) }
    #expect(error?.code == .invalidVoxels)
    #expect(error?.message.contains("1 of 12") == true)
  }
}
