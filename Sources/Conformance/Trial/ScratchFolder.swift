import Foundation

/// A folder for one test's files, gone with its owner.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/islet-validate-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// All bytes of a file.
  static func bytes(of file: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file))) }

  /// A copy of a plugin's file, with links to what lies beside it: a second library for the loader.
  func copyPlugin(_ plugin: String) throws -> String {
    let source = URL(fileURLWithPath: plugin).resolvingSymlinksInPath()
    let copy = path + "/" + source.lastPathComponent
    try FileManager.default.copyItem(atPath: source.path, toPath: copy)
    let folder = source.deletingLastPathComponent()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name != source.lastPathComponent {
      try FileManager.default.createSymbolicLink(
        atPath: path + "/" + name, withDestinationPath: folder.appendingPathComponent(name).path)
    }
    return copy
  }
}
