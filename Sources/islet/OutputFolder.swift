import Foundation
import Glibc

/// Collects the files of a result and puts them in place all together, so that nothing half written is ever seen.
///
/// Files are written into a hidden folder inside the target, or, when that is to be made, in its nearest parent that
/// exists: on the same disk in any case, so that renaming works. `commit` renames that folder, or, when the target is
/// there already, each file into it, the last one added last. Without a commit everything is removed.
final class OutputFolder {
  private let target: URL
  private let temporary: URL
  /// Held as long as this process works in the folder; the system lets go of it however the process ends.
  private let lock: Int32
  private var names: [String] = []
  private var absent: [String] = []
  private var isCommitted = false

  init(path: String) throws(CommandFailure) {
    target = URL(fileURLWithPath: path)
    let parent: URL
    let prefix: String
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: target.path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw CommandFailure(exitCode: .usage, sentence: "--output \(path): is a file, expected a folder or a new name")
      }
      (parent, prefix) = (target, ".islet.partial-")
    } else {
      (parent, prefix) = (Self.nearestParent(of: target), ".\(target.lastPathComponent).partial-")
    }
    temporary = parent.appendingPathComponent("\(prefix)\(ProcessInfo.processInfo.processIdentifier)")
    Self.removeAbandoned(in: parent, prefix: prefix)
    do {
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
    } catch {
      throw CommandFailure(
        exitCode: .resources, sentence: "--output \(path): the folder cannot be made: \(error.localizedDescription)")
    }
    lock = open(temporary.path, O_RDONLY | O_CLOEXEC)
    flock(lock, LOCK_EX | LOCK_NB)
  }

  deinit {
    if !isCommitted { try? FileManager.default.removeItem(at: temporary) }
    if lock >= 0 { close(lock) }
  }

  /// Removes what runs left behind that were ended by force: hidden folders of ours that no process holds a lock on.
  ///
  /// Younger ones than a minute may have been made just now by a process that is about to lock them.
  private static func removeAbandoned(in parent: URL, prefix: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix(prefix) && Int(name.dropFirst(prefix.count)) != nil {
      let folder = parent.appendingPathComponent(name)
      let descriptor = open(folder.path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var information = Glibc.stat()
      guard fstat(descriptor, &information) == 0, information.st_mtim.tv_sec < time(nil) - 60,
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
      else { continue }
      try? FileManager.default.removeItem(at: folder)
    }
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

  /// Refuses, before any work is done, a result that may write or remove `names` where one of them is one of `inputs`.
  func refuse(_ names: [String], thatAre inputs: [String]) throws(CommandFailure) {
    let inputs = inputs.compactMap(Self.status)
    for name in names {
      guard let found = Self.status(of: target.appendingPathComponent(name).path) else { continue }
      guard !inputs.contains(where: { $0.st_ino == found.st_ino && $0.st_dev == found.st_dev }) else {
        throw failure("\(name) is an input of this run; choose another folder")
      }
    }
  }

  /// Puts the files in place; refuses to replace or remove one of `inputs`, the files that were read.
  ///
  /// They are on the disk before they get their names, so that not even a power failure leaves half a file.
  func commit(sparing inputs: [String] = []) throws(CommandFailure) {
    for name in names { try flush(temporary.appendingPathComponent(name)) }
    if FileManager.default.fileExists(atPath: target.path) {
      try refuse(names + absent, thatAre: inputs)
      try replaceFiles()
    } else {
      do {
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: temporary, to: target)
      } catch {
        throw failure(error.localizedDescription)
      }
    }
    isCommitted = true
    // The names too; they are there for everybody already.
    try? flush(target)
  }

  /// Has the system write a file, or the names in a folder, to the disk.
  private func flush(_ place: URL) throws(CommandFailure) {
    let descriptor = open(place.path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw failure("\(place.lastPathComponent): \(String(cString: strerror(errno)))")
    }
  }

  /// Moves file by file into a folder that is there. What can be refused is refused before the first one.
  private func replaceFiles() throws(CommandFailure) {
    for name in names {
      guard let found = Self.status(of: target.appendingPathComponent(name).path) else { continue }
      guard found.st_mode & S_IFMT != S_IFDIR else {
        throw failure("\(name) is a folder there; choose another one")
      }
    }
    // An older result.json must not stand beside files of this run, nor a file that this run leaves out.
    for name in names.suffix(1) + absent { unlink(target.appendingPathComponent(name).path) }
    for name in names {
      let source = temporary.appendingPathComponent(name)
      guard rename(source.path, target.appendingPathComponent(name).path) == 0 else {
        throw failure("\(name): \(String(cString: strerror(errno)))")
      }
    }
    try? FileManager.default.removeItem(at: temporary)
  }

  private func failure(_ reason: String) -> CommandFailure {
    CommandFailure(
      exitCode: .resources, sentence: "--output \(target.path): results cannot be put in place: \(reason)")
  }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}
