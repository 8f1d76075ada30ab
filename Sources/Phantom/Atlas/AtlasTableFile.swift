import Foundation

/// An atlas table as it stands in the file, before anything is checked.
struct AtlasTableFile: Decodable {
  let schema: String
  let name: String
  let classes: [Entry]

  /// One class.
  struct Entry: Decodable {
    let id: Int
    let name: String
    let label: Int
    let role: String
    let native: Double
    let portal: Double
    let sd: Double
    let texture: Double
    let content: [String: Double]?

    private enum CodingKeys: String, CodingKey {
      case id, name, label, role, content
      case native = "native_hu"
      case portal = "portal_hu"
      case sd = "sd_hu"
      case texture = "texture_hu"
    }
  }

  /// What a decoder found, with the place in the file.
  static func reason(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "at the top" : "in \(path.joined(separator: " "))"
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context): return "\"\(key.stringValue)\" is missing \(place(context))"
    case DecodingError.typeMismatch(let type, let context): return "\(place(context)) stands no \(type)"
    case DecodingError.valueNotFound(let type, let context): return "\(place(context)) stands null, expected \(type)"
    default: return "it cannot be parsed"
    }
  }
}

extension AtlasTableFile.Entry {
  /// The class, or `invalidTable` with the class's name.
  func checked() throws(AtlasError) -> AtlasTable.TissueClass {
    guard let value = UInt8(exactly: id) else { throw refused("id \(id), expected 0 to 255") }
    guard let label = UInt8(exactly: label), label == 0 || PhantomLabel(rawValue: label) != nil else {
      let last = PhantomLabel.allCases.map(\.rawValue).max() ?? 0
      throw refused("label \(label), expected 0 to \(last)")
    }
    guard let role = AtlasTable.Role(rawValue: role) else {
      let roles = AtlasTable.Role.allCases.map(\.rawValue).joined(separator: ", ")
      throw refused("role \"\(role)\", expected one of \(roles)")
    }
    guard (role == .pancreas) == (label == PhantomLabel.pancreas.rawValue) else {
      throw refused("role \"\(role.rawValue)\" and label \(label); label 1 and the role pancreas belong together")
    }
    for (field, number) in [("native_hu", native), ("portal_hu", portal)] {
      guard number >= -1024, number <= 3071 else { throw refused("\(field) \(number), expected -1024 to 3071") }
    }
    for (field, number) in [("sd_hu", sd), ("texture_hu", texture)] {
      guard number >= 0, number <= 500 else { throw refused("\(field) \(number), expected 0 to 500") }
    }
    return AtlasTable.TissueClass(
      id: value, name: name, label: label, role: role, nativeHU: native, portalHU: portal, sdHU: sd,
      textureHU: texture, contentWeights: try weights(role))
  }

  private func weights(_ role: AtlasTable.Role) throws(AtlasError) -> [Double] {
    let content = content ?? [:]
    let kinds = AtlasTable.Content.allCases.map(\.rawValue)
    if let unknown = content.keys.sorted().first(where: { !kinds.contains($0) }) {
      throw refused("content \"\(unknown)\", expected \(kinds.joined(separator: ", "))")
    }
    let weights = kinds.map { content[$0] ?? 0 }
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), (weights.reduce(0, +) > 0) == (role == .hollow) else {
      throw refused(
        "content weights \(weights); hollow classes need weights of 0 or more, one of them above 0, others none")
    }
    return weights
  }

  private func refused(_ what: String) -> AtlasError {
    AtlasError(.invalidTable, "class \"\(name)\" (id \(id)) of the atlas table has \(what)")
  }
}
