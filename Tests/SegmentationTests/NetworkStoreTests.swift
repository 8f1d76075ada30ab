import CoarseToFine
import ModelBundle
import Networks
import Testing
import Volumes

@testable import Segmentation

@Suite struct NetworkStoreTests {
  @Test(
    arguments: [
      (nil, NetworkResidency.all), (60, .all), (59, .oneStage), (33, .oneStage), (32, .oneNetwork), (0, .oneNetwork),
    ] as [(Int?, NetworkResidency)])
  func asManyNetworksStayAsTheBudgetAllows(_ budget: Int?, _ expected: NetworkResidency) {
    #expect(NetworkResidency(stages: [[10, 10, 7], [11, 11, 11]], budget: budget) == expected)
  }

  /// Budgets in weights of one of the six networks, less a byte where `short`.
  @Test(
    arguments: [(nil, false, 6), (6, false, 6), (6, true, 3), (3, false, 3), (3, true, 1), (0, false, 1)]
      as [(Int?, Bool, Int)])
  func networksBeyondTheBudgetAreLetGoAndReadAgain(_ networks: Int?, _ short: Bool, _ expected: Int) throws {
    try ThresholdBundle().open { path in
      let keys = [Stage.coarse, .fine].flatMap { stage in
        View.allCases.map { NetworkStore.Key(stage: stage, view: $0, label: 1) }
      }
      let one = try NetworkStore(bundle: try BundleReader(path: path)).network(keys[0]).description.weightByteCount()
      let budget = networks.map { $0 * one - (short ? 1 : 0) }
      let store = NetworkStore(bundle: try BundleReader(path: path), memoryBudget: budget)
      for key in keys + keys {
        _ = try store.network(key)
        #expect(store.resident.contains(key))
      }
      #expect(store.resident.count == expected)
    }
  }
}
