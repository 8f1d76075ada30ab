import Foundation

@testable import ModelBundle

/// Builds small bundles, whole or damaged, and files to put them in.
enum TinyBundle {
  /// A network of one channel a block: 38 tensors, two kinds of them larger than one small chunk.
  static let topology = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 2, 1],
    convolutions: [1, 1, 1, 1, 1], pools: [false, true, true, true, true], fc6: .init(channels: 9, kernel: 3),
    fc7: .init(channels: 9))

  static var manifest: Manifest { .synthetic(topology: topology) }

  /// A fresh folder, removed when the owner goes.
  final class Folder {
    let path: String
    init() {
      var template = Array((NSTemporaryDirectory() + "/islet-bundle-tests-XXXXXX").utf8CString)
      path = mkdtemp(&template) == nil ? "" : String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    }
    deinit {
      for name in names { unlink("\(path)/\(name)") }
      rmdir(path)
    }
    /// The files in the folder, sorted.
    var names: [String] {
      guard let directory = opendir(path) else { return [] }
      defer { closedir(directory) }
      var names: [String] = []
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      return names.sorted()
    }
    func write(_ bytes: [UInt8], as name: String) -> String {
      let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      _ = Glibc.write(descriptor, bytes, bytes.count)
      close(descriptor)
      return "\(path)/\(name)"
    }
  }

  static func contents(of path: String) throws -> [UInt8] {
    let file = try OpenFile(path: path)
    return try ByteSource.file(file).bytes(at: 0, count: file.size, file: path, code: .cannotOpen)
  }

  /// The bytes of a whole bundle: random float16 weights, chunks of 64 bytes.
  static func bytes(
    _ manifest: Manifest = TinyBundle.manifest, dtype: Manifest.Section.ElementType = .float16, shuffle: Bool = true
  ) throws -> [UInt8] {
    let folder = Folder()
    let path = "\(folder.path)/tiny.islet"
    let writer = try BundleWriter(path: path, chunkBytes: 64)
    var next: UInt8 = 1
    for network in manifest.networks {
      for tensor in network.topology.tensors {
        try writer.append(
          name: "\(network.tensors)/\(tensor.name)", dtype: dtype, shape: tensor.shape, shuffle: shuffle
        ) { _, bytes in
          for index in bytes.indices {
            // Every number's last byte holds sign and exponent: 0x3C is 1 in binary16 and a small number in the others.
            bytes[index] = index % dtype.byteCount == dtype.byteCount - 1 ? 0x3C : next
            next = next &* 5 &+ 3
          }
        }
      }
    }
    try writer.finish(manifest)
    return try contents(of: path)
  }

  /// A bundle with `edit` applied to its manifest's JSON text, header and hashes made to fit; sections are moved as they are.
  static func bytes(editingText edit: (String) -> String) throws -> [UInt8] {
    let whole = try bytes()
    let reader = try BundleReader(bytes: whole)
    let text = Array(edit(String(decoding: reader.manifestBytes, as: UTF8.self)).utf8)
    return assemble(text: text, sections: Array(whole[reader.manifest.sections[0].offset...]))
  }

  /// A bundle with `edit` applied to its manifest; sections are moved as they are and their offsets shifted with them.
  static func bytes(editing edit: (inout Manifest) -> Void) throws -> [UInt8] {
    let whole = try bytes()
    var manifest = try BundleReader(bytes: whole).manifest
    let first = manifest.sections[0].offset
    edit(&manifest)
    return try assemble(manifest, sections: Array(whole[first...]), movedFrom: first)
  }

  /// Header, manifest and section bytes, with offsets shifted by as much as the sections move.
  static func assemble(_ manifest: Manifest, sections: [UInt8], movedFrom first: Int) throws -> [UInt8] {
    var start = first
    while true {
      var moved = manifest
      for index in moved.sections.indices { moved.sections[index].offset += start - first }
      let text = try ManifestCoding.encode(moved)
      let needed = BundleHeader.aligned(BundleHeader.byteCount + text.count)
      if needed == start { return assemble(text: text, sections: sections) }
      start = needed
    }
  }

  /// A header that fits, the text, zeros, the sections.
  static func assemble(text: [UInt8], sections: [UInt8]) -> [UInt8] {
    let start = BundleHeader.aligned(BundleHeader.byteCount + text.count)
    let header = BundleHeader(
      fileSize: start + sections.count, manifestSize: text.count, manifestHash: Hash.sha256(of: text))
    let padding = [UInt8](repeating: 0, count: start - BundleHeader.byteCount - text.count)
    return header.encoded() + text + padding + sections
  }

  /// `bytes` with a header whose checksum fits whatever `edit` did to the first 120 bytes.
  static func bytes(_ bytes: [UInt8], editingHeader edit: (inout [UInt8]) -> Void) -> [UInt8] {
    var header = Array(bytes[..<120])
    edit(&header)
    return header + Hash.sha256(of: header).prefix(8) + bytes[128...]
  }
}

/// The error of opening and verifying these bytes, or nil.
func refusal(of bytes: [UInt8]) -> BundleError? {
  do {
    try BundleReader(bytes: bytes).verify()
    return nil
  } catch let error as BundleError {
    return error
  } catch {
    return BundleError(code: .cannotOpen, message: "not a BundleError: \(error)")
  }
}
