@testable import ImageFiles
import Testing
import Volumes

struct NIfTIWriteTests {
  let folder: TemporaryFolder
  let geometry: VolumeGeometry
  init() throws {
    folder = try TemporaryFolder()
    geometry = try VolumeGeometry(
      size: try #require(VolumeSize(x: 5, y: 3, z: 7)), spacing: SIMD3(0.75, 1.5, 2.5), origin: SIMD3(-120, 33.5, 400),
      direction: [SIMD3(0.8, 0.6, 0), SIMD3(-0.6, 0.8, 0), SIMD3(0, 0, 1)])
  }

  @Test(arguments: ["volume.nii", "volume.nii.gz"])
  func volumeComesBackAsItWas(_ name: String) throws {
    let voxels = (0..<105).map { Int16($0 * 311 % 4096 - 1024) }
    let volume = try #require(Volume(geometry: geometry, voxels: voxels))
    let path = folder.path + "/" + name
    try NIfTI.write(volume: volume, to: path)
    let image = try NIfTI.read(path)
    #expect(image.volume.voxels == voxels)
    #expect(image.notes.isEmpty)
    expectSamePositions(image.volume.geometry, geometry, within: 1e-4)
  }

  @Test func labelsComeBackAsTheyWere() throws {
    let labels = try #require(LabelMap(size: geometry.size, labels: (0..<105).map { UInt8($0 * 2) }))
    let path = folder.path + "/mask.nii.gz"
    try NIfTI.write(labels: labels, geometry: geometry, to: path)
    let back = try NIfTI.readLabels(path)
    #expect(back.labels == labels)
    expectSamePositions(back.geometry, geometry, within: 1e-4)
  }

  @Test func probabilitiesAreFloatsFromZeroToOne() throws {
    let path = folder.path + "/probability.nii"
    try NIfTI.write(probability: (0..<105).map { $0 == 0 ? 255 : UInt8($0) }, geometry: geometry, to: path)
    let bytes = try fileBytes(path)
    #expect(bytes.count == 352 + 4 * 105)
    let values = (0..<105).map { index in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[352 + 4 * index + $1]) << UInt32(8 * $1) })
    }
    #expect(values[0] == 1)
    #expect(values[51] == Float(51) / 255)
    #expect(Array(bytes[70..<74]) == [16, 0, 32, 0])
  }

  @Test func headerSaysScannerSpaceMillimetresAndResearchUse() throws {
    let path = folder.path + "/mask.nii"
    try NIfTI.write(labels: LabelMap(empty: geometry.size), geometry: geometry, to: path)
    let header = try NIfTIHeader(fileBytes(path), path: path)
    #expect([header.sformCode, header.qformCode] == [1, 1])
    #expect(header.xyztUnits == 2)
    #expect(header.sclSlope == 1)
    #expect(header.descrip.contains("research use, not for diagnosis"))
    #expect(header.dim == [3, 5, 3, 7, 1, 1, 1, 1])
  }

  @Test func equalContentGivesEqualBytes() throws {
    let volume = try #require(Volume(geometry: geometry, voxels: [Int16](repeating: -1000, count: 105)))
    try NIfTI.write(volume: volume, to: folder.path + "/a.nii.gz")
    try NIfTI.write(volume: volume, to: folder.path + "/b.nii.gz")
    let bytes = try fileBytes(folder.path + "/a.nii.gz")
    #expect(try bytes == fileBytes(folder.path + "/b.nii.gz"))
    #expect(Array(bytes[3..<8]) == [0, 0, 0, 0, 0], "no name, no time")
  }

  @Test func anOlderFileIsReplacedAndNothingElseIsLeft() throws {
    try folder.write([1], "mask.nii")
    try NIfTI.write(labels: LabelMap(empty: geometry.size), geometry: geometry, to: folder.path + "/mask.nii")
    #expect(try folder.names == ["mask.nii"])
    #expect(try fileBytes(folder.path + "/mask.nii").count == 352 + 105)
  }

  @Test func missingFolderIsNotWritten() throws {
    let path = folder.path + "/none/mask.nii"
    let error = imageError { try NIfTI.write(labels: LabelMap(empty: geometry.size), geometry: geometry, to: path) }
    #expect(error?.code == .notWritten)
    #expect(error?.message.contains(path) == true)
  }

  @Test(arguments: ["taken", "taken.gz"])
  func failedRenameLeavesNothingPartial(_ name: String) throws {
    let inner = try folder.write([], "keep")
    try #require(try folder.names == ["keep"])
    // A folder of that name cannot be replaced by a file.
    let path = folder.path + "/" + name
    try makeFolder(path)
    let error = imageError { try NIfTI.write(labels: LabelMap(empty: geometry.size), geometry: geometry, to: path) }
    #expect(error?.code == .notWritten)
    #expect(try folder.names == ["keep", name].sorted())
    #expect(try fileBytes(inner).isEmpty)
  }

  @Test func droppedFileLeavesTheOlderOne() throws {
    let path = try folder.write([7], "old")
    do {
      let file = try OutputFile(path, compression: .gzip)
      try [UInt8](repeating: 1, count: 1000).withUnsafeBytes { try file.write($0) }
    }
    #expect(try folder.names == ["old"])
    #expect(try fileBytes(path) == [7])
  }

  @Test func sizeThatDiffersFromTheGeometryIsRefused() throws {
    let path = folder.path + "/probability.nii"
    let error = imageError { try NIfTI.write(probability: [1, 2], geometry: geometry, to: path) }
    #expect(error?.code == .invalidGeometry)
    #expect(try folder.names.isEmpty)
  }

  @Test func axisBeyondTheFormatIsTooLarge() throws {
    let size = try #require(VolumeSize(x: 40_000, y: 1, z: 1))
    let long = try VolumeGeometry(
      size: size, spacing: SIMD3(1, 1, 1), origin: .zero, direction: VolumeGeometry.identityDirection)
    let path = folder.path + "/long.nii"
    #expect(imageError { try NIfTI.write(labels: LabelMap(empty: size), geometry: long, to: path) }?.code == .tooLarge)
  }
}

/// Compares the positions of the eight corners, mm.
func expectSamePositions(
  _ a: VolumeGeometry, _ b: VolumeGeometry, within tolerance: Double, _ location: SourceLocation = #_sourceLocation
) {
  #expect(a.size == b.size, sourceLocation: location)
  for corner in 0..<8 {
    let index = SIMD3(
      corner & 1 == 0 ? 0 : Double(a.size.x - 1), corner & 2 == 0 ? 0 : Double(a.size.y - 1),
      corner & 4 == 0 ? 0 : Double(a.size.z - 1))
    let difference = a.position(ofIndex: index) - b.position(ofIndex: index)
    let distance = (difference * difference).sum().squareRoot()
    #expect(distance <= tolerance, "corner \(corner) is off by \(distance) mm", sourceLocation: location)
  }
}
