import DicomSeries
import Foundation

/// Where the harness finds what is installed beside it: PREFIX/bin/islet, PREFIX/lib/islet, PREFIX/share/islet/models.
enum InstalledFiles {
  /// PREFIX, from the place of this executable.
  private static var prefix: URL {
    let executable =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: executable).deletingLastPathComponent().deletingLastPathComponent()
  }

  /// The plugin.
  static var plugin: String { prefix.appendingPathComponent("lib/islet/islet.so").path }
  /// The helper process that reads DICOM.
  static var dicomReader: String { prefix.appendingPathComponent("lib/islet/islet-dicom").path }
  /// The helper process that has the engine, for benchmarks and calibration.
  static var engineProcess: String { prefix.appendingPathComponent("lib/islet/islet-engine").path }
  /// The bundle that is used when none is named.
  static var defaultBundle: String {
    prefix.appendingPathComponent("share/islet/models/pancreas-0.4.0.islet").path
  }
  /// The label map that synthetic cases are warped from when none is named.
  static var atlasLabels: String { prefix.appendingPathComponent("share/islet/atlas/labels.nii.gz").path }
  /// What its values are.
  static var atlasTable: String { prefix.appendingPathComponent("share/islet/atlas/table.json").path }
  /// The client of the installed DICOM reader; gives up after so many seconds of silence, or on Ctrl-C.
  static func dicomSeriesReader(series: String? = nil, secondsOfSilence: Double = 60) -> DicomSeriesReader {
    DicomSeriesReader(
      executable: dicomReader, series: series, secondsOfSilence: secondsOfSilence,
      isCancelled: { Cancellation.isRequested })
  }
}
