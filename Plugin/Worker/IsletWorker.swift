import Bridge
import Glibc
import Isolation

/// The process in which a plugin computes by default: started by islet.so with its five descriptors, never by people.
@main enum IsletWorker {
  static func main() {
    let addressSpace = AddressSpace()
    // Where a host's environment has Swift's runtime print backtraces, its handlers would hold a dying worker back.
    for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV] { signal(number, SIG_DFL) }
    guard fcntl(WorkerProcess.memoryDescriptor, F_GETFD) >= 0, fcntl(WorkerProcess.bundleDescriptor, F_GETFD) >= 0
    else {
      let sentence = "islet-worker is started by the plugin islet.so, not by hand\n"
      _ = sentence.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(2)
    }
    HostWatch.start(connection: WorkerProcess.connectionDescriptor)
    WorkerService(
      channel: MessageChannel(descriptor: WorkerProcess.connectionDescriptor),
      memory: SharedMemory(inherited: WorkerProcess.memoryDescriptor), addressSpace: addressSpace
    ).serve()
  }
}

/// Ends this process as soon as the host's has ended, in whatever way, also in the middle of a slice.
///
/// Not PR_SET_PDEATHSIG: that signal comes when the *thread* that started the worker ends, and a viewer's thread may end
/// long before its instance (docs/decisions/0023).
enum HostWatch {
  /// How often the parent's number is looked at, for a host whose connection lives on in a forked copy of it.
  private static let milliseconds: Int32 = 500

  static func start(connection: Int32) {
    let host = getppid()
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Watched(connection: connection, host: host))
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        HostWatch.watch(Unmanaged<Watched>.fromOpaque(context).takeRetainedValue())
        return nil
      }, context.toOpaque())
    // Without a watch a worker could outlive its host by a run.
    guard status == 0 else { exit(3) }
    pthread_detach(thread)
  }

  private final class Watched {
    let connection: Int32, host: pid_t
    init(connection: Int32, host: pid_t) { (self.connection, self.host) = (connection, host) }
  }

  private static func watch(_ watched: Watched) {
    while true {
      var socket = pollfd(fd: watched.connection, events: 0, revents: 0)
      poll(&socket, 1, milliseconds)
      if socket.revents & Int16(POLLHUP | POLLERR) != 0 || getppid() != watched.host { _exit(0) }
    }
  }
}
