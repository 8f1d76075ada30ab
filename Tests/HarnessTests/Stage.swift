import Foundation

/// The built product as `make build` lays it out, and the files of the repository that the tests run it on.
enum Stage {
  /// The package's folder, from the place of this file.
  static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Why a test cannot run: the stage, or a file of the repository, is missing.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The command line.
  static var islet: String { get throws { try built("bin/islet") } }
  /// The plugin.
  static var plugin: String { get throws { try built("lib/islet/islet.so") } }
  /// The bundle that `islet segment` uses when none is named.
  static var defaultBundle: String {
    get throws { try built("share/islet/models/pancreas-0.4.0.islet") }
  }

  /// A file of the repository.
  static func source(_ path: String) throws -> String {
    let file = package.appendingPathComponent(path).path
    guard FileManager.default.fileExists(atPath: file) else {
      throw Missing(description: "\(path) is missing from the repository: get a complete checkout")
    }
    return file
  }

  private static func built(_ path: String) throws -> String {
    let file = package.appendingPathComponent(".build/stage/\(path)").path
    guard FileManager.default.fileExists(atPath: file) else {
      throw Missing(description: ".build/stage/\(path) is missing: run `make build` first (`make test` does)")
    }
    return file
  }
}
