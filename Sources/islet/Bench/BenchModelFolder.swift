import Foundation
import ModelBundle

/// What the peers read: one network of a bundle as topology.json and weights.safetensors, and inputs.safetensors.
struct BenchModelFolder {
  let path: String

  /// Makes the folder and writes the three files.
  init(path: String, bundle: BundleReader, network: Manifest.Network, inputs: BenchInputs) throws {
    let folder = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.path = path
    let topology = try JSONEncoder().encode(network.topology)
    try topology.write(to: folder.appendingPathComponent("topology.json"))
    let tensors = network.topology.tensors
    let weights = try TensorFile(
      path: folder.appendingPathComponent("weights.safetensors").path,
      shapes: tensors.map { ($0.name, $0.shape) })
    for tensor in tensors {
      try weights.append(try bundle.tensor(named: "\(network.tensors)/\(tensor.name)").values, as: tensor.name)
    }
    let channels = network.topology.inputChannels
    let slices = try TensorFile(
      path: folder.appendingPathComponent("inputs.safetensors").path,
      shapes: inputs.sizes.map { ($0.name, [BenchInputs.slicesPerSize, channels, $0.rows, $0.columns]) })
    for size in inputs.sizes { try slices.append(size.values, as: size.name) }
  }

  /// A file in the folder.
  func file(_ name: String) -> String { "\(path)/\(name)" }
}
