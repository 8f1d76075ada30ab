import CHostSystem
import Foundation
import Glibc

/// One test in a process of its own, in a process group of its own, so that nothing of it survives.
///
/// Its descriptors: 0 /dev/null, 1 and 2 a file in memory that keeps what is printed, 3 another one for the verdict.
struct TestProcess {
  /// Where the process writes its verdict.
  static let verdictDescriptor: Int32 = 3
  /// How long processes that the plugin started may outlive the test's own.
  private static let graceSeconds = 3.0
  private static let pollMicroseconds: UInt32 = 5000

  let executable: String
  let arguments: [String]
  let seconds: Double

  /// Runs it to its end, or to the end of its time.
  func verdict() -> Verdict {
    let (printed, answer) = (chostsystem_memory_file("printed"), chostsystem_memory_file("verdict"))
    defer {
      close(printed)
      close(answer)
    }
    guard printed >= 0, answer >= 0, let child = spawn(printed: printed, answer: answer) else {
      return Verdict(.skipped, "the system gave no process for the test: \(String(cString: strerror(errno)))")
    }
    let ending = wait(for: child)
    let leftover = endGroup(of: child)
    let said = Verdict(decoding: Self.text(of: answer))
    let lastLine = Self.text(of: printed).split(separator: "\n").last.map { "; it printed: \($0)" } ?? ""
    switch (ending, said) {
    case (nil, _): return Verdict(.timedOut, "still at work after \(Int(seconds)) s\(lastLine)")
    case (_, let said?):
      guard leftover, !said.outcome.isBroken else { return said }
      return Verdict(
        .failed, "a process that the plugin started was alive \(Int(Self.graceSeconds)) s after the host's end")
    case (let status?, nil):
      let signal = status & 0x7F
      let how =
        signal == 0
        ? "the plugin ended its host's process with code \(status >> 8 & 0xFF)"
        : "signal \(signal) (\(strsignal(signal).map { String(cString: $0) } ?? "unknown"))"
      return Verdict(.crashed, how + lastLine)
    }
  }

  private func spawn(printed: Int32, answer: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Copies above the numbers that the child will use: one dup2 must not destroy the source of the next.
    let copies = [printed, answer].map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
    defer { for copy in copies { close(copy) } }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for number: Int32 in [1, 2] { posix_spawn_file_actions_adddup2(&actions, copies[0], number) }
    posix_spawn_file_actions_adddup2(&actions, copies[1], Self.verdictDescriptor)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let error = posix_spawn(&child, executable, &actions, &attributes, &words, environ)
    guard error == 0 else {
      errno = error
      return nil
    }
    return child
  }

  /// The wait status; nil when the time was over and the process was killed.
  private func wait(for child: pid_t) -> Int32? {
    let end = ContinuousClock.now + .seconds(seconds)
    var status: Int32 = 0
    while ContinuousClock.now < end {
      if waitpid(child, &status, WNOHANG) == child { return status }
      usleep(Self.pollMicroseconds)
    }
    kill(-child, SIGKILL)
    waitpid(child, &status, 0)
    return nil
  }

  /// Ends what is left of the process group; true if anything outlived its grace.
  private func endGroup(of child: pid_t) -> Bool {
    let end = ContinuousClock.now + .seconds(Self.graceSeconds)
    while kill(-child, 0) == 0 {
      if ContinuousClock.now > end {
        kill(-child, SIGKILL)
        return true
      }
      usleep(Self.pollMicroseconds)
    }
    return false
  }

  private static func text(of descriptor: Int32) -> String {
    lseek(descriptor, 0, SEEK_SET)
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while text.count < 1 << 20 {
      let count = read(descriptor, &block, block.count)
      guard count > 0 else { break }
      text.append(contentsOf: block.prefix(count))
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Verdict {
  /// As a test's process writes it: the outcome, a line end, the sentence.
  public var encoded: String { "\(outcome.rawValue)\n\(sentence)" }

  /// Reads what a test's process has written; nil when it wrote nothing whole.
  init?(decoding text: String) {
    let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let outcome = Outcome(rawValue: String(parts[0])) else { return nil }
    self.init(outcome, String(parts[1]))
  }
}
