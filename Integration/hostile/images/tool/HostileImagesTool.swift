import DicomSeries
import Foundation
import Glibc
import HostileImages
import ImageFiles
import Volumes

/// `islet-hostile-images`: reads thousands of damaged images, each replayable by its seed.
///
/// The cases run in a child process; its death or silence is a fault of the case it was on, and the next child goes on
/// behind it. Prints one JSON object; ends with 1 when there was a fault.
@main
enum HostileImagesTool {
  static func main() throws {
    var options: [String: String] = [:]
    var arguments = CommandLine.arguments.dropFirst()
    while let name = arguments.popFirst(), let value = arguments.popFirst() { options[name] = value }
    guard let reader = options["--reader"], let bases = options["--bases"], let kind = options["--kind"],
      let seeds = options["--seeds"].flatMap(Self.range), ["dicom", "other"].contains(kind)
    else {
      FileHandle.standardError.write(
        Data(
          "usage: islet-hostile-images --kind dicom|other --seeds A..B --bases DIR[:DIR] --reader islet-dicom [--keep DIR]\n"
            .utf8))
      exit(2)
    }
    if options["--worker"] != nil {
      try Worker(reader: reader, bases: Self.bases(bases, kind), keep: options["--keep"]).run(seeds)
    } else {
      var report = Report(kind: kind, seeds: seeds)
      report.run(arguments: CommandLine.arguments.dropFirst().map { $0 })
      print(report.json)
      exit(report.faults.isEmpty ? 0 : 1)
    }
  }

  static func range(_ text: String) -> Range<UInt64>? {
    let parts = text.components(separatedBy: "..").compactMap { UInt64($0) }
    return parts.count == 2 && parts[0] < parts[1] ? parts[0]..<parts[1] : nil
  }

  private static func bases(_ folders: String, _ kind: String) throws -> [HostileImage.Base] {
    var bases: [HostileImage.Base] = []
    for folder in folders.split(separator: ":").map(String.init) {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
        let isOther = [".nii", ".gz", ".nrrd"].contains { name.hasSuffix($0) }
        guard kind == "dicom" ? name.hasSuffix(".dcm") : isOther else { continue }
        bases.append(
          HostileImage.Base(name: name, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))))
      }
    }
    return bases
  }
}

/// Runs cases in this process and prints a line before and after each.
private struct Worker {
  let reader: String
  let bases: [HostileImage.Base]
  let keep: String?

  func run(_ seeds: Range<UInt64>) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("islet-corpus-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // A silent helper must be ended well before a case counts as a hang.
    let client = DicomSeriesReader(executable: reader, secondsOfSilence: 3, threads: 1)
    for seed in seeds {
      let image = HostileImage(seed: seed, bases: bases)
      say("begin\t\(seed)\t\(image.base)\t\(image.damage)")
      let path = "\(folder)/image"
      try Data(image.bytes).write(to: URL(fileURLWithPath: path))
      let result = HostileCase(readingFile: path, reader: client)
      let measured = "\(result.seconds)\t\(result.memoryGrowth)\t\(result.fault ?? "")"
      say("end\t\(seed)\t\(result.refusal ?? "read")\t\(measured)")
      if let keep, let volume = result.image?.volume {
        try Data(image.bytes).write(to: URL(fileURLWithPath: "\(keep)/\(seed)-\(image.base)"))
        try volume.voxels.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: "\(keep)/\(seed).hu")) }
        let geometry = volume.geometry
        let numbers = [geometry.spacing, geometry.origin] + geometry.direction
        let text = numbers.map { "\($0.x) \($0.y) \($0.z)" }.joined(separator: "\n")
        try Data("\(volume.size.x) \(volume.size.y) \(volume.size.z)\n\(text)\n".utf8)
          .write(to: URL(fileURLWithPath: "\(keep)/\(seed).grid"))
      }
    }
  }
}

/// One line to the parent at once, or a crash would leave it unsaid.
private func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

/// Watches children and counts.
private struct Report {
  let kind: String
  let seeds: Range<UInt64>
  var verdicts: [String: Int] = [:]
  var bases: [String: Int] = [:]
  var damages: [String: Int] = [:]
  var faults: [String] = []
  var longest = 0.0
  var largestGrowth = 0
  private var current: UInt64?

  init(kind: String, seeds: Range<UInt64>) { (self.kind, self.seeds) = (kind, seeds) }

  mutating func run(arguments: [String]) {
    var next = seeds.lowerBound
    while next < seeds.upperBound {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      var arguments = arguments
      if let place = arguments.firstIndex(of: "--seeds") { arguments[place + 1] = "\(next)..\(seeds.upperBound)" }
      process.arguments = arguments + ["--worker", "1"]
      let pipe = Pipe()
      process.standardOutput = pipe
      do { try process.run() } catch {
        faults.append("the worker did not start: \(error)")
        return
      }
      let isSilent = watch(pipe.fileHandleForReading.fileDescriptor)
      if isSilent { kill(process.processIdentifier, SIGKILL) }
      process.waitUntilExit()
      guard let seed = current else { return }
      let end = process.terminationReason == .uncaughtSignal ? "signal" : "exit"
      let how = isSilent ? "hang" : "crash, \(end) \(process.terminationStatus)"
      faults.append("seed \(seed): \(how)")
      current = nil
      next = seed + 1
    }
  }

  /// Reads lines until the pipe ends; true when none came for twice the longest time.
  private mutating func watch(_ descriptor: Int32) -> Bool {
    var pending: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(2 * HostileCase.longestSeconds * 1000)) > 0 else { return true }
      let count = read(descriptor, &block, block.count)
      guard count > 0 else { return false }
      pending += block.prefix(count)
      while let end = pending.firstIndex(of: 0x0A) {
        take(String(decoding: pending[..<end], as: UTF8.self).components(separatedBy: "\t"))
        pending.removeSubrange(...end)
      }
    }
  }

  private mutating func take(_ fields: [String]) {
    if fields.count == 4, fields[0] == "begin" {
      current = UInt64(fields[1])
      bases[fields[2], default: 0] += 1
      damages[fields[3], default: 0] += 1
    } else if fields.count == 6, fields[0] == "end" {
      current = nil
      verdicts[fields[2], default: 0] += 1
      longest = max(longest, Double(fields[3]) ?? 0)
      largestGrowth = max(largestGrowth, Int(fields[4]) ?? 0)
      if !fields[5].isEmpty { faults.append("seed \(fields[1]): \(fields[5])") }
    }
  }

  var json: String {
    var usage = rusage()
    getrusage(RUSAGE_CHILDREN.rawValue, &usage)
    let object: [String: Any] = [
      "kind": kind, "seeds": "\(seeds.lowerBound)..\(seeds.upperBound)", "cases": bases.values.reduce(0, +),
      "verdicts": verdicts, "bases": bases, "damages": damages, "faults": faults, "longest_seconds": longest,
      "largest_growth_bytes": largestGrowth, "largest_process_bytes": usage.ru_maxrss << 10,
    ]
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
