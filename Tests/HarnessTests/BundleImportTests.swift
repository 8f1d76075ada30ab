import Foundation
import Testing

@testable import ModelBundle

/// `islet bundle import`, `tensors` and `islet bench bundle`: what they print, and their exit codes.
@Suite struct BundleImportTests {
  private func islet(_ arguments: String...) throws -> ChildProcess {
    try ChildProcess.run(try Stage.islet, arguments)
  }

  /// The small Caffe network of the importers' tests, for all six networks of a bundle.
  private func recipe(in folder: TemporaryFolder) throws -> String {
    let topology = Manifest.Topology(
      family: .crop, pad: 100, inputChannels: 3, outputChannels: 3, blockChannels: [2, 2, 2, 3, 3],
      pools: [true, true, true, true, true], fc6: .init(channels: 4, kernel: 7), fc7: .init(channels: 5))
    let manifest = Manifest.synthetic(topology: topology)
    let layers = Set(topology.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
    let recipe = Recipe(
      manifest: manifest,
      weights: manifest.networks.map { .init(stage: $0.stage, view: $0.view, file: "v1-packed-legacy.caffemodel") },
      layers: Dictionary(uniqueKeysWithValues: layers.map { ($0, $0.hasPrefix("score") ? "\($0)-new" : $0) }),
      fixedUpsampling: ["upscore2-new", "upscore_pool4-new", "upscore8-new"])
    let path = folder.path + "/recipe.json"
    try JSONEncoder().encode(recipe).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func caffeFilesBecomeABundleThatCanBeTimed() throws {
    let folder = try TemporaryFolder()
    let weights = try Stage.source("Tests/ImportTests/Fixtures")
    let output = folder.path + "/a.islet"
    let imported = try islet(
      "bundle", "import", try recipe(in: folder), "--weights", weights, "--output", output, "--dtype", "float16",
      "--fast"
    )
    #expect(imported.status == 0 && imported.output.contains("216 tensors"), "\(imported.errors)")
    let reader = try BundleReader(path: output)
    #expect(reader.manifest.sections.allSatisfy { $0.dtype == .float16 })
    #expect(reader.manifest.sources.map(\.file) == ["v1-packed-legacy.caffemodel"])
    let timed = try islet(
      "bench", "bundle", output, "--network", "fine-axial", "--repeats", "2", "--threads", "2", "--json")
    #expect(timed.status == 0 && timed.output.contains("\"raw_bytes\":"), "\(timed.errors)")
    let noNetwork = try islet("bench", "bundle", output, "--network", "none")
    #expect(noNetwork.status == 2 && noNetwork.errors.contains("coarse-axial"), "\(noNetwork.errors)")
    #expect(try folder.names == ["a.islet", "recipe.json"])
  }

  @Test func tensorsAreListed() throws {
    let file = try Stage.source("Tests/ImportTests/Fixtures/v2-loose-legacy.caffemodel")
    let listed = try islet("bundle", "tensors", file)
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(listed.output.split(separator: "\n").count == 39)
    #expect(listed.output.contains("fc6.weight  float32  4 x 3 x 7 x 7\n"))
  }

  @Test func badFilesEndWith3AndLeaveNothing() throws {
    let folder = try TemporaryFolder()
    let recipe = try recipe(in: folder)
    let damaged = folder.path + "/v1-packed-legacy.caffemodel"
    try Data([0x12, 0xFF, 0x01]).write(to: URL(fileURLWithPath: damaged))
    let refused = try islet("bundle", "import", recipe, "--weights", folder.path, "--output", folder.path + "/a.islet")
    #expect(refused.status == 3 && refused.errorLines.count == 1, "\(refused.errors)")
    let pickled = try islet("bundle", "tensors", folder.path + "/weights.pkl")
    #expect(pickled.status == 3 && pickled.errors.contains("pytorch_to_safetensors.py"), "\(pickled.errors)")
    #expect(try folder.names == ["recipe.json", "v1-packed-legacy.caffemodel"])
  }

  @Test func recipesForPublishedWeightsAreValid() throws {
    for name in ["organsegc2f-nih", "rstn-caffe-nih", "rstn-pytorch-nih"] {
      let recipe = try Recipe(path: try Stage.source("Models/import/\(name).json"))
      #expect(recipe.weights.count == 6)
      for record in recipe.weights {
        let network = try #require(
          recipe.manifest.networks.first { $0.stage == record.stage && $0.view == record.view })
        let named = Set((record.layers ?? recipe.layers).keys)
        let needed = Set(network.topology.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
        #expect(named == needed, "\(name), \(record.file)")
      }
    }
  }
}
