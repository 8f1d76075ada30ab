import Glibc
import Isolation
import Networks
import Segmentation

/// The worker's side: packed weights that it has from other workers of the host, or packs for them.
///
/// `@unchecked Sendable`: the connection is used by the thread of the call alone; networks may go on any thread, which
/// notes their names under a lock.
final class WorkerWeights: WeightExchange, @unchecked Sendable {
  private let channel: MessageChannel
  private let released = Locked<[String]>([])
  /// This program: another version of it may pack in other orders.
  private let program: String

  init(channel: MessageChannel) {
    self.channel = channel
    var information = stat()
    program =
      stat("/proc/self/exe", &information) == 0
      ? "\(information.st_dev):\(information.st_ino):\(information.st_mtim.tv_sec).\(information.st_mtim.tv_nsec)" : ""
  }

  func memory(forWeights name: String) -> (any WeightMemory)? {
    let name = "\(name), \(program)"
    sendReleased()
    guard !program.isEmpty, channel.send(.claimWeights, text(name)) else { return nil }
    guard let answer = try? channel.receive(milliseconds: nil), answer.kind == .weights else {
      // Without a host there is nothing left to do.
      _exit(0)
    }
    guard let file = answer.file.map({ WeightFile(filled: $0) }) ?? WeightFile() else {
      release(name)
      return nil
    }
    return Memory(file, name: name, exchange: self)
  }

  /// Tells the host what is not used any more, so that the memory goes with its last user.
  func sendReleased() {
    let names = released.withLock { names in
      defer { names = [] }
      return names
    }
    for name in names { _ = channel.send(.releaseWeights, text(name)) }
  }

  private func release(_ name: String) { released.withLock { $0.append(name) } }

  private func text(_ name: String) -> MessageBytes {
    var body = MessageBytes()
    body.append(text: name)
    return body
  }

  /// One network's weights in a file, given back when the network goes.
  private final class Memory: WeightMemory {
    private let file: WeightFile, name: String, exchange: WorkerWeights
    var isFilled: Bool { file.isFilled }

    init(_ file: WeightFile, name: String, exchange: WorkerWeights) {
      (self.file, self.name, self.exchange) = (file, name, exchange)
    }

    deinit { exchange.release(name) }

    func block(bytes: Int) -> UnsafeMutableRawPointer? { file.block(bytes: bytes) }

    func finish() {
      let wasFilled = file.isFilled
      guard let packed = file.finish() else {
        // Where the system closes no file to writing, others shall not wait for this one.
        if !wasFilled { _ = exchange.channel.send(.releaseWeights, exchange.text(name)) }
        return
      }
      _ = exchange.channel.send(.shareWeights, exchange.text(name), file: packed)
    }
  }
}
