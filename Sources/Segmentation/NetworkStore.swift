import CoarseToFine
import ModelBundle
import Networks
import Volumes

/// The one place where weights meet networks: the networks of a bundle, built from its tensors at first use, and taken
/// from another instance of the same bundle where there is one.
///
/// Not thread-safe: owned by a segmenter, which runs one call at a time.
final class NetworkStore {
  /// Which of the six.
  struct Key: Hashable {
    let stage: Stage
    let view: View
  }

  private let bundle: BundleReader
  private let shared: SharedNetworks
  private var networks: [Key: FCN8s] = [:]

  init(bundle: BundleReader, shared: SharedNetworks = .ofProcess) { (self.bundle, self.shared) = (bundle, shared) }

  /// Refuses a bundle with a topology that cannot be computed; reads no weights.
  func checkDescriptions() throws(SegmentationError) {
    for entry in bundle.manifest.networks {
      do throws(NetworkError) {
        _ = try NetworkDescription(entry.topology)
      } catch {
        throw SegmentationError(error, in: place(of: entry.key))
      }
    }
  }

  /// Where a network's errors happen, for sentences.
  private func place(of key: Key) -> String { "\(bundle.fileName), \(key.stage) \(key.view) network" }

  /// Lets a network go; the next use reads its weights again.
  func forget(_ key: Key) { networks[key] = nil }

  /// The network of a stage and view; reads, checks and packs its weights the first time.
  func network(_ key: Key) throws(SegmentationError) -> FCN8s {
    if let ready = networks[key] { return ready }
    guard let entry = bundle.manifest.networks.first(where: { $0.key == key }) else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "\(bundle.fileName): no \(key.stage) network for the \(key.view) view")
    }
    let network: FCN8s
    do {
      network = try shared.network(.init(bundle: bundle.sha256, tensors: entry.tensors)) {
        try FCN8s(description: try NetworkDescription(entry.topology)) { name in
          let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)")
          return WeightTensor(shape: tensor.shape, values: tensor.values)
        }
      }
    } catch let error as BundleError {
      throw SegmentationError(error)
    } catch let error as NetworkError {
      throw SegmentationError(error, in: place(of: key))
    } catch {
      throw SegmentationError(code: .internal, description: "\(bundle.fileName): \(error)")
    }
    networks[key] = network
    return network
  }
}

extension Manifest.Network {
  /// Stage and view in the algorithm's words.
  fileprivate var key: NetworkStore.Key {
    NetworkStore.Key(stage: stage == .coarse ? .coarse : .fine, view: Volumes.View(view))
  }
}
