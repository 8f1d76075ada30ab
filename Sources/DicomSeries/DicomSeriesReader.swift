import Foundation
import Synchronization
public import Volumes

/// A CT series as one volume.
public struct DicomVolume: Sendable {
  /// HU; x runs along a row, y down a column, z along the slice normal (row direction × column direction).
  public let volume: Volume
  /// What derived objects copy: patient and study attributes, UIDs in slice order. Reports do not print them.
  public let source: SourceSeries
  /// SeriesInstanceUID (0020,000E); empty where the files have none.
  public let seriesUID: String
  /// SeriesDescription (0008,103E); empty where the files have none.
  public let seriesDescription: String
  /// Number of files whose voxels are in the volume.
  public let fileCount: Int
  /// Name of the transfer syntax of the files, joined with " and " where they differ.
  public let transferSyntax: String
  /// What a careful reader should know, one sentence each.
  public let notes: [String]
}

/// Reads one CT series; compressed pixels are decoded by the helper process `islet-dicom`, so that damaged files cannot
/// end the caller.
///
/// Headers are read and checked here, all of them before the first pixel; native and run-length pixels too. What a
/// codec must decode goes to the helper, one per series and thread (decision 0019).
public struct DicomSeriesReader: Sendable {
  /// Path of the helper `islet-dicom`.
  public let executable: String
  /// SeriesInstanceUID, or number in the list of a `severalSeries` error; nil: the only series.
  public let series: String?
  /// The helper is ended when it gives no sign for this long.
  public let secondsOfSilence: Double
  /// Threads that read files, and helpers that decode them.
  public let threads: Int
  /// Asked about every 50 ms, from any thread; true ends the helper and throws `cancelled`.
  public let isCancelled: @Sendable () -> Bool

  /// More threads than these only wait for the disk.
  private static let mostThreads = 4

  /// Names the helper and the limits; starts nothing. `threads` nil: one per core, at most 4.
  public init(
    executable: String, series: String? = nil, secondsOfSilence: Double = 60, threads: Int? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    (self.executable, self.series, self.secondsOfSilence) = (executable, series, secondsOfSilence)
    self.threads = threads ?? min(Self.mostThreads, ProcessInfo.processInfo.activeProcessorCount)
    self.isCancelled = isCancelled
  }

  /// Reads a DICOM file or a CT series below a folder.
  ///
  /// Cost: two passes over the files, headers first; 2 bytes a voxel and a few slices at the peak.
  public func read(_ path: String) throws(DicomError) -> DicomVolume {
    let decoder = ReaderProcess(
      executable: executable, secondsOfSilence: secondsOfSilence, isCancelled: isCancelled)
    let list = try DicomFileList(path)
    let verdicts = try check(list.files, decoder)
    var frames: [FrameRecord] = []
    var skipped: [String] = []
    for verdict in verdicts {
      switch verdict {
      case .image(let header): frames += try FrameRecord.frames(of: header)
      case .skipped(let reason): skipped.append(reason)
      }
    }
    let choice = try SeriesChoice(of: frames, wanted: series, skipped: skipped, in: path)
    let stack = try SliceStack(choice.frames)
    let volume = try stack.load(with: decoder, threads: threads)
    return DicomVolume(
      volume: volume, source: try SourceSeries(of: stack.frames), seriesUID: choice.seriesUID,
      seriesDescription: choice.seriesDescription, fileCount: Set(choice.frames.map(\.file)).count,
      transferSyntax: choice.transferSyntax, notes: list.notes + choice.notes + stack.notes)
  }

  private func check(_ files: [String], _ decoder: ReaderProcess) throws(DicomError) -> [StructureCheck.Verdict] {
    let verdicts = Mutex<[StructureCheck.Verdict?]>(Array(repeating: nil, count: files.count))
    try inParallel(files.count, threads: threads) { number throws(DicomError) in
      if decoder.isCancelled() { throw decoder.cancelled(at: files[number]) }
      let verdict = try StructureCheck.check(files[number])
      verdicts.withLock { $0[number] = verdict }
    }
    return verdicts.withLock { $0.compactMap { $0 } }
  }
}

extension SourceSeries {
  /// Images in slice order; attributes of the first slice's file.
  init(of frames: [FrameRecord]) throws(DicomError) {
    images = frames.map { frame in
      let values = frame.header.values
      let sopClass = values.text(DicomTag.sopClassUID)
      let isMultiFrame = frame.header.pixels.frames > 1 || !frame.header.ofFrame.isEmpty
      return Image(
        sopClassUID: sopClass, sopInstanceUID: values.text(DicomTag.sopInstanceUID),
        frameNumber: isMultiFrame ? frame.index + 1 : nil)
    }
    guard let first = frames.first, case .image(let header) = try StructureCheck.check(first.file, keepingCopied: true)
    else {
      attributes = []
      return
    }
    attributes = Self.copiedTags.sorted { $0.key < $1.key }.compactMap { tag, representation in
      guard let value = header.values[Int(tag)], !value.isEmpty else { return nil }
      return Attribute(tag: tag, representation: representation, value: value)
    }
  }
}
