import Foundation
import Synchronization

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  /// Makes the folder. One that a global owns has no owner that ends: it goes when the process does.
  init(untilExit: Bool = false) throws {
    path = NSTemporaryDirectory() + "/islet-harness-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if untilExit { foldersUntilExit.withLock { $0.append(path) } }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    return path + "/" + name
  }

  /// Names of everything inside, hidden files too.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// Folders that globals own; the first use asks for their removal.
private let foldersUntilExit: Mutex<[String]> = {
  atexit {
    for path in foldersUntilExit.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
  }
  return Mutex([])
}()

/// All bytes of a file.
func fileBytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
