/// What a weight bundle says about itself: card, input, networks, algorithm, measured quality and the list of sections.
///
/// The JSON in the file has the same structure with snake_case names (Models/FORMAT.md lists every field). Everything that
/// depends on the data a model was trained with is a field here and nothing of it is code. Unknown fields are ignored, so
/// that a later minor version may add some. `BundleReader` hands out only what `checkFields` found no contradiction in.
public struct Manifest: Codable, Hashable, Sendable {
  /// The only schema this reader knows.
  public static let currentSchema = "org.islet.bundle/1"

  /// Always `currentSchema`.
  public var schema: String
  /// Short name, lower case with hyphens; with `version` it identifies the bundle.
  public var name: String
  /// Semantic version of the weights, not of the format.
  public var version: String
  /// What the model does, in a few words.
  public var task: String
  /// What the model is and how it was made, in a few sentences.
  public var description: String
  /// Who made the weights.
  public var authors: [String]
  /// Licence of the weights, an SPDX identifier where there is one.
  public var licence: String
  /// What the model may be used for, and what not.
  public var intendedUse: String
  /// Where the training data came from, and whether it was synthetic.
  public var dataSource: String
  /// Publications and links.
  public var references: [String]
  /// What changed, by version.
  public var changelog: [String: String]
  /// How the weights were trained, in a few sentences.
  public var training: String

  /// The kind of image; only "CT".
  public var modality: String
  /// The organs that the bundle finds, one in each run; the first is the default.
  public var labels: [Label]
  /// Which values of the image the networks see.
  public var intensity: Intensity
  /// On which grid the networks work, and how an image is brought there.
  public var grid: Grid
  /// How the slices of each view lie in the networks' tensors.
  public var views: Views
  /// The stages that it has networks for, in the order in which they run; nil means coarse, then fine.
  public var stages: [Network.Stage]?
  /// The networks: for each label, stage and view exactly one, that label's own or one that serves all labels.
  public var networks: [Network]
  /// The choices of the coarse-to-fine algorithm.
  public var profile: Profile
  /// Which images the model was made for; others are segmented with a warning.
  public var inputRange: InputRange

  /// What was measured, a line per cohort and measure.
  public var quality: [Quality]
  /// The calibration of the predicted DSC of the first label; nil where none was made.
  public var confidence: Confidence?
  /// How near faster ways of computing come to the exact one; nil where it was not measured.
  public var fidelity: Fidelity?
  /// The files the weights were packed from.
  public var sources: [Source]
  /// The tensors in the file, in the order of their offsets. Empty in a recipe: the packer fills it.
  public var sections: [Section]

  enum CodingKeys: String, CodingKey {
    case schema, name, version, task, description, authors, licence, references, changelog, training
    case intendedUse = "intended_use"
    case dataSource = "data_source"
    case modality, labels, intensity, grid, views, stages, networks, profile
    case inputRange = "input_range"
    case quality, confidence, fidelity, sources, sections
  }

  /// Makes a manifest from all its fields; writer and reader check whether they fit together.
  public init(
    schema: String = Manifest.currentSchema, name: String, version: String, task: String, description: String,
    authors: [String], licence: String, intendedUse: String, dataSource: String, references: [String],
    changelog: [String: String], training: String, modality: String = "CT", labels: [Label], intensity: Intensity,
    grid: Grid, views: Views, stages: [Network.Stage]? = nil, networks: [Network], profile: Profile,
    inputRange: InputRange, quality: [Quality], confidence: Confidence? = nil, fidelity: Fidelity? = nil,
    sources: [Source] = [], sections: [Section] = []
  ) {
    (self.schema, self.name, self.version, self.task) = (schema, name, version, task)
    (self.description, self.authors, self.licence) = (description, authors, licence)
    (self.intendedUse, self.dataSource, self.references) = (intendedUse, dataSource, references)
    (self.changelog, self.training, self.modality, self.labels) = (changelog, training, modality, labels)
    (self.intensity, self.grid, self.views, self.networks) = (intensity, grid, views, networks)
    (self.profile, self.inputRange, self.quality) = (profile, inputRange, quality)
    (self.confidence, self.fidelity, self.sources, self.sections) = (confidence, fidelity, sources, sections)
    self.stages = stages
  }
}
