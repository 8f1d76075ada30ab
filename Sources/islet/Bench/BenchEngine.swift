import ArgumentParser
import Foundation
import ModelBundle
import Volumes

/// `islet bench engine`: one slice through our engine and through others, in turn in one run.
struct BenchEngine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine",
    abstract: "Time one slice through Islet's engine and its peers, in turn in one run.",
    discussion: """
      Example: islet bench engine --ct Integration/data/example_ct.nii.gz --output bench
      `make bench` adds PyTorch, ONNX Runtime and OpenVINO: --peers names the folder with peer.py, --python the \
      interpreter that has them. All engines get the same weights and the same windowed slices of a CT, and the same \
      number of threads: Islet computes a slice on each, a peer one slice on all (openvino-streams: as Islet).
      Writes engine.json; prints a table.
      """)

  @Option(help: "Bundle whose network is timed; default: random weights of the paper's topology.")
  var bundle: String?

  @Option(help: "JSON topology of a network with random weights, in place of a bundle.")
  var topology: String?

  @Option(help: "Stage and view of the network.")
  var network = "coarse-axial"

  @Option(help: "CT that the slices are cut from; it is resampled to 512 x 512 x 240 first.")
  var ct: String

  @Option(help: "Input sizes, rows x columns.")
  var sizes = "512x512,512x240,160x140"

  @Option(help: "Precisions, in turn.")
  var precisions = "float32,bfloat16,int8"

  @Option(help: "Folder with peer.py; default: no peers.")
  var peers: String?

  @Option(help: "Python interpreter that has the peers.")
  var python = "python3"

  @Option(help: "Measured rounds; every engine runs once a round.")
  var rounds = 5

  @Option(help: "Threads of every engine.")
  var threads = 2

  @Option(help: "Folder for engine.json.")
  var output: String

  @Option(help: "The helper process; default: the installed one.")
  var engine: String?

  func validate() throws {
    guard (1...100).contains(rounds) else { throw ValidationError("--rounds \(rounds): expected 1 to 100") }
    guard (1...256).contains(threads) else { throw ValidationError("--threads \(threads): expected 1 to 256") }
    guard bundle == nil || topology == nil else { throw ValidationError("--bundle and --topology exclude each other") }
    for precision in precisionNames where !["float32", "bfloat16", "int8"].contains(precision) {
      throw ValidationError("--precisions \(precision): expected float32, bfloat16 or int8")
    }
  }

  func run() throws {
    Cancellation.listen()
    let results = try OutputFolder(path: output)
    let scratch = try BenchScratch()
    defer { scratch.remove() }
    let path = try bundle ?? scratch.synthesize(topology: topology)
    let reader = try BundleReader(path: path)
    guard let entry = reader.manifest.networks.first(where: { "\($0.stage)-\($0.view)" == network }) else {
      throw CommandFailure(exitCode: .usage, sentence: "--network \(network): expected such as coarse-axial")
    }
    guard let matrix = VolumeSize(x: 512, y: 512, z: 240) else { return }
    let image = try BenchVolumeImage(path: ct, size: matrix)
    let inputs = try BenchInputs(
      sizes.split(separator: ",").map(String.init), volume: image.volume, manifest: reader.manifest)
    let folder = try BenchModelFolder(path: scratch.file("model"), bundle: reader, network: entry, inputs: inputs)
    try writeONNX(in: folder)
    let run = BenchEngineRun(
      bundle: path, network: network, folder: folder, inputs: inputs, rounds: rounds, threads: threads,
      engine: engine ?? InstalledFiles.engineProcess, peers: peers.map { (python, "\($0)/peer.py") })
    let measurements = try precisionNames.flatMap { try run.measure(precision: $0) }
    let topologyName = bundle ?? topology ?? "the paper's topology, random weights"
    let report = BenchReport(
      network: "\(network) of \(topologyName.split(separator: "/").last ?? "")", image: image.source,
      inputs: inputs.sizes.map { .init(size: $0.name, slices: $0.note, nonZeroShare: $0.nonZeroShare) },
      processor: processorName(), threads: threads, rounds: rounds, measurements: measurements)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try results.write(try encoder.encode(report), as: "engine.json")
    try results.commit(sparing: [ct])
    print(report.table)
  }

  private var precisionNames: [String] { precisions.split(separator: ",").map(String.init) }

  /// Lets the peers write their model files before anything is timed.
  private func writeONNX(in folder: BenchModelFolder) throws {
    guard let peers else { return }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      python, "\(peers)/peer.py", "write-models", folder.path, precisionNames.contains("int8") ? "int8" : "float32",
    ]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(peers)/peer.py could not write the peers' models")
    }
  }
}
