import Foundation

/// The package as SwiftPM understands it: its targets, where they lie and what they depend on.
struct PackageDescription {
  /// A target of the package.
  struct Target {
    let name: String
    let folder: URL
    let isTest: Bool
    let dependencies: Set<String>
  }

  /// The package's folder, from the place of this file.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  let targets: [Target]

  /// Asks `swift package dump-package`, with a scratch folder of its own: that of the running tests is locked.
  init() throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
      "islet-architecture-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let output = scratch.appendingPathComponent("package.json")
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", Self.root.path, "--scratch-path", scratch.path, "dump-package",
    ]
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CocoaError(.executableLoad, userInfo: [NSLocalizedDescriptionKey: "swift package dump-package failed"])
    }
    let dumped = try JSONDecoder().decode(DumpedPackage.self, from: Data(contentsOf: output))
    targets = dumped.targets.map { target in
      let folder = target.path ?? "\(target.type == "test" ? "Tests" : "Sources")/\(target.name)"
      return Target(
        name: target.name, folder: Self.root.appendingPathComponent(folder), isTest: target.type == "test",
        dependencies: Set(target.dependencies.map(\.name)))
    }
  }
}

/// The part of SwiftPM's JSON that is needed here.
private struct DumpedPackage: Decodable {
  struct Target: Decodable {
    let name: String
    let type: String
    let path: String?
    let dependencies: [Dependency]
  }

  /// One of {"byName": [name, condition]}, {"product": [name, package, ...]}, {"target": [name, condition]}.
  struct Dependency: Decodable {
    let name: String

    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: [FirstText]].self)
      name = kinds.values.first?.first?.text ?? ""
    }
  }

  /// A text, or anything else.
  struct FirstText: Decodable {
    let text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  let targets: [Target]
}

extension PackageDescription.Target {
  /// The sources with one of the extensions, by path below the package.
  func sources(_ extensions: Set<String>) throws -> [(path: String, text: String)] {
    var found: [(String, String)] = []
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard extensions.contains(file.pathExtension) else { continue }
      let path = String(file.path.dropFirst(PackageDescription.root.path.count + 1))
      found.append((path, try String(contentsOf: file, encoding: .utf8)))
    }
    return found
  }
}
