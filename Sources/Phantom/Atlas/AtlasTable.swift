public import Foundation

/// What the values of a label map mean: for every class its role, its label in the truth, and its HU.
///
/// Read from JSON (`Models/training/atlas/table.json` is one, its README names every field). All HU of a synthetic
/// volume come from here and from the seed; no CT is ever read.
public struct AtlasTable: Hashable, Sendable {
  /// The schema that a table must name.
  public static let schema = "org.islet.atlas-table/1"

  /// How a class is drawn, beyond its HU.
  public enum Role: String, CaseIterable, Hashable, Sendable, Decodable {
    /// An organ without a rule of its own.
    case organ
    /// The gland that is kept, grown or drawn anew.
    case pancreas
    /// Holds vessels that enhance with the portal vein.
    case liver
    /// Has a cortex and a sinus.
    case kidney
    /// Is missing in some cases.
    case gallbladder
    /// Shares one mean with all other arteries and is bright in the arterial phase.
    case artery
    /// Never darker than the liver.
    case portalVein = "portal-vein"
    /// Has a wall and `content`.
    case hollow
    /// Fills what another class leaves.
    case fat
    /// Tissue without a label: vessels, fascia, muscle.
    case soft
    case muscle, bone, lung
    /// Around and beneath the patient.
    case air
  }

  /// What a hollow organ may hold.
  public enum Content: String, CaseIterable, Hashable, Sendable {
    case gas, fluid, contrast, food, empty, mixed
  }

  /// One value of the label map. Means in HU; a case draws its own around them.
  public struct TissueClass: Hashable, Sendable {
    /// The value in the label map.
    public let id: UInt8
    /// For people and for errors.
    public let name: String
    /// The value in the truth that comes with a synthetic case (`PhantomLabel`), or 0.
    public let label: UInt8
    /// How it is drawn.
    public let role: Role
    /// Mean without contrast medium.
    public let nativeHU: Double
    /// Mean in the portal venous phase.
    public let portalHU: Double
    /// Standard deviation of the mean between cases.
    public let sdHU: Double
    /// Amplitude of the texture inside a case.
    public let textureHU: Double
    /// Weights of the contents, in the order of `Content.allCases`; all 0 unless hollow.
    public let contentWeights: [Double]
  }

  /// For people.
  public let name: String
  /// The classes in the order of the file.
  public let classes: [TissueClass]

  /// Reads and checks a table. Throws `invalidTable` or `missingTissue`.
  public init(json: Data) throws(AtlasError) {
    let file: AtlasTableFile
    do {
      file = try JSONDecoder().decode(AtlasTableFile.self, from: json)
    } catch {
      throw AtlasError(.invalidTable, "the atlas table is not JSON of \(Self.schema): \(AtlasTableFile.reason(error))")
    }
    guard file.schema == Self.schema else {
      throw AtlasError(
        .invalidTable, "the atlas table has the schema \"\(file.schema)\", expected \"\(Self.schema)\"")
    }
    var classes: [TissueClass] = []
    var names: [UInt8: String] = [:]
    for entry in file.classes {
      let tissue = try entry.checked()
      if let earlier = names.updateValue(tissue.name, forKey: tissue.id) {
        throw AtlasError(
          .invalidTable,
          "the atlas table has two classes with id \(tissue.id), \"\(earlier)\" and \"\(tissue.name)\"; "
            + "every value of the label map needs one class")
      }
      classes.append(tissue)
    }
    for role in [Role.pancreas, .fat] {
      let count = classes.count { $0.role == role }
      guard count == 1 else {
        throw AtlasError(
          count == 0 ? .missingTissue : .invalidTable,
          "the atlas table has \(count) classes with the role \"\(role.rawValue)\", expected 1")
      }
    }
    (name, self.classes) = (file.name, classes)
  }
}

extension AtlasTable.Role {
  /// Classes of these roles that share a label are one tissue: ribs and vertebrae, psoas and gluteus, lobes.
  var isMergedByLabel: Bool {
    switch self {
    case .bone, .muscle, .lung, .air: true
    case .organ, .pancreas, .liver, .kidney, .gallbladder, .artery, .portalVein, .hollow, .fat, .soft: false
    }
  }

  /// What a growing pancreas may take: fat, tissue without a name, and bowel, which moves aside.
  var yieldsToPancreas: Bool { self == .fat || self == .soft || self == .hollow || self == .pancreas }
}
