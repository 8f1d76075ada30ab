package import CoarseToFine
package import ModelBundle
package import Networks
package import Volumes

/// The one place where weights meet networks: the six networks of a bundle, built from its tensors at first use.
///
/// Not thread-safe: owned by a segmenter, which runs one call at a time.
package final class NetworkStore {
  /// Which of the six.
  package struct Key: Hashable {
    let stage: Stage
    let view: View

    package init(stage: Stage, view: View) { (self.stage, self.view) = (stage, view) }

    /// The key of a manifest's entry, in the algorithm's words.
    package init(_ entry: Manifest.Network) {
      self.init(stage: entry.stage == .coarse ? .coarse : .fine, view: View(entry.view))
    }
  }

  private let bundle: BundleReader
  private var networks: [Key: FCN8s] = [:]
  /// What `networks` compute in; they are read anew when another precision is asked for.
  private var precision = Precision.float32

  package init(bundle: BundleReader) { self.bundle = bundle }

  /// Refuses a bundle with a topology that cannot be computed; reads no weights.
  func checkDescriptions() throws(SegmentationError) {
    for entry in bundle.manifest.networks {
      do throws(NetworkError) {
        _ = try NetworkDescription(entry.topology)
      } catch {
        throw SegmentationError(error, in: place(of: Key(entry)))
      }
    }
  }

  /// Where a network's errors happen, for sentences.
  private func place(of key: Key) -> String { "\(bundle.fileName), \(key.stage) \(key.view) network" }

  /// The network of a stage and view; reads, checks and packs its weights the first time, and after another precision.
  package func network(_ key: Key, _ precision: Precision = .float32) throws(SegmentationError) -> FCN8s {
    if precision != self.precision { networks = [:] }
    self.precision = precision
    if let ready = networks[key] { return ready }
    guard let entry = bundle.manifest.networks.first(where: { Key($0) == key }) else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "\(bundle.fileName): no \(key.stage) network for the \(key.view) view")
    }
    let network: FCN8s
    do {
      network = try FCN8s(
        description: try NetworkDescription(entry.topology), options: .init(precision: precision),
        activationMaxima: entry.activationMaxima?.mapValues { Float($0) }
      ) { name in
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
    networks[key] = network
    return network
  }
}
