import CHostSystem
import Glibc

/// What the two processes say to each other.
public enum MessageKind: UInt32, Sendable {
  /// Host: the bundle and what stands against it. Once, before the first call.
  case open = 1
  /// Host: a call; the structs of islet.h, their buffers in shared memory.
  case segment
  /// Host: the callback of a `progress` or `pass` has returned; whether the host wants the run to stop.
  case acknowledge
  /// Host: the packed weights that were claimed, as an open file; without one the worker packs them itself.
  case weights
  /// Worker: the name of packed weights that it needs. Waits for `weights`.
  case claimWeights
  /// Worker: weights that it has packed, for others: their name and their file.
  case shareWeights
  /// Worker: the name of weights that it claimed and does not use any more.
  case releaseWeights
  /// Worker: how far the run is. Waits for `acknowledge`, so that a host that cancels in a callback is heard at once.
  case progress
  /// Worker: a finished pass, its masks in shared memory. Waits for `acknowledge`.
  case pass
  /// Worker: a line for the host's log.
  case log
  /// Worker: the call's status, sentence, summary and trace.
  case done
}

/// A message as it arrived.
public struct Message {
  /// What it is about.
  public let kind: MessageKind
  /// Its body.
  public let body: [UInt8]
  /// The open file that came with it.
  public let file: OpenFile?
}

/// One end of the connection between host and worker: frames of kind, length and body over a stream socket.
public final class MessageChannel {
  /// Why nothing was received.
  public enum Silence: Error {
    /// Nothing came within the time.
    case nothingYet
    /// The other end is closed: its process has ended.
    case closed
    /// What came is no message.
    case garbled
  }

  /// The socket.
  public let descriptor: Int32
  private var arrived: [UInt8] = []
  /// Files whose messages have not arrived in full.
  private var files: [OpenFile] = []
  private static let headerSize = 12
  /// Longest body; a trace of a hundred rounds takes 30 KB.
  private static let longestBody = 1 << 26

  /// Takes ownership of a connected stream socket.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Sends a message, and a copy of an open file with it; false when the other end is gone.
  public func send(_ kind: MessageKind, _ body: MessageBytes = MessageBytes(), file: OpenFile? = nil) -> Bool {
    var frame = MessageBytes()
    frame.append(kind.rawValue)
    frame.append(UInt32(clamping: body.bytes.count))
    frame.append(UInt32(file == nil ? 0 : 1))
    let bytes = frame.bytes + body.bytes
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        let rest = raw.baseAddress.map { $0 + sent }
        // The file goes with the first byte.
        guard let file, sent == 0 else { return chostsystem_send(descriptor, rest, raw.count - sent) }
        return chostsystem_send_descriptor(descriptor, rest, raw.count, file.descriptor)
      }
      if count > 0 {
        sent += count
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  /// The next message; waits at most so long, without end when nil.
  public func receive(milliseconds: Int32?) throws(Silence) -> Message {
    while true {
      if let message = try takeMessage() { return message }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, milliseconds ?? -1)
      if ready < 0, errno == EINTR {
        guard milliseconds == nil else { throw .nothingYet }
        continue
      }
      guard ready > 0 else { throw .nothingYet }
      var block = [UInt8](repeating: 0, count: 1 << 16)
      var passed: Int32 = -1
      let count = chostsystem_receive(descriptor, &block, block.count, &passed)
      if passed >= 0 { files.append(OpenFile(descriptor: passed)) }
      if count > 0 {
        arrived.append(contentsOf: block.prefix(count))
      } else if count == 0 || errno != EINTR {
        throw .closed
      }
    }
  }

  /// The first complete message of what has arrived.
  private func takeMessage() throws(Silence) -> Message? {
    guard arrived.count >= Self.headerSize else { return nil }
    var header = MessageReader(Array(arrived.prefix(Self.headerSize)))
    guard let number = header.read(UInt32.self), let length = header.read(UInt32.self),
      let fileCount = header.read(UInt32.self), let kind = MessageKind(rawValue: number),
      Int(length) <= Self.longestBody, fileCount <= files.count
    else { throw .garbled }
    let end = Self.headerSize + Int(length)
    guard arrived.count >= end else { return nil }
    let body = Array(arrived[Self.headerSize..<end])
    arrived.removeFirst(end)
    return Message(kind: kind, body: body, file: fileCount == 0 ? nil : files.removeFirst())
  }
}
