/// How a bundle is packed: the manifest, and which weight file and which of its tensors each network comes from.
///
/// A JSON file under Models/recipes; it names weight files without folders, the folder comes from the command line.
public struct Recipe: Codable, Hashable, Sendable {
  /// The weight file of one network.
  public struct WeightFile: Codable, Hashable, Sendable {
    /// Coarse or fine.
    public var stage: Manifest.Network.Stage
    /// The network's view.
    public var view: Manifest.Network.View
    /// The label whose own network this is; nil stands for every network of the stage and view without a record of its own.
    public var label: Int?
    /// Name of the safetensors or Caffe file; several networks may come from one file.
    public var file: String
    /// The layers' names in this file, where they differ from the recipe's; nil takes the recipe's.
    public var layers: [String: String]?
    /// The fixed upsampling layers of this file; nil takes the recipe's.
    public var fixedUpsampling: [String]?

    enum CodingKeys: String, CodingKey {
      case stage, view, label, file, layers
      case fixedUpsampling = "fixed_upsampling"
    }

    /// Makes a weight file's record.
    public init(
      stage: Manifest.Network.Stage, view: Manifest.Network.View, label: Int? = nil, file: String,
      layers: [String: String]? = nil, fixedUpsampling: [String]? = nil
    ) {
      (self.stage, self.view, self.label, self.file) = (stage, view, label, file)
      (self.layers, self.fixedUpsampling) = (layers, fixedUpsampling)
    }
  }

  /// The manifest of the bundle; `sources` and `sections` are empty, the packer fills them.
  public var manifest: Manifest
  /// One record for each network, or for networks of several labels that begin from the same file.
  public var weights: [WeightFile]
  /// Layer of the bundle (conv1_1 ... score_pool3) -> its name in the weight files, before `.weight` and `.bias`.
  public var layers: [String: String]
  /// Names of fixed upsampling layers in the weight files, in the order of `Topology.upsamplingFactors`. Their weights must
  /// be exactly the bilinear kernels, and are dropped. Empty when the files have none or they were trained.
  public var fixedUpsampling: [String]

  enum CodingKeys: String, CodingKey {
    case manifest, weights, layers
    case fixedUpsampling = "fixed_upsampling"
  }

  /// Makes a recipe.
  public init(manifest: Manifest, weights: [WeightFile], layers: [String: String], fixedUpsampling: [String]) {
    (self.manifest, self.weights, self.layers, self.fixedUpsampling) = (manifest, weights, layers, fixedUpsampling)
  }

  /// The record of a network: that of its label, else the one without a label.
  ///
  /// Throws `invalidManifest` when there is none or more than one.
  func weightFile(of network: Manifest.Network) throws(BundleError) -> WeightFile {
    let ofPlace = weights.filter { $0.stage == network.stage && $0.view == network.view }
    let ofLabel = ofPlace.filter { $0.label == network.label }
    let records = ofLabel.isEmpty ? ofPlace.filter { $0.label == nil } : ofLabel
    guard records.count == 1, let record = records.first else {
      let label = network.label.map { " of label \($0)" } ?? ""
      throw BundleError(
        code: .invalidManifest,
        message:
          "recipe: \(records.count) weight files for the \(network.stage.rawValue) \(network.view.rawValue) network\(label)"
      )
    }
    return record
  }

  /// Reads and checks a recipe.
  public init(path: String) throws(BundleError) {
    let file = try OpenFile(path: path)
    let source = ByteSource.file(file)
    guard file.size <= BundleHeader.largestManifest else {
      throw BundleError(code: .invalidManifest, message: "\(path): too large for a recipe")
    }
    let text = try source.bytes(at: 0, count: file.size, file: path, code: .cannotOpen)
    self = try ManifestCoding.decode(Recipe.self, from: text, largestSize: BundleHeader.largestManifest, file: path)
    try manifest.checkFields(file: path)
    guard manifest.sections.isEmpty, manifest.sources.isEmpty else {
      throw BundleError(code: .invalidManifest, message: "\(path): sections and sources must be empty in a recipe")
    }
  }
}
