import Testing

@testable import ModelBundle

/// What is written comes back, in every element type and from file and memory alike.
struct RoundTripTests {
  @Test(arguments: [Manifest.Section.ElementType.float32, .float16, .bfloat16], [true, false])
  func tensorsComeBackAsTheyWereWritten(dtype: Manifest.Section.ElementType, shuffle: Bool) throws {
    let folder = TinyBundle.Folder()
    let path = "\(folder.path)/a.islet"
    let values: [Float] = [0, -0.0, 1, -2, 0.5, 0.099975586, -65504, 6.1035156e-05, 3.0517578e-05, 5.9604645e-08]
    let expected =
      dtype == .bfloat16 ? values.map { Float(bitPattern: UInt32(ElementConversion.bfloat16(from: $0)) << 16) } : values
    let writer = try BundleWriter(path: path, chunkBytes: 64)
    var manifest = TinyBundle.manifest
    for network in manifest.networks {
      for tensor in network.topology.tensors {
        try writer.append(
          name: "\(network.tensors)/\(tensor.name)", dtype: dtype, shape: tensor.shape, shuffle: shuffle
        ) {
          offset, bytes in
          for index in 0..<(bytes.count / dtype.byteCount) {
            let value = values[(offset / dtype.byteCount + index) % values.count]
            switch dtype {
            case .float32: bytes.storeBytes(of: value.bitPattern, toByteOffset: index * 4, as: UInt32.self)
            case .float16:
              bytes.storeBytes(of: ElementConversion.binary16(from: value), toByteOffset: index * 2, as: UInt16.self)
            default:
              bytes.storeBytes(of: ElementConversion.bfloat16(from: value), toByteOffset: index * 2, as: UInt16.self)
            }
          }
        }
      }
    }
    manifest = try writer.finish(manifest)
    #expect(folder.names == ["a.islet"])

    let fromFile = try BundleReader(path: path)
    let fromMemory = try BundleReader(bytes: TinyBundle.contents(of: path))
    #expect(fromFile.manifest == manifest)
    #expect(fromFile.sha256 == fromMemory.sha256)
    #expect(fromFile.fileName == "a.islet")
    for section in manifest.sections {
      let tensor = try fromFile.tensor(named: section.name)
      let count = section.shape.reduce(1, *)
      #expect(tensor.shape == section.shape)
      #expect(tensor.values.map(\.bitPattern) == (0..<count).map { expected[$0 % expected.count].bitPattern })
      #expect(try fromMemory.tensor(named: section.name) == tensor)
      let outermost = section.shape[0]
      let parts = try [0..<outermost / 3, outermost / 3..<outermost / 2, outermost / 2..<outermost].filter {
        !$0.isEmpty
      }
      .map { try fromFile.tensor(named: section.name, part: $0, threads: 2) }
      #expect(parts.flatMap(\.values).map(\.bitPattern) == tensor.values.map(\.bitPattern))
      #expect(parts.allSatisfy { $0.shape.dropFirst() == tensor.shape.dropFirst() })
      for wrong in [0..<outermost + 1, 0..<0, -1..<1] {
        #expect(throws: BundleError.self) { try fromFile.tensor(named: section.name, part: wrong) }
      }
    }
    #expect(manifest.sections.contains { $0.chunks.count > 1 }, "no section with several chunks was tested")
  }

  @Test func packingTwiceGivesTheSameBytes() throws {
    #expect(try TinyBundle.bytes() == TinyBundle.bytes())
  }

  @Test func synthesizedWeightsHaveHeScaleAndFollowTheSeed() throws {
    let folder = TinyBundle.Folder()
    var topology = TinyBundle.topology
    topology.fc6.channels = 512
    func reader(seed: UInt64, _ dtype: Manifest.Section.ElementType) throws -> BundleReader {
      try BundleSynthesizer.synthesize(
        .synthetic(topology: topology), dtype: dtype, seed: seed, output: "\(folder.path)/s.islet")
      return try BundleReader(path: "\(folder.path)/s.islet")
    }
    let name = "coarse-axial/fc6.weight"
    let values = try reader(seed: 1, .float16).tensor(named: name).values
    let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
    #expect(abs(variance - 2 / 9) < 0.02, "variance \(variance), expected 2 / 9")
    #expect(try reader(seed: 1, .float16).tensor(named: name).values == values)
    #expect(try reader(seed: 2, .float16).tensor(named: name).values != values)
    let exact = try reader(seed: 1, .float32).tensor(named: name).values
    #expect(zip(values, exact).allSatisfy { abs($0 - $1) <= abs($1) / 2048 + 1e-7 })
  }

  @Test func readTensorFillsTheCallersMemory() throws {
    let reader = try BundleReader(bytes: TinyBundle.bytes())
    let expected = try reader.tensor(named: "fine-axial/fc7.weight").values
    var values = [Float](repeating: 0, count: expected.count)
    try values.withUnsafeMutableBufferPointer { try reader.readTensor(named: "fine-axial/fc7.weight", into: $0) }
    #expect(values == expected)
    #expect(throws: BundleError.self) {
      try values.withUnsafeMutableBufferPointer { try reader.readTensor(named: "fine-axial/fc6.bias", into: $0) }
    }
  }

  @Test func verifyReportsProgressAndEndsWhenItsCheckpointThrows() throws {
    let reader = try BundleReader(bytes: TinyBundle.bytes())
    var fractions: [Double] = []
    try reader.verify { fractions.append($0) }
    #expect(fractions == fractions.sorted())
    #expect(fractions.last == 1)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try reader.verify { if $0 > 0.5 { throw Stop() } } }
  }
}
