extension FCN8s {
  /// Raises `maxima` to the largest input ("input") and activation of each layer with ReLU that one slice brings.
  ///
  /// The ranges that int8 needs (`init(description:options:activationMaxima:weights:)`). Only for a float32 network.
  /// Throws what `predict` throws.
  public func noteActivations(
    of input: [Float], rows: Int, columns: Int, in maxima: inout [String: Float], workspace: Workspace
  ) throws(NetworkError) {
    precondition(options.precision == .float32)
    func note(_ name: String, _ largest: Float) { maxima[name] = max(maxima[name] ?? 0, largest) }
    note("input", input.reduce(0) { max($0, $1) })
    var found: [(String, Float)] = []
    _ = try input.withUnsafeBufferPointer { input throws(NetworkError) in
      try logits(input, rows: rows, columns: columns, workspace: workspace) { step, activation in
        guard case .convolution(let layer) = step else { return }
        let count = activation.byteCount / MemoryLayout<Float>.stride
        let values = UnsafeBufferPointer(start: activation.memory.assumingMemoryBound(to: Float.self), count: count)
        found.append((layer.name, values.reduce(0) { max($0, $1) }))
      }
    }
    for (name, largest) in found { note(name, largest) }
  }
}
