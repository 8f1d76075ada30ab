import Cohort
import Evaluation
import Foundation
import HostClient
import ImageFiles
import ModelBundle
import Pictures
import Volumes

/// Measures the cases of a cohort with one bundle after the other, and keeps what is done.
struct EvaluationRun {
  /// What the command line asks for beside cases and bundles.
  struct Options {
    let label: String?
    let plugin: String
    let trust: BundleTrust
    let threads: Int?
    let tolerance: Double
    let runs: CaseMeasurement.Runs
    let isQuiet: Bool
  }

  /// One case with one bundle, ready to be measured.
  private struct Job {
    let entry: CohortCase
    let bundlePath: String
    let bundleName: String
    let bundleIdentity: String
    let label: EvaluatedLabel
  }

  private let cohort: CohortFolder
  private let output: URL
  private let options: Options
  private let library: PluginLibrary
  private let instance: PluginInstance
  private let jobs: [(name: String, jobs: [Job])]

  /// Opens every bundle and finds every label, so that what cannot work shows before any work is done.
  init(
    cohort: CohortFolder, cases: [CohortCase], bundles: [EvaluatedBundle], output: URL, options: Options
  ) throws(CommandFailure) {
    (self.cohort, self.output, self.options) = (cohort, output, options)
    do throws(HostError) {
      library = try PluginLibrary(path: options.plugin)
      instance = try PluginInstance(
        of: library, hostName: "islet", hostVersion: harnessVersion,
        callbacks: HostCallbacks(isCancelled: { Cancellation.isRequested }), trust: options.trust)
    } catch {
      throw CommandFailure(error)
    }
    var opened: [String: (sha256: String, manifest: Manifest)] = [:]
    var jobs: [(String, [Job])] = []
    for bundle in bundles {
      var list: [Job] = []
      for entry in cases {
        try Self.checkName(of: entry)
        let path = try bundle.path(for: entry)
        let (identity, manifest) = if let known = opened[path] { known } else { try EvaluatedBundle.open(path) }
        opened[path] = (identity, manifest)
        list.append(
          Job(
            entry: entry, bundlePath: path, bundleName: "\(manifest.name) \(manifest.version)",
            bundleIdentity: identity,
            label: try EvaluatedLabel(options.label, cohort: cohort.description, manifest: manifest)))
      }
      jobs.append((bundle.name, list))
    }
    self.jobs = jobs
  }

  /// A case's id names files.
  private static func checkName(of entry: CohortCase) throws(CommandFailure) {
    guard !entry.id.hasPrefix("."), !entry.id.contains(where: { "/\0".contains($0) }) else {
      throw CommandFailure(
        exitCode: .input, sentence: "the case id \"\(entry.id)\" cannot be a file's name; rename it in cohort.json")
    }
  }

  /// The folder of a bundle's cases: OUTPUT/cases, or OUTPUT/NAME/cases when there are several bundles.
  func casesFolder(_ name: String) -> URL {
    (jobs.count == 1 ? output : output.appendingPathComponent(name)).appendingPathComponent("cases")
  }

  /// Measures whatever is not there yet; the records of each bundle in the cases' order.
  func measure() throws(CommandFailure) -> [(name: String, records: [CaseEvaluation])] {
    var progress = EvaluationProgress(total: jobs.reduce(0) { $0 + $1.jobs.count }, isQuiet: options.isQuiet)
    var measured: [(String, [CaseEvaluation])] = []
    for (name, list) in jobs {
      let store = try CaseStore(folder: casesFolder(name))
      var records: [CaseEvaluation] = []
      var loaded: String?
      for job in list {
        guard !Cancellation.isRequested else { throw progress.cancelled }
        do throws(CommandFailure) {
          let (record, isNew) = try record(of: job, in: store, loaded: &loaded)
          records.append(record)
          progress.didFinish(record, isNew: isNew)
        } catch  where error.exitCode == .cancelled {
          throw progress.cancelled
        } catch {
          throw CommandFailure(exitCode: error.exitCode, sentence: "\(job.entry.id): \(error.sentence)")
        }
      }
      measured.append((name, records))
    }
    return measured
  }

