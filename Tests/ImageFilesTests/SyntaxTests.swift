import DicomSeries
import Foundation
import Testing
import Volumes

/// Three slices of a real CT in every transfer syntax, made by encoders of others (Integration/hostile/images/make_syntaxes.py).
let syntaxFolder = (Bundle.module.resourcePath ?? "") + "/Syntaxes"

extension DicomTests {
  /// Every transfer syntax gives the same HU, bit for bit.
  @Suite struct SyntaxTests {
    static let syntaxes = [
      ("explicit-little", "explicit little endian"), ("implicit-little", "implicit little endian"),
      ("explicit-big", "explicit big endian"), ("deflated", "deflated little endian"),
      ("jpeg-lossless-14", "JPEG lossless (process 14)"),
      ("jpeg-lossless-14-sv1", "JPEG lossless (process 14, first-order)"), ("jpeg-ls", "JPEG-LS lossless"),
      ("jpeg-2000", "JPEG 2000 lossless"), ("rle", "RLE lossless"),
    ]
    let folder: TemporaryFolder
    let reference: [Int16]

    init() throws {
      folder = try TemporaryFolder()
      let bytes = try fileBytes(syntaxFolder + "/reference.raw")
      reference = stride(from: 0, to: bytes.count, by: 2).map {
        Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
      }
    }

    @Test(arguments: syntaxes)
    func slicesEqualTheReference(_ syntax: (file: String, name: String)) throws {
      for z in 0..<3 {
        try folder.write(fileBytes("\(syntaxFolder)/\(syntax.file)-slice-\(z).dcm"), "\(2 - z)")
      }
      let series = try DicomSeriesReader(executable: builtReader, threads: 2).read(folder.path)
      #expect(series.volume.voxels == reference)
      #expect(series.volume.size == VolumeSize(x: 48, y: 40, z: 3))
      #expect(series.volume.geometry.origin == SIMD3(-100, -50, 10))
      #expect(series.transferSyntax == syntax.name)
      #expect(series.source.images.map(\.sopInstanceUID) == (1...3).map { "2.25.31415926.3.\($0)" })
      #expect(series.source.images.allSatisfy { $0.frameNumber == nil })
      #expect(series.notes.isEmpty)
    }

    @Test(arguments: syntaxes)
    func framesEqualTheReference(_ syntax: (file: String, name: String)) throws {
      let series = try DicomSeriesReader(executable: builtReader).read("\(syntaxFolder)/\(syntax.file)-enhanced.dcm")
      #expect(series.volume.voxels == reference)
      #expect(series.volume.geometry.spacing == SIMD3(3, 3, 3))
      #expect(series.source.images.map(\.frameNumber) == [1, 2, 3])
      #expect(Set(series.source.images.map(\.sopInstanceUID)) == ["2.25.31415926.3.9"])
    }

    @Test func syntaxesMayBeMixedInOneSeries() throws {
      for (z, syntax) in ["rle", "jpeg-ls", "deflated"].enumerated() {
        try folder.write(fileBytes("\(syntaxFolder)/\(syntax)-slice-\(z).dcm"), "\(z)")
      }
      let series = try DicomSeriesReader(executable: builtReader).read(folder.path)
      #expect(series.volume.voxels == reference)
      #expect(series.transferSyntax == "JPEG-LS lossless and RLE lossless and deflated little endian")
    }

    @Test func attributesOfPatientAndStudyAreKeptAsTheyAre() throws {
      let source = try DicomSeriesReader(executable: builtReader)
        .read(syntaxFolder + "/implicit-little-slice-0.dcm").source
      #expect(source[0x0010_0010]?.value == Array("Doe^Test".utf8))
      #expect(source[0x0010_0010]?.representation == "PN")
      #expect(source.studyInstanceUID == "2.25.31415926.1")
      #expect(source.seriesInstanceUID == "2.25.31415926.2")
      #expect(source.frameOfReferenceUID == "2.25.31415926.4")
      #expect(source.text(0x0020_0010) == "1")
      #expect(source[0x0010_0030] == nil, "an empty birth date is no attribute to copy")
      #expect(source.attributes.map(\.tag) == source.attributes.map(\.tag).sorted())
    }

    /// A stream that inflates without end must stop where the header's length does.
    @Test func deflatedStreamThatIsCutOffIsRefused() throws {
      let whole = try fileBytes(syntaxFolder + "/deflated-slice-0.dcm")
      for kept in stride(from: 400, to: whole.count - 8, by: 97) {
        let path = try folder.write(Array(whole[..<kept]), "cut")
        #expect(throws: DicomError.self, "\(kept) bytes") {
          _ = try DicomSeriesReader(executable: builtReader).read(path)
        }
      }
    }

    @Test(arguments: ["rle", "jpeg-lossless-14", "jpeg-ls", "jpeg-2000"])
    func compressedStreamThatIsCutOffIsRefused(_ syntax: String) throws {
      let whole = try fileBytes("\(syntaxFolder)/\(syntax)-slice-0.dcm")
      for cut in [9, 10, 100, 1500] {
        // The end of the sequence stays, so that only the stream is short: the fragment's length is made to fit.
        var bytes = Array(whole.dropLast(8 + cut)) + whole.suffix(8)
        let start = try #require(
          (0..<(bytes.count - 8)).last { index in
            bytes[index..<(index + 4)] == [0xfe, 0xff, 0x00, 0xe0] && bytes[index + 4..<index + 8] != [0, 0, 0, 0]
          })
        let length = bytes.count - 8 - (start + 8)
        for byte in 0..<4 { bytes[start + 4 + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
        let path = try folder.write(bytes, "cut")
        let error = #expect(throws: DicomError.self, "\(cut) bytes") {
          _ = try DicomSeriesReader(executable: builtReader).read(path)
        }
        #expect(error?.code == .unreadableFile, "\(String(describing: error))")
      }
    }
  }
}
