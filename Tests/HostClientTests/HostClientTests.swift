import Foundation
import HostClient
import Synchronization
import Testing
import Volumes

/// The Swift host's side of islet.h against the staged plugin.
@Suite struct HostClientTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  private static let plugin = root + "/.build/stage/lib/islet/islet.so"
  private static let bundle = root + "/Models/pancreas-phantom-native-0.1.0.islet"

  private func library() throws -> PluginLibrary {
    try #require(FileManager.default.fileExists(atPath: Self.plugin), "run `make build` first")
    return try PluginLibrary(path: Self.plugin)
  }

  private func instance(_ callbacks: HostCallbacks = HostCallbacks()) throws -> PluginInstance {
    let instance = try PluginInstance(
      of: library(), hostName: "HostClientTests", hostVersion: "1", callbacks: callbacks)
    try instance.loadBundle(path: Self.bundle)
    return instance
  }

  /// Water in air: no organ, but every network runs.
  private func volume() throws -> Volume {
    let size = try #require(VolumeSize(x: 33, y: 27, z: 21))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(2.2, 2.2, 2), origin: .zero, direction: VolumeGeometry.identityDirection)
    let voxels = (0..<size.voxelCount).map { Int16($0 % 33 > 5 ? 20 : -1000) }
    return try #require(Volume(geometry: geometry, voxels: voxels))
  }

  @Test func libraryTellsWhoItIs() throws {
    let library = try library()
    #expect(library.identifier == "org.islet.plugin")
    #expect(library.interfaceVersion == "1.0")
    #expect(!library.version.isEmpty)
    #expect(library.intendedUse.contains("not for diagnosis"))
  }

  @Test func aFileThatIsNoPluginIsAnErrorWithItsPath() throws {
    let text = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).so").path
    defer { try? FileManager.default.removeItem(atPath: text) }
    try Data("no library".utf8).write(to: URL(fileURLWithPath: text))
    for path in [text, "/nonexistent/islet.so"] {
      let error = #expect(throws: HostError.self) { _ = try PluginLibrary(path: path) }
      #expect(error?.code == .notAPlugin && error?.description.contains(path) == true)
    }
  }

  @Test func aMissingBundleKeepsTheStatusAndTheSentence() throws {
    let instance = try instance()
    let error = #expect(throws: HostError.self) { try instance.loadBundle(path: "/nonexistent.islet") }
    #expect(error?.code == .status(200))
    #expect(error?.description.contains("/nonexistent.islet") == true)
    #expect(try instance.describeBundle().contains("pancreas-phantom-native"))
  }

  @Test func aPlanSaysWhatARunTakesAndWhatABudgetDoes() throws {
    let (instance, geometry) = (try instance(), try volume().geometry)
    let plan = try instance.plan(geometry, request: SegmentRequest(threads: 2))
    #expect(plan.threads == 2 && plan.workUnits > 0 && plan.smallestBytes > 1 << 20 && plan.bytes > plan.smallestBytes)
    let lean = try instance.plan(geometry, request: SegmentRequest(threads: 2, memoryBudget: plan.smallestBytes))
    #expect(lean.bytes <= plan.smallestBytes && lean.smallestBytes == plan.smallestBytes)
    let error = #expect(throws: HostError.self) {
      _ = try instance.plan(geometry, request: SegmentRequest(memoryBudget: plan.smallestBytes - 1))
    }
    #expect(error?.code == .status(300), "\(String(describing: error))")
  }

  @Test func aRunReportsProgressAndItsTrace() throws {
    let fractions = Mutex<[Double]>([])
    let instance = try instance(
      HostCallbacks(progress: { progress in fractions.withLock { $0.append(progress.fraction) } }))
    let volume = try volume()
    let result = try instance.segment(volume, request: SegmentRequest(threads: 2, rounds: 1, wantsViewMasks: true))
    let trace = try RunTrace(json: instance.trace())
    #expect(result.mask.size == volume.size && result.probability.count == volume.size.voxelCount)
    #expect(result.viewMasks?.size == volume.size)
    #expect(trace.end == result.summary.end?.rawValue)
    #expect(trace.voxels == result.summary.voxels && trace.flags == result.summary.flagNames)
    #expect(trace.profile.maximumRounds == 1 && trace.threads == 2)
    #expect(trace.geometry.size == [33, 27, 21] && abs(trace.geometry.voxelMillilitres - 0.00968) < 1e-9)
    let seen = fractions.withLock { $0 }
    #expect(seen.last == 1 && zip(seen, seen.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(try instance.segment(volume).viewMasks == nil)
  }

  @Test func cancellationHasACodeOfItsOwn() throws {
    let instance = try instance(HostCallbacks(isCancelled: { true }))
    let volume = try volume()
    let error = #expect(throws: HostError.self) { _ = try instance.segment(volume) }
    #expect(error?.code == .cancelled)
  }

  @Test(arguments: [
    SegmentRequest(label: -1), SegmentRequest(threads: -1), SegmentRequest(rounds: .max), SegmentRequest(threshold: 2),
    SegmentRequest(margin: -5), SegmentRequest(componentRatio: 1.5), SegmentRequest(componentRatio: .nan),
    SegmentRequest(initialBox: VoxelBox(x: -1..<5, y: 0..<5, z: 0..<5)),
    SegmentRequest(initialBox: VoxelBox(x: 0..<5, y: 0..<5, z: 0..<22)),
    SegmentRequest(initialBox: VoxelBox(x: 0..<5, y: .min..<0, z: 0..<5)),
  ])
  func numbersThatDoNotFitAreRefusedByThePlugin(_ request: SegmentRequest) throws {
    let instance = try instance()
    let volume = try volume()
    let error = #expect(throws: HostError.self) { _ = try instance.segment(volume, request: request) }
    #expect(error?.code == .status(107))
  }

  @Test func overridesOfFusionAndFilterAreInTheTrace() throws {
    let instance = try instance()
    let volume = try volume()
    func profile(_ request: SegmentRequest) throws -> RunTrace.Profile {
      _ = try instance.segment(volume, request: request)
      return try RunTrace(json: instance.trace()).profile
    }
    for (coarse, fine) in [(SegmentRequest.Fusion.mean, SegmentRequest.Fusion.majority), (.majority, .mean)] {
      let found = try profile(
        SegmentRequest(threads: 2, rounds: 0, componentRatio: 0.25, coarseFusion: coarse, fineFusion: fine))
      #expect(found.coarseFusion == coarse.rawValue && found.fineFusion == fine.rawValue)
      #expect(found.componentRatio == 0.25)
    }
    #expect(try profile(SegmentRequest(threads: 2, rounds: 0, componentRatio: 0)).componentRatio == nil)
  }

  @Test func boxIsTheMaskOfItsVoxels() throws {
    let volume = try volume()
    let box = try #require(VoxelBox(x: 8..<21, y: 6..<19, z: 4..<15))
    var mask = LabelMap(empty: volume.size)
    for z in box.z { for y in box.y { for x in box.x { mask.labels[(z * 27 + y) * 33 + x] = 1 } } }
    let instance = try instance()
    var request = SegmentRequest(threads: 2, rounds: 1, initialBox: box)
    var heard: [SegmentationPass] = []
    let boxed = try instance.segment(volume, request: request) { heard.append($0) }
    #expect(heard.map(\.round) == [1])
    (request.initialBox, request.initialMask) = (nil, mask)
    let masked = try instance.segment(volume, request: request)
    #expect(boxed.mask == masked.mask && boxed.probability == masked.probability)
    request.initialBox = box
    let error = #expect(throws: HostError.self) { _ = try instance.segment(volume, request: request) }
    #expect(error?.code == .status(107) && error?.description.contains("one of them") == true)
  }

  @Test func runIsWatchedPassByPassFromTheCoarseOneOn() throws {
    let volume = try volume()
    var heard: [SegmentationPass] = []
    let result = try instance().segment(volume, request: SegmentRequest(threads: 2, rounds: 2)) { heard.append($0) }
    #expect(heard.first?.round == 0 && heard.first?.diceToPrevious == nil)
    #expect(heard.count == 1 + result.summary.rounds)
    #expect(heard.allSatisfy { $0.mask.size == volume.size && $0.viewMasks?.size == volume.size })
  }

  @Test func runFromAMaskHasNoCoarsePass() throws {
    let volume = try volume()
    var mask = LabelMap(empty: volume.size)
    for x in 10..<20 { mask.labels[(10 * 27 + 13) * 33 + x] = 5 }
    var heard: [SegmentationPass] = []
    let instance = try instance()
    _ = try instance.segment(volume, request: SegmentRequest(threads: 2, rounds: 1, initialMask: mask)) {
      heard.append($0)
    }
    #expect(heard.map(\.round) == [1])
    #expect(try RunTrace(json: instance.trace()).coarse.slicesComputed == 0)

    let other = LabelMap(empty: try #require(VolumeSize(x: 33, y: 27, z: 20)))
    let error = #expect(throws: HostError.self) {
      _ = try instance.segment(volume, request: SegmentRequest(initialMask: other))
    }
    #expect(error?.code == .status(107) && error?.description.contains("initial_mask") == true)
  }
}
