import Foundation
import Testing

@testable import ModelBundle

/// Models/manifest.schema.json against what the reader does: same fields, same closed lists, same limits.
///
/// The schema is walked beside a manifest that has every field. `make lint` holds the shipped manifests against it.
struct SchemaTests {
  private typealias Object = [String: Any]

  /// A place in a manifest: keys and list indices.
  private enum Step {
    case key(String)
    case index(Int)
  }

  /// One thing that the schema says: a change, and whether the manifest is still right after it.
  private struct Claim {
    let path: [Step]
    /// nil takes the field away.
    let value: Any?
    let isAllowed: Bool
    var description: String {
      path.map { step in
        switch step {
        case .key(let key): key
        case .index(let index): "\(index)"
        }
      }.joined(separator: ".") + " = \(value.map { "\($0)" } ?? "absent")"
    }
  }

  nonisolated(unsafe) private static let schema: Object = {
    let path = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Models/manifest.schema.json"
    let data = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
    return (try? JSONSerialization.jsonObject(with: data) as? Object) ?? [:]
  }()

  /// A manifest in which no optional field is nil.
  private static func everything() throws -> Object {
    var manifest = try BundleReader(bytes: TinyBundle.bytes()).manifest
    manifest.stages = [.coarse, .fine]
    manifest.grid.spacingMillimetres = 3
    manifest.grid.bodyBox = .init(thresholdHU: -300, openingRadius: 3, margin: 3, axes: [.x, .y])
    manifest.intensity.levels = 255
    manifest.confidence = ConfidenceTableTests.table
    manifest.profile.componentRatio = 0.5
    manifest.sources = [.init(file: "a", sha256: String(repeating: "0", count: 64))]
    manifest.quality = [
      .init(cohort: "a", kind: .synthetic, measure: "DSC", mean: 0.5, sd: 0.1, minimum: 0.1, n: 2, note: "b")
    ]
    for index in manifest.networks.indices {
      (manifest.networks[index].temperature, manifest.networks[index].label) = (1.5, 1)
      manifest.networks[index].topology.family = .crop
      manifest.networks[index].topology.pad = 100
    }
    let data = Data(try ManifestCoding.encode(manifest))
    return try #require(JSONSerialization.jsonObject(with: data) as? Object)
  }

  private func refusal(_ manifest: Object) throws -> String? {
    let bytes = [UInt8](try JSONSerialization.data(withJSONObject: manifest))
    do throws(BundleError) {
      let decoded = try ManifestCoding.decode(Manifest.self, from: bytes, largestSize: 1 << 22, file: "x")
      try decoded.checkFields(file: "x")
      return nil
    } catch {
      return error.message
    }
  }

