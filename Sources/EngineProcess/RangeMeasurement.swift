import CoarseToFine
import ModelBundle
import Networks
import Segmentation
import Volumes

/// Answers for `islet bundle calibrate`: the largest activations of every network over some images.
///
/// "volume VOXELS MASK SIZE SPACING ORIGIN DIRECTION" runs the float32 networks over a share of the slices of one CT (int16
/// voxels and a mask of bytes, raw files; the rest comma separated): coarse networks on whole slices, fine ones on the
/// boxes around the mask. "report" answers "ranges NETWORK:LAYER=MAXIMUM,..." for every network.
final class RangeMeasurement {
  private static let slicesPerView = 16

  private let bundle: BundleReader
  private let plan: RunPlan
  private let networks: NetworkStore
  private let workspace = Workspace()
  private var maxima: [String: [String: Float]] = [:]

  init(bundle path: String) throws {
    bundle = try BundleReader(path: path)
    plan = try RunPlan(manifest: bundle.manifest, request: SegmentationRequest())
    networks = NetworkStore(bundle: bundle)
  }

  func answer(_ command: Substring, _ words: [Substring]) throws -> String {
    switch (command, words.count) {
    case ("volume", 6):
      try measure(words.map(String.init))
      return "done"
    case ("report", 0):
      return "ranges "
        + maxima.sorted { $0.key < $1.key }.map { network, layers in
          network + ":" + layers.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ",")
        }.joined(separator: " ")
    default: throw EngineProcessError("\(command): not understood")
    }
  }

  private func measure(_ words: [String]) throws {
    func numbers(_ text: String, _ count: Int) throws -> [Double] {
      let values = text.split(separator: ",").compactMap { Double($0) }
      guard values.count == count else { throw EngineProcessError("\(text): expected \(count) numbers") }
      return values
    }
    let sides = try numbers(words[2], 3).map { Int($0) }
    let (spacing, origin) = (try numbers(words[3], 3), try numbers(words[4], 3))
    let axes = try numbers(words[5], 9)
    guard let size = VolumeSize(x: sides[0], y: sides[1], z: sides[2]) else {
      throw EngineProcessError("\(words[2]): no size of a volume")
    }
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(spacing), origin: SIMD3(origin),
      direction: (0..<3).map { SIMD3(axes[3 * $0..<3 * $0 + 3]) })
    let raw = try bytes(ofFile: words[0])
    guard raw.count == 2 * size.voxelCount, let mask = LabelMap(size: size, labels: try bytes(ofFile: words[1])) else {
      throw EngineProcessError("\(words[0]): voxels or mask do not have the size \(words[2])")
    }
    try raw.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return }
      let voxels = try StridedVoxels(element: .int16, base: base, size: size)
      let grid = try WorkingGrid(voxels, geometry: geometry, grid: bundle.manifest.grid) { _ in }
      let region = InputRegion(
        enclosing: try mask.labels.withUnsafeBufferPointer { labels in
          try grid.maskOnWorkingGrid(.labels(labels, size: size)) {}
        })
      for plane in plan.planes {
        let count = plane.sliceCount(in: grid.volume.size)
        let whole = [BoundingBox?](
          repeating: BoundingBox(wholeOf: plane.sliceSize(in: grid.volume.size)), count: count)
        try note(.coarse, plane, boxes: whole, in: grid.volume)
        let boxes = region.boxes(
          in: plane, neighbourhood: plan.profile.inputRegion, margin: plan.profile.margin)
        try note(.fine, plane, boxes: boxes, in: grid.volume)
      }
    }
  }

  private func note(_ stage: Stage, _ plane: SlicePlane, boxes: [BoundingBox?], in volume: Volume) throws {
    let network = try networks.network(NetworkStore.Key(stage: stage, view: plane.view, label: plan.label.value))
    let input = CropInput(volume: volume, window: plan.window, channels: network.description.inputChannels)
    let crops = boxes.enumerated().compactMap { slice, box in box.map { Crop(plane: plane, slice: slice, box: $0) } }
    let step = max(1, crops.count / Self.slicesPerView)
    for index in stride(from: step / 2, to: crops.count, by: step) {
      let size = crops[index].box.size
      try network.noteActivations(
        of: input.tensor(of: crops[index]), rows: size.rows, columns: size.columns,
        in: &maxima["\(stage.rawValue)-\(plane.view.rawValue)", default: [:]], workspace: workspace)
    }
  }
}
