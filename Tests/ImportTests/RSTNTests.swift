import CoarseToFine
import ModelBundle
import Testing
import Volumes

@testable import Networks
@testable import Segmentation

/// RSTN weights from files to a mask: two whole rounds against a twin in PyTorch (Integration/import/rstn_round.py).
struct RSTNTests {
  private static let views: [Manifest.Network.View] = [.coronal, .sagittal, .axial]
  private static let rounds = 2

  private enum Route: CaseIterable { case caffe, pyTorch }

  /// Coarse and fine networks of a view come from one file.
  private static func recipe(_ route: Route) -> Recipe {
    var fine = ImportedNetworkTests.tiny
    fine.saliency = .init()
    var manifest = Manifest.synthetic(topology: ImportedNetworkTests.tiny)
    for index in manifest.networks.indices where manifest.networks[index].stage == .fine {
      manifest.networks[index].topology = fine
    }
    manifest.profile = Manifest.Profile(
      inputRegion: .unionOfNeighbours, margin: 2, coarseFusion: .mean, fineFusion: .mean, componentRatio: 0.5,
      threshold: 1, stop: .above, rounds: rounds)
    let plain = ImportedNetworkTests.authorsNames().keys
    let upsampling = ["upscore2", "upscore_pool4", "upscore8"]
    func pyTorchNames(_ part: String) -> [String: String] {
      Dictionary(uniqueKeysWithValues: plain.map { ($0, "\(part).\($0)") })
    }
    var fineNames =
      route == .caffe ? ImportedNetworkTests.authorsNames(suffix: "-R") : pyTorchNames("fine_model")
    fineNames["saliency1"] = "saliency1"
    fineNames["saliency2"] = route == .caffe ? "saliency" : "saliency2"
    let weights = manifest.networks.map { network in
      let file = "rstn-\(network.view.rawValue).\(route == .caffe ? "caffemodel" : "safetensors")"
      guard network.stage == .fine else { return Recipe.WeightFile(stage: .coarse, view: network.view, file: file) }
      return Recipe.WeightFile(
        stage: .fine, view: network.view, file: file, layers: fineNames,
        fixedUpsampling: route == .caffe
          ? ImportedNetworkTests.authorsUpsampling(suffix: "-R") : upsampling.map { "fine_model.\($0)" })
    }
    return Recipe(
      manifest: manifest, weights: weights,
      layers: route == .caffe ? ImportedNetworkTests.authorsNames() : pyTorchNames("coarse_model"),
      fixedUpsampling: route == .caffe
        ? ImportedNetworkTests.authorsUpsampling() : upsampling.map { "coarse_model.\($0)" })
  }

  private static func pack(_ route: Route, in folder: TemporaryFolder) throws -> String {
    let output = "\(folder.path)/rstn.islet"
    try BundlePacker.pack(recipe(route), weightsFolder: try Fixtures.path(""), output: output)
    return output
  }

  private static func volume() throws -> Volume {
    let size = try #require(VolumeSize(x: 18, y: 16, z: 13))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(1, 1, 1), origin: .zero, direction: VolumeGeometry.identityDirection)
    return try #require(Volume(geometry: geometry, voxels: try Fixtures.int16s("rstn-volume.i16")))
  }

