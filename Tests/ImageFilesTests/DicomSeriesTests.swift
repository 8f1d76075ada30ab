@testable import DicomSeries
import ImageFiles
import Testing
import Volumes

/// Everything that starts the helper, one after the other: some tests look at descriptors and processes.
@Suite(.serialized) struct DicomTests {}

extension DicomTests {
  @Suite struct DicomSeriesTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func read(_ path: String? = nil) throws(DicomError) -> DicomVolume {
      try DicomSeriesReader(executable: builtReader, secondsOfSilence: 20).read(path ?? folder.path)
    }

    /// Writes slices in the given order of positions, named in that order.
    func write(_ heights: [Double], _ change: (inout DicomFixture, Int) -> Void = { _, _ in }) throws {
      for (index, height) in heights.enumerated() {
        var slice = DicomFixture()
        slice.instanceNumber = index + 1
        slice.position = [-10, -20, height]
        slice.pixels = (0..<12).map { Int(height) * 10 + $0 + 1024 }
        change(&slice, index)
        try folder.write(slice.bytes, "slice-\(index)")
      }
    }

    func expectRefusal(_ code: DicomError.Code, _ words: [String], _ location: SourceLocation = #_sourceLocation) {
      do throws(DicomError) {
        let volume = try read()
        Issue.record("read \(volume.volume.size)", sourceLocation: location)
      } catch {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        for word in words {
          #expect(error.message.contains(word), "\(word) in: \(error)", sourceLocation: location)
        }
      }
    }

    @Test func slicesAreOrderedByPositionNotByName() throws {
      try write([35, 30, 40, 32.5, 37.5])
      let series = try read()
      let geometry = series.volume.geometry
      #expect(geometry.size == VolumeSize(x: 4, y: 3, z: 5))
      #expect(geometry.spacing == SIMD3(0.75, 1.5, 2.5), "x between columns, y between rows, z from positions")
      #expect(geometry.origin == SIMD3(-10, -20, 30))
      #expect((0..<5).map { series.volume.voxels[$0 * 12] } == [300, 320, 350, 370, 400])
      #expect(series.seriesUID == "1.2.3")
      #expect(series.seriesDescription == "portal venous")
      #expect(series.fileCount == 5)
      #expect(series.transferSyntax == "explicit little endian")
      #expect(series.notes.isEmpty)
    }

    @Test func imageFileReadsAFolder() throws {
      try write([30, 32])
      let image = try ImageFile.read(folder.path, dicomReader: DicomSeriesReader(executable: builtReader))
      #expect(image.format == .dicom)
      #expect(image.source == "DICOM CT, 2 slices of 2 files, explicit little endian")
    }

    @Test func foldersInsideAreReadAndOtherFilesNoted() throws {
      try makeFolder(folder.path + "/a/b")
      for (index, name) in ["a/b/1", "a/2", "3"].enumerated() {
        var slice = DicomFixture()
        slice.position = [0, 0, Double(index)]
        try folder.write(slice.bytes, name)
      }
      try folder.write(Array("notes".utf8), "readme.txt")
      let series = try read()
      #expect(series.volume.size.z == 3)
      #expect(series.notes == ["files of the folder that are not DICOM and were left out: 1"])
    }

    /// In every orientation of the slices and both orders of the files, each voxel lies where its value says.
    @Test(arguments: Orientation.all)
    func voxelsLieWhereTheirPositionsSay(_ orientation: Orientation) throws {
      let value = { (p: SIMD3<Double>) in Int((p.x + 40 * p.y + 9 * p.z).rounded()) }
      let directions = orientation.directions
      try write([0, 1, 2]) { slice, index in
        slice.orientation = [0, 1].flatMap { axis in (0..<3).map { directions[axis][$0] } }
        slice.position = (0..<3).map { 10 + directions[2][$0] * 3 * Double(index) }
        slice.spacing = [2, 1]
        slice.fill(value)
      }
      let volume = try read().volume
      for z in 0..<3 {
        for y in 0..<3 {
          for x in 0..<4 {
            let position = volume.geometry.position(ofIndex: SIMD3(Double(x), Double(y), Double(z)))
            #expect(Int(volume.voxels[(z * 3 + y) * 4 + x]) == value(position))
          }
        }
      }
    }

    @Test func rescaleOfEachSliceIsApplied() throws {
      try write([0, 1]) { slice, index in
        (slice.slope, slice.intercept) = (index == 0 ? "2" : "0.5", index == 0 ? "-100" : "10")
        slice.pixels = [Int](repeating: 51, count: 12)
      }
      let voxels = try read().volume.voxels
      #expect(voxels[0] == 2)
      #expect(voxels[12] == 36, "35.5 rounds away from zero")
    }

