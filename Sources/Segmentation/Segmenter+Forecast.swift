import CoarseToFine
import ModelBundle
import Networks
public import Volumes

extension Segmenter {
  /// What a run on a volume of this geometry will take. Cost: microseconds; no memory, no weights.
  ///
  /// `callBytes`: buffers of the call that count as the run's. Errors as of `segment` for a request or a volume that
  /// cannot be; `resources` when `request.memoryBudget` is too small for the leanest schedule, with both numbers.
  public func forecast(
    _ geometry: VolumeGeometry, request: SegmentationRequest, callBytes: Int
  ) throws(SegmentationError) -> RunForecast {
    let plan = try RunPlan(manifest: bundle.manifest, request: request)
    return try forecast(geometry, plan: plan, request: request, callBytes: callBytes)
  }

  func forecast(
    _ geometry: VolumeGeometry, plan: RunPlan, request: SegmentationRequest, callBytes: Int
  ) throws(SegmentationError) -> RunForecast {
    let input = try forecastInput(geometry, plan: plan, request: request, callBytes: callBytes)
    do throws(NetworkError) {
      let usual = RunSchedule.candidates(
        threads: plan.threads, memoBytes: min(input.allPredictionsBytes, Self.mostMemoBytes))
      var forecasts: [(schedule: RunSchedule, bytes: Int)] = []
      for schedule in usual { forecasts.append((schedule, try input.bytes(schedule))) }
      let leanest = forecasts.map(\.bytes).min() ?? 0
      guard let chosen = forecasts.first(where: { $0.bytes <= request.memoryBudget ?? .max }) else {
        throw NetworkError(
          code: .outOfMemory,
          message: "the memory budget is \(request.memoryBudget ?? 0) bytes, this run needs \(leanest) at least "
            + "(\(forecasts.first?.bytes ?? 0) to be fast)")
      }
      return RunForecast(
        bytes: chosen.bytes, leanestBytes: leanest, threads: chosen.schedule.threads, work: try input.work(),
        schedule: chosen.schedule)
    } catch {
      guard error.code == .outOfMemory else { throw SegmentationError(error, in: bundle.fileName) }
      throw SegmentationError(code: .resources, description: "request: \(error.message)")
    }
  }

  /// Predictions kept from round to round beyond this would help nobody: an organ's boxes take far less.
  private static let mostMemoBytes = 512 << 20

  private func forecastInput(
    _ geometry: VolumeGeometry, plan: RunPlan, request: SegmentationRequest, callBytes: Int
  ) throws(SegmentationError) -> ForecastInput {
    let grid = bundle.manifest.grid
    let reordered = geometry.reordered(by: try WorkingGrid.axisOrder(of: geometry, grid: grid))
    let resamplingBytes: Int
    let resampled: VolumeSize
    let padded: VolumeSize
    do throws(VolumeError) {
      let spacing = grid.spacingMillimetres.map { SIMD3(repeating: $0) }
      let mapping = try GridMapping(host: reordered, spacing: spacing)
      resamplingBytes = if let spacing { try reordered.resamplingBytes(toSpacing: spacing) } else { 0 }
      resampled = mapping.working.size
      padded =
        if let minimum = WorkingGrid.minimumSize(of: grid) {
          try mapping.padded(toMinimum: minimum).working.size
        } else { resampled }
    } catch {
      throw SegmentationError(code: .volume, description: "volume: \(error.message)")
    }
    func networks(_ stage: Manifest.Network.Stage) throws(SegmentationError) -> [View: NetworkDescription] {
      var found: [View: NetworkDescription] = [:]
      for entry in bundle.manifest.networks
      where entry.stage == stage && entry.serves(stage, entry.view, label: plan.label.value) {
        do throws(NetworkError) {
          found[View(entry.view)] = try NetworkDescription(entry.topology)
        } catch {
          throw SegmentationError(error, in: bundle.fileName)
        }
      }
      return found
    }
    return ForecastInput(
      host: reordered.size, working: padded, resamplingBytes: resamplingBytes, crops: grid.bodyBox != nil,
      pads: padded != resampled, planes: plan.planes,
      coarse: !request.hasInitialMask ? try networks(.coarse) : [:],
      fine: plan.profile.maximumRounds > 0 ? try networks(.fine) : [:],
      precision: plan.arithmetic.precision, coarseSampling: plan.profile.coarseSampling,
      maximumRounds: plan.profile.maximumRounds,
      hasTemperatures: !bundle.manifest.temperatures(for: plan.label).changesNothing,
      looksAtPreviousRound: bundle.manifest.networks.contains { $0.topology.saliency != nil },
      hasInitialMask: request.hasInitialMask, isWatched: request.isWatched, callBytes: callBytes)
  }
}
