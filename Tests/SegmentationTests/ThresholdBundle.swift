import Foundation
import ModelBundle
import Testing
import Volumes

@testable import Segmentation

/// A bundle whose networks say "organ" where the middle slice's windowed value is above a threshold.
///
/// Every convolution hands the pixel on, the score is 100 * (value - threshold): small, exact, and made only for tests.
struct ThresholdBundle {
  var grid = Manifest.Grid(axes: [.left, .posterior, .superior], minimumSize: [1, 1, 1])
  var profile = Manifest.Profile(
    inputRegion: .ownSlice, margin: 2, coarseFusion: .majority, fineFusion: .majority, componentRatio: nil,
    threshold: 0.95, stop: .above, rounds: 10)
  var inputRange = Manifest.InputRange(
    spacingMillimetres: .init(minimum: [0.5, 0.5, 0.5], maximum: [5, 5, 5]), hu: .init(minimum: -1024, maximum: 3071),
    phases: "any")
  /// The calibration table.
  var confidence: Manifest.Confidence?
  /// With a second organ (value 2), whose fine networks have a threshold of their own; the coarse ones serve both.
  var secondFine: Float?
  /// Without a fine stage.
  var isCoarseOnly = false
  /// T of all networks.
  var temperature: Double?
  /// Thresholds of the windowed value (window 0...1000 HU) in the coarse and the fine stage.
  var coarse: Float = 0.5
  var fine: Float = 0.5

  private static let topology = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 3, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
    convolutions: [1, 1, 1, 1, 1], pools: [false, false, false, false, false],
    fc6: .init(channels: 1, kernel: 1), fc7: .init(channels: 1))

  /// Writes the bundle to a temporary file and opens it.
  func segmenter() throws -> Segmenter {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("threshold-\(UUID().uuidString).islet")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var manifest = Manifest.synthetic(topology: Self.topology)
    (manifest.grid, manifest.profile, manifest.inputRange) = (grid, profile, inputRange)
    manifest.intensity = Manifest.Intensity(window: [0, 1000])
    manifest.confidence = confidence
    for index in manifest.networks.indices { manifest.networks[index].temperature = temperature }
    addSecondOrgan(to: &manifest)
    if isCoarseOnly {
      manifest.stages = [.coarse]
      manifest.networks.removeAll { $0.stage == .fine }
      manifest.profile.rounds = 0
    }
    let writer = try BundleWriter(path: path)
    for network in manifest.networks {
      let threshold = network.stage == .coarse ? coarse : network.label == 2 ? secondFine ?? fine : fine
      for tensor in Self.topology.tensors {
        let values = Self.values(of: tensor, threshold: threshold)
        try writer.append(name: "\(network.tensors)/\(tensor.name)", dtype: .float32, shape: tensor.shape) {
          offset, bytes in
          // All of these tensors fit into one chunk.
          values.withUnsafeBytes {
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset...].prefix(bytes.count)))
          }
        }
      }
    }
    try writer.finish(manifest)
    return try Segmenter(bundlePath: path, trust: BundleTrust.forTests)
  }

  private func addSecondOrgan(to manifest: inout Manifest) {
    guard secondFine != nil else { return }
    var organ = manifest.labels[0]
    (organ.value, organ.name) = (2, "other organ")
    manifest.labels.append(organ)
    for index in manifest.networks.indices where manifest.networks[index].stage == .fine {
      var other = manifest.networks[index]
      manifest.networks[index].label = 1
      (other.label, other.tensors) = (2, other.tensors + "-2")
      manifest.networks.append(other)
    }
  }

  private static func values(of tensor: Manifest.Topology.TensorShape, threshold: Float) -> [Float] {
    var values = [Float](repeating: 0, count: tensor.shape.reduce(1, *))
    switch tensor.name {
    // The middle pixel of the middle input channel.
    case "conv1_1.weight": values[9 + 4] = 1
    case let name where name.hasPrefix("conv") && name.hasSuffix("weight"): values[4] = 1
    case "fc6.weight", "fc7.weight": values[0] = 1
    case "score_fr.weight": values[0] = 100
    case "score_fr.bias": values[0] = -100 * threshold
    default: break
    }
    return values
  }
}

extension Segmenter {
  /// Segments a volume that lies packed in memory.
  func segment(
    _ volume: Volume, request: SegmentationRequest = SegmentationRequest(threads: 2),
    control: RunControl = RunControl()
  ) throws -> SegmentationOutcome {
    try volume.voxels.withUnsafeBytes { bytes in
      let base = try #require(bytes.baseAddress)
      let voxels = try StridedVoxels(element: .int16, base: base, size: volume.size)
      return try segment(voxels, geometry: volume.geometry, request: request, control: control)
    }
  }

  /// The result of a run that is not cancelled.
  func result(
    of volume: Volume, request: SegmentationRequest = SegmentationRequest(threads: 2)
  ) throws -> SegmentationResult {
    guard case .finished(let result) = try segment(volume, request: request) else { throw CancellationError() }
    return result
  }
}

/// A volume of -1000 HU with a box of 800 HU in it, and the box as a mask.
struct BoxVolume {
  let volume: Volume
  let box: LabelMap

  init(
    size: (Int, Int, Int) = (24, 20, 16), box: (Range<Int>, Range<Int>, Range<Int>)? = (6..<14, 5..<12, 4..<9),
    spacing: SIMD3<Double> = SIMD3(1, 1, 1), direction: [SIMD3<Double>] = VolumeGeometry.identityDirection,
    background: Int16 = -1000
  ) throws {
    let volumeSize = try #require(VolumeSize(x: size.0, y: size.1, z: size.2))
    var voxels = [Int16](repeating: background, count: volumeSize.voxelCount)
    var mask = LabelMap(empty: volumeSize)
    if let box {
      for z in box.2 {
        for y in box.1 {
          for x in box.0 {
            let index = (z * size.1 + y) * size.0 + x
            voxels[index] = 800
            mask.labels[index] = 1
          }
        }
      }
    }
    let geometry = try VolumeGeometry(
      size: volumeSize, spacing: spacing, origin: SIMD3(-12, 30, 7), direction: direction)
    volume = try #require(Volume(geometry: geometry, voxels: voxels))
    self.box = mask
  }
}

extension BundleTrust {
  /// The tests' bundles are not signed.
  static var forTests: BundleTrust { get throws { try BundleTrust(accepting: .unsignedBundle) } }
}
