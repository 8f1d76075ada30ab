import Glibc
import ModelBundle
import Networks
import Segmentation

/// Answers for `islet bench engine`: one network on the slices of inputs.safetensors.
///
/// "prepare ROWSxCOLUMNS" chooses the inputs of a size and computes one; "run COUNT" computes COUNT slices, in turn over
/// the inputs, a slice a thread, and answers "ms X" for one; "write FILE" writes the first slice's probabilities.
final class SliceRuns {
  private let network: FCN8s
  private let inputs: SafetensorsFile
  private let workers: SliceWorkers
  private var slices: [[Float]] = []
  private var rows = 0, columns = 0

  init(bundle path: String, network name: String, precision: String, folder: String, threads: String) throws {
    let bundle = try BundleReader(path: path)
    guard let entry = bundle.manifest.networks.first(where: { "\($0.stage)-\($0.view)" == name }) else {
      throw EngineProcessError("\(name): no such network")
    }
    guard let precision = Precision(rawValue: precision), precision.isOffered else {
      throw EngineProcessError("\(precision): this processor has no instructions for it")
    }
    inputs = try SafetensorsFile(path: "\(folder)/inputs.safetensors")
    var maxima = entry.activationMaxima?.mapValues { Float($0) }
    if precision == .int8, maxima == nil { maxima = try Self.ranges(of: entry, in: bundle, inputs) }
    network = try Self.network(entry, in: bundle, precision, maxima)
    workers = SliceWorkers(threads: try number(threads))
  }

  private static func network(
    _ entry: Manifest.Network, in bundle: BundleReader, _ precision: Precision, _ maxima: [String: Float]?
  ) throws -> FCN8s {
    try FCN8s(
      description: try NetworkDescription(entry.topology), options: .init(precision: precision),
      activationMaxima: maxima
    ) { name in
      let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)")
      return WeightTensor(shape: tensor.shape, values: tensor.values)
    }
  }

  /// The ranges of int8 over the first two slices of every size, as the peers find theirs.
  private static func ranges(
    of entry: Manifest.Network, in bundle: BundleReader, _ inputs: SafetensorsFile
  ) throws -> [String: Float] {
    let network = try network(entry, in: bundle, .float32, nil)
    var maxima: [String: Float] = [:]
    let workspace = Workspace()
    for tensor in inputs.entries.values {
      guard let values = try inputs.values(of: tensor) else { continue }
      let count = values.count / tensor.shape[0]
      for slice in 0..<min(2, tensor.shape[0]) {
        try network.noteActivations(
          of: Array(values[slice * count..<(slice + 1) * count]), rows: tensor.shape[2], columns: tensor.shape[3],
          in: &maxima, workspace: workspace)
      }
    }
    return maxima
  }

  func answer(_ command: Substring, _ words: [Substring]) throws -> String {
    switch (command, words.count) {
    case ("prepare", 1):
      try prepare(String(words[0]))
      return "done"
    case ("run", 1):
      let count = try number(words[0])
      let start = monotonicSeconds()
      try run(count)
      return "ms \((monotonicSeconds() - start) * 1000 / Double(count))"
    case ("write", 1):
      try write(to: String(words[0]))
      return "done"
    default: throw EngineProcessError("\(command): not understood")
    }
  }

  private func prepare(_ name: String) throws {
    guard let entry = inputs.entries[name], entry.shape.count == 4, let values = try inputs.values(of: entry) else {
      throw EngineProcessError("\(name): no such inputs")
    }
    (rows, columns) = (entry.shape[2], entry.shape[3])
    let count = values.count / entry.shape[0]
    slices = (0..<entry.shape[0]).map { Array(values[$0 * count..<($0 + 1) * count]) }
    try run(workers.threads)
  }

  private func run(_ count: Int) throws {
    let (network, slices, rows, columns) = (network, slices, rows, columns)
    guard !slices.isEmpty else { throw EngineProcessError("prepare comes first") }
    _ = try workers.forEachOrdered(
      count: count, shouldStop: { false },
      work: { index, workspace in
        try network.predict(slices[index % slices.count], rows: rows, columns: columns, workspace: workspace)
      }, consume: { _, _ in })
  }

  private func write(to path: String) throws {
    guard let first = slices.first else { throw EngineProcessError("prepare comes first") }
    let values = try network.predict(first, rows: rows, columns: columns, workspace: Workspace())
    guard let file = fopen(path, "wb") else { throw EngineProcessError("\(path): cannot be written") }
    defer { fclose(file) }
    let written = values.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    guard written == values.count * 4 else { throw EngineProcessError("\(path): cannot be written") }
  }
}
