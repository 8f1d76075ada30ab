import Foundation
import Glibc

/// What a well-mannered plugin leaves as it was in its host's process.
struct ProcessState: Equatable {
  var threads = Self.threadCount
  var descriptors = Self.descriptorCount
  var children = Self.children
  /// Handlers by signal number.
  var handlers = Self.handlers
  var blocked = Self.blockedSignals
  var environment = ProcessInfo.processInfo.environment
  var locale = setlocale(LC_ALL, nil).map { String(cString: $0) } ?? ""
  var folder = FileManager.default.currentDirectoryPath
  var rounding = fegetround()
  var fileMask: mode_t = {
    let mask = umask(0)
    umask(mask)
    return mask
  }()

  /// What differs from an earlier state, in words; nil when nothing does.
  func difference(from earlier: ProcessState) -> String? {
    if threads != earlier.threads { return "\(threads - earlier.threads) threads more than before" }
    if descriptors != earlier.descriptors { return "\(descriptors - earlier.descriptors) open files more than before" }
    if children != earlier.children { return "child processes \(children.subtracting(earlier.children)) are left" }
    if handlers != earlier.handlers { return "a signal handler was changed" }
    if blocked != earlier.blocked { return "the calling thread's signal mask was changed" }
    if environment != earlier.environment { return "the environment was changed" }
    if locale != earlier.locale { return "the locale is \(locale), was \(earlier.locale)" }
    if folder != earlier.folder { return "the working folder is \(folder), was \(earlier.folder)" }
    if rounding != earlier.rounding { return "the rounding mode was changed" }
    return fileMask == earlier.fileMask ? nil : "the file mode mask was changed"
  }

  static var threadCount: Int { names("/proc/self/task").count }
  /// One of them is the listing's own.
  static var descriptorCount: Int { names("/proc/self/fd").count }

  /// Living and dead children of this process.
  static var children: Set<Int32> {
    var found: Set<Int32> = []
    for thread in names("/proc/self/task") {
      let text = (try? String(contentsOfFile: "/proc/self/task/\(thread)/children", encoding: .utf8)) ?? ""
      found.formUnion(text.split(separator: " ").compactMap { Int32($0) })
    }
    return found
  }

  /// All processes of this process's group but itself.
  static var othersOfGroup: Set<Int32> {
    let group = getpgrp()
    return Set(names("/proc").compactMap { Int32($0) }.filter { $0 != getpid() && getpgid($0) == group })
  }

  /// Resident memory in bytes.
  static var residentBytes: Int { status("VmRSS") }
  /// Address space in bytes.
  static var addressSpaceBytes: Int { status("VmSize") }

  private static func status(_ field: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return (line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  private static func names(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  private static var handlers: [Int32: UInt] {
    var found: [Int32: UInt] = [:]
    for number in Int32(1)..<32 {
      var action = sigaction()
      guard sigaction(number, nil, &action) == 0 else { continue }
      found[number] = unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self)
    }
    return found
  }

  private static var blockedSignals: Set<Int32> {
    var blocked = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &blocked)
    return Set((Int32(1)..<32).filter { sigismember(&blocked, $0) == 1 })
  }
}