    @Test func bitsAboveTheHighBitAreNoPartOfTheValue() throws {
      try write([0, 1]) { slice, _ in
        (slice.bitsStored, slice.isSigned) = (12, false)
        slice.pixels = (0..<12).map { 0xf000 | $0 + 1000 }
      }
      #expect(try read().volume.voxels[3] == 1003 - 1024)
    }

    @Test func absentRescaleIsNoted() throws {
      try write([0, 1]) { slice, _ in (slice.slope, slice.intercept) = (nil, nil) }
      let series = try read()
      #expect(series.volume.voxels[1] == 1025)
      #expect(series.notes.count == 1)
    }

    /// Taking the stored values of one slice as HU would shift it against its neighbours.
    @Test(arguments: [nil, "nan", "x"])
    func rescaleThatOneSliceLacksIsInvalid(_ slope: String?) throws {
      try write([0, 1, 2]) { slice, index in if index == 1 { slice.slope = slope } }
      expectRefusal(.invalidAttribute, ["slice-1", "RescaleSlope"])
    }

    @Test func bitsThatDoNotFitAreTheFilesFault() throws {
      try write([0, 1]) { slice, _ in slice.highBit = 0 }
      expectRefusal(.invalidAttribute, ["slice-", "HighBit"])
    }

    @Test func emptySeriesUIDsAreGroupedByWhatIsThere() throws {
      try write([0, 1, 2]) { slice, _ in slice.seriesUID = "" }
      #expect(try read().volume.size.z == 3)
    }

    @Test func enhancedMultiFrameIsReadFromItsFunctionalGroups() throws {
      var image = DicomFixture()
      image.sopClass = "1.2.840.10008.5.1.4.1.1.2.1"
      image.framePositions = [[5, 6, 40], [5, 6, 36], [5, 6, 38]]
      image.pixels = (0..<36).map { $0 + 1024 }
      let path = try folder.write(image.bytes, "enhanced")
      let series = try read(path)
      #expect(series.volume.geometry.origin == SIMD3(5, 6, 36))
      #expect(series.volume.geometry.spacing == SIMD3(0.75, 1.5, 2))
      #expect(series.volume.voxels == (12..<36).map { Int16($0) } + (0..<12).map { Int16($0) })
      #expect(series.fileCount == 1)
    }

    @Test func oneFileIsASliceOfItsThickness() throws {
      try write([0, 1])
      let series = try read(folder.path + "/slice-0")
      #expect(series.volume.geometry.spacing.z == 5)
      #expect(series.notes.first?.contains("only one slice") == true)
    }

    @Test func localizersAndOtherModalitiesAreLeftOut() throws {
      try write([0, 1, 2, 50, 60]) { slice, index in
        if index == 3 { slice.imageType = "ORIGINAL\\PRIMARY\\LOCALIZER" }
        if index == 4 { (slice.modality, slice.sopClass) = ("MR", "1.2.840.10008.5.1.4.1.1.4") }
      }
      let series = try read()
      #expect(series.volume.size.z == 3)
      #expect(series.notes == ["1 localizer, 1 not CT image (modality MR) left out: not CT slices"])
    }

    @Test func seriesWithTooFewPositionsGivesWay() throws {
      try write([0, 1, 2, 1, 1, 1, 1]) { slice, index in
        if index > 2 { (slice.seriesUID, slice.seriesDescription) = ("1.2.9", "bolus tracking") }
      }
      let series = try read()
      #expect(series.seriesUID == "1.2.3")
      #expect(series.notes.first?.contains("bolus tracking") == true)
    }

    @Test func severalSeriesAreListed() throws {
      try write([0, 1, 2, 0, 1, 2, 3]) { slice, index in
        if index > 2 { (slice.seriesUID, slice.seriesDescription) = ("1.2.9", "arterial") }
      }
      expectRefusal(.severalSeries, ["1.2.3", "1.2.9", "arterial", "portal venous", "3 images", "4 images"])
    }

    @Test func missingPathIsNotFound() {
      #expect(throws: DicomError.self) { try read(folder.path + "/none") }
    }

    @Test func emptyFolderHasNoDicomFiles() { expectRefusal(.noDicomFiles, [folder.path, "empty"]) }

    @Test func folderOfOtherFilesHasNoDicomFiles() throws {
      try folder.write([1, 2, 3], "x")
      expectRefusal(.noDicomFiles, ["none of 1 files"])
    }

    @Test func foldersTooDeepAreRefused() throws {
      try makeFolder(folder.path + "/1/2/3/4/5/6/7/8/9")
      expectRefusal(.tooLarge, ["8 folders"])
    }

