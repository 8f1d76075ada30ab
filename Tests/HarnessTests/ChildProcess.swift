import Foundation

/// A program that was run to its end.
struct ChildProcess: Sendable {
  /// Exit status; nil when a signal ended it.
  let status: Int32?
  /// The signal that ended it; SIGKILL after the time limit.
  let signal: Int32?
  let output: String
  let errors: String

  /// Lines on standard error.
  var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

  /// Runs a program and waits; ends it after `seconds`.
  static func run(_ program: String, _ arguments: [String], seconds: Int = 60) throws -> ChildProcess {
    try RunningProcess("/usr/bin/timeout", ["-s", "KILL", "\(seconds)", program] + arguments).wait()
  }

  /// Runs a program that is found in PATH.
  static func runTool(_ name: String, _ arguments: [String], seconds: Int = 60) throws -> ChildProcess {
    try run("/usr/bin/env", [name] + arguments, seconds: seconds)
  }
}

/// A program that is running, its outputs going to files so that no pipe can fill up.
final class RunningProcess {
  private let process = Process()
  private let folder: TemporaryFolder

  init(_ program: String, _ arguments: [String]) throws {
    folder = try TemporaryFolder()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.handle(folder.write([], "output"))
    process.standardError = try Self.handle(folder.write([], "errors"))
    try process.run()
  }

  /// What was written to standard error so far.
  var errorsSoFar: String { get throws { try text("errors") } }

  /// True until the program ends.
  var isRunning: Bool { process.isRunning }

  /// Sends a signal.
  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end.
  func wait() throws -> ChildProcess {
    process.waitUntilExit()
    let wasSignalled = process.terminationReason == .uncaughtSignal
    let number = process.terminationStatus
    // `timeout` passes a signal on as 128 + its number.
    let signal = wasSignalled ? number : number > 128 && number != 130 ? number - 128 : nil
    return ChildProcess(
      status: signal == nil ? number : nil, signal: signal, output: try text("output"), errors: try text("errors"))
  }

  private static func handle(_ path: String) throws -> FileHandle {
    try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)), as: UTF8.self)
  }
}
