import Networks

/// The networks that are in use in this process: instances with the same bundle share one copy of its weights.
///
/// A deliberate exception to "no mutable globals" (decision 0016): it holds networks weakly and only by the hash of their
/// bundle, so that nothing an instance does can change what another one gets, and nothing stays when the last one ends.
final class SharedNetworks: Sendable {
  /// The process's networks; tests make their own.
  static let ofProcess = SharedNetworks()

  /// What makes two networks the same: the manifest's hash covers every weight and the topology.
  struct Identity: Hashable {
    /// SHA-256 of the bundle's manifest.
    let bundle: String
    /// Prefix of the network's tensors in it.
    let tensors: String
    /// What it computes in.
    var precision = Precision.float32
  }

  /// One network, or the place where the first instance that needs it is building it.
  private final class Slot: Sendable {
    struct Content: Sendable { weak var network: FCN8s? }
    let content = Locked(Content())
    /// Calls that hold this slot now; guarded by the lock of `slots`.
    nonisolated(unsafe) var users = 0
  }

  private let slots = Locked<[Identity: Slot]>([:])

  /// The network of this identity; `build` makes it when nobody has it.
  ///
  /// Two instances that ask at once wait for one `build`. Locks are held per network, and none while others are built.
  func network(_ identity: Identity, build: () throws -> FCN8s) throws -> FCN8s {
    let slot = slots.withLock { slots in
      let slot = slots[identity] ?? Slot()
      slot.users += 1
      slots[identity] = slot
      return slot
    }
    defer {
      slots.withLock { slots in
        slot.users -= 1
        // What nobody uses any more goes when the next network is asked for.
        slots = slots.filter { _, slot in slot.users > 0 || slot.content.withLock { $0.network != nil } }
      }
    }
    return try slot.content.withLock { content in
      if let network = content.network { return network }
      let network = try build()
      content.network = network
      return network
    }
  }

  /// Number of networks that are in use or being built.
  var count: Int {
    slots.withLock { slots in slots.values.count { slot in slot.content.withLock { $0.network != nil } } }
  }
}
