import CoarseToFine
import ModelBundle
import Networks
import Volumes

/// The one place where weights meet networks: the six networks of a bundle, built from its tensors at first use.
///
/// Not thread-safe: owned by a segmenter, which runs one call at a time.
final class NetworkStore {
  /// Which of the six.
  struct Key: Hashable {
    let stage: Stage
    let view: View
  }

  private let bundle: BundleReader
  private var networks: [Key: FCN8s] = [:]
  private var saliencies: [Key: SaliencyTransform] = [:]

  /// Threads that decode weights.
  var threads = 1

  init(bundle: BundleReader) { self.bundle = bundle }

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
      network = try FCN8s(description: try NetworkDescription(entry.topology)) { name in
        let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)", threads: threads)
        return WeightTensor(shape: tensor.shape, values: tensor.values)
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

  /// Whether some network looks at the previous round's probabilities.
  var looksAtPreviousRound: Bool { bundle.manifest.networks.contains { $0.topology.saliency != nil } }

  /// The saliency transformation of a stage and view, nil where the network sees the image alone.
  func saliency(_ key: Key) throws(SegmentationError) -> SaliencyTransform? {
    if let ready = saliencies[key] { return ready }
    guard let entry = bundle.manifest.networks.first(where: { $0.key == key }), let saliency = entry.topology.saliency
    else { return nil }
    let transform: SaliencyTransform
    do {
      transform = try SaliencyTransform(channels: entry.topology.inputChannels, kernels: saliency.kernels) { name in
        let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)")
        return WeightTensor(shape: tensor.shape, values: tensor.values)
      }
    } catch let error as BundleError {
      throw SegmentationError(error)
    } catch let error as NetworkError {
      throw SegmentationError(error, in: place(of: key))
    } catch {
      throw SegmentationError(code: .internal, description: "\(bundle.fileName): \(error)")
    }
    saliencies[key] = transform
    return transform
  }
}

extension Manifest.Network {
  /// Stage and view in the algorithm's words.
  fileprivate var key: NetworkStore.Key {
    NetworkStore.Key(stage: stage == .coarse ? .coarse : .fine, view: Volumes.View(view))
  }
}
