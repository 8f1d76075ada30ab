public import ArgumentParser
public import HostClient
import ImageFiles

/// The options that every segmenting command shares.
struct RunOptions: ParsableArguments {
  @Option(help: "Weight bundle (.islet); default: the shipped pancreas bundle.")
  var bundle: String?

  @Option(help: "The organ of a bundle that has several: its name or its value in the mask; default: the first.")
  var label: String?

  @Option(help: "The plugin's shared library; default: the installed one.")
  var plugin: String?

  @Option(help: "Worker threads; default: one per core. The result does not depend on it.")
  var threads: Int?

  @Option(help: "Largest number of fine rounds T; default: the bundle's.")
  var rounds: Int?

  @Option(help: "Threshold R of the stopping rule, 0 to 1; default: the bundle's.")
  var threshold: Double?

  @Option(help: "Frame around the mask in pixels of the working grid; default: the bundle's.")
  var margin: Int?

  @Option(
    help: """
      Remove the components of a fine mask that are smaller than this part of the largest: 0 to 1, or off; default: the \
      bundle's.
      """, transform: Self.parseComponentRatio)
  var componentRatio: Double?

  @Option(
    help: """
      How the coarse views become one mask: majority, two of three find the voxel, or mean, their probability is at \
      least a half; default: the bundle's.
      """)
  var coarseFusion: SegmentRequest.Fusion?

  @Option(help: "The same for the fine views.")
  var fineFusion: SegmentRequest.Fusion?

  @Option(help: "exact, or fast: every third slice of the coarse pass, and bfloat16 where the processor has it.")
  var quality = SegmentRequest.Quality.exact

  @Option(help: "auto, float32, bfloat16 or int8; auto takes the fastest whose masks the bundle shows to be the same.")
  var precision = SegmentRequest.Precision.auto

  @Flag(help: "Also write views.nii.gz: which views found the organ, bits 1 coronal, 2 sagittal, 4 axial.")
  var viewMasks = false

  @Option(help: "The CT series of a folder that holds several: its number in the list, or its SeriesInstanceUID.")
  var series: String?

  @Option(help: "Seconds of silence after which the DICOM reader is given up.")
  var timeout = 60.0

  @Option(help: "Where the plugin computes: process (a crash there is an error here) or none (in this process).")
  var isolation: IsolationOption?

  @Option(help: "Largest memory of the run, as 2GiB, 1500MiB or bytes; refused beforehand when it cannot be kept.")
  var memoryBudget: ByteCount?

  @OptionGroup var trust: TrustOptions

  @Flag(help: "No progress, no closing line.")
  var quiet = false

  func validate() throws {
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout \(timeout): expected 0 to 86400 seconds")
    }
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): expected 1 to 256") }
    if let rounds, !(0...100).contains(rounds) { throw ValidationError("--rounds \(rounds): expected 0 to 100") }
    if let threshold, !(0...1).contains(threshold) {
      throw ValidationError("--threshold \(threshold): expected 0 to 1")
    }
    if let margin, !(0...512).contains(margin) { throw ValidationError("--margin \(margin): expected 0 to 512") }
  }

  /// Reads the CT, whatever format it is in, or makes the phantom of "phantom:SEED".
  func readImage(_ path: String) throws(CommandFailure) -> LoadedImage {
    if let phantom = try LoadedImage(phantom: path) { return phantom }
    do throws(ImageError) {
      return try ImageFile.read(
        path, dicomReader: InstalledFiles.dicomSeriesReader(series: series, secondsOfSilence: timeout))
    } catch {
      throw CommandFailure(error)
    }
  }

  /// The request that the options make, but for the label, whose name only the bundle knows.
  var request: SegmentRequest {
    SegmentRequest(
      threads: threads, rounds: rounds, threshold: threshold, margin: margin, componentRatio: componentRatio,
      coarseFusion: coarseFusion, fineFusion: fineFusion, quality: quality, precision: precision,
      wantsViewMasks: viewMasks, isolation: isolation?.isolation, memoryBudget: memoryBudget?.bytes)
  }

  /// 0 is islet.h's word for off.
  private static func parseComponentRatio(_ text: String) throws -> Double {
    if text == "off" { return 0 }
    guard let ratio = Double(text), (0...1).contains(ratio) else { throw ValidationError("expected 0 to 1, or off") }
    return ratio
  }
}

extension SegmentRequest.Fusion: ExpressibleByArgument {}
extension SegmentRequest.Quality: ExpressibleByArgument {}
extension SegmentRequest.Precision: ExpressibleByArgument {}
