/// How many of a bundle's networks stay in memory between their uses.
///
/// Reading a network again costs seconds for the paper's (134 million weights), so no more are let go than the budget
/// asks for. A pass uses its stage's networks one after another, and fine rounds use the same three again and again.
enum NetworkResidency: Hashable {
  /// All: nothing is read twice.
  case all
  /// Those of one organ's stage under way: coarse networks make room for fine ones, once.
  case oneStage
  /// The network under way: three are read again in every round.
  case oneNetwork

  /// Whether `other` may stay in memory while `key` is used.
  func keeps(_ other: NetworkStore.Key, beside key: NetworkStore.Key) -> Bool {
    switch self {
    case .all: true
    case .oneStage: (other.stage, other.label) == (key.stage, key.label)
    case .oneNetwork: other == key
    }
  }
}
