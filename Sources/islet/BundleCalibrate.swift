import ArgumentParser
import Foundation
import HostClient
import ImageFiles
import ModelBundle
import Volumes

/// `islet bundle calibrate`: ranges for int8, and how near faster ways of computing come to the exact one.
struct BundleCalibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure what bfloat16, int8 and the fast quality change, and write it into a copy of a bundle.",
    discussion: """
      Example: islet bundle calibrate organ.islet case-*/ct.nii.gz --cohort "24 test cases" --output calibrated.islet
      Over the images the largest activation of every layer is found: the ranges of int8. Then every image is segmented \
      in each quality and precision that this processor has, and the masks' DSC with exact float32 is recorded: what \
      --precision auto goes by. A mask that float32 leaves empty is left out. Sign the copy anew.
      """)

  @Argument(help: "The bundle.")
  var bundle: String

  @Argument(help: "CTs: files, DICOM folders, or phantom:SEED.")
  var images: [String]

  @Option(help: "What the images are, for the record.")
  var cohort: String

  @Option(help: "The bundle to write.")
  var output: String

  @Option(help: "The plugin's shared library; default: the installed one.")
  var plugin: String?

  @Option(help: "The helper process; default: the installed one.")
  var engine: String?

  @Option(help: "Worker threads; default: one per core.")
  var threads: Int?

  @Flag(help: "No lines about each image.")
  var quiet = false

  func validate() throws {
    guard !images.isEmpty else { throw ValidationError("at least one image is needed") }
    guard !cohort.isEmpty else { throw ValidationError("--cohort must not be empty") }
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): expected 1 to 256") }
  }

  func run() throws {
    Cancellation.listen()
    let scratch = try BenchScratch()
    defer { scratch.remove() }
    let reader = try BundleReader(path: bundle)
    let ranged = scratch.file("ranged.islet")
    var manifest = reader.manifest
    try addRanges(to: &manifest, scratch: scratch)
    try BundleRewriter.write(reader, manifest: manifest, output: ranged)
    manifest.fidelity = try fidelity(of: ranged)
    try BundleRewriter.write(reader, manifest: manifest, output: output, checkpoint: reportProgress)
    reportProgress(1)
    print("\(output): \(manifest.fidelity?.modes.count ?? 0) modes over \(manifest.fidelity?.n ?? 0) images")
  }

  // MARK: ranges

  /// The masks of exact float32 say where the fine networks look.
  private func addRanges(to manifest: inout Manifest, scratch: BenchScratch) throws {
    let helper = try LineProcess(
      name: "islet-engine", executable: engine ?? InstalledFiles.engineProcess, arguments: ["ranges", bundle])
    let session = try instance(bundle)
    for path in images {
      try checkCancellation()
      let image = try read(path)
      let mask = try segment(image, session, .exact, .float32)
      try image.voxels.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: scratch.file("voxels"))) }
      try Data(mask.labels).write(to: URL(fileURLWithPath: scratch.file("mask")))
      let geometry = image.geometry
      func list(_ vectors: [SIMD3<Double>]) -> String {
        vectors.flatMap { ["\($0.x)", "\($0.y)", "\($0.z)"] }.joined(separator: ",")
      }
      try helper.ask(
        "volume \(scratch.file("voxels")) \(scratch.file("mask")) "
          + "\(geometry.size.x),\(geometry.size.y),\(geometry.size.z) \(list([geometry.spacing])) "
          + "\(list([geometry.origin])) \(list(geometry.direction))")
    }
    let ranges = try Self.ranges(in: helper.ask("report"))
    for index in manifest.networks.indices {
      let network = manifest.networks[index]
      manifest.networks[index].activationMaxima = ranges["\(network.stage.rawValue)-\(network.view.rawValue)"]
    }
  }

  /// Reads "NETWORK:LAYER=MAXIMUM,... NETWORK:...".
  static func ranges(in answer: String) -> [String: [String: Double]] {
    var ranges: [String: [String: Double]] = [:]
    for network in answer.split(separator: " ") {
      let parts = network.split(separator: ":")
      guard parts.count == 2 else { continue }
      for layer in parts[1].split(separator: ",") {
        let pair = layer.split(separator: "=")
        if pair.count == 2, let value = Double(pair[1]) {
          ranges[String(parts[0]), default: [:]][String(pair[0])] = value
        }
      }
    }
    return ranges
  }

  // MARK: fidelity

  private func fidelity(of path: String) throws -> Manifest.Fidelity {
    let session = try instance(path)
    let modes = SegmentRequest.Quality.allCases.flatMap { quality in
      [SegmentRequest.Precision.float32, .bfloat16, .int8].map { (quality, $0) }
    }.filter { $0.0 == .fast || $0.1 != .float32 }
    var found = [[Double]](repeating: [], count: modes.count)
    var refused: Set<SegmentRequest.Precision> = []
    for path in images {
      try checkCancellation()
      let image = try read(path)
      let exact = try segment(image, session, .exact, .float32)
      guard !exact.isEmpty else {
        if !quiet { printError("\(path): left out, nothing was found") }
        continue
      }
      for (index, (quality, precision)) in modes.enumerated() where !refused.contains(precision) {
        do throws(HostError) {
          let mask = try session.segment(image, request: request(quality, precision)).mask
          found[index].append(diceCoefficient(exact, mask) ?? 0)
        } catch {
          // The ranges are there, so a refusal says that the processor has no such precision.
          guard case .status(107) = error.code else { throw CommandFailure(error) }
          refused.insert(precision)
        }
      }
      if !quiet {
        let words = zip(modes, found).compactMap { mode, values in
          values.last.map { "\(mode.0.rawValue) \(mode.1.rawValue) \(Self.rounded($0))" }
        }
        printError("\(path): \(words.joined(separator: ", "))")
      }
    }
    let n = found.map(\.count).max() ?? 0
    guard n > 0 else {
      throw CommandFailure(exitCode: .input, sentence: "\(bundle): finds nothing in any image; choose others")
    }
    let records = zip(modes, found).compactMap { mode, values -> Manifest.Fidelity.Mode? in
      guard values.count == n, let quality = Manifest.Fidelity.Mode.Quality(rawValue: mode.0.rawValue),
        let precision = Manifest.Fidelity.Mode.Precision(rawValue: mode.1.rawValue)
      else { return nil }
      let mean = values.reduce(0, +) / Double(n)
      return .init(
        quality: quality, precision: precision, mean: Self.rounded(mean), minimum: Self.rounded(values.min() ?? 0))
    }
    return Manifest.Fidelity(cohort: cohort, n: n, modes: records)
  }

  /// To five digits, downwards: a record must not say more than was measured.
  private static func rounded(_ value: Double) -> Double { (value * 100_000).rounded(.down) / 100_000 }

  // MARK: runs

  private func instance(_ path: String) throws(CommandFailure) -> PluginInstance {
    do throws(HostError) {
      let library = try PluginLibrary(path: plugin ?? InstalledFiles.plugin)
      let instance = try PluginInstance(
        of: library, hostName: "islet", hostVersion: harnessVersion,
        callbacks: HostCallbacks(isCancelled: { Cancellation.isRequested }),
        // A copy with ranges is nobody's yet: its maker signs it when all is measured.
        trust: BundleTrust(accepted: Set(BundleTrust.Doubt.allCases)))
      try instance.loadBundle(path: path)
      return instance
    } catch {
      throw CommandFailure(error)
    }
  }

  private func request(_ quality: SegmentRequest.Quality, _ precision: SegmentRequest.Precision) -> SegmentRequest {
    SegmentRequest(threads: threads, quality: quality, precision: precision)
  }

  private func segment(
    _ image: Volume, _ session: PluginInstance, _ quality: SegmentRequest.Quality,
    _ precision: SegmentRequest.Precision
  ) throws(CommandFailure) -> LabelMap {
    do throws(HostError) {
      return try session.segment(image, request: request(quality, precision)).mask
    } catch {
      throw CommandFailure(error)
    }
  }

  private func read(_ path: String) throws(CommandFailure) -> Volume {
    if let phantom = try LoadedImage(phantom: path) { return phantom.volume }
    do throws(ImageError) {
      return try ImageFile.read(path, dicomReader: InstalledFiles.dicomSeriesReader()).volume
    } catch {
      throw CommandFailure(error)
    }
  }

  private func checkCancellation() throws(CommandFailure) {
    if Cancellation.isRequested { throw CommandFailure(exitCode: .cancelled, sentence: "cancelled") }
  }
}
