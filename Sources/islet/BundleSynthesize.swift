public import ArgumentParser
public import ModelBundle

/// `islet bundle synthesize`: a bundle of random weights.
struct BundleSynthesize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize", abstract: "Write a bundle of six networks with random weights.",
    discussion: """
      Example: islet bundle synthesize --topology paper --output random.islet
      The same seed gives the same bytes. The paper's six networks take 1.6 GB in float16.
      """)

  @Option(help: "\"paper\", \"tiny\", or a JSON file with a topology as in a manifest.")
  var topology: String

  @Option(help: "The bundle to write.")
  var output: String

  @Option(help: "How weights are stored: float32, float16 or bfloat16.")
  var dtype: Manifest.Section.ElementType = .float16

  @Option(help: "Start of the random numbers.")
  var seed: UInt64 = 1

  func validate() throws {
    guard dtype != .int8 else { throw ValidationError("--dtype int8 is not supported yet") }
  }

  func run() throws {
    let networks: Manifest.Topology =
      switch topology {
      case "paper": .paper
      case "tiny": .tiny
      default: try Manifest.Topology(path: topology)
      }
    let manifest = try BundleSynthesizer.synthesize(
      .synthetic(topology: networks), dtype: dtype, seed: seed, output: output, checkpoint: reportProgress)
    reportProgress(1)
    print("\(output): random weights, \(manifest.sections.count) tensors")
  }
}

extension Manifest.Section.ElementType: ExpressibleByArgument {}
