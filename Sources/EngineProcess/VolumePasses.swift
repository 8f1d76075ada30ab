import CoarseToFine
import ModelBundle
import Networks
import Segmentation
import Volumes

/// Answers for `islet bench volume`: the passes of a run over one volume, view by view.
///
/// "pass STAGE VIEW STEP SHARE" loads the network of a stage and view, takes every STEPth slice of the view as the fast
/// quality does, computes every SHAREth of those and answers "passed LOAD-SECONDS SECONDS COMPUTED SLICES". Fine slices
/// are cut to the boxes around the mask, with the bundle's margin; slices without mask are skipped as in a run.
final class VolumePasses {
  private let bundle: BundleReader
  private let plan: RunPlan
  private let volume: Volume
  private let mask: LabelMap
  private let workers: SliceWorkers

  init(
    bundle path: String, precision: String, voxels: String, mask: String, size: String, threads: String
  ) throws {
    bundle = try BundleReader(path: path)
    guard let precision = SegmentationRequest.Precision(rawValue: precision) else {
      throw EngineProcessError("\(precision): expected float32, bfloat16 or int8")
    }
    var request = SegmentationRequest()
    request.precision = precision
    plan = try RunPlan(manifest: bundle.manifest, request: request)
    let sides = try size.split(separator: "x").map { try number($0) }
    guard sides.count == 3, let volumeSize = VolumeSize(x: sides[0], y: sides[1], z: sides[2]) else {
      throw EngineProcessError("\(size): expected COLUMNSxROWSxSLICES")
    }
    let geometry = try VolumeGeometry(
      size: volumeSize, spacing: SIMD3(1, 1, 1), origin: SIMD3(0, 0, 0), direction: VolumeGeometry.identityDirection)
    let values = try bytes(ofFile: voxels).withUnsafeBytes { raw in
      (0..<raw.count / 2).map { raw.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self) }
    }
    guard let volume = Volume(geometry: geometry, voxels: values),
      let labels = LabelMap(size: volumeSize, labels: try bytes(ofFile: mask))
    else { throw EngineProcessError("voxels or mask do not have the size \(size)") }
    (self.volume, self.mask) = (volume, labels)
    workers = SliceWorkers(threads: try number(threads))
  }

  func answer(_ command: Substring, _ words: [Substring]) throws -> String {
    guard command == "pass", words.count == 4, let stage = Stage(rawValue: String(words[0])),
      let plane = plan.planes.first(where: { $0.view.rawValue == words[1] })
    else { throw EngineProcessError("\(command): not understood") }
    let crops = crops(stage, plane, step: try number(words[2]))
    let share = try number(words[3])
    let computed = stride(from: share / 2, to: crops.count, by: share).map { crops[$0] }

    let start = monotonicSeconds()
    let networks = NetworkStore(bundle: bundle)
    let key = NetworkStore.Key(stage: stage, view: plane.view, label: plan.label.value)
    _ = try networks.network(key, plan.arithmetic.precision)
    let loaded = monotonicSeconds()
    let predictor = CropPredictor(
      volume: volume, window: plan.window, networks: networks, precision: plan.arithmetic.precision,
      label: plan.label.value, workers: workers, control: RunControl())
    try predictor.predict(stage, computed) { _, _ in }
    let end = monotonicSeconds()
    return "passed \(loaded - start) \(end - loaded) \(computed.count) \(crops.count)"
  }

  private func crops(_ stage: Stage, _ plane: SlicePlane, step: Int) -> [Crop] {
    let count = plane.sliceCount(in: volume.size)
    switch stage {
    case .coarse:
      guard let box = BoundingBox(wholeOf: plane.sliceSize(in: volume.size)) else { return [] }
      return stride(from: step / 2, to: count, by: step).map { Crop(plane: plane, slice: $0, box: box) }
    case .fine:
      let boxes = InputRegion(enclosing: mask).boxes(
        in: plane, neighbourhood: plan.profile.inputRegion, margin: plan.profile.margin)
      return boxes.enumerated().compactMap { slice, box in box.map { Crop(plane: plane, slice: slice, box: $0) } }
    }
  }
}
