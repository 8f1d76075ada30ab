import Isolation

/// The host's side of one worker's weights: answers what the worker asks for from the shelf.
final class WeightLending {
  /// After so long a worker packs weights for itself, whatever has become of the one that was packing them.
  private static let patience = Duration.seconds(10)

  private let shelf: WeightShelf
  private let borrower: WeightShelf.Borrower
  private var waiting: (name: String, since: ContinuousClock.Instant)?

  /// The lending to one worker process.
  init(from shelf: WeightShelf = .ofProcess) { (self.shelf, borrower) = (shelf, WeightShelf.Borrower(of: shelf)) }

  /// Handles a message about weights.
  func take(_ message: Message, channel: MessageChannel) throws(MessageChannel.Silence) {
    var body = MessageReader(message.body)
    guard let name = body.readText() else { throw .garbled }
    switch message.kind {
    case .claimWeights:
      waiting = (name, .now)
      try answer(on: channel)
    case .shareWeights:
      if let file = message.file { shelf.put(file, as: name, by: borrower) }
    case .releaseWeights: shelf.giveBack(name, by: borrower)
    default: throw .garbled
    }
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
