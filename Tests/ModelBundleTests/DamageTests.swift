import Glibc
import Testing

@testable import ModelBundle

/// A bundle that was changed or cut anywhere is refused.
struct DamageTests {
  /// A disk that cannot be read says nothing against the bundle.
  @Test func readErrorOfTheSystemIsNoDamage() throws {
    let folder = TinyBundle.Folder()
    let path = folder.write(try TinyBundle.bytes(.synthetic(topology: .tiny)), as: "unreadable.islet")
    // Open for writing only: every read is refused with EBADF.
    let file = try OpenFile(path: path, descriptor: open(path, O_WRONLY))
    let error = #expect(throws: BundleError.self) {
      try ByteSource.file(file).bytes(at: 0, count: 16, file: path, code: .corrupt)
    }
    #expect(error?.code == .cannotOpen)
    let short = #expect(throws: BundleError.self) {
      try ByteSource.memory([1, 2]).bytes(at: 0, count: 16, file: path, code: .corrupt)
    }
    #expect(short?.code == .corrupt)
  }

  /// Header, manifest and padding are refused when the bundle is opened; a section when its tensor is read. Four parts, so
  /// that they run side by side.
  @Test(arguments: 0..<4) func everyFlippedByteIsRefused(part: Int) throws {
    var topology = TinyBundle.topology
    topology.fc6 = .init(channels: 2, kernel: 1)
    topology.fc7.channels = 2
    let whole = try TinyBundle.bytes(.synthetic(topology: topology))
    let folder = TinyBundle.Folder()
    let path = folder.write(whole, as: "flipped.islet")
    let descriptor = open(path, O_WRONLY)
    defer { close(descriptor) }
    let opened = try BundleReader(path: path)
    try opened.verify()
    var owners: [Int: String] = [:]
    for section in opened.manifest.sections {
      for position in section.offset..<section.offset + section.storedBytes { owners[position] = section.name }
    }
    var accepted: [Int] = []
    for position in stride(from: part, to: whole.count, by: 4) {
      let flipped = whole[position] ^ UInt8(truncatingIfNeeded: 1 << (position / 4 % 8))
      pwrite(descriptor, [flipped], 1, position)
      let reader = owners[position] == nil ? try? BundleReader(path: path) : opened
      let tensor = owners[position].flatMap { name in try? reader?.tensor(named: name) }
      if owners[position] == nil ? reader != nil : tensor != nil { accepted.append(position) }
      pwrite(descriptor, [whole[position]], 1, position)
    }
    #expect(accepted.isEmpty, "flips at \(accepted.prefix(10)) of \(whole.count) were accepted")
    try BundleReader(path: path).verify()
    print("flipped every fourth of \(whole.count) bytes from \(part) on")
  }

  @Test func everyTruncationIsRefused() throws {
    let whole = try TinyBundle.bytes()
    let accepted = whole.indices.filter { (try? BundleReader(bytes: Array(whole[..<$0]))) != nil }
    #expect(accepted.isEmpty, "cuts at \(accepted.prefix(10)) of \(whole.count) were accepted")
  }

  @Test func surplusBytesAreCorrupt() throws {
    #expect(try refusal(of: TinyBundle.bytes() + [0])?.code == .corrupt)
  }

  @Test func missingFileCannotBeOpened() {
    #expect(
      throws: BundleError(code: .cannotOpen, message: "/nowhere/x.islet cannot be opened: No such file or directory")
    ) {
      try BundleReader(path: "/nowhere/x.islet")
    }
  }

  @Test func folderCannotBeOpened() {
    #expect(throws: BundleError(code: .cannotOpen, message: "/tmp is not an ordinary file")) {
      try BundleReader(path: "/tmp")
    }
  }

  @Test func otherFileIsNotABundle() {
    #expect(refusal(of: [])?.code == .notABundle)
    #expect(refusal(of: Array("PK\u{3}\u{4} something else".utf8))?.code == .notABundle)
  }

  @Test func transferAsTextIsNotABundleAndSaysSo() throws {
    let whole = try TinyBundle.bytes()
    let error = refusal(of: Array("ISLET\n".utf8) + whole[7...])
    #expect(error?.code == .notABundle)
    #expect(error?.message.contains("as if the file were text") == true)
  }

  @Test func otherMajorVersionIsUnsupported() throws {
    let bytes = try TinyBundle.bytes(TinyBundle.bytes()) { $0[8] = 2 }
    #expect(refusal(of: bytes)?.code == .unsupportedVersion)
  }

  @Test func newerMinorVersionIsRead() throws {
    let bytes = try TinyBundle.bytes(TinyBundle.bytes()) {
      $0[10] = 1
      $0[100] = 7
    }
    #expect(refusal(of: bytes) == nil)
  }

  @Test func signatureThatTheSectionsLeaveNoRoomForIsCorrupt() throws {
    let bytes = try TinyBundle.bytes(TinyBundle.bytes()) { header in
      header[80] = 64
      for (index, byte) in withUnsafeBytes(of: UInt64(0).littleEndian, Array.init).enumerated() {
        header[72 + index] = byte
      }
    }
    #expect(refusal(of: bytes)?.code == .corrupt)
  }

  @Test(arguments: [12, 16, 24, 32, 39, 40, 88, 96])
  func headerThatContradictsTheFileIsCorrupt(offset: Int) throws {
    let bytes = try TinyBundle.bytes(TinyBundle.bytes()) { $0[offset] ^= 0x40 }
    #expect(refusal(of: bytes)?.code == .corrupt)
  }

  @Test func changedHeaderIsCorrupt() throws {
    var bytes = try TinyBundle.bytes()
    bytes[127] ^= 1
    #expect(refusal(of: bytes)?.message.contains("header was changed") == true)
  }
}
