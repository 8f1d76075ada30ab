/// One blob of a Caffe layer: its extents and where its numbers lie.
struct CaffeBlob {
  private(set) var numbers = CaffeBlobNumbers()
  private var extents: [UInt64] = []
  private var hasShape = false
  /// num, channels, height, width; nil where the file does not say.
  private var legacy: [UInt64?] = [nil, nil, nil, nil]
  /// Pieces that earlier blobs of the file are made of: the limit holds for the file.
  private let piecesBefore: Int

  private typealias Flaw = ProtobufScanner.Flaw

  init(piecesBefore: Int) { self.piecesBefore = piecesBefore }

  mutating func scan(_ scanner: inout ProtobufScanner, _ range: Range<Int>) throws(ProtobufScanner.Flaw) {
    try scanner.forEachField(in: range) { scanner, field throws(ProtobufScanner.Flaw) in
      switch (field.number, field.payload) {
      case (1...4, .varint(let extent)): legacy[field.number - 1] = extent
      case (5, .bytes(let packed)):
        guard packed.count.isMultiple(of: 4) else {
          throw Flaw(reason: "\(packed.count) bytes of float numbers at byte \(packed.lowerBound)")
        }
        try numbers.append(packed: packed, piecesBefore: piecesBefore)
      case (5, .fixed32(let bytes)): try numbers.append(single: bytes.lowerBound, piecesBefore: piecesBefore)
      case (7, .bytes(let shape)):
        hasShape = true
        try scanShape(&scanner, shape)
      case (8, _): throw Flaw(reason: "numbers of double precision at byte \(range.lowerBound); save them as float")
      default: return
      }
    }
  }

  private mutating func scanShape(
    _ scanner: inout ProtobufScanner, _ range: Range<Int>
  ) throws(ProtobufScanner.Flaw) {
    try scanner.forEachField(in: range) { scanner, field throws(ProtobufScanner.Flaw) in
      guard field.number == 1 else { return }
      switch field.payload {
      case .varint(let extent): extents.append(extent)
      case .bytes(let packed): extents += try scanner.varints(in: packed, limit: 8)
      default: throw Flaw(reason: "a shape without extents at byte \(range.lowerBound)")
      }
      guard extents.count <= 8 else { throw Flaw(reason: "more than 8 extents at byte \(range.lowerBound)") }
    }
  }

  /// The extents, checked against the number of numbers; a blob that does not say has one axis.
  ///
  /// A bias of the legacy kind has the extents 1 x 1 x 1 x N: the leading ones are dropped.
  func shape(isBias: Bool) throws(ProtobufScanner.Flaw) -> [Int] {
    let isLegacy = !hasShape && legacy.contains { $0 != nil }
    let written = hasShape ? extents : isLegacy ? legacy.map { $0 ?? 1 } : [UInt64(numbers.count)]
    var shape: [Int] = []
    var product = 1
    for extent in written {
      guard let extent = Int(exactly: extent), extent > 0, extent <= Int(Int32.max) else {
        throw Flaw(reason: "an extent of \(extent)")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw Flaw(reason: "extents \(written) whose product overflows") }
      product = next
      shape.append(extent)
    }
    guard product == numbers.count else {
      throw Flaw(reason: "extents \(written) for \(numbers.count) numbers")
    }
    guard isBias else { return shape }
    return Array(shape.drop { $0 == 1 }.isEmpty ? [1] : shape.drop { $0 == 1 })
  }
}

/// Where the float numbers of a blob lie in the file: in one piece, or one by one with a byte of tag between them.
struct CaffeBlobNumbers: Sendable {
  /// `count` numbers from byte `offset` on, each `stride` bytes behind the one before.
  struct Run: Hashable, Sendable {
    let offset: Int
    var count: Int
    let stride: Int
  }

  /// A writer makes one piece a blob; a file may not cost more memory than it is worth.
  static let mostPieces = 65_536

  private(set) var runs: [Run] = []
  private(set) var count = 0

  mutating func append(packed bytes: Range<Int>, piecesBefore: Int) throws(ProtobufScanner.Flaw) {
    guard !bytes.isEmpty else { return }
    try append(Run(offset: bytes.lowerBound, count: bytes.count / 4, stride: 4), piecesBefore)
  }

  mutating func append(single offset: Int, piecesBefore: Int) throws(ProtobufScanner.Flaw) {
    if let last = runs.indices.last, runs[last].stride == 5, runs[last].offset + 5 * runs[last].count == offset {
      runs[last].count += 1
      count += 1
    } else {
      try append(Run(offset: offset, count: 1, stride: 5), piecesBefore)
    }
  }

  private mutating func append(_ run: Run, _ piecesBefore: Int) throws(ProtobufScanner.Flaw) {
    guard piecesBefore + runs.count < Self.mostPieces else {
      throw ProtobufScanner.Flaw(reason: "its numbers lie in more than \(Self.mostPieces) pieces")
    }
    runs.append(run)
    // Cannot overflow: the runs do not overlap in a file.
    count += run.count
  }

  /// Fills `buffer` with numbers from byte `offset` (of the numbers, 4 bytes each) on; returns why it could not.
  func read(_ source: ByteSource, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> String? {
    guard offset.isMultiple(of: 4), buffer.count.isMultiple(of: 4), offset / 4 + buffer.count / 4 <= count else {
      return "\(buffer.count) bytes from byte \(offset) of \(count) numbers"
    }
    var (skip, filled) = (offset / 4, 0)
    for run in runs {
      guard filled < buffer.count else { break }
      guard skip < run.count else {
        skip -= run.count
        continue
      }
      let wanted = min(run.count - skip, (buffer.count - filled) / 4)
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + 4 * wanted])
      let start = run.offset + run.stride * skip
      if let flaw = run.stride == 4 ? source.read(at: start, into: target) : Self.gather(source, start, target) {
        return flaw.description
      }
      (skip, filled) = (0, filled + 4 * wanted)
    }
    return nil
  }

  /// Numbers with a byte of tag between them, through a piece of memory of 320 kB.
  private static func gather(
    _ source: ByteSource, _ start: Int, _ target: UnsafeMutableRawBufferPointer
  ) -> ReadFlaw? {
    let most = 65_536
    var spaced = [UInt8](repeating: 0, count: 5 * min(most, target.count / 4))
    return spaced.withUnsafeMutableBytes { spaced in
      var first = 0
      while first < target.count / 4 {
        let count = min(most, target.count / 4 - first)
        let piece = UnsafeMutableRawBufferPointer(rebasing: spaced[..<(5 * count - 1)])
        if let flaw = source.read(at: start + 5 * first, into: piece) { return flaw }
        for index in 0..<count {
          let bits = UnsafeRawBufferPointer(piece).loadUnaligned(fromByteOffset: 5 * index, as: UInt32.self)
          target.storeBytes(of: bits, toByteOffset: 4 * (first + index), as: UInt32.self)
        }
        first += count
      }
      return nil
    }
  }
}
