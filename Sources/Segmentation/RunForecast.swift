import CoarseToFine
import Networks
import Volumes

/// What a run will take, from geometry, request and bundle alone; nothing is allocated and no weight is read.
///
/// An upper bound: where only the image knows more (the body box, how large the organ is), the most is assumed.
public struct RunForecast: Hashable, Sendable {
  /// Most bytes at any moment, shared buffers of the call included.
  public let bytes: Int
  /// The same for the leanest schedule: no smaller budget can be kept.
  public let leanestBytes: Int
  /// Threads that will compute.
  public let threads: Int
  /// Work in millions of multiplications, or what takes as long: the scale of `Progress.fraction`.
  public let work: Work

  /// The work of the steps, in millions of multiplications.
  public struct Work: Hashable, Sendable {
    /// Reading, checking and packing weights; the volume to its working grid; the coarse pass; the fine rounds as they
    /// usually are; the results back to the host's grid.
    public let load, prepare, coarse, fine, finish: Double
    /// All of it.
    public var total: Double { load + prepare + coarse + fine + finish }

    /// The same as it takes time on so many threads: bringing volumes to another grid is one thread's work.
    func onThreads(_ threads: Int) -> Work {
      let count = Double(max(threads, 1))
      return Work(
        load: load / count, prepare: prepare, coarse: coarse / count, fine: fine / count, finish: finish)
    }
  }

  /// How the run keeps within its budget.
  let schedule: RunSchedule
}

/// How much a run keeps in memory to be fast; the result is the same.
struct RunSchedule: Hashable, Sendable {
  /// Threads that compute, each with a workspace of its own.
  var threads: Int
  /// Bytes of a fine round's predictions that are kept for the next round.
  var memoBytes: Int
  /// Which networks stay loaded; others are read again for the next pass.
  var residency: NetworkResidency

  /// From the fastest to the leanest.
  static func candidates(threads: Int, memoBytes: Int) -> [RunSchedule] {
    var candidates = [
      RunSchedule(threads: threads, memoBytes: memoBytes, residency: .all),
      RunSchedule(threads: threads, memoBytes: memoBytes / 8, residency: .all),
    ]
    var fewer = threads
    while fewer > 1 {
      fewer /= 2
      candidates.append(RunSchedule(threads: fewer, memoBytes: memoBytes / 8, residency: .all))
    }
    candidates.append(RunSchedule(threads: 1, memoBytes: 0, residency: .all))
    candidates.append(RunSchedule(threads: 1, memoBytes: 0, residency: .oneStage))
    candidates.append(RunSchedule(threads: 1, memoBytes: 0, residency: .oneNetwork))
    return candidates
  }
}

/// The sizes that a forecast is made from.
struct ForecastInput {
  /// Voxels of the host's grid, in the bundle's axis order.
  let host: VolumeSize
  /// The working grid without a body box: resampled, and padded.
  let working: VolumeSize
  /// What resampling has under way, a slab of the host's grid included; 0 without it.
  let resamplingBytes: Int
  /// Whether the volume is cropped and padded: each is a copy.
  let crops: Bool, pads: Bool
  let planes: [SlicePlane]
  /// The networks that the run can need.
  let coarse: [View: NetworkDescription], fine: [View: NetworkDescription]
  /// What they compute in.
  let precision: Precision
  let coarseSampling: CoarseSampling
  let maximumRounds: Int
  let hasTemperatures: Bool, looksAtPreviousRound: Bool, hasInitialMask: Bool
  /// Whether somebody sees every pass, whose masks are brought to the host's grid.
  let isWatched: Bool
  /// Bytes of the call's own buffers that count as the run's: shared memory of a worker.
  let callBytes: Int
}

extension ForecastInput {
  /// Code and libraries, the runtime, and what the allocator holds back: 24 MiB in the smallest run, with a reserve.
  private static let processBytes = 32 << 20

