import Testing

@testable import ModelBundle

/// Safetensors files and recipes, good and bad.
struct PackingTests {
  private func safetensors(_ header: String, data: Int) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
      + [UInt8](repeating: 0, count: data)
  }

  private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try SafetensorsFile(source: .memory(bytes), fileName: "test.safetensors")
  }

  @Test func goodFileIsRead() throws {
    let header =
      #"{"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},"#
      + #""y":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}  "#
    let file = try open(safetensors(header, data: 8))
    #expect(
      file.entries["x"] == .init(dtype: .float16, shape: [2, 1], bytes: 8 + header.utf8.count..<12 + header.utf8.count))
    #expect(try file.values(of: "y") == [0])
  }

  @Test(arguments: [
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 5),
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 3),
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[1,5]}}"#, 5),
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[-4,0]}}"#, 4),
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[4,0]}}"#, 4),
    (#"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0]}}"#, 4),
    (#"{"x":{"dtype":"F16","shape":[3],"data_offsets":[0,4]}}"#, 4),
    (#"{"x":{"dtype":"F16","shape":[-1],"data_offsets":[0,4]}}"#, 4),
    (#"{"x":{"dtype":"F16","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4),
    (#"{"x":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, 8),
    (
      #"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4
    ),
    (
      #"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#, 4
    ),
    (
      #"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"F16","shape":[2],"data_offsets":[2,6]}}"#, 6
    ),
    (
      #"{"x":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"y":{"dtype":"F16","shape":[2],"data_offsets":[6,10]}}"#,
      10
    ),
    (#"{"x":{"dtype":"F16","data_offsets":[0,4]}}"#, 4), ("[]", 4), ("{", 4),
  ])
  func badSafetensorsAreRefused(header: String, data: Int) {
    let error = #expect(throws: BundleError.self) { try open(safetensors(header, data: data)) }
    #expect(error?.code == .invalidWeights)
  }

  @Test func safetensorsHeaderMustFitTheFile() {
    for bytes in [
      [], [1, 2, 3], [UInt8](repeating: 0xFF, count: 40),
      [33, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x20, count: 32),
    ] {
      let error = #expect(throws: BundleError.self) { try open(bytes) }
      #expect(error?.code == .invalidWeights)
    }
  }

  @Test func missingWeightFileIsRefused() {
    let error = #expect(throws: BundleError.self) { try SafetensorsFile(path: "/nowhere/a.safetensors") }
    #expect(error?.code == .invalidWeights)
  }

  /// A folder with six weight files and the recipe that fits them; `edit` may change the entries of each file.
  private func recipe(
    in folder: TinyBundle.Folder, topology: Manifest.Topology = TinyBundle.topology, fixedUpsampling: [String] = [],
    edit: (inout [(name: String, shape: [Int], values: [Float])]) -> Void = { _ in }
  ) -> Recipe {
    let manifest = Manifest.synthetic(topology: topology)
    var weights: [Recipe.WeightFile] = []
    for (index, network) in manifest.networks.enumerated() {
      var tensors = topology.tensors.map { tensor in
        (
          name: "net.\(tensor.name)", shape: tensor.shape,
          values: (0..<tensor.shape.reduce(1, *)).map { Float($0 + index) }
        )
      }
      edit(&tensors)
      var (entries, data): ([String], [UInt8]) = ([], [])
      for tensor in tensors {
        let start = data.count
        for value in tensor.values { withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 } }
        entries.append(
          #""\#(tensor.name)":{"dtype":"F32","shape":\#(tensor.shape),"data_offsets":[\#(start),\#(data.count)]}"#)
      }
      let file = "\(index).safetensors"
      _ = folder.write(safetensors("{" + entries.joined(separator: ",") + "}", data: 0) + data, as: file)
      weights.append(.init(stage: network.stage, view: network.view, file: file))
    }
    let names = Set(topology.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
    return Recipe(
      manifest: manifest, weights: weights,
      layers: Dictionary(uniqueKeysWithValues: names.map { ($0, "net.\($0)") }), fixedUpsampling: fixedUpsampling)
  }

  private func pack(_ recipe: Recipe, in folder: TinyBundle.Folder) throws -> Manifest {
    try BundlePacker.pack(recipe, weightsFolder: folder.path, output: "\(folder.path)/packed.islet")
  }

  @Test func recipeBecomesABundleThatNamesItsSources() throws {
    let folder = TinyBundle.Folder()
    var learned = TinyBundle.topology
    learned.upsampling = .learned
    let manifest = try pack(recipe(in: folder, topology: learned), in: folder)
    let reader = try BundleReader(path: "\(folder.path)/packed.islet")
    #expect(reader.manifest == manifest)
    #expect(manifest.sources.map(\.file) == (0..<6).map { "\($0).safetensors" })
    #expect(
      manifest.sources[2].sha256
        == Hash.hexadecimal(Hash.sha256(of: try TinyBundle.contents(of: "\(folder.path)/2.safetensors"))))
    #expect(try reader.tensor(named: "\(manifest.networks[3].tensors)/fc7.bias").values == (3..<12).map(Float.init))
    #expect(try reader.tensor(named: "\(manifest.networks[0].tensors)/upscore8.weight").shape == [1, 1, 8, 8])
  }

  private func refusal(
    fixedUpsampling: [String] = [], edit: (inout [(name: String, shape: [Int], values: [Float])]) -> Void
  ) -> BundleError? {
    let folder = TinyBundle.Folder()
    let recipe = recipe(in: folder, fixedUpsampling: fixedUpsampling, edit: edit)
    let error = #expect(throws: BundleError.self) { try pack(recipe, in: folder) }
    #expect(!folder.names.contains { $0.hasPrefix("packed") }, "a refused bundle left \(folder.names)")
    return error
  }

  @Test func missingMisshapenAndUnusedTensorsAreRefused() {
    #expect(refusal { $0.removeLast() }?.message.contains("no tensor") == true)
    #expect(refusal { $0[0].shape = [$0[0].shape.reduce(1, *)] }?.message.contains("has shape") == true)
    #expect(refusal { $0.append(("extra", [1], [0])) }?.message.contains("does not use") == true)
    #expect(refusal { $0[0].values[0] = .nan }?.code == .invalidTensor)
  }

  private func kernel(_ factor: Int) -> [Float] {
    let row = (0..<2 * factor).map { 1 - abs(Float($0) - Float(factor) + 0.5) / Float(factor) }
    return row.flatMap { first in row.map { first * $0 } }
  }

  @Test func bilinearUpsamplingIsDroppedAndOtherIsRefused() throws {
    let names = ["u5", "u4", "u3"]
    func append(_ tensors: inout [(name: String, shape: [Int], values: [Float])]) {
      for (name, factor) in zip(names, [2, 2, 4]) {
        tensors.append(("\(name).weight", [1, 1, 2 * factor, 2 * factor], kernel(factor)))
      }
    }
    let folder = TinyBundle.Folder()
    let manifest = try pack(recipe(in: folder, fixedUpsampling: names, edit: append), in: folder)
    #expect(manifest.sections.allSatisfy { !$0.name.contains("upscore") })
    let trained = refusal(fixedUpsampling: names) {
      append(&$0)
      $0[$0.count - 1].values[5] += 0.001
    }
    #expect(trained?.message.contains("is not the bilinear kernel of factor 4") == true)
  }

  @Test func bilinearKernelsAreRecognised() {
    #expect(kernel(2).prefix(4) == [0.0625, 0.1875, 0.1875, 0.0625])
    #expect(BundlePacker.isBilinear(kernel(8), shape: [1, 1, 16, 16], factor: 8))
    #expect(!BundlePacker.isBilinear(kernel(8), shape: [1, 1, 16, 16], factor: 4))
    let zeros = [Float](repeating: 0, count: 16)
    #expect(BundlePacker.isBilinear(kernel(2) + zeros + zeros + kernel(2), shape: [2, 2, 4, 4], factor: 2))
    #expect(!BundlePacker.isBilinear(kernel(2) + kernel(2) + zeros + kernel(2), shape: [2, 2, 4, 4], factor: 2))
  }

  @Test func recipeFileMustHaveEmptySectionsAndSources() throws {
    let folder = TinyBundle.Folder()
    var recipe = recipe(in: folder)
    let good = folder.write(try ManifestCoding.encode(recipe), as: "good.json")
    #expect(try Recipe(path: good) == recipe)
    recipe.manifest.sources = [.init(file: "a", sha256: String(repeating: "0", count: 64))]
    let bad = folder.write(try ManifestCoding.encode(recipe), as: "bad.json")
    #expect(throws: BundleError.self) { try Recipe(path: bad) }
  }
}
