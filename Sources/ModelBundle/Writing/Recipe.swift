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
    /// Name of the safetensors or Caffe file; several networks may come from one file.
    public var file: String
    /// The layers' names in this file, where they differ from the recipe's; nil takes the recipe's.
    public var layers: [String: String]?
    /// The fixed upsampling layers of this file; nil takes the recipe's.
    public var fixedUpsampling: [String]?

    enum CodingKeys: String, CodingKey {
      case stage, view, file, layers
      case fixedUpsampling = "fixed_upsampling"
    }

    /// Makes a weight file's record.
    public init(
      stage: Manifest.Network.Stage, view: Manifest.Network.View, file: String, layers: [String: String]? = nil,
      fixedUpsampling: [String]? = nil
    ) {
      (self.stage, self.view, self.file) = (stage, view, file)
      (self.layers, self.fixedUpsampling) = (layers, fixedUpsampling)
    }
  }

  /// The manifest of the bundle; `sources` and `sections` are empty, the packer fills them.
  public var manifest: Manifest
  /// One record for each network.
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