  /// Most bytes at any moment with a schedule.
  ///
  /// All of it goes with the working grid, but for the call's buffers, a slab of the host's grid, and a pass that is shown.
  func bytes(_ schedule: RunSchedule) throws(NetworkError) -> Int {
    let networks = Array(coarse.values) + Array(fine.values)
    let weights = weightBytes(schedule.residency)
    let loading = networks.map { $0.loadingBytes(precision) }.max() ?? 0
    let w = working.voxelCount
    // The volume, and while it is made what resampling needs or, later, a copy that is cropped or padded. An initial
    // mask goes the same way beside the finished volume and becomes labels; these stay.
    let making = 2 * w + max(resamplingBytes, crops || pads ? 2 * w : 0)
    let initialMask = hasInitialMask ? w : 0
    let prepare = hasInitialMask ? 2 * w + max(making, 2 * w + w) : making
    // Sums and bits of the fusion, two estimates of mask, probability and views, the coarse mask, a filtered mask.
    // Networks that look at the round before: its probabilities as Float, of two rounds.
    let perVoxel = (hasTemperatures ? 2 + 9 + 2 * 4 + 2 : 2 + 5 + 2 * 3 + 2) + (looksAtPreviousRound ? 8 : 0)
    let shown = isWatched ? 2 * host.voxelCount : 0
    let iterate =
      initialMask + perVoxel * w + schedule.memoBytes + shown + (try networkBytes(threads: schedule.threads))
    let finish = initialMask + (2 + 4 + 2) * w + GridMapping.returnBytes(host: host, working: working)
    return Self.processBytes + callBytes + weights + max(loading, prepare, iterate, finish)
  }

  /// Most bytes that packed weights take at any moment.
  private func weightBytes(_ residency: NetworkResidency) -> Int {
    let stages = [coarse, fine].map { $0.values.map { $0.packedWeightBytes(precision) } }
    return switch residency {
    case .all: stages.joined().reduce(0, +)
    case .oneStage: stages.map { $0.reduce(0, +) }.max() ?? 0
    case .oneNetwork: stages.joined().max() ?? 0
    }
  }

  /// Bytes of a whole round's predictions, the most that can be kept for the next one.
  var allPredictionsBytes: Int {
    fine.values.reduce(0) { $0 + $1.outputChannels * working.voxelCount * 4 }
  }

  /// Workspaces, slices on their way in and out, and what networks keep of the sizes they have seen.
  private func networkBytes(threads: Int) throws(NetworkError) -> Int {
    var largest = 0
    var kept = 0
    for (networks, isFine) in [(coarse, false), (fine, true)] {
      for plane in planes {
        guard let network = networks[plane.view] else { continue }
        let (slice, count) = (plane.sliceSize(in: working), plane.sliceCount(in: working))
        let workspace = try network.workspaceBytes(rows: slice.rows, columns: slice.columns, precision)
        let slices = (network.inputChannels + 3 * network.outputChannels) * slice.pixelCount * 4
        let sums = 2 * network.outputChannels * slice.pixelCount * 4
        largest = max(largest, threads * (workspace + slices) + sums)
        // A coarse network sees one size, whose plans differ by the box of the pixels that are not 0.
        kept += network.planBytes(sizes: count, precision)
        kept += try network.zeroImageBytes(
          rows: slice.rows, columns: slice.columns, sizes: isFine ? count * maximumRounds : 1, precision)
      }
    }
    return largest + kept
  }

  // How many million multiplications of a network take as long, measured on one thread (docs/reliability.md).
  private static let loadPerParameter = 800e-6, loadPerNetwork = 2000.0
  private static let preparePerVoxel = 600e-6, finishPerVoxel = 660e-6
  /// An organ's boxes, all rounds together, take so small a part of a pass over whole slices.
  private static let fineShare = 6.0

  /// The work of the steps. Fine rounds: as they usually are.
  func work() throws(NetworkError) -> RunForecast.Work {
    func pass(
      _ networks: [View: NetworkDescription], _ sampling: CoarseSampling
    ) throws(NetworkError) -> Double {
      var sum = 0.0
      for plane in planes {
        guard let network = networks[plane.view] else { continue }
        let slice = plane.sliceSize(in: working)
        sum +=
          try network.millionMultiplications(rows: slice.rows, columns: slice.columns)
          * Double(sampling.slices(of: plane.sliceCount(in: working)).count)
      }
      return sum
    }
    let networks = Array(coarse.values) + Array(fine.values)
    let parameters = networks.map(\.parameterCount).reduce(0, +)
    return RunForecast.Work(
      load: Double(parameters) * Self.loadPerParameter + Self.loadPerNetwork * Double(networks.count),
      prepare: Double(host.voxelCount) * Self.preparePerVoxel, coarse: try pass(coarse, coarseSampling),
      fine: try pass(fine, .everySlice) / Self.fineShare, finish: Double(host.voxelCount) * Self.finishPerVoxel)
  }
}
