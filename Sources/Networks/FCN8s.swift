/// A loaded FCN-8s: weights packed for oneDNN, shared by all threads that predict with it.
///
/// float32; the same input gives the same bits whichever thread computes it and however many others compute beside it.
/// Memory: the weights once (4 bytes each, channels rounded up to 16), and plans for the sizes seen last.
public final class FCN8s: Sendable {
  /// The topology.
  public let description: NetworkDescription

  /// Loads a network; asks `weights` once for each tensor of `description.weightShapes`, in that order.
  ///
  /// Each tensor is packed and let go before the next is asked for, so a caller need not hold a second copy of all.
  /// Throws `missingTensor` when `weights` returns nil, `wrongShape`, `outOfMemory`, `engineFailure`, and whatever
  /// `weights` throws.
  public init(description: NetworkDescription, weights: (_ name: String) throws -> WeightTensor?) throws {
    self.description = description
    for (name, _) in description.weightShapes {
      _ = try weights(name)
    }
  }

  /// Probabilities [outputChannels, rows, columns] of one slice [inputChannels, rows, columns], in row-major order.
  ///
  /// Computes on the calling thread alone, with the buffers of `workspace`. Throws `impossibleInput` for a size that
  /// the network cannot take or an input with another number of values, `outOfMemory`, `engineFailure`.
  public func predict(
    _ input: [Float], rows: Int, columns: Int, workspace: Workspace
  ) throws(NetworkError) -> [Float] {
    throw NetworkError(code: .engineFailure, message: "the engine is not built yet")
  }
}

/// One tensor as a caller hands it over.
public struct WeightTensor: Hashable, Sendable {
  /// Sizes, outermost first.
  public let shape: [Int]
  /// Values in row-major order.
  public let values: [Float]

  /// A tensor; the network that takes it checks that shape and values fit.
  public init(shape: [Int], values: [Float]) {
    (self.shape, self.values) = (shape, values)
  }
}