  @Test func manifestWithEveryFieldIsAccepted() throws { #expect(try refusal(Self.everything()) == nil) }

  @Test func whatTheSchemaSaysTheReaderSays() throws {
    let manifest = try Self.everything()
    var claims: [Claim] = []
    Self.collect(manifest, Self.schema, path: [], into: &claims)
    #expect(claims.count > 300, "only \(claims.count) claims were found in the schema")
    for claim in claims {
      let changed = try #require(Self.changing(manifest, at: claim.path[...], to: claim.value) as? Object)
      let found = try refusal(changed)
      #expect((found == nil) == claim.isAllowed, "\(claim.description): \(found ?? "accepted")")
    }
    print("\(claims.count) claims of the schema held against the reader")
  }

  /// Walks a value beside its schema; every key of the value must be one of the schema's.
  private static func collect(_ value: Any, _ schema: Object, path: [Step], into claims: inout [Claim]) {
    let schema = resolved(schema)
    // Sections are held against file and networks, by other code than the fields.
    if path.count == 1, case .key("sections") = path[0] { return }
    if let properties = schema["properties"] as? Object, let object = value as? Object {
      let required = Set(schema["required"] as? [String] ?? [])
      for (key, member) in object {
        let place = path + [.key(key)]
        guard let own = properties[key] as? Object else {
          Issue.record("the schema has no \(Claim(path: place, value: nil, isAllowed: true).description)")
          continue
        }
        claims.append(Claim(path: place, value: nil, isAllowed: !required.contains(key) && !isNeededHere(key)))
        collect(member, own, path: place, into: &claims)
      }
      for key in properties.keys where object[key] == nil { Issue.record("the manifest of this test lacks \(key)") }
    }
    if let items = schema["items"] as? Object, let list = value as? [Any] {
      if let most = schema["maxItems"] as? Int, let first = list.first, schema["uniqueItems"] == nil {
        claims.append(
          Claim(path: path, value: [Any](repeating: first, count: most + 1), isAllowed: false))
      }
      if let least = schema["minItems"] as? Int, least > 0 {
        claims.append(Claim(path: path, value: Array(list.prefix(least - 1)), isAllowed: false))
      }
      if let first = list.first { collect(first, items, path: path + [.index(0)], into: &claims) }
    }
    if let words = schema["enum"] as? [Any], words.contains(where: { $0 is String }) {
      claims.append(Claim(path: path, value: "no such word", isAllowed: false))
    }
    if schema["const"] != nil { claims.append(Claim(path: path, value: "something else", isAllowed: false)) }
    if schema["pattern"] != nil { claims.append(Claim(path: path, value: "with spaces", isAllowed: false)) }
    if schema["minLength"] != nil { claims.append(Claim(path: path, value: "", isAllowed: false)) }
    if let least = schema["minimum"] as? Double {
      claims.append(
        Claim(path: path, value: isInteger(schema) ? Int(least) - 1 : least - 0.001 - abs(least), isAllowed: false))
    }
    if let least = schema["exclusiveMinimum"] as? Double {
      claims.append(Claim(path: path, value: least, isAllowed: false))
    }
    if let most = schema["maximum"] as? Double {
      claims.append(
        Claim(path: path, value: isInteger(schema) ? Int(most) + 1 : most + 0.001 + abs(most), isAllowed: false))
    }
    if isInteger(schema) { claims.append(Claim(path: path, value: 1.5, isAllowed: false)) }
    if !isText(schema), schema["enum"] == nil, !path.isEmpty {
      claims.append(Claim(path: path, value: "a text", isAllowed: false))
    }
    if isText(schema) { claims.append(Claim(path: path, value: 7, isAllowed: false)) }
  }

  /// Fields that this test's manifest needs although others can do without: the pad of the crop family.
  private static func isNeededHere(_ key: String) -> Bool { key == "pad" }

  private static func isInteger(_ schema: Object) -> Bool { types(schema).contains("integer") }
  private static func isText(_ schema: Object) -> Bool { types(schema).contains("string") }
  private static func types(_ schema: Object) -> [String] {
    schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
  }

  /// Follows $ref, and the branch that is not null.
  private static func resolved(_ schema: Object) -> Object {
    if let reference = schema["$ref"] as? String, let name = reference.split(separator: "/").last,
      let definitions = Self.schema["$defs"] as? Object, let target = definitions[String(name)] as? Object
    {
      return resolved(target)
    }
    if schema["properties"] == nil, let branches = schema["anyOf"] as? [Object], let first = branches.first {
      return resolved(first)
    }
    return schema
  }

  private static func changing(_ value: Any, at path: ArraySlice<Step>, to new: Any?) -> Any? {
    guard let step = path.first else { return new }
    switch step {
    case .key(let key):
      var object = value as? Object ?? [:]
      object[key] = object[key].flatMap { changing($0, at: path.dropFirst(), to: new) }
      return object
    case .index(let index):
      var list = value as? [Any] ?? []
      if let changed = changing(list[index], at: path.dropFirst(), to: new) { list[index] = changed }
      return list
    }
  }
}
