import ArgumentParser
import Foundation
import ModelBundle

/// `islet bench bundle`: how long opening, checking and loading a bundle takes.
struct BenchBundle: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Time opening, verifying and loading a bundle.",
    discussion: """
      Example: islet bench bundle paper.islet --network fine-axial --repeats 5
      Loading means every tensor as float32 in memory, each chunk's SHA-256 checked before it is decompressed. \
      `make bench-bundle` holds it against safetensors and PyTorch.
      """)

  @Argument(help: "The bundle.")
  var file: String

  @Option(help: "Load this network's tensors only (their prefix); default: all of them.")
  var network: String?

  @Option(help: "Threads; default: one a core.")
  var threads: Int?

  @Option(help: "How often everything is timed.")
  var repeats = 5

  @Flag(help: "Ask the system to forget the file's pages before each loading.")
  var cold = false

  @Flag(help: "Leave verifying out.")
  var skipVerify = false

  @Flag(help: "Print JSON: all times in seconds.")
  var json = false

  /// All times of a run, in seconds.
  private struct Result: Encodable {
    var file: String
    var fileBytes: Int
    var storedBytes: Int
    var rawBytes: Int
    var threads: Int
    var cold: Bool
    var open: [Double] = []
    var load: [Double] = []
    var verify: [Double] = []
  }

  func validate() throws {
    guard (1...1000).contains(repeats) else { throw ValidationError("--repeats must be in 1...1000") }
    guard (1...64).contains(threads ?? 1) else { throw ValidationError("--threads must be in 1...64") }
  }

  func run() throws {
    let threads = threads ?? min(ProcessInfo.processInfo.activeProcessorCount, 64)
    let sections = try selectedSections(of: BundleReader(path: file))
    let largest = sections.map { $0.rawBytes / $0.dtype.byteCount }.max() ?? 0
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: largest)
    defer { memory.deallocate() }
    // The first touch of memory is the system's time.
    memory.update(repeating: 0)
    var result = Result(
      file: file, fileBytes: try BundleReader(path: file).fileSize,
      storedBytes: sections.reduce(0) { $0 + $1.storedBytes }, rawBytes: sections.reduce(0) { $0 + $1.rawBytes },
      threads: threads, cold: cold)
    for _ in 0..<repeats {
      if cold { try forgetPages() }
      var watch = ContinuousClock.now
      let reader = try BundleReader(path: file)
      result.open.append(Self.lap(&watch))
      for section in sections {
        let values = UnsafeMutableBufferPointer(rebasing: memory[..<(section.rawBytes / section.dtype.byteCount)])
        try reader.readTensor(named: section.name, into: values, threads: threads)
      }
      result.load.append(Self.lap(&watch))
      guard !skipVerify else { continue }
      try reader.verify(threads: threads)
      result.verify.append(Self.lap(&watch))
    }
    print(json ? try Self.text(of: result) : summary(of: result))
  }

  private func selectedSections(of reader: BundleReader) throws -> [Manifest.Section] {
    guard let network else { return reader.manifest.sections }
    let sections = reader.manifest.sections.filter { $0.name.hasPrefix("\(network)/") }
    guard !sections.isEmpty else {
      let known = reader.manifest.networks.map(\.tensors).joined(separator: ", ")
      throw CommandFailure(
        exitCode: .usage, sentence: "\(reader.fileName): no network \(printable(network)); it has \(known)")
    }
    return sections
  }

  private func forgetPages() throws {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CommandFailure(exitCode: .bundle, sentence: "\(file) cannot be opened") }
    defer { close(descriptor) }
    fsync(descriptor)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  private static func lap(_ start: inout ContinuousClock.Instant) -> Double {
    let now = ContinuousClock.now
    defer { start = ContinuousClock.now }
    return (now - start) / .seconds(1)
  }

  private static func text(of result: Result) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(result), as: UTF8.self)
  }

  private func summary(of result: Result) -> String {
    func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }
    let load = median(result.load)
    var lines = [
      "\(result.rawBytes) bytes of weights, \(result.storedBytes) stored, \(result.threads) threads,"
        + " \(cold ? "cold" : "warm"), medians of \(repeats)",
      "open    \(milliseconds(median(result.open))) ms",
      "load    \(milliseconds(load)) ms, \(String(format: "%.2f", Double(result.rawBytes) / load / 1e9)) GB/s",
    ]
    if !skipVerify { lines.append("verify  \(milliseconds(median(result.verify))) ms (the whole bundle)") }
    return lines.joined(separator: "\n")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.1f", seconds * 1e3) }
}
