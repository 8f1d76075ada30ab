public import Volumes

/// A CT series as one volume. Patient and study attributes are not kept.
public struct DicomVolume: Sendable {
  /// HU; x runs along a row, y down a column, z along the slice normal (row direction × column direction).
  public let volume: Volume
  /// SeriesInstanceUID (0020,000E); empty where the files have none.
  public let seriesUID: String
  /// SeriesDescription (0008,103E); empty where the files have none.
  public let seriesDescription: String
  /// Number of files whose voxels are in the volume.
  public let fileCount: Int
  /// Name or UID of the transfer syntax of the files, joined with " and " where they differ.
  public let transferSyntax: String
  /// What a careful reader should know, one sentence each.
  public let notes: [String]
}

/// Reads one CT series with the helper process `islet-dicom`, so that damaged files cannot end the caller.
///
/// The structure of every file is checked here, then the helper alone parses and decodes, and everything it
/// answers is checked again. One process per series.
public struct DicomSeriesReader: Sendable {
  /// Path of the helper `islet-dicom`.
  public let executable: String
  /// The helper is ended when it gives no sign for this long; it gives one per file.
  public let secondsOfSilence: Double
  /// Asked about every 50 ms; true ends the helper and throws `cancelled`.
  public let isCancelled: @Sendable () -> Bool

  /// Names the helper and the limits; starts nothing.
  public init(
    executable: String, secondsOfSilence: Double = 60, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.executable = executable
    self.secondsOfSilence = secondsOfSilence
    self.isCancelled = isCancelled
  }

  /// Reads a DICOM file or the one CT series below a folder.
  ///
  /// Cost: one process (about 20 ms), one pass over the files, 4 bytes a voxel at the peak.
  public func read(_ path: String) throws(DicomError) -> DicomVolume {
    let list = try DicomFileList(path)
    var files: [String] = []
    var skipped: [String] = []
    for file in list.files {
      if isCancelled() { throw DicomError(.cancelled, "reading was cancelled at \(file)") }
      if let reason = try StructureCheck.reasonToSkip(file) { skipped.append(reason) } else { files.append(file) }
    }
    let answer = try ReaderProcess(executable: executable, secondsOfSilence: secondsOfSilence, isCancelled: isCancelled)
      .read(files)
    let choice = try SeriesChoice(of: answer.frames, skipped: skipped + answer.skipped, in: path)
    let stack = try SliceStack(choice.frames)
    let volume = try stack.assemble(from: answer.voxels)
    return DicomVolume(
      volume: volume, seriesUID: choice.seriesUID, seriesDescription: choice.seriesDescription,
      fileCount: Set(choice.frames.map(\.file)).count, transferSyntax: choice.transferSyntax,
      notes: list.notes + choice.notes + stack.notes)
  }
}
