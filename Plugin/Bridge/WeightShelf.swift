import Isolation
import Networks

/// The packed weights that this process's workers share: which worker uses them, and which one is packing them.
///
/// Like `SharedNetworks` a deliberate exception to "no mutable globals" (decision 0028): it holds files that nobody can
/// write any more, by names that say all that decides their bytes, so that nothing an instance does can change what
/// another one gets, and nothing stays when the last worker ends. This process never maps them.
final class WeightShelf: Sendable {
  /// The process's shelf; tests make their own.
  static let ofProcess = WeightShelf()

  /// A worker as the shelf knows it; when it goes, so do its claims.
  final class Borrower: Sendable {
    fileprivate let shelf: WeightShelf
    fileprivate var identifier: ObjectIdentifier { ObjectIdentifier(self) }

    init(of shelf: WeightShelf) { self.shelf = shelf }

    deinit { shelf.endClaims(of: ObjectIdentifier(self)) }
  }

  /// What a worker hears that claims weights.
  enum Answer {
    /// They are packed: it uses them from now on.
    case packed(OpenFile)
    /// Nobody has them: it is the one to pack them.
    case packThem
    /// Another worker is packing them: ask again.
    case wait
  }

  private struct Entry: Sendable {
    var file: OpenFile?
    /// Those who use or pack the weights.
    var borrowers: Set<ObjectIdentifier> = []
  }

  private let entries = Locked<[String: Entry]>([:])

  func claim(_ name: String, by borrower: Borrower) -> Answer {
    entries.withLock { entries in
      var entry = entries[name] ?? Entry()
      if entry.file == nil, !entry.borrowers.isEmpty, !entry.borrowers.contains(borrower.identifier) { return .wait }
      entry.borrowers.insert(borrower.identifier)
      entries[name] = entry
      return entry.file.map { .packed($0) } ?? .packThem
    }
  }

  /// Takes weights from the worker that was to pack them; a file that could still change is none.
  func put(_ file: OpenFile, as name: String, by borrower: Borrower) {
    guard WeightFile.isClosedToWriting(file) else { return }
    entries.withLock { entries in
      guard var entry = entries[name], entry.file == nil, entry.borrowers.contains(borrower.identifier) else { return }
      entry.file = file
      entries[name] = entry
    }
  }

  /// Ends one claim.
  func giveBack(_ name: String, by borrower: Borrower) { endClaims(of: borrower.identifier) { it, _ in it == name } }

  /// Ends the claims on what the borrower was to pack and has not.
  func giveUpPacking(by borrower: Borrower) { endClaims(of: borrower.identifier) { _, entry in entry.file == nil } }

  private func endClaims(
    of borrower: ObjectIdentifier, where isMeant: (String, Entry) -> Bool = { _, _ in true }
  ) {
    entries.withLock { entries in
      for (name, entry) in entries where isMeant(name, entry) && entry.borrowers.contains(borrower) {
        let others = entry.borrowers.subtracting([borrower])
        entries[name] = others.isEmpty ? nil : Entry(file: entry.file, borrowers: others)
      }
    }
  }

  /// Names of what is packed at present, with the number of workers that use it.
  var packed: [String: Int] {
    entries.withLock { entries in entries.filter { $0.value.file != nil }.mapValues(\.borrowers.count) }
  }
}
