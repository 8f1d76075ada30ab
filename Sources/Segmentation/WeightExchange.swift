public import Networks

/// How the processes that compute for one host come to a single copy of a network's packed weights.
public protocol WeightExchange: AnyObject, Sendable {
  /// Memory for the packed weights of this name: filled by another process, or to be filled and then shared; nil when the
  /// network is to have memory of its own. May wait for another process that is packing them.
  ///
  /// The name says all that decides the bytes: bundle, network, precision and the orders of the kernels.
  func memory(forWeights name: String) -> (any WeightMemory)?
}
