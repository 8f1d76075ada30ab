import Testing

@testable import ModelBundle

/// One damage, one test: each must be refused with its own words, none may trap or allocate by the file's word.
struct CaffeRefusalTests {
  private func refusal(of bytes: [UInt8]) -> String {
    let error = #expect(throws: BundleError.self) {
      try CaffeModelFile(source: .memory(bytes), fileName: "bad.caffemodel")
    }
    #expect(error?.code == .invalidWeights)
    #expect(error?.message.hasPrefix("bad.caffemodel: no valid .caffemodel file: ") == true)
    return error?.message ?? ""
  }

  private let one = Wire.shape([1]) + Wire.packed([1])

  @Test func emptyFileHasNoWeights() { #expect(refusal(of: []).contains("no layer of it has weights")) }

  @Test func layersWithoutBlobsAreNoWeights() {
    #expect(refusal(of: Wire.layer("relu", [])).contains("no layer of it has weights"))
  }

  @Test func hdf5IsNamed() {
    #expect(refusal(of: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A]).contains("it is an HDF5 file"))
  }

  @Test func layersOfV0AreNamed() {
    #expect(refusal(of: Wire.message(2, Wire.message(1, [8, 1]))).contains("format V0"))
  }

  @Test func cutOffFileIsRefusedAtEveryLength() {
    let whole = Wire.layer("a", [one, one]) + Wire.layer("b", [Wire.loose([1, 2, 3])])
    let firstLayer = Wire.layer("a", [one, one]).count
    for length in 1..<whole.count where length != firstLayer { _ = refusal(of: Array(whole[..<length])) }
  }

  @Test func lengthBehindTheEndIsRefused() {
    #expect(refusal(of: Wire.tag(100, 2) + Wire.varint(1 << 40)).contains("where 0 are left"))
  }

  @Test func lengthBehindTheMessageAroundItIsRefused() {
    let layer = Wire.tag(7, 2) + Wire.varint(200)
    #expect(refusal(of: Wire.message(100, layer) + [UInt8](repeating: 0, count: 300)).contains("needs 200 bytes"))
  }

  @Test func lengthAboveInt64IsRefused() {
    #expect(refusal(of: Wire.tag(100, 2) + Wire.varint(.max)).contains("a length of"))
  }

  @Test func numberOfMoreThan64BitsIsRefused() {
    #expect(refusal(of: [8] + [UInt8](repeating: 0xFF, count: 10) + [1]).contains("more than 64 bits"))
    #expect(refusal(of: [8] + [UInt8](repeating: 0xFF, count: 9) + [2]).contains("more than 64 bits"))
  }

  @Test func groupIsRefused() { #expect(refusal(of: Wire.tag(100, 3)).contains("wire type 3")) }

  @Test func fieldNumberZeroIsRefused() { #expect(refusal(of: [0, 0]).contains("impossible field number")) }

  @Test func nameThatIsNotUTF8IsRefused() {
    #expect(refusal(of: Wire.message(100, Wire.message(1, [0xFF]) + Wire.message(7, one))).contains("not UTF-8"))
  }

  @Test func longNameIsRefused() {
    #expect(refusal(of: Wire.layer(String(repeating: "a", count: 201), [one])).contains("at most 200"))
  }

  @Test func layerWithBlobsAndWithoutNameIsRefused() {
    #expect(refusal(of: Wire.message(100, Wire.message(7, one))).contains("two layers with weights are named"))
  }

  @Test func layersOfTheSameNameAreRefused() {
    #expect(refusal(of: Wire.layer("a", [one]) + Wire.layer("a", [one])).contains("are named \"a\""))
  }

  @Test func extentsThatDoNotFitTheNumbersAreRefused() {
    #expect(refusal(of: Wire.layer("a", [Wire.shape([3]) + Wire.packed([1, 2])])).contains("[3] for 2 numbers"))
  }

  @Test func negativeAndZeroExtentsAreRefused() {
    #expect(refusal(of: Wire.layer("a", [Wire.shape([.max]) + Wire.packed([1])])).contains("an extent of"))
    #expect(refusal(of: Wire.layer("a", [Wire.integer(1, 0) + Wire.packed([1])])).contains("an extent of 0"))
  }

  @Test func extentsWhoseProductOverflowsAreRefused() {
    let extents = [UInt64](repeating: 1 << 30, count: 3)
    #expect(refusal(of: Wire.layer("a", [Wire.shape(extents) + Wire.packed([1])])).contains("overflows"))
  }

  @Test func manyExtentsAreRefused() {
    let ones = [UInt64](repeating: 1, count: 9)
    #expect(refusal(of: Wire.layer("a", [Wire.shape(ones) + Wire.packed([1])])).contains("more than 8"))
    let loose = Wire.message(7, ones.flatMap { Wire.integer(1, $0) })
    #expect(refusal(of: Wire.layer("a", [loose + Wire.packed([1])])).contains("more than 8"))
  }

  @Test func shapeOfFixedNumbersIsRefused() {
    let shape = Wire.message(7, Wire.tag(1, 5) + [1, 0, 0, 0])
    #expect(refusal(of: Wire.layer("a", [shape])).contains("a shape without extents"))
  }

  @Test func packedNumbersThatAreNoWholeFloatsAreRefused() {
    #expect(refusal(of: Wire.layer("a", [Wire.message(5, [1, 2, 3])])).contains("3 bytes of float numbers"))
  }

  @Test func doublePrecisionIsRefused() {
    let doubles = Wire.message(8, [UInt8](repeating: 0, count: 16))
    #expect(refusal(of: Wire.layer("a", [doubles])).contains("double precision"))
  }

  @Test func manyLayersAreRefused() {
    let layers = (0...CaffeModelFile.mostLayers).flatMap { Wire.layer("\($0)", []) }
    #expect(refusal(of: layers).contains("more than 4096 layers"))
  }

  @Test func manyBlobsAreRefused() {
    let blobs = [[UInt8]](repeating: one, count: CaffeModelFile.mostBlobsOfALayer + 1)
    #expect(refusal(of: Wire.layer("a", blobs)).contains("more than 16 blobs"))
  }

  @Test func numbersInManyPiecesAreRefused() {
    let piece = Wire.packed([1])
    let half = (0..<CaffeBlobNumbers.mostPieces / 2 + 1).flatMap { _ in piece }
    #expect(refusal(of: Wire.layer("a", [half + half])).contains("more than 65536 pieces"))
    #expect(refusal(of: Wire.layer("a", [half]) + Wire.layer("b", [half])).contains("more than 65536 pieces"))
  }

  @Test func filesOfAnotherKindAreNamed() {
    for (name, words) in [
      ("a.pkl", "pytorch_to_safetensors.py"), ("a.pth", "pytorch_to_safetensors.py"), ("a.onnx", "unknown kind"),
      ("/nowhere/a.caffemodel", "cannot be opened"),
    ] {
      let error = #expect(throws: BundleError.self) { try openWeightFile(path: name) }
      #expect(error?.code == .invalidWeights)
      #expect(error?.message.contains(words) == true)
    }
  }

  @Test func readingOutsideATensorIsRefused() throws {
    let file = try CaffeModelFile(source: .memory(Wire.layer("a", [one])), fileName: "a.caffemodel")
    var values = [Float](repeating: 0, count: 2)
    for (name, offset) in [("a.weight", 0), ("a.weight", 4), ("a.weight", 2), ("b.weight", 0)] {
      let error = #expect(throws: BundleError.self) {
        try values.withUnsafeMutableBytes { try file.read(name, from: offset, into: $0) }
      }
      #expect(error?.code == .invalidWeights)
    }
  }
}