  @Test func filesOfCaffeAndOfPyTorchGiveTheSameWeights() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let caffe = try BundleReader(path: try Self.pack(.caffe, in: first)).manifest
    let pyTorch = try BundleReader(path: try Self.pack(.pyTorch, in: second)).manifest
    #expect(caffe.sections.map(\.name) == pyTorch.sections.map(\.name))
    #expect(caffe.sections.map(\.chunks) == pyTorch.sections.map(\.chunks))
    #expect(caffe.sections.contains { $0.name == "fine-axial/saliency2.weight" && $0.shape == [3, 3, 5, 5] })
    #expect(caffe.sources.map(\.file) == Self.views.map { "rstn-\($0.rawValue).caffemodel" })
  }

  /// The probabilities of Z(0), Z(1), Z(2) as floats, and every mask.
  @Test(arguments: [1, 3]) func roundsAreThoseOfPyTorch(threads: Int) throws {
    let folder = try TemporaryFolder()
    let bundle = try BundleReader(path: try Self.pack(.caffe, in: folder))
    let volume = try Self.volume()
    let plan = try RunPlan(manifest: bundle.manifest, request: SegmentationRequest(threads: threads))
    let previous = PreviousRound()
    let predictor = CropPredictor(
      volume: volume, window: plan.window, networks: NetworkStore(bundle: bundle), precision: .float32,
      label: plan.label.value,
      workers: SliceWorkers(threads: threads), control: RunControl(), previous: previous)
    var probabilities: [[Float]] = []
    var masks: [[UInt8]] = []
    // One round more than the twin's, to see the probabilities of its last one.
    var profile = plan.profile
    profile.maximumRounds = Self.rounds + 1
    let iteration = try FixedPointIteration(profile: profile, planes: plan.planes, size: volume.size)
    let result = try iteration.run(
      predict: predictor.predict,
      willStartRound: { probability in
        previous.probability = probability
        probabilities.append(probability)
      }, checkpoint: { _ in }, didFinish: { masks.append($0.mask.labels) })
    #expect(result.rounds.allSatisfy { $0.slicesReused == 0 })
    for round in 0...Self.rounds {
      let difference = largestDifference(
        probabilities[round], try Fixtures.floats("rstn-probability-\(round).f32"))
      print("RSTN, \(threads) threads, round \(round): largest difference of probabilities to PyTorch \(difference)")
      #expect(difference <= 1e-4)
      #expect(masks[round] == (try Fixtures.bytes("rstn-mask-\(round).u8")))
    }
  }

  @Test func segmenterReturnsTheTwinsMask() throws {
    let folder = try TemporaryFolder()
    let segmenter = try Segmenter(
      bundlePath: try Self.pack(.pyTorch, in: folder), trust: try BundleTrust(accepting: .unsignedBundle))
    let volume = try Self.volume()
    let outcome = try volume.voxels.withUnsafeBytes { bytes in
      let voxels = try StridedVoxels(element: .int16, base: try #require(bytes.baseAddress), size: volume.size)
      return try segmenter.segment(
        voxels, geometry: volume.geometry, request: SegmentationRequest(threads: 2), control: RunControl())
    }
    guard case .finished(let result) = outcome else {
      Issue.record("the run was cancelled")
      return
    }
    #expect(result.mask.labels == (try Fixtures.bytes("rstn-mask-2.u8")))
  }

  /// A given mask counts as the probability 0 or 1.
  @Test func givenMaskIsSeenAsProbability() throws {
    let volume = try Self.volume()
    var mask = LabelMap(empty: volume.size)
    mask.labels[700] = 3
    let plan = try RunPlan(manifest: Self.recipe(.caffe).manifest, request: SegmentationRequest())
    let iteration = try FixedPointIteration(profile: plan.profile, planes: plan.planes, size: volume.size)
    var seen: [Float] = []
    _ = try iteration.run(
      from: mask,
      predict: { _, crops, consume in
        for (index, crop) in crops.enumerated() {
          let values = [Float](repeating: 0, count: 3 * crop.box.size.pixelCount)
          try consume(index, try #require(CropProbabilities(channels: 3, size: crop.box.size, values: values)))
        }
      }, willStartRound: { seen = $0 }, checkpoint: { _ in })
    #expect(seen.reduce(0, +) == 1)
    #expect(seen[700] == 1)
  }

  @Test func saliencyInACoarseNetworkIsRefused() throws {
    var manifest = Self.recipe(.caffe).manifest
    manifest.networks[0].topology.saliency = .init()
    expectRefusal(of: manifest, "saliency belongs to fine networks")
  }

  @Test(arguments: [[3], [3, 4], [0, 5], [3, 17], [3, 5, 7]]) func oddKernelsAreNeeded(_ kernels: [Int]) throws {
    var manifest = Self.recipe(.caffe).manifest
    manifest.networks[3].topology.saliency = .init(kernels: kernels)
    expectRefusal(of: manifest, "two odd numbers")
  }

  @Test func saliencyNeedsAsManyOutputsAsInputs() throws {
    var manifest = Self.recipe(.caffe).manifest
    manifest.networks[3].topology.outputChannels = 1
    expectRefusal(of: manifest, "as many output_channels")
  }

  private func expectRefusal(of manifest: Manifest, _ words: String) {
    let error = #expect(throws: BundleError.self) {
      try BundleSynthesizer.synthesize(manifest, dtype: .float32, seed: 1, output: "/nowhere/a.islet")
    }
    #expect(error?.code == .invalidManifest)
    #expect(error?.message.contains(words) == true)
  }
}
