/// The plans of the input sizes used last, shared by the threads of one network.
///
/// Fine rounds ask for hundreds of sizes, most of them again in the next round; planning a slim network costs more
/// than running it.
final class PlanCache: Sendable {
  private struct Entry: Sendable {
    let plan: SlicePlan
    var lastUse: Int
  }

  private struct State: Sendable {
    var entries: [PaddedSize: Entry] = [:]
    var uses = 0
  }

  private let capacity: Int
  private let state = Locked(State())

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// The plan of a size, made by `make` if it is not kept; two threads may make the same one, the first is kept.
  func plan(for size: PaddedSize, make: () throws(NetworkError) -> SlicePlan) throws(NetworkError) -> SlicePlan {
    if let known = lookUp(size) { return known }
    // Outside the lock: other threads go on with the sizes they know.
    return keep(try make(), for: size)
  }

  private func lookUp(_ size: PaddedSize) -> SlicePlan? {
    state.withLock { state in
      state.uses += 1
      state.entries[size]?.lastUse = state.uses
      return state.entries[size]?.plan
    }
  }

  private func keep(_ plan: SlicePlan, for size: PaddedSize) -> SlicePlan {
    state.withLock { state in
      if let earlier = state.entries[size] { return earlier.plan }
      if state.entries.count >= capacity, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.entries[oldest.key] = nil
      }
      state.entries[size] = Entry(plan: plan, lastUse: state.uses)
      return plan
    }
  }
}
