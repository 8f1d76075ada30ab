import ArgumentParser
import Foundation
import HostClient
import ImageFiles
import Volumes

/// `islet regress`: every golden case of a folder through the plugin, compared with what is recorded.
struct RegressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regress",
    abstract: "Run every case of a folder and compare it with its golden result.",
    discussion: """
      Example: islet regress Integration/regression
      A case is a folder with case.json: {"input": ..., "bundle": ...}, paths relative to it or absolute. Its golden \
      result is golden.json with mask.nii.gz and probability-255.nii.gz beside it; --record writes them anew.
      """)

  @Argument(help: "Folder with the cases.")
  var folder: String

  @Flag(help: "Rewrite the golden results instead of comparing.")
  var record = false

  @OptionGroup var options: RunOptions

  mutating func run() throws {
    Cancellation.listen()
    let cases = try RegressionCase.all(in: folder)
    var failures = 0
    for regressionCase in cases {
      if Cancellation.isRequested { throw CommandFailure(exitCode: .cancelled, sentence: "cancelled") }
      let run = try regressionCase.run(options: options)
      if record {
        try regressionCase.record(run)
        print("\(regressionCase.name): recorded")
        continue
      }
      let comparison = try regressionCase.compare(run)
      print("\(regressionCase.name): \(comparison.passes ? "ok" : "FAILED"), \(comparison.sentence)")
      if !comparison.passes { failures += 1 }
    }
    guard failures == 0 else {
      throw CommandFailure(
        exitCode: .plugin, sentence: "\(failures) of \(cases.count) cases differ from their golden results")
    }
  }
}
