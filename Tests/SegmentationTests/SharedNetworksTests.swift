import CoarseToFine
import Foundation
import ModelBundle
import Networks
import Synchronization
import Testing
import Volumes

@testable import Segmentation

/// Instances with the same bundle share one copy of its networks, and nothing else.
@Suite struct SharedNetworksTests {
  private let shared = SharedNetworks()

  private static func network() throws -> FCN8s {
    let topology = Manifest.Topology(
      family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
      convolutions: [1, 1, 1, 1, 1], pools: [false, false, false, false, false], fc6: .init(channels: 1, kernel: 1),
      fc7: .init(channels: 1))
    let description = try NetworkDescription(topology)
    let shapes = Dictionary(uniqueKeysWithValues: topology.tensors.map { ($0.name, $0.shape) })
    return try FCN8s(description: description) { name in
      let shape = shapes[name] ?? []
      return WeightTensor(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
    }
  }

  private let first = SharedNetworks.Identity(bundle: "a", tensors: "coarse-axial")

  @Test func sameIdentityGivesTheSameNetworkAndBuildsItOnce() throws {
    let network = try shared.network(first) { try Self.network() }
    let again = try shared.network(first) {
      Issue.record("built twice")
      return try Self.network()
    }
    #expect(network === again && shared.count == 1)
  }

  @Test func otherBundleOrOtherTensorsGiveAnotherNetwork() throws {
    let network = try shared.network(first) { try Self.network() }
    for other in [
      SharedNetworks.Identity(bundle: "b", tensors: "coarse-axial"), .init(bundle: "a", tensors: "fine-axial"),
    ] {
      #expect(try shared.network(other) { try Self.network() } !== network)
    }
  }

  @Test func nothingStaysWhenTheLastUserEnds() throws {
    var network: FCN8s? = try shared.network(first) { try Self.network() }
    weak let watched = network
    #expect(shared.count == 1)
    network = nil
    #expect(watched == nil && shared.count == 0)
    _ = try shared.network(first) { try Self.network() }
  }

  @Test func failedBuildLeavesThePlaceFreeForTheNext() throws {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try shared.network(first) { throw Failure() } }
    let network = try shared.network(first) { try Self.network() }
    #expect(shared.count == 1 && network.description.inputChannels == 1)
  }

  @Test func instancesThatAskAtOnceWaitForOneBuild() throws {
    let builds = Mutex(0)
    let found = Mutex<[FCN8s]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let network = try? shared.network(first) {
        builds.withLock { $0 += 1 }
        usleep(20_000)
        return try Self.network()
      }
      if let network { found.withLock { $0.append(network) } }
    }
    let networks = found.withLock { $0 }
    #expect(networks.count == 8 && networks.allSatisfy { $0 === networks[0] })
    #expect(builds.withLock { $0 } == 1)
  }

  /// What a segmenter loads through, with a bundle in a file: same file, same weights elsewhere, other weights.
  @Test func storesOfOneBundleUseOneCopyAndOtherBundlesTheirOwn() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("shared-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let topology = Manifest.Topology(
      family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
      convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, false], fc6: .init(channels: 1, kernel: 1),
      fc7: .init(channels: 1))
    func store(_ name: String, seed: UInt64) throws -> NetworkStore {
      let path = folder.appendingPathComponent(name).path
      try BundleSynthesizer.synthesize(.synthetic(topology: topology), dtype: .float32, seed: seed, output: path)
      return NetworkStore(bundle: try BundleReader(path: path), shared: shared)
    }
    let (one, copy, other) = (
      try store("a.islet", seed: 1), try store("copy.islet", seed: 1), try store("b.islet", seed: 2)
    )
    let key = NetworkStore.Key(stage: .fine, view: .axial, label: 1)
    let network = try one.network(key)
    #expect(try copy.network(key) === network)
    #expect(try other.network(key) !== network)
    #expect(try one.network(.init(stage: .coarse, view: .axial, label: 1)) !== network)
    #expect(shared.count == 3)
  }
}
