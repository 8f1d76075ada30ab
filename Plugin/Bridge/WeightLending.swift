import Isolation

/// The host's side of an instance's packed weights: answers what its worker asks for from the shelf.
///
/// A worker that was sound when it was ended leaves its weights to the next one, which then has nothing to read: a run
/// that is cancelled and started again must not cost the loading of large networks twice.
final class WeightLending {
  /// After so long a worker packs weights for itself, whatever has become of the one that was packing them.
  private static let patience = Duration.seconds(10)

  private let shelf: WeightShelf
  private let borrower: WeightShelf.Borrower
  private var waiting: (name: String, since: ContinuousClock.Instant)?
  /// What the present worker has claimed, and what an earlier one has left.
  private var claimed: Set<String> = [], left: Set<String> = []

  /// The lending to one instance's workers.
  init(from shelf: WeightShelf = .ofProcess) { (self.shelf, borrower) = (shelf, WeightShelf.Borrower(of: shelf)) }

  /// Handles a message about weights.
  func take(_ message: Message, channel: MessageChannel) throws(MessageChannel.Silence) {
    var body = MessageReader(message.body)
    guard let name = body.readText() else { throw .garbled }
    switch message.kind {
    case .claimWeights:
      waiting = (name, .now)
      claimed.insert(name)
      left.remove(name)
      try answer(on: channel)
    case .shareWeights:
      if let file = message.file { shelf.put(file, as: name, by: borrower) }
    case .releaseWeights:
      claimed.remove(name)
      shelf.giveBack(name, by: borrower)
    default: throw .garbled
    }
  }

  /// The worker was ended, and was sound: what it had stays for the next one.
  func leaveToNextWorker() {
    waiting = nil
    shelf.giveUpPacking(by: borrower)
    left.formUnion(claimed)
    claimed = []
  }

  /// Gives back what an earlier worker has left and the present one has not asked for.
  func giveBackLeft() {
    for name in left { shelf.giveBack(name, by: borrower) }
    left = []
  }

  /// Answers the claim that waits, if there is one and there is an answer by now.
  func answer(on channel: MessageChannel) throws(MessageChannel.Silence) {
    guard let (name, since) = waiting else { return }
    var file: OpenFile?
    switch shelf.claim(name, by: borrower) {
    case .packed(let packed): file = packed
    case .packThem: break
    case .wait: guard .now - since > Self.patience else { return }
    }
    waiting = nil
    guard channel.send(.weights, file: file) else { throw .closed }
  }
}
