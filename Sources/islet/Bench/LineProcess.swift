import Foundation
import Glibc

/// A child process that takes commands as lines and answers each with one line.
///
/// Its standard error stays ours, so that what it complains about is seen. It ends at the end of its input, so also when
/// we are ended.
final class LineProcess {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var buffered: [UInt8] = []

  /// Starts `executable` and waits for its first line, which must start with "ready"; what follows is its version.
  let version: String

  init(name: String, executable: String, arguments: [String]) throws(CommandFailure) {
    self.name = name
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    do { try process.run() } catch {
      throw CommandFailure(
        exitCode: .plugin, sentence: "\(executable) cannot be started: \(error.localizedDescription); is it installed?")
    }
    let (process, output) = (process, output)
    var buffered: [UInt8] = []
    let first = Self.readLine(from: output, buffered: &buffered)
    guard let first, first.hasPrefix("ready") else {
      kill(process.processIdentifier, SIGKILL)
      throw CommandFailure(
        exitCode: .plugin, sentence: "\(name): ended before it was ready\(first.map { ": \($0)" } ?? "")")
    }
    version = String(first.dropFirst(6))
    self.buffered = buffered
  }

  deinit {
    // It holds nothing that would have to be put away, and may have inherited blocked signals: SIGTERM could hang us.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// Sends one command and returns the words of the answer after the first.
  @discardableResult func ask(_ command: String) throws(CommandFailure) -> String {
    let failed = writeAll(Array((command + "\n").utf8), to: input.fileHandleForWriting.fileDescriptor)
    guard failed == nil, let line = Self.readLine(from: output, buffered: &buffered) else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(name): ended while it was asked to \(command)")
    }
    let words = line.split(separator: " ", maxSplits: 1)
    guard let kind = words.first, kind != "error" else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(name): \(command): \(line)")
    }
    return words.count > 1 ? String(words[1]) : ""
  }

  /// The most memory that the process had resident since `forgetPeak`, bytes; nil where Linux does not say.
  var peakBytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 }
  }

  /// Starts the measurement of `peakBytes` anew.
  func forgetPeak() {
    guard let file = FileHandle(forWritingAtPath: "/proc/\(process.processIdentifier)/clear_refs") else { return }
    _ = writeAll(Array("5".utf8), to: file.fileDescriptor)
  }

  private static func readLine(from pipe: Pipe, buffered: inout [UInt8]) -> String? {
    while true {
      if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
        defer { buffered.removeSubrange(...end) }
        return String(decoding: buffered[..<end], as: UTF8.self)
      }
      let data = pipe.fileHandleForReading.availableData
      guard !data.isEmpty else { return nil }
      buffered += data
    }
  }
}
