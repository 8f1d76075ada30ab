import DicomSeries
import Foundation
import ImageFiles
import Testing
import Volumes

@testable import ResultFiles

@Suite struct DicomSegmentationTests {
  private func object(
    _ geometry: VolumeGeometry, series: SourceSeries? = nil, identity: PatientIdentity = .copied
  ) throws -> DerivedObject {
    try DerivedObject(
      series: series ?? testSeries(geometry.size.z), geometry: geometry, organ: pancreas, origin: testOrigin,
      identity: identity)
  }

  /// Reads bits and positions back and compares the mask voxel by voxel, over sizes whose frames end inside a byte.
  @Test(arguments: [(1, 1, 1), (3, 5, 7), (8, 1, 3), (13, 11, 4)])
  func binaryMaskComesBackBitForBit(_ extent: (Int, Int, Int)) throws {
    let geometry = try testGeometry(extent)
    var mask = randomMask(geometry.size, seed: UInt64(extent.0))
    mask.labels[mask.labels.count / 2] = 1
    let folder = try TemporaryFolder()
    let isWritten = try DicomSegmentation.write(mask: mask, of: object(geometry), to: folder.path + "/seg.dcm")
    #expect(isWritten)
    let file = try ParsedDicom(folder.bytes("seg.dcm"))
    let frames = try #require(file.dataSet[0x5200_9230]).items
    let pixels = try #require(file.dataSet[0x7FE0_0010]).value
    #expect(file.dataSet[0x0028_0008]?.text == "\(frames.count)")
    var found = LabelMap(empty: geometry.size)
    let plane = extent.0 * extent.1
    for (number, frame) in frames.enumerated() {
      let position = try #require(frame[0x0020_9113]?.items.first?[0x0020_0032]).numbers
      let index = geometry.index(ofPosition: SIMD3(position[0], position[1], position[2]))
      let z = Int(index.z.rounded())
      #expect(abs(index.z - Double(z)) < 1e-6 && abs(index.x) < 1e-6 && abs(index.y) < 1e-6)
      let source = try #require(frame[0x0008_9124]?.items.first?[0x0008_2112]?.items.first?[0x0008_1155])
      #expect(source.text == "1.2.3.6.\(z + 1)")
      for pixel in 0..<plane {
        let bit = number * plane + pixel
        found.labels[z * plane + pixel] = pixels[bit / 8] >> UInt8(bit % 8) & 1
      }
    }
    #expect(found == mask)
  }

  @Test func probabilityComesBackAndTheTwoObjectsAreOfTwoTypes() throws {
    let geometry = try testGeometry((5, 3, 4))
    var values = [UInt8](repeating: 0, count: 60)
    for index in 15..<45 { values[index] = UInt8(index * 5) }
    let folder = try TemporaryFolder()
    _ = try DicomSegmentation.write(probability: values, of: object(geometry), to: folder.path + "/p.dcm")
    let file = try ParsedDicom(folder.bytes("p.dcm"))
    #expect(file.dataSet[0x7FE0_0010]?.value == Array(values[15..<45]))
    #expect(file.dataSet[0x0062_0001]?.text == "FRACTIONAL" && file.dataSet[0x0062_0010]?.text == "PROBABILITY")
    #expect(file.dataSet[0x0028_0008]?.text == "2" && file.dataSet[0x0062_000E]?.value == [255, 0])
  }

