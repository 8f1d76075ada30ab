import CHostSystem
import Glibc

/// A worker as the host sees it: the child process, the connection to it and the memory shared with it.
///
/// The worker's descriptors: 0 the connection, 1 and 2 /dev/null, 3 the shared memory, 4 the bundle's file; none besides.
public final class WorkerProcess {
  /// How a process ended.
  public enum End: Hashable, Sendable {
    /// By itself, with this code.
    case exit(Int32)
    /// By a signal.
    case signal(Int32)
    /// The host's own handling of SIGCHLD took the answer.
    case unknown
  }

  /// The connection.
  public let channel: MessageChannel
  /// The shared memory.
  public let memory: SharedMemory
  /// The process's number, for logs and tests.
  public let identifier: Int32
  private let handle: Int32
  private var ending: End?

  /// A process that could not be started.
  public struct NotStarted: Error, Sendable {
    /// What the system refused, and its error number.
    public let what: String, errorNumber: Int32
  }

  /// Code with which a worker ends that was told what it does not understand.
  public static let foreignMessageCode: Int32 = 64

  /// Numbers of the worker's descriptors.
  public static let connectionDescriptor: Int32 = 0
  /// See `connectionDescriptor`.
  public static let memoryDescriptor: Int32 = 3
  /// See `connectionDescriptor`.
  public static let bundleDescriptor: Int32 = 4

  /// Starts the program at `executable`. `bundle` is an open file of the caller's.
  public init(executable: String, bundle: Int32) throws(NotStarted) {
    guard let memory = SharedMemory() else { throw NotStarted(what: "shared memory", errorNumber: errno) }
    var ours: Int32 = -1
    var theirs: Int32 = -1
    guard chostsystem_socket_pair(&ours, &theirs) == 0 else {
      throw NotStarted(what: "a connection", errorNumber: errno)
    }
    let channel = MessageChannel(descriptor: ours)
    var child: pid_t = 0
    let error = chostsystem_spawn(executable, [theirs, -1, -1, memory.descriptor, bundle], 5, &child)
    close(theirs)
    guard error == 0 else { throw NotStarted(what: "the process", errorNumber: error) }
    (self.memory, self.channel, identifier) = (memory, channel, child)
    handle = chostsystem_process_handle(child)
  }

  deinit {
    _ = end()
    if handle >= 0 { close(handle) }
  }

  /// Whether it has ended, without waiting.
  public var hasEnded: Bool {
    if ending == nil { ending = reap(WNOHANG) }
    return ending != nil
  }

  /// Ends it unless it has ended by itself, and waits, so that no zombie stays; says how it ended.
  ///
  /// A process that dies closes its connection only after the reason is settled: killing it then changes nothing.
  public func end() -> End {
    if let ending { return ending }
    chostsystem_kill(handle, identifier)
    let ended = reap(0) ?? .unknown
    ending = ended
    return ended
  }

  /// Waits for this child alone; nil while it lives.
  private func reap(_ options: Int32) -> End? {
    var status: Int32 = 0
    while true {
      let ended = waitpid(identifier, &status, options)
      if ended == identifier {
        let signal = status & 0x7f
        return signal != 0 ? .signal(signal) : .exit(status >> 8 & 0xff)
      }
      if ended == 0 { return nil }
      // ECHILD: in a host that ignores SIGCHLD, or waits for any child, somebody else has taken the answer.
      if errno != EINTR { return .unknown }
    }
  }

  /// The worker program beside the shared library that this code is in, as an absolute path; nil if that is unknown.
  public static func executableBesideThisLibrary() -> String? {
    guard let path = chostsystem_path_of_this_library(), let absolute = realpath(path, nil) else { return nil }
    defer { free(absolute) }
    let library = String(cString: absolute)
    guard let slash = library.lastIndex(of: "/") else { return nil }
    return library[...slash] + "islet-worker"
  }
}
