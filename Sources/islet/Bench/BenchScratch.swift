import Foundation
import ModelBundle

/// A temporary folder of one benchmark, with room for a bundle of random weights.
struct BenchScratch {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("islet-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// A path inside.
  func file(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// A bundle of random weights: the paper's topology, or that of a JSON file.
  func synthesize(topology: String?) throws -> String {
    let path = file("random.islet")
    let networks = try topology.map { try Manifest.Topology(path: $0) } ?? .paper
    try BundleSynthesizer.synthesize(
      .synthetic(topology: networks), dtype: .float16, seed: 1, output: path, checkpoint: reportProgress)
    reportProgress(1)
    return path
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}