    @Test func otherModalitiesAloneAreNoCTImages() throws {
      try write([0, 1]) { slice, _ in (slice.modality, slice.sopClass) = ("MR", "1.2.840.10008.5.1.4.1.1.4") }
      expectRefusal(.noCTImages, ["2 not CT image (modality MR)"])
    }

    @Test func aMissingSliceIsNamed() throws {
      try write([0, 2, 4, 8, 10])
      expectRefusal(.unevenSlices, ["slice-2", "slice-3", "1 missing", "4.0 mm", "2.0 mm"])
    }

    @Test func unevenStepsAreRefused() throws {
      try write([0, 2, 4, 6.1, 8.1])
      expectRefusal(.unevenSlices, ["slice-2", "slice-3", "uneven", "2.1 mm"])
    }

    @Test func roundedPositionsAreEvenEnough() throws {
      try write([0, 0.62, 1.25, 1.88, 2.5])
      #expect(try read().volume.geometry.spacing.z == 0.625)
    }

    @Test func duplicatePositionsAreNamed() throws {
      try write([0, 2, 2, 4])
      expectRefusal(.duplicatePositions, ["slice-1", "slice-2"])
    }

    @Test func mixedOrientationsAreRefused() throws {
      try write([0, 2, 4]) { slice, index in if index == 1 { slice.orientation = [1, 0, 0, 0, 0, -1] } }
      expectRefusal(.mixedOrientations, ["slice-1", "ImageOrientationPatient"])
    }

    @Test func mixedSizesAreRefused() throws {
      try write([0, 2, 4]) { slice, index in if index == 2 { (slice.rows, slice.columns) = (4, 3) } }
      expectRefusal(.mixedSizes, ["slice-2", "3 columns x 4 rows", "4 x 3"])
    }

    @Test func mixedSpacingsAreRefused() throws {
      try write([0, 2, 4]) { slice, index in if index == 1 { slice.spacing = [1.5, 0.8] } }
      expectRefusal(.mixedSizes, ["slice-1", "PixelSpacing", "0.8", "0.75"])
    }

    @Test func gantryTiltIsRefused() throws {
      try write([0, 2, 4, 6]) { slice, index in slice.position = [-10, -20 + 0.5 * Double(index), Double(2 * index)] }
      expectRefusal(.gantryTilt, ["gantry tilt", "resample"])
    }

    static let attributes: [(String, @Sendable (inout DicomFixture) -> Void)] = [
      ("ImagePositionPatient", { $0.position = nil }),
      ("ImagePositionPatient", { $0.position = [0, 0, 1e9] }),
      ("ImagePositionPatient", { $0.position = [0, 0, .nan] }),
      ("ImageOrientationPatient", { $0.orientation = nil }),
      ("ImageOrientationPatient", { $0.orientation = [1, 0, 0, 1, 0, 0] }),
      ("PixelSpacing", { $0.spacing = nil }),
      ("PixelSpacing", { $0.spacing = [0, 1] }),
      ("PixelSpacing", { $0.spacing = [-1, 1] }),
      ("RescaleSlope", { $0.slope = "0" }),
      ("RescaleSlope", { $0.slope = "1\\2" }),
      ("ImagePositionPatient", { $0.position = [0, 0, 0, 0] }),
      ("ImageOrientationPatient", { $0.orientation = [1, 0, 0, 0, 1, 0, 0] }),
      ("SliceThickness", { $0.thickness = nil }),
    ]

    @Test(arguments: 0..<attributes.count)
    func attributeWithoutUseIsInvalid(_ index: Int) throws {
      try write([0]) { slice, _ in Self.attributes[index].1(&slice) }
      expectRefusal(.invalidAttribute, ["slice-0", Self.attributes[index].0])
    }

    @Test func colourIsRefused() throws {
      try write([0]) { slice, _ in
        (slice.samplesPerPixel, slice.bitsAllocated, slice.bitsStored, slice.isSigned) = (3, 8, 8, false)
        slice.pixels = [Int](repeating: 0, count: 36)
      }
      expectRefusal(.unreadableFile, ["slice-0", "colour"])
    }

    @Test(arguments: [1, 10, 23, 200, 400])
    func truncatedFileIsRefused(_ cut: Int) throws {
      try write([0, 1]) { slice, index in slice.cutBytes = index == 1 ? cut : 0 }
      expectRefusal(.unreadableFile, ["slice-1"])
    }

    @Test func pixelDataShorterThanRowsAndColumnsIsRefused() throws {
      try write([0, 1]) { slice, index in if index == 1 { slice.pixels.removeLast() } }
      expectRefusal(.unreadableFile, ["slice-1", "22", "24"])
    }
  }
}
