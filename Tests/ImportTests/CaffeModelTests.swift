import Testing

@testable import ModelBundle

/// Caffe files as their writers may make them.
struct CaffeModelTests {
  private func open(_ bytes: [UInt8]) throws -> CaffeModelFile {
    try CaffeModelFile(source: .memory(bytes), fileName: "test.caffemodel")
  }

  @Test(arguments: Fixtures.formats) func everyFormHoldsTheSameNetwork(_ format: String) throws {
    let first = try CaffeModelFile(path: try Fixtures.path("v2-packed-shape.caffemodel"))
    let file = try CaffeModelFile(path: try Fixtures.path("\(format).caffemodel"))
    #expect(file.tensors == first.tensors)
    #expect(file.tensors.count == 39)
    #expect(file.tensors["fc6.weight"] == WeightFileTensor(dtype: .float32, shape: [4, 3, 7, 7]))
    #expect(file.tensors["score_fr-new.bias"] == WeightFileTensor(dtype: .float32, shape: [3]))
    for name in first.tensors.keys {
      let (found, expected) = (try file.values(of: name), try first.values(of: name))
      #expect(found == expected)
    }
  }

  /// Reading in pieces of any size gives the numbers of reading at once.
  @Test(arguments: Fixtures.formats) func numbersAreReadFromAnyOffset(_ format: String) throws {
    let file = try CaffeModelFile(path: try Fixtures.path("\(format).caffemodel"))
    let whole = try #require(try file.values(of: "fc6.weight"))
    for piece in [1, 7, 64, 587, 588] {
      var values: [Float] = []
      while values.count < whole.count {
        var part = [Float](repeating: .nan, count: min(piece, whole.count - values.count))
        try part.withUnsafeMutableBytes { try file.read("fc6.weight", from: 4 * values.count, into: $0) }
        values += part
      }
      #expect(values == whole)
    }
  }

  @Test func piecesOfABlobAreJoinedInOrder() throws {
    let numbers = (0..<23).map(Float.init)
    let blob =
      Wire.packed(Array(numbers[..<5])) + Wire.loose(Array(numbers[5..<9])) + Wire.shape([23])
      + Wire.loose(Array(numbers[9..<14])) + Wire.packed([]) + Wire.packed(Array(numbers[14...]))
    let file = try open(Wire.layer("a", [blob]))
    #expect(try file.values(of: "a.weight") == numbers)
    var some = [Float](repeating: 0, count: 12)
    try some.withUnsafeMutableBytes { try file.read("a.weight", from: 4 * 4, into: $0) }
    #expect(some == Array(numbers[4..<16]))
  }

  @Test func fieldsMayComeInAnyOrderAndUnknownOnesArePassedOver() throws {
    let blob = Wire.shape([2]) + Wire.integer(77, .max) + Wire.packed([1, 2]) + Wire.message(6, [1, 2, 3])
    let bytes =
      Wire.text(1, "net")
      + Wire.message(
        100,
        Wire.message(7, blob) + Wire.tag(9, 1) + [UInt8](repeating: 0, count: 8)
          + Wire.text(1, "late")) + Wire.layer("without", [])
    #expect(try open(bytes).tensors == ["late.weight": WeightFileTensor(dtype: .float32, shape: [2])])
  }

  @Test func legacyExtentsAndAbsentOnesAreUnderstood() throws {
    let legacy = Wire.integer(1, 1) + Wire.integer(2, 1) + Wire.integer(3, 1) + Wire.integer(4, 3)
    let one = Wire.integer(1, 1) + Wire.integer(2, 1) + Wire.integer(3, 1) + Wire.integer(4, 1)
    let file = try open(
      Wire.layer("a", [legacy + Wire.packed([1, 2, 3]), legacy + Wire.packed([4, 5, 6])])
        + Wire.layer("b", [Wire.packed([7, 8]), one + Wire.packed([9])]))
    #expect(file.tensors["a.weight"]?.shape == [1, 1, 1, 3])
    #expect(file.tensors["a.bias"]?.shape == [3])
    #expect(file.tensors["b.weight"]?.shape == [2])
    #expect(file.tensors["b.bias"]?.shape == [1])
  }
}
