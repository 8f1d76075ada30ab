package import CoarseToFine
package import ModelBundle
package import Networks
package import Volumes

/// The one place where weights meet networks: the networks of a bundle, built from its tensors at first use, and taken
/// from another instance of the same bundle where there is one.
///
/// Not thread-safe: owned by a segmenter, which runs one call at a time.
package final class NetworkStore {
  /// Which network.
  package struct Key: Hashable {
    let stage: Stage
    let view: View
    /// Value of the organ that the run finds.
    let label: Int

    package init(stage: Stage, view: View, label: Int) { (self.stage, self.view, self.label) = (stage, view, label) }
  }

  private let bundle: BundleReader
  private let shared: SharedNetworks
  private let exchange: (any WeightExchange)?
  private var networks: [Key: FCN8s] = [:]
  /// What `networks` compute in; they are read anew when another precision is asked for.
  private var precision = Precision.float32
  private var saliencies: [Key: SaliencyTransform] = [:]

  /// Threads that decode weights.
  var threads = 1
  /// Which networks stay when another one is asked for.
  var residency = NetworkResidency.all

  /// Shares weights with the other instances of this process, and through `exchange` with those of others.
  package convenience init(bundle: BundleReader, exchange: (any WeightExchange)? = nil) {
    self.init(bundle: bundle, shared: .ofProcess, exchange: exchange)
  }

  init(bundle: BundleReader, shared: SharedNetworks, exchange: (any WeightExchange)? = nil) {
    (self.bundle, self.shared, self.exchange) = (bundle, shared, exchange)
  }

  /// Networks in memory at present.
  var resident: Set<Key> { Set(networks.keys) }

  /// Refuses a bundle with a topology that cannot be computed; reads no weights.
  func checkDescriptions() throws(SegmentationError) {
    for entry in bundle.manifest.networks {
      do throws(NetworkError) {
        _ = try NetworkDescription(entry.topology)
      } catch {
        throw SegmentationError(error, in: "\(bundle.fileName), network \(entry.tensors)")
      }
    }
  }

  /// Where a network's errors happen, for sentences.
  private func place(of key: Key) -> String { "\(bundle.fileName), \(key.stage) \(key.view) network" }

  /// The network of a stage and view; reads, checks and packs its weights the first time, and after another precision.
  /// Lets those go that `residency` does not keep beside it.
  package func network(_ key: Key, _ precision: Precision = .float32) throws(SegmentationError) -> FCN8s {
    if precision != self.precision { networks = [:] }
    self.precision = precision
    if let ready = networks[key] { return ready }
    guard let entry = bundle.manifest.networks.first(where: { $0.serves(key) }) else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "\(bundle.fileName): no \(key.stage) network for the \(key.view) view of label \(key.label)")
    }
    let network: FCN8s
    do {
      networks = networks.filter { residency.keeps($0.key, beside: key) }
      let identity = SharedNetworks.Identity(bundle: bundle.sha256, tensors: entry.tensors, precision: precision)
      network = try shared.network(identity) {
        try FCN8s(
          description: try NetworkDescription(entry.topology), options: .init(precision: precision),
          activationMaxima: entry.activationMaxima?.mapValues { Float($0) },
          memory: try exchange?.memory(
            forWeights: "\(bundle.sha256)/\(entry.tensors), \(precision), \(FCN8s.packingOrders())")
        ) { name, part in
          let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)", part: part, threads: threads)
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

  /// Whether some network looks at the previous round's probabilities.
  var looksAtPreviousRound: Bool { bundle.manifest.networks.contains { $0.topology.saliency != nil } }

  /// The saliency transformation of a stage and view, nil where the network sees the image alone.
  func saliency(_ key: Key) throws(SegmentationError) -> SaliencyTransform? {
    if let ready = saliencies[key] { return ready }
    guard let entry = bundle.manifest.networks.first(where: { $0.serves(key) }), let saliency = entry.topology.saliency
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
  /// Whether a run asks for this network, in the algorithm's words.
  fileprivate func serves(_ key: NetworkStore.Key) -> Bool {
    key.stage == (stage == .coarse ? .coarse : .fine) && key.view == Volumes.View(view)
      && serves(stage, view, label: key.label)
  }
}
