extension FCN8s {
  /// Multiplications and time of each layer for one input, in the order of `NetworkDescription.shapes`; strips of a
  /// layer are added up. `clock` is read after every layer.
  public func profile(
    _ input: [Float], rows: Int, columns: Int, workspace: Workspace, clock: () -> Double
  ) throws(NetworkError) -> [LayerProfile] {
    var profile = layers.steps.map { LayerProfile(name: $0.name, multiplyAccumulates: 0, seconds: 0) }
    var last = 0.0
    _ = try input.withUnsafeBufferPointer { input throws(NetworkError) in
      // The first run plans and fills the caches.
      _ = try logits(input, rows: rows, columns: columns, workspace: workspace)
      last = clock()
      return try logits(input, rows: rows, columns: columns, workspace: workspace) { [steps = layers.steps] step, _ in
        let now = clock()
        profile[step.index].seconds += now - last
        last = now
        guard let run = step.run, let layer = steps[step.index].layer else { return }
        profile[step.index].multiplyAccumulates +=
          run.writes.positionCount * layer.outChannels * layer.inChannels * layer.kernel * layer.kernel
      }
    }
    return profile
  }
}

/// What one layer cost for one input.
public struct LayerProfile: Hashable, Sendable {
  /// Canonical name of the layer.
  public let name: String
  /// Multiplications of a direct convolution over the positions that were computed; 0 for a pool.
  public var multiplyAccumulates: Int
  /// Time, on the clock that was given.
  public var seconds: Double

  /// A layer's figures.
  public init(name: String, multiplyAccumulates: Int, seconds: Double) {
    (self.name, self.multiplyAccumulates, self.seconds) = (name, multiplyAccumulates, seconds)
  }
}
