import Foundation

/// The DICOM files at a path: the file itself, or those below a folder, in the order of their names.
struct DicomFileList {
  /// Folders inside folders, and entries in all, that are looked at.
  static let deepest = 8
  static let mostEntries = 20_000

  let files: [String]
  let notes: [String]

  /// Throws `notFound`, `noDicomFiles` or `tooLarge`. Follows links to files, not to folders (they may form rings).
  init(_ path: String) throws(DicomError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DicomError(.notFound, "\(path): no such file or folder; check the path")
    }
    guard isFolder.boolValue else {
      guard try Self.isDicom(path) else {
        throw DicomError(.noDicomFiles, "\(path): is not a DICOM file (no \"DICM\" at byte 128)")
      }
      (files, notes) = ([path], [])
      return
    }
    var found: [String] = []
    var others = 0
    var seen = 0
    var folders = [(path: path, depth: 0)]
    while let folder = folders.popLast() {
      for name in try Self.names(in: folder.path) {
        seen += 1
        guard seen <= Self.mostEntries else {
          throw DicomError(
            .tooLarge, "\(path): holds more than \(Self.mostEntries) files and folders; give the folder of one series")
        }
        let entry = folder.path + "/" + name
        var status = stat()
        guard lstat(entry, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          guard folder.depth < Self.deepest else {
            throw DicomError(
              .tooLarge, "\(entry): lies more than \(Self.deepest) folders below; give the folder of one series")
          }
          folders.append((entry, folder.depth + 1))
        } else if try Self.isDicom(entry) {
          found.append(entry)
        } else {
          others += 1
        }
      }
    }
    guard !found.isEmpty else {
      throw DicomError(
        .noDicomFiles,
        others == 0
          ? "\(path): the folder is empty; give a folder with DICOM files"
          : "\(path): none of \(others) files is DICOM (no \"DICM\" at byte 128)")
    }
    files = found.sorted()
    notes = others == 0 ? [] : ["files of the folder that are not DICOM and were left out: \(others)"]
  }

  private static func names(in folder: String) throws(DicomError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw DicomError(.notFound, "\(folder): the folder cannot be read (\(error.localizedDescription))")
    }
  }

  /// True for a regular file with "DICM" behind the preamble.
  ///
  /// Throws for a file that may not be opened: left out, it could be the end of the series.
  private static func isDicom(_ path: String) throws(DicomError) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = errno
      guard reason != EACCES, reason != EPERM else {
        throw DicomError(
          .unreadableFile,
          "\(path): cannot be opened (\(String(cString: strerror(reason)))); allow reading or move it away")
      }
      return false
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    var magic = [UInt8](repeating: 0, count: 4)
    return pread(descriptor, &magic, 4, 128) == 4 && magic == Array("DICM".utf8)
  }
}
