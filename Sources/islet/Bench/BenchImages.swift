import ArgumentParser
import DicomSeries
import Foundation
import Volumes

/// `islet bench images`: one DICOM series read by Islet and by others, in turn in one run.
struct BenchImages: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images",
    abstract: "Time the reading of DICOM series with Islet and its peers, in turn in one run.",
    discussion: """
      Example: islet bench images --series ct/ --output bench
      `make bench-images` adds pydicom with numpy, SimpleITK and dcm2niix: --peers names peer.py, --python the interpreter \
      that has them. Every reader goes from the folder to whole HU in memory (dcm2niix to an uncompressed file in memory); \
      all must agree on the voxels. Files lie in the system's cache. Writes images.json; prints a table.
      """)

  @Option(help: "Folder with one series; may be given again.")
  var series: [String]

  @Option(help: "The script that runs a peer; default: no peers.")
  var peers: String?

  @Option(help: "Python interpreter that has the peers.")
  var python = "python3"

  @Option(help: "Measured rounds; every reader runs once a round.")
  var rounds = 5

  @Option(help: "Folder for images.json.")
  var output: String

  func validate() throws {
    guard !series.isEmpty else { throw ValidationError("--series: expected at least one folder") }
    guard (1...100).contains(rounds) else { throw ValidationError("--rounds \(rounds): expected 1 to 100") }
  }

  func run() throws {
    Cancellation.listen()
    let results = try OutputFolder(path: output)
    var report = ImageBenchReport(rounds: rounds, cores: ProcessInfo.processInfo.activeProcessorCount)
    for folder in series { report.series.append(try measure(folder)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try results.write(try encoder.encode(report), as: "images.json")
    try results.commit(sparing: [series[0]])
    print(report.table)
  }

  private func measure(_ folder: String) throws -> ImageBenchReport.Series {
    let peerNames = peers == nil ? [] : ["pydicom", "SimpleITK", "dcm2niix"]
    var readers: [(name: String, read: () throws -> ImageReading)] = [
      ("islet", { try readOurs(folder, threads: nil) }), ("islet, 1 thread", { try readOurs(folder, threads: 1) }),
    ]
    for peer in peerNames { readers.append((peer, { try readPeer(peer, folder) })) }
    // Once without the clock: files into the cache, and whether all read the same.
    let first = try readers.map { try $0.read() }
    for (reader, reading) in zip(readers, first) where reading.voxels != first[0].voxels || reading.sum != first[0].sum
    {
      throw CommandFailure(
        exitCode: .plugin,
        sentence: "\(folder): \(reader.name) read \(reading.voxels) voxels of sum \(reading.sum), "
          + "islet \(first[0].voxels) of sum \(first[0].sum)")
    }
    var times = [[Double]](repeating: [], count: readers.count)
    for _ in 0..<rounds {
      for (index, reader) in readers.enumerated() { times[index].append(try reader.read().milliseconds) }
    }
    return ImageBenchReport.Series(
      name: URL(fileURLWithPath: folder).lastPathComponent, voxels: first[0].voxels,
      readers: zip(readers, times).enumerated().map { index, pair in
        ImageBenchReport.Reader(name: pair.0.name, version: first[index].version, milliseconds: pair.1)
      })
  }

  private func readOurs(_ folder: String, threads: Int?) throws -> ImageReading {
    let reader = DicomSeriesReader(
      executable: InstalledFiles.dicomReader, threads: threads, isCancelled: { Cancellation.isRequested })
    let start = Date()
    do throws(DicomError) {
      let voxels = try reader.read(folder).volume.voxels
      let milliseconds = Date().timeIntervalSince(start) * 1000
      return ImageReading(
        milliseconds: milliseconds, voxels: voxels.count, sum: voxels.reduce(0) { $0 + Int($1) },
        version: harnessVersion)
    } catch {
      throw CommandFailure(exitCode: error.code == .cancelled ? .cancelled : .input, sentence: error.message)
    }
  }

  private func readPeer(_ name: String, _ folder: String) throws -> ImageReading {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, peers ?? "", name, folder]
    process.standardOutput = pipe
    try process.run()
    let answer = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let reading = try? JSONDecoder().decode(ImageReading.self, from: answer)
    else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(folder): the peer \(name) failed")
    }
    return reading
  }
}

/// One reading of a series, as peer.py prints it.
private struct ImageReading: Decodable {
  let milliseconds: Double
  let voxels: Int
  /// Of all HU.
  let sum: Int
  let version: String
}