  @Test func emptyMaskIsNotWritten() throws {
    let geometry = try testGeometry((4, 4, 4))
    let folder = try TemporaryFolder()
    let mask = LabelMap(empty: geometry.size)
    #expect(try DicomSegmentation.write(mask: mask, of: object(geometry), to: folder.path + "/a") == false)
    #expect(
      try DicomSegmentation.write(probability: mask.labels, of: object(geometry), to: folder.path + "/b") == false)
    #expect(try StructureSet.write(mask: mask, of: object(geometry), to: folder.path + "/c") == false)
    #expect(try SurfaceFile.write(mask: mask, geometry: geometry, to: folder.path + "/d") == false)
    #expect(
      try SegmentationNRRD.write(mask: mask, geometry: geometry, organ: pancreas, to: folder.path + "/e") == false)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func patientAndStudyAreTheSourcesAndNothingIsInvented() throws {
    let geometry = try testGeometry((4, 4, 4))
    let file = try composed(geometry, .copied)
    for (tag, text): (UInt32, String) in [
      (0x0010_0010, "SECRET^NAME"), (0x0010_0020, "SECRETID"), (0x0010_0030, "19500203"), (0x0010_0040, "O"),
      (0x0008_0020, "20260102"), (0x0008_0050, "ACCESSION"), (0x0020_000D, "1.2.3"), (0x0020_0052, "1.2.3.5"),
      (0x0008_0005, "ISO_IR 100"),
    ] { #expect(file.dataSet[tag]?.text == text) }
    // The source states none: neither do we.
    for tag: UInt32 in [0x0010_0021, 0x0010_1010, 0x0008_1030, 0x0008_0080] { #expect(file.dataSet[tag] == nil) }
    #expect(file.dataSet[0x0020_000E]?.text != "1.2.3.4", "a derived object has a series of its own")
  }

  @Test func anonymousObjectsHoldNoPatientButTheUIDsThatLinkThem() throws {
    let geometry = try testGeometry((4, 4, 4))
    let folder = try TemporaryFolder()
    let mask = randomMask(geometry.size, seed: 3)
    let secret = try object(geometry, identity: .leftOut)
    _ = try DicomSegmentation.write(mask: mask, of: secret, to: folder.path + "/seg.dcm")
    _ = try StructureSet.write(mask: mask, of: secret, to: folder.path + "/rt.dcm")
    for name in ["seg.dcm", "rt.dcm"] {
      let bytes = try folder.bytes(name)
      let text = String(decoding: bytes, as: UTF8.self)
      for word in ["SECRET", "ACCESSION", "REFERRER", "19500203", "20260102", "STUDYID"] {
        #expect(!text.contains(word), "\(name) holds \(word)")
      }
      let file = try ParsedDicom(bytes)
      #expect(file.dataSet[0x0010_0010]?.value == [] && file.dataSet[0x0020_000D]?.text == "1.2.3")
    }
  }

  @Test(arguments: [0x0020_000D, 0x0020_000E, 0x0020_0052] as [UInt32]) func missingUIDIsRefusedByName(_ tag: UInt32)
    throws
  {
    let geometry = try testGeometry((4, 4, 4))
    let error = #expect(throws: ImageError.self) {
      try object(geometry, series: testSeries(4, without: tag))
    }
    #expect(error?.code == .incompleteSeries && error?.message.contains("UID (0020,") == true)
  }

  @Test func otherNumberOfSlicesIsRefused() throws {
    let geometry = try testGeometry((4, 4, 4))
    let error = #expect(throws: ImageError.self) { try object(geometry, series: testSeries(3)) }
    #expect(error?.code == .invalidGeometry)
  }

  @Test func framesOfAnEnhancedObjectAreNamedByNumberAndTheObjectOnce() throws {
    let geometry = try testGeometry((4, 4, 4))
    let source = try object(geometry, series: testSeries(4, frames: true))
    let folder = try TemporaryFolder()
    _ = try DicomSegmentation.write(mask: randomMask(geometry.size, seed: 1), of: source, to: folder.path + "/s")
    let file = try ParsedDicom(folder.bytes("s"))
    let references = file.dataSet[0x0008_1115]?.items.first?[0x0008_114A]?.items
    #expect(references?.count == 1)
    let frames = try #require(file.dataSet[0x5200_9230]).items
    let numbers = frames.map { $0[0x0008_9124]?.items.first?[0x0008_2112]?.items.first?[0x0008_1160]?.text }
    #expect(numbers == ["1", "2", "3", "4"])
  }

  private func composed(_ geometry: VolumeGeometry, _ identity: PatientIdentity) throws -> ParsedDicom {
    let folder = try TemporaryFolder()
    _ = try DicomSegmentation.write(
      mask: randomMask(geometry.size, seed: 9), of: object(geometry, identity: identity), to: folder.path + "/s")
    return try ParsedDicom(folder.bytes("s"))
  }
}

@Suite struct DicomTextTests {
  @Test func decimalsFitSixteenCharactersAndKeepTheirValue() throws {
    var generator = SeededGenerator(state: 4)
    var worst = 0.0
    for _ in 0..<2000 {
      let value = Double.random(in: -1...1, using: &generator) * pow(10, Double.random(in: -8...4, using: &generator))
      let text = DicomText.decimal(value)
      #expect(text.utf8.count <= 16)
      worst = max(worst, abs((try #require(Double(text)) - value) / value))
    }
    #expect(worst < 1e-8, "worst relative error \(worst)")
    #expect(DicomText.decimal(30.000000000000004) == "30" && DicomText.decimal(-0.7) == "-0.7")
  }

  @Test func uidsAreWellFormedAndDiffer() {
    let uids = (0..<100).map { _ in DicomUID.random() }
    #expect(Set(uids).count == 100 && uids.allSatisfy { DicomText.isUID($0) })
    for bad in ["", "1..2", "a.1", ".1", "1.", String(repeating: "1", count: 65)] { #expect(!DicomText.isUID(bad)) }
  }

  /// DCMTK's own figures for TotalSegmentator's pancreas and for white and black.
  @Test func displayColourIsCIELab() {
    #expect(CIELab(SIMD3(255, 255, 255)).stored[0] == 65535)
    #expect(CIELab(SIMD3(0, 0, 0)).stored == [0, 32896, 32896])
    let green = CIELab(SIMD3(60, 150, 80)).components
    #expect(abs(green.x - 55.6) < 0.5 && green.y < -35 && green.z > 20)
  }

  @Test func textsOfOursAreCutToTheirRepresentation() {
    #expect(DicomText.bytes(of: String(repeating: "a", count: 100), .LO).count == 64)
    #expect(DicomText.bytes(of: "Bauchspeicheldrüse", .LO) == Array("Bauchspeicheldr?se".utf8))
    #expect(DicomText.code("left kidney 2.0") == "LEFT_KIDNEY_2_0")
  }
}
