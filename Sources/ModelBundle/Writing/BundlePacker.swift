/// Packs weight files into a bundle as a recipe says.
public enum BundlePacker {
  /// Writes the bundle at `output` and returns its manifest.
  ///
  /// Refuses a weight file with a missing, misshapen or unused tensor, or whose upsampling is not the fixed bilinear kernel.
  /// With a `dtype` all weights are rounded to it; a weight that does not fit is refused. Needs memory for a few chunks,
  /// whatever the files' sizes are. `checkpoint` is called before each network with the part of the work that is done;
  /// what it throws ends the work.
  @discardableResult public static func pack(
    _ recipe: Recipe, weightsFolder: String, output: String, dtype: Manifest.Section.ElementType? = nil,
    compression: BundleWriter.Compression = .high, shuffle: Bool = true, checkpoint: (Double) throws -> Void = { _ in }
  ) throws -> Manifest {
    try recipe.manifest.checkFields(file: "recipe")
    let writer = try BundleWriter(path: output, compression: compression)
    var files: [String: PackedFile] = [:]
    var order: [String] = []
    for (index, network) in recipe.manifest.networks.enumerated() {
      try checkpoint(Double(index) / Double(recipe.manifest.networks.count))
      let records = recipe.weights.filter { $0.stage == network.stage && $0.view == network.view }
      guard records.count == 1, let record = records.first else {
        throw BundleError(
          code: .invalidManifest,
          message:
            "recipe: \(records.count) weight files for the \(network.stage.rawValue) \(network.view.rawValue) network")
      }
      if files[record.file] == nil {
        files[record.file] = PackedFile(try openWeightFile(path: "\(weightsFolder)/\(record.file)"))
        order.append(record.file)
      }
      try files[record.file]?.append(
        network, layers: record.layers ?? recipe.layers,
        fixedUpsampling: record.fixedUpsampling ?? recipe.fixedUpsampling, dtype: dtype, shuffle: shuffle, to: writer)
    }
    var manifest = recipe.manifest
    manifest.sources = []
    for name in order {
      guard let file = files[name] else { continue }
      try file.checkAllUsed()
      manifest.sources.append(.init(file: name, sha256: try file.weights.sha256()))
    }
    return try writer.finish(manifest)
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

/// A weight file while a bundle is packed from it: which of its tensors some network has used.
private struct PackedFile {
  let weights: any WeightFile
  private var unused: Set<String>

  init(_ weights: any WeightFile) {
    self.weights = weights
    unused = Set(weights.tensors.keys)
  }

  private func refuse(_ reason: String) -> BundleError {
    BundleError(code: .invalidWeights, message: "\(weights.fileName): \(reason)")
  }

  /// Appends the tensors of one network, and holds its fixed upsampling against the bilinear kernels.
  mutating func append(
    _ network: Manifest.Network, layers: [String: String], fixedUpsampling: [String],
    dtype: Manifest.Section.ElementType?, shuffle: Bool, to writer: BundleWriter
  ) throws(BundleError) {
    let known = weights.tensors
    for tensor in network.topology.tensors {
      let parts = tensor.name.split(separator: ".")
      guard let layer = layers[String(parts[0])] else { throw refuse("the recipe does not name \(parts[0])") }
      let name = "\(layer).\(parts[1])"
      guard let found = known[name] else { throw refuse("no tensor \(quoted(name))") }
      guard found.shape == tensor.shape else {
        throw refuse("\(quoted(name)) has shape \(found.shape), \(tensor.name) needs \(tensor.shape)")
      }
      unused.remove(name)
      let packed = WeightConversion(weights, tensor: name, from: found.dtype, to: dtype ?? found.dtype)
      try writer.append(
        name: "\(network.tensors)/\(tensor.name)", dtype: packed.target, shape: found.shape, shuffle: shuffle
      ) {
        offset, bytes throws(BundleError) in
        try packed.read(from: offset, into: bytes)
      }
    }
    for (layer, factor) in zip(fixedUpsampling, network.topology.upsamplingFactors) {
      let name = "\(layer).weight"
      // The size is held against the kernel's first: no file decides how much is read at once.
      guard let shape = known[name]?.shape, shape.count == 4, shape[0] == network.topology.outputChannels,
        shape[1] <= shape[0], shape[2] == 2 * factor, shape[3] == 2 * factor,
        let values = try weights.values(of: name), BundlePacker.isBilinear(values, shape: shape, factor: factor)
      else {
        throw refuse(
          "\(quoted(name)) is not the bilinear kernel of factor \(factor); if it was trained, say \"learned\"")
      }
      unused.remove(name)
    }
  }

  /// To be asked when all networks are packed: a tensor that nothing uses is a sign of a wrong recipe.
  func checkAllUsed() throws(BundleError) {
    if let surplus = unused.min() { throw refuse("the recipe does not use the tensor \(quoted(surplus))") }
  }
}
