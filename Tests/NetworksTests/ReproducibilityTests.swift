import Glibc
import Testing

@testable import Networks

@Suite struct ReproducibilityTests {
  private static let sizes = (0..<40).map { (rows: 1 + $0 * 37 % 83, columns: 1 + $0 * 53 % 71) }

  private static func predictions(_ network: FCN8s, threads: Int, order: [Int]) throws -> [[UInt32]] {
    var bits = [[UInt32]](repeating: [], count: sizes.count)
    let description = network.description
    _ = try SliceWorkers(threads: threads).forEachOrdered(count: order.count, shouldStop: { false }) {
      step, workspace in
      let (rows, columns) = sizes[order[step]]
      let slice = randomSlice(description, rows: rows, columns: columns)
      return try network.predict(slice, rows: rows, columns: columns, workspace: workspace).map(\.bitPattern)
    } consume: { step, output in
      bits[order[step]] = output
    }
    return bits
  }

  /// The same bits for 1, 2 and 4 threads, whichever size was planned first, with plans made anew or kept.
  @Test func sameBitsForAnyNumberOfThreadsAndAnyOrder() throws {
    for description in [try GoldenCase.slim(outputs: 3), try GoldenCase.paper16th(outputs: 1)] {
      let tensors = randomTensors(for: description, seed: 21)
      let forwards = Array(Self.sizes.indices)
      let network = try FCN8s(description: description) { tensors[$0] }
      let expected = try Self.predictions(network, threads: 1, order: forwards)
      #expect(expected.allSatisfy { !$0.isEmpty })
      for threads in [2, 4] {
        #expect(try Self.predictions(network, threads: threads, order: forwards) == expected)
        let fresh = try FCN8s(description: description) { tensors[$0] }
        #expect(try Self.predictions(fresh, threads: threads, order: forwards.reversed()) == expected)
      }
    }
  }

  @Test func plansBeyondTheCapacityAreMadeAnew() throws {
    let description = try ReferenceTests.small(.samePadding)
    let cache = PlanCache(capacity: 2)
    let tensors = randomTensors(for: description, seed: 5)
    let engine = try OneDNN.Engine()
    var layers: [String: LayerWeights] = [:]
    for layer in description.convolutions {
      let weights = try #require(tensors["\(layer.name).weight"]).values
      let bias = try #require(tensors["\(layer.name).bias"]).values
      layers[layer.name] = try LayerWeights(
        layer, .float32, weights: weights, bias: bias, options: FCN8s.Options(), engine: engine)
    }
    let network = LayerSet(description, options: FCN8s.Options(), weights: layers, inputStep: 1, engine: engine)
    var made: [Int] = []
    for side in [32, 64, 32, 96, 32, 64] {
      let size = try description.paddedSize(rows: side, columns: side)
      _ = try cache.plan(for: SlicePlan.Key(size: size, image: .empty)) { () throws(NetworkError) in
        made.append(side)
        return try SlicePlan(
          network, zeroImage: ZeroImage(network), rows: side, columns: side, image: .empty)
      }
    }
    #expect(made == [32, 64, 96, 64])
  }

  /// A host may use OpenMP itself: what it set on its thread must still stand after a prediction there.
  @Test func openMPSettingOfTheCallerIsRestored() throws {
    let openMP = try #require(dlopen("libgomp.so.1", RTLD_NOW | RTLD_LOCAL))
    let setThreads = try #require(dlsym(openMP, "omp_set_num_threads"))
    let maxThreads = try #require(dlsym(openMP, "omp_get_max_threads"))
    let set = unsafeBitCast(setThreads, to: (@convention(c) (Int32) -> Void).self)
    let get = unsafeBitCast(maxThreads, to: (@convention(c) () -> Int32).self)
    let description = try ReferenceTests.small(.samePadding)
    let tensors = randomTensors(for: description, seed: 5)
    set(7)
    let network = try FCN8s(description: description) { tensors[$0] }
    let slice = randomSlice(description, rows: 9, columns: 9)
    _ = try network.predict(slice, rows: 9, columns: 9, workspace: Workspace())
    #expect(get() == 7)
  }
}
