/// The plans used last, shared by the threads of one network.
final class PlanCache: Sendable {
  private struct Entry: Sendable {
    let plan: SlicePlan
    var lastUse: Int
  }

  private struct State: Sendable {
    var entries: [SlicePlan.Key: Entry] = [:]
    var uses = 0
  }

  private let capacity: Int
  private let state = Locked(State())

  init(capacity: Int) {
    self.capacity = capacity
  }

  /// The plan of a size and box, made by `make` if it is not kept; two threads may make the same one, the first is kept.
  func plan(for key: SlicePlan.Key, make: () throws(NetworkError) -> SlicePlan) throws(NetworkError) -> SlicePlan {
    if let known = lookUp(key) { return known }
    // Outside the lock: other threads go on with the sizes they know.
    return keep(try make(), for: key)
  }

  private func lookUp(_ key: SlicePlan.Key) -> SlicePlan? {
    state.withLock { state in
      state.uses += 1
      state.entries[key]?.lastUse = state.uses
      return state.entries[key]?.plan
    }
  }

  private func keep(_ plan: SlicePlan, for key: SlicePlan.Key) -> SlicePlan {
    state.withLock { state in
      if let earlier = state.entries[key] { return earlier.plan }
      if state.entries.count >= capacity, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.entries[oldest.key] = nil
      }
      state.entries[key] = Entry(plan: plan, lastUse: state.uses)
      return plan
    }
  }
}