  /// The record of a case, measured unless the store has it.
  private func record(
    of job: Job, in store: CaseStore, loaded: inout String?
  ) throws(CommandFailure) -> (CaseEvaluation, isNew: Bool) {
    let (volume, labels) = try images(of: job.entry)
    let hashes = CohortCase.Hashes(volume: volume, labels: labels)
    if let expected = job.entry.sha256, expected != hashes {
      let what = expected.voxels == hashes.voxels ? "the labels are" : "the CT is"
      throw CommandFailure(
        exitCode: .input,
        sentence: "\(what) not what cohort.json says (another SHA-256); make the case again or mend cohort.json")
    }
    let conditions = CaseEvaluation.Conditions(
      voxels: hashes.voxels, labels: hashes.labels, bundle: job.bundleIdentity, bundleName: job.bundleName,
      plugin: library.version, organ: job.label.organ, truthLabel: job.label.truth, bundleLabel: job.label.bundle,
      tolerance: options.tolerance)
    if let record = store.record(job.entry.id, made: conditions, of: options.runs) {
      return (record, false)
    }
    if loaded != job.bundlePath {
      do throws(HostError) { try instance.loadBundle(path: job.bundlePath) } catch { throw CommandFailure(error) }
      loaded = job.bundlePath
    }
    var truth = labels
    truth.labels = labels.labels.map { $0 == UInt8(job.label.truth) ? 1 : 0 }
    let measured = try CaseMeasurement(
      volume, truth: truth, with: instance,
      settings: CaseMeasurement.Settings(
        threads: options.threads, label: job.label.bundle, tolerance: options.tolerance,
        runs: options.runs))
    let record = CaseEvaluation(
      subject: CaseEvaluation.Subject(job.entry), conditions: conditions, truthVoxels: truth.foregroundCount,
      truthMillilitres: Double(truth.foregroundCount) * volume.geometry.voxelMillilitres,
      coarseViews: measured.coarseViews, trajectory: measured.trajectory, coarse: measured.coarse,
      final: measured.final, oracle: measured.oracle, defaultRun: measured.defaultRun)
    try store.write(record, trace: measured.trace, volume: volume, truth: truth, mask: measured.mask)
    return (record, true)
  }

  /// Reads CT and labels; both must have one grid.
  private func images(of entry: CohortCase) throws(CommandFailure) -> (Volume, LabelMap) {
    let volume: Volume
    let labels: (labels: LabelMap, geometry: VolumeGeometry)
    do throws(ImageError) {
      volume = try ImageFile.read(
        cohort.imagePath(entry), dicomReader: InstalledFiles.dicomSeriesReader()
      ).volume
      labels = try NIfTI.readLabels(cohort.labelsPath(entry))
    } catch {
      throw CommandFailure(error)
    }
    if let difference = labels.geometry.difference(from: volume.geometry, names: (entry.labels, entry.image)) {
      throw CommandFailure(exitCode: .input, sentence: difference)
    }
    return (volume, labels.labels)
  }

  /// Puts evaluation.json, cases.csv and the page in place, all together.
  func write(_ evaluation: Evaluation) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    let folder = try OutputFolder(path: output.path)
    try folder.write(Data(CaseSheet.csv(evaluation).utf8), as: "cases.csv")
    try folder.write(try encoder.encode(evaluation) + Data("\n".utf8), as: "evaluation.json")
    try folder.write(Data(EvaluationReport.html(evaluation, pictures: try pictures(evaluation)).utf8), as: "index.html")
    try folder.commit()
  }

  /// The overlays of each bundle's worst cases; one that somebody took away is left out.
  private func pictures(_ evaluation: Evaluation) throws(CommandFailure) -> [EvaluationReport.CasePictures] {
    var pictures: [EvaluationReport.CasePictures] = []
    for run in evaluation.runs {
      let store = try CaseStore(folder: casesFolder(run.name))
      for record in EvaluationReport.worstCases(of: run) {
        let views = CaseStore.views.compactMap { view in
          (try? Data(contentsOf: URL(fileURLWithPath: store.picture(record.subject.id, view)))).map {
            (view: view, jpeg: Array($0))
          }
        }
        pictures.append(EvaluationReport.CasePictures(run: run.name, id: record.subject.id, views: views))
      }
    }
    return pictures
  }
}

extension CaseEvaluation.Subject {
  /// What the record keeps of a cohort's entry.
  init(_ entry: CohortCase) {
    self.init(
      id: entry.id, set: entry.set.rawValue, fold: entry.fold, source: entry.source, corruption: entry.corruption,
      original: entry.original)
  }
}
