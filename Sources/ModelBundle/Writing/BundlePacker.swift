/// Packs weight files into a bundle as a recipe says.
public enum BundlePacker {
  /// Writes the bundle at `output` and returns its manifest.
  ///
  /// Refuses a weight file with a missing, misshapen or unused tensor, or whose upsampling is not the fixed bilinear kernel.
  /// `checkpoint` is called before each network with the part of the work that is done; what it throws ends the work.
  @discardableResult public static func pack(
    _ recipe: Recipe, weightsFolder: String, output: String, checkpoint: (Double) throws -> Void = { _ in }
  ) throws -> Manifest {
    try recipe.manifest.checkFields(file: "recipe")
    let writer = try BundleWriter(path: output)
    var manifest = recipe.manifest
    manifest.sources = []
    for (index, network) in recipe.manifest.networks.enumerated() {
      try checkpoint(Double(index) / Double(recipe.manifest.networks.count))
      let files = recipe.weights.filter { $0.stage == network.stage && $0.view == network.view }
      guard files.count == 1, let name = files.first?.file else {
        throw BundleError(
          code: .invalidManifest,
          message:
            "recipe: \(files.count) weight files for the \(network.stage.rawValue) \(network.view.rawValue) network")
      }
      let file = try SafetensorsFile(path: "\(weightsFolder)/\(name)")
      try append(network, from: file, recipe: recipe, to: writer)
      manifest.sources.append(.init(file: name, sha256: try file.sha256()))
    }
    return try writer.finish(manifest)
  }

  private static func append(
    _ network: Manifest.Network, from file: SafetensorsFile, recipe: Recipe, to writer: BundleWriter
  ) throws(BundleError) {
    func refuse(_ reason: String) -> BundleError {
      BundleError(code: .invalidWeights, message: "\(file.fileName): \(reason)")
    }
    var unused = Set(file.entries.keys)
    for tensor in network.topology.tensors {
      let parts = tensor.name.split(separator: ".")
      guard let layer = recipe.layers[String(parts[0])] else { throw refuse("the recipe does not name \(parts[0])") }
      let name = "\(layer).\(parts[1])"
      guard let entry = file.entries[name] else { throw refuse("no tensor \(quoted(name))") }
      guard entry.shape == tensor.shape else {
        throw refuse("\(quoted(name)) has shape \(entry.shape), \(tensor.name) needs \(tensor.shape)")
      }
      unused.remove(name)
      try writer.append(name: "\(network.tensors)/\(tensor.name)", dtype: entry.dtype, shape: entry.shape) {
        offset, bytes throws(BundleError) in
        try file.read(entry, from: offset, into: bytes)
      }
    }
    for (layer, factor) in zip(recipe.fixedUpsampling, network.topology.upsamplingFactors) {
      let name = "\(layer).weight"
      guard let entry = file.entries[name], let values = try file.values(of: entry),
        isBilinear(values, shape: entry.shape, factor: factor)
      else {
        throw refuse(
          "\(quoted(name)) is not the bilinear kernel of factor \(factor); if it was trained, say \"learned\"")
      }
      unused.remove(name)
    }
    if let surplus = unused.min() { throw refuse("the recipe does not use the tensor \(quoted(surplus))") }
  }

  /// Whether a deconvolution's weights are bilinear interpolation: kernel and stride of 2 * factor and factor, channel by channel.
  ///
  /// Shape [channels, 1, k, k] (one kernel a channel) or [channels, channels, k, k] (zero off the diagonal), k = 2 * factor;
  /// each kernel is the outer product of w(i) = 1 - |i - (factor - 0.5)| / factor with itself.
  static func isBilinear(_ values: [Float], shape: [Int], factor: Int) -> Bool {
    let size = 2 * factor
    guard shape.count == 4, shape[2] == size, shape[3] == size, shape[1] == 1 || shape[1] == shape[0] else {
      return false
    }
    let weights = (0..<size).map { 1 - abs(Float($0) - (Float(factor) - 0.5)) / Float(factor) }
    var position = 0
    for output in 0..<shape[0] {
      for input in 0..<shape[1] {
        let isOwn = shape[1] == 1 || input == output
        for row in weights {
          for column in weights {
            guard values[position] == (isOwn ? row * column : 0) else { return false }
            position += 1
          }
        }
      }
    }
    return true
  }
}
