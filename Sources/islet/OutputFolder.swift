import Foundation

/// Collects the files of a result and puts them in place all together, so that nothing half written is ever seen.
///
/// Files are written into a hidden folder beside the target, or in its nearest parent that exists. `commit` renames that
/// folder, or, when the target is there already, each file into it, the last one added last. Without a commit everything
/// is removed.
final class OutputFolder {
  private let target: URL
  private let temporary: URL
  private var names: [String] = []
  private var absent: [String] = []
  private var isCommitted = false

  init(path: String) throws(CommandFailure) {
    target = URL(fileURLWithPath: path)
    temporary = Self.nearestParent(of: target)
      .appendingPathComponent(".\(target.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)")
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: target.path, isDirectory: &isFolder), !isFolder.boolValue {
      throw CommandFailure(exitCode: .usage, sentence: "--output \(path): is a file, expected a folder or a new name")
    }
    do {
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
    } catch {
      throw CommandFailure(
        exitCode: .resources, sentence: "--output \(path): the folder cannot be made: \(error.localizedDescription)")
    }
  }

  deinit {
    if !isCommitted { try? FileManager.default.removeItem(at: temporary) }
  }

  private static func nearestParent(of target: URL) -> URL {
    var parent = target.standardizedFileURL.deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: parent.path), parent.path != "/" { parent.deleteLastPathComponent() }
    return parent
  }

  /// A path to write the file `name` to; it becomes part of the result.
  func path(for name: String) -> String {
    names.append(name)
    return temporary.appendingPathComponent(name).path
  }

  /// Says that this result has no file `name`: one of an earlier result in the same folder goes, or it would be taken for
  /// a part of this one.
  func leaveOut(_ name: String) { absent.append(name) }

  /// Writes bytes as the file `name`.
  func write(_ bytes: Data, as name: String) throws(CommandFailure) {
    do {
      try bytes.write(to: URL(fileURLWithPath: path(for: name)))
    } catch {
      throw CommandFailure(
        exitCode: .resources, sentence: "\(name) cannot be written: \(error.localizedDescription); is the disk full?")
    }
  }

  /// Puts the files in place.
  func commit() throws(CommandFailure) {
    do {
      if FileManager.default.fileExists(atPath: target.path) {
        for name in absent { unlink(target.appendingPathComponent(name).path) }
        for name in names {
          let source = temporary.appendingPathComponent(name)
          guard rename(source.path, target.appendingPathComponent(name).path) == 0 else {
            throw CocoaError(.fileWriteUnknown)
          }
        }
        try FileManager.default.removeItem(at: temporary)
      } else {
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: temporary, to: target)
      }
      isCommitted = true
    } catch {
      throw CommandFailure(
        exitCode: .resources,
        sentence: "--output \(target.path): results cannot be put in place: \(error.localizedDescription)")
    }
  }
}
