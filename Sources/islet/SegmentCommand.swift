import ArgumentParser
import Foundation
import Glibc
import HostClient
import ImageFiles
import Volumes

/// `islet segment`: one CT in, mask, probability, result, report and pictures out.
struct SegmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segment",
    abstract: "Segment the organ of a bundle in a CT. Research use only, not for diagnosis.",
    discussion: """
      Example: islet segment ct.nii.gz --output result
      From what a user marked: islet segment ct.nii.gz --output result --initial-box 120:199,80:149,30:61
      Writes the mask and the probability in the formats asked for, statistics.csv, result.json, report.html, \
      montage.jpg and three overlay JPEGs into the output folder.
      Exit codes: 0 a mask; 2 usage; 3 input; 4 bundle; 5 resources; 6 nothing found; 7 plugin failed; 130 cancelled.
      """)

  @Argument(
    help: "A NIfTI (.nii, .nii.gz), NRRD (.nrrd) or DICOM file, a folder with DICOM CT series, or phantom:SEED.")
  var input: String

  @Option(help: "Folder for the results; made when missing.")
  var output: String

  @OptionGroup var options: RunOptions

  @OptionGroup var start: RegionOptions

  @OptionGroup var results: ResultOptions

  @Flag(help: "Print result.json to standard output.")
  var json = false

  mutating func run() throws {
    Cancellation.listen()
    let printer = ProgressPrinter(quiet: options.quiet)
    var clock = Clock()
    let image = try options.readImage(input)
    let readSeconds = clock.lap()
    try ResultWriter.check(results, image)
    let region = try start.region(on: image.volume.geometry, of: input)
    let session = try SegmentationSession(options: options, printer: printer)
    let folder = try OutputFolder(path: output)
    // A mask that a user corrected may well lie where the run before left it.
    let inputs = [input] + (start.initialMask.map { [$0] } ?? [])
    try folder.refuse(ResultWriter.imageNames, thatAre: inputs)
    let outcome = try session.segment(image.volume, from: region)
    printer.finish()

    _ = clock.lap()
    var document = ResultDocument(outcome, readSeconds: readSeconds, input: image, anonymous: results.anonymous)
    let writer = ResultWriter(
      image: image, name: results.anonymous ? "CT" : URL(fileURLWithPath: input).lastPathComponent, outcome: outcome,
      options: results)
    try writer.writeImages(into: folder)
    document.seconds.write = clock.lap()
    try writer.writeReport(document, into: folder)
    // Last, so that whoever sees result.json sees everything.
    try folder.write(try document.json(), as: "result.json")
    try folder.commit(sparing: inputs)
    if json, let reason = writeAll([UInt8](try document.json()), to: STDOUT_FILENO) {
      throw CommandFailure(
        exitCode: .resources,
        sentence: "result.json cannot be printed to standard output (\(reason)); it is in \(output)")
    }
    if !options.quiet { printError(document.sentence(folder: output)) }
    if outcome.trace.end == "empty" {
      throw CommandFailure(
        exitCode: .nothingFound,
        sentence: "\(input): no \(outcome.trace.label.name) was found\(results.leftOutWhenEmpty); "
          + "check that the CT shows it and fits the bundle (see \(output)/report.html)")
    }
  }
}

/// Seconds since it was last read.
struct Clock {
  private var last = Date()

  /// Seconds since the start or the last call.
  mutating func lap() -> Double {
    let now = Date()
    defer { last = now }
    return now.timeIntervalSince(last)
  }
}
