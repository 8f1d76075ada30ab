import Allocations
import BundleMutations
import Foundation

/// `islet-bundle-mutations`: thousands of hostile bundles through the reader, in processes that may die of it.
///
/// The parent starts a child for the seeds that are left. The child says which seed it begins and how it ended; a child
/// that dies, or is silent for five seconds, has found a crash or a hang, and a new one goes on behind that seed.
@main
struct MutationRun {
  /// Fixed buffers of the reader, the JSON decoder's own needs for the good bundles' manifests.
  static let fixedBytes = 8 << 20

  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func number(_ name: String, _ preset: UInt64) -> UInt64 {
      guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return preset }
      defer { arguments.removeSubrange(place...place + 1) }
      guard let value = UInt64(arguments[place + 1]) else { usage("\(name) needs a number") }
      return value
    }
    let first = number("--first", 1)
    let count = number("--count", 4000)
    if arguments == ["--child"] { return try child(first: first, count: count) }
    guard arguments.isEmpty, count > 0 else { usage("unknown argument \(arguments)") }
    var tally = Tally()
    var seed = first
    while seed < first + count {
      try Parent(first: seed, count: first + count - seed).run(&tally)
      seed = tally.nextSeed
    }
    print(tally.report(first: first, count: count))
    exit(tally.failures.isEmpty ? 0 : 1)
  }

  private static func usage(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("islet-bundle-mutations: \(reason)\n".utf8))
    FileHandle.standardError.write(Data("usage: islet-bundle-mutations [--first SEED] [--count N]\n".utf8))
    exit(2)
  }

  /// Runs the mutants of some seeds, a line before and a line after each.
  private static func child(first: UInt64, count: UInt64) throws {
    let check = try MutationCheck()
    for seed in first..<first + count {
      let mutation = try check.mutation(seed: seed)
      say("begin \(seed) \(mutation.kind.rawValue)")
      let declared = MutationCheck.declaredBytes(of: mutation)
      let start = Date()
      allocations_restart()
      let outcome = check.run(mutation)
      let peak = Int(allocations_peak())
      let milliseconds = Int(Date().timeIntervalSince(start) * 1000)
      var (word, detail) = ("accepted", "")
      switch outcome {
      case .refused(let code): (word, detail) = ("refused", code)
      case .accepted: break
      case .wronglyAccepted(let reason): (word, detail) = ("wrong-success", reason)
      case .otherError(let reason): (word, detail) = ("other-error", reason)
      }
      if peak > 2 * declared + fixedBytes, word != "wrong-success" {
        (word, detail) = ("memory", "\(peak) bytes for \(declared) declared ones, \(word) \(detail)")
      }
      say("end \(seed) \(word) \(declared) \(peak) \(milliseconds) \(detail)")
    }
  }

  /// A line to standard output at once: what is still in a buffer dies with the process.
  private static func say(_ line: String) {
    let bytes = Array((line.replacing("\n", with: " ") + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }
}

/// Follows one child until it ends.
struct Parent {
  let first: UInt64
  let count: UInt64
  /// A child that says nothing for so long hangs.
  static let secondsOfSilence = 5.0

  func run(_ tally: inout Tally) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["--child", "--first", "\(first)", "--count", "\(count)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    try process.run()
    try? pipe.fileHandleForWriting.close()
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    var buffer: [UInt8] = []
    var hangs = false
    while true {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let events = poll(&ready, 1, Int32(Self.secondsOfSilence * 1000))
      if events == 0 {
        hangs = true
        kill(process.processIdentifier, SIGKILL)
        break
      }
      var piece = [UInt8](repeating: 0, count: 1 << 16)
      let got = read(descriptor, &piece, piece.count)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      buffer += piece[..<got]
      while let end = buffer.firstIndex(of: 0x0A) {
        tally.take(String(decoding: buffer[..<end], as: UTF8.self))
        buffer.removeSubrange(...end)
      }
    }
    process.waitUntilExit()
    let died = process.terminationReason == .uncaughtSignal || process.terminationStatus != 0
    if hangs || died { tally.lost(hangs ? "hang" : "crash", status: process.terminationStatus, after: first) }
  }
}

/// What came of the cases.
struct Tally {
  /// Kind -> outcome -> number of cases.
  private var outcomes: [String: [String: Int]] = [:]
  private var kinds: [UInt64: String] = [:]
  private var begun: UInt64?
  private(set) var failures: [String] = []
  private(set) var nextSeed: UInt64 = 0
  private var slowest = (milliseconds: 0, seed: UInt64(0))
  private var largest = (share: 0.0, peak: 0, declared: 0, seed: UInt64(0))

  mutating func take(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 6).map(String.init)
    guard words.count > 2, let seed = UInt64(words[1]) else { return }
    if words[0] == "begin" {
      begun = seed
      kinds[seed] = words[2]
      return
    }
    guard words.count >= 6, let declared = Int(words[3]), let peak = Int(words[4]), let time = Int(words[5]) else {
      return
    }
    (begun, nextSeed) = (nil, seed + 1)
    let detail = words.count > 6 ? words[6] : ""
    let kind = kinds[seed] ?? "?"
    let isGood = words[2] == "refused" || words[2] == "accepted"
    outcomes[kind, default: [:]][words[2] == "refused" ? "refused: \(detail)" : words[2], default: 0] += 1
    if !isGood { failures.append("seed \(seed), \(kind): \(words[2]): \(detail)") }
    if time > slowest.milliseconds { slowest = (time, seed) }
    let share = Double(peak) / Double(max(declared, 1))
    if share > largest.share { largest = (share, peak, declared, seed) }
  }

  /// The child ended in the middle of a case.
  mutating func lost(_ word: String, status: Int32, after first: UInt64) {
    let seed = begun ?? max(nextSeed, first)
    failures.append("seed \(seed), \(kinds[seed] ?? "?"): \(word) (status \(status))")
    outcomes[kinds[seed] ?? "?", default: [:]][word, default: 0] += 1
    (begun, nextSeed) = (nil, seed + 1)
  }

  func report(first: UInt64, count: UInt64) -> String {
    var lines = ["| kind | cases | outcomes |", "|---|---:|---|"]
    for (kind, found) in outcomes.sorted(by: { $0.key < $1.key }) {
      let words = found.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
      lines.append("| \(kind) | \(found.values.reduce(0, +)) | \(words.joined(separator: ", ")) |")
    }
    lines.append("")
    lines.append("seeds \(first) to \(first + count - 1): \(count) cases, \(failures.count) failures")
    lines.append("slowest: \(slowest.milliseconds) ms (seed \(slowest.seed))")
    lines.append(
      String(format: "memory: at most %.2f times what was declared", largest.share)
        + " (\(largest.peak) of \(largest.declared) bytes, seed \(largest.seed))")
    lines += failures.prefix(50)
    if !failures.isEmpty { lines.append("again: islet-bundle-mutations --first SEED --count 1") }
    return lines.joined(separator: "\n")
  }
}
