import Foundation
import Testing

@testable import ModelBundle

/// `islet bundle`: what the tools print, and their exit codes.
@Suite struct BundleToolTests {
  private func bundle(_ arguments: String...) throws -> ChildProcess {
    try ChildProcess.run(try Stage.islet, ["bundle"] + arguments)
  }

  @Test func shippedBundlesAreShownAndIntact() throws {
    let file = try Stage.defaultBundle
    let shown = try bundle("inspect", file)
    #expect(shown.status == 0 && shown.output.contains("pancreas"), "\(shown.errors)")
    for row in ["intended use", "licence", "quality", "grid", "algorithm"] {
      #expect(shown.output.split(separator: "\n").contains { $0.hasPrefix(row) }, "no row \(row)")
    }
    let json = try bundle("inspect", file, "--json")
    let manifest = try JSONDecoder().decode(Manifest.self, from: Data(json.output.utf8))
    #expect(try manifest == BundleReader(path: file).manifest)
    let verified = try bundle("verify", file)
    #expect(
      verified.status == 0 && verified.output.contains("intact")
        && verified.output.contains("signed by 675971B65CFA65C4"), "\(verified.errors)")
  }

  @Test func inspectHandsNoControlCharactersOn() throws {
    let folder = try TemporaryFolder()
    var manifest = Manifest.synthetic(topology: Self.topology)
    manifest.description = "red \u{1B}[31m, bell \u{7}\nquality  DSC 1.0"
    try BundleSynthesizer.synthesize(manifest, dtype: .float32, seed: 1, output: folder.path + "/a.islet")
    let shown = try bundle("inspect", folder.path + "/a.islet")
    #expect(shown.status == 0 && shown.output.contains("red  [31m, bell   quality"), "\(shown.output)")
  }

  @Test func damagedBundleEndsWith4() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/tiny.islet"
    try TinyBundle.write(.weights, to: file)
    #expect(try bundle("inspect", file).status == 0, "inspect reads no weights")
    for (tool, path) in [("verify", file), ("inspect", folder.path + "/none.islet"), ("inspect", folder.path)] {
      let process = try tool == "verify" ? bundle(tool, path, "--allow-unsigned") : bundle(tool, path)
      #expect(process.status == 4 && process.output.isEmpty, "\(tool) \(path): \(process.output)")
      #expect(process.errorLines.count == 1 && process.errors.hasPrefix("islet: "), "\(process.errors)")
    }
  }

  @Test func synthesizeGivesTheSameBytesForTheSameSeed() throws {
    let folder = try TemporaryFolder()
    let topology = folder.path + "/topology.json"
    try JSONEncoder().encode(Self.topology).write(to: URL(fileURLWithPath: topology))
    func synthesize(_ name: String, seed: String) throws -> [UInt8] {
      let process = try bundle(
        "synthesize", "--topology", topology, "--seed", seed, "--output", folder.path + "/" + name)
      #expect(process.status == 0, "\(process.errors)")
      return try fileBytes(folder.path + "/" + name)
    }
    let first = try synthesize("a.islet", seed: "1")
    let (same, other) = (try synthesize("b.islet", seed: "1"), try synthesize("c.islet", seed: "2"))
    #expect(first == same)
    #expect(first != other)
    #expect(try bundle("verify", folder.path + "/a.islet", "--allow-unsigned").status == 0)
    #expect(try folder.names == ["a.islet", "b.islet", "c.islet", "topology.json"])
  }

  @Test func calibrateRecordsRangesAndFidelity() throws {
    let folder = try TemporaryFolder()
    try TinyBundle.write(to: folder.path + "/tiny.islet")
    let output = folder.path + "/calibrated.islet"
    let ct = try Stage.source("Integration/data/example_ct.nii.gz")
    let process = try bundle(
      "calibrate", folder.path + "/tiny.islet", ct, "--cohort", "one CT", "--output", output)
    #expect(process.status == 0, "\(process.errors)")
    let (before, after) = (try BundleReader(path: folder.path + "/tiny.islet"), try BundleReader(path: output))
    for network in after.manifest.networks {
      let layers = Set(network.topology.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
        .filter { !$0.hasPrefix("score") }
      #expect(Set(network.activationMaxima?.keys.map { $0 } ?? []) == layers.union(["input"]))
      #expect(network.activationMaxima?["input"].map { (0.5...1).contains($0) } == true)
    }
    let fidelity = try #require(after.manifest.fidelity)
    #expect(fidelity.n == 1 && fidelity.cohort == "one CT")
    #expect(fidelity.modes.contains { $0.quality == .fast && $0.precision == .float32 })
    #expect(fidelity.modes.allSatisfy { $0.mean > 0.5 && $0.minimum == $0.mean })
    let weightsAreKept = try before.manifest.sections.allSatisfy {
      try after.tensor(named: $0.name) == before.tensor(named: $0.name)
    }
    #expect(weightsAreKept)
    #expect(try bundle("inspect", output).output.contains("exact float32"))
  }

  @Test func failuresLeaveNothingAndHaveTheirCodes() throws {
    let folder = try TemporaryFolder()
    let unwritable = try bundle("synthesize", "--topology", "paper", "--output", folder.path + "/no/folder/a.islet")
    #expect(unwritable.status == 5, "\(unwritable.errors)")
    let recipe = try Stage.source("Models/recipes/spleen.json")
    let missing = try bundle("pack", recipe, "--weights", folder.path, "--output", folder.path + "/a.islet")
    #expect(missing.status == 3 && missing.errorLines.count == 1, "\(missing.errors)")
    let noRecipe = try bundle("pack", folder.path + "/none", "--weights", ".", "--output", folder.path + "/a.islet")
    #expect(noRecipe.status == 4, "\(noRecipe.errors)")
    #expect(try bundle("synthesize", "--topology", "paper", "--output", "x", "--dtype", "int8").status == 2)
    #expect(try folder.names == [])
  }

  private static let topology = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [2, 2, 2, 2, 2],
    convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, false], fc6: .init(channels: 2, kernel: 1),
    fc7: .init(channels: 2))
}
