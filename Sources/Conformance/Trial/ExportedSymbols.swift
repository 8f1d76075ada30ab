import Foundation

/// The names that a 64-bit ELF library defines for others.
enum ExportedSymbols {
  /// Reads the dynamic symbol table; nil when the file is no such library.
  static func of(_ path: String) -> Set<String>? {
    guard let file = FileManager.default.contents(atPath: path), let elf = ElfFile(Array(file)) else { return nil }
    return elf.definedSymbols
  }
}

/// The few fields of an ELF file that lead to its dynamic symbols; every read is checked.
private struct ElfFile {
  private let bytes: [UInt8]
  private struct Section { let type: UInt64, offset: Int, size: Int, link: Int }

  init?(_ bytes: [UInt8]) {
    // 64 bit, little endian.
    guard bytes.count >= 64, bytes[..<6].elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
    self.bytes = bytes
  }

  var definedSymbols: Set<String>? {
    guard let start = number(at: 0x28, bytes: 8), let size = number(at: 0x3A, bytes: 2),
      let count = number(at: 0x3C, bytes: 2)
    else { return nil }
    let sections = (0..<Int(count)).compactMap { section(at: Int(clamping: start) &+ $0 &* Int(size)) }
    guard let table = sections.first(where: { $0.type == 11 }), sections.indices.contains(table.link) else {
      return nil
    }
    let names = sections[table.link].offset
    var found: Set<String> = []
    for offset in stride(from: table.offset, to: table.offset &+ table.size, by: 24) {
      guard let name = number(at: offset, bytes: 4), let info = number(at: offset + 4, bytes: 1),
        let definedIn = number(at: offset + 6, bytes: 2)
      else { return nil }
      // Local symbols have binding 0; what is not defined here lies in section 0.
      if info >> 4 != 0, definedIn != 0 { found.insert(text(at: names &+ Int(name))) }
    }
    return found
  }

  private func section(at offset: Int) -> Section? {
    guard let type = number(at: offset &+ 4, bytes: 4), let start = number(at: offset &+ 0x18, bytes: 8),
      let size = number(at: offset &+ 0x20, bytes: 8), let link = number(at: offset &+ 0x28, bytes: 4)
    else { return nil }
    return Section(type: type, offset: Int(clamping: start), size: Int(clamping: size), link: Int(link))
  }

  private func number(at offset: Int, bytes count: Int) -> UInt64? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
  }

  private func text(at offset: Int) -> String {
    guard bytes.indices.contains(offset) else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
