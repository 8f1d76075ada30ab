import CoarseToFine
import ModelBundle
import Networks
import Testing
import Volumes

@testable import Segmentation

@Suite struct NetworkStoreTests {
  @Test(arguments: [(NetworkResidency.all, 6), (.oneStage, 3), (.oneNetwork, 1)])
  func networksThatDoNotStayAreLetGoAndReadAgain(_ residency: NetworkResidency, _ expected: Int) throws {
    try ThresholdBundle().open { path in
      let keys = [Stage.coarse, .fine].flatMap { stage in
        View.allCases.map { NetworkStore.Key(stage: stage, view: $0, label: 1) }
      }
      let store = NetworkStore(bundle: try BundleReader(path: path))
      store.residency = residency
      for key in keys + keys {
        _ = try store.network(key)
        #expect(store.resident.contains(key))
      }
      #expect(store.resident.count == expected)
    }
  }
}
