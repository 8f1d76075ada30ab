import Testing

@testable import ModelBundle

/// Section records that lie about the file or about themselves, one case each. Hashes are made to fit the lie.
struct SectionTests {
  private func code(editing edit: (inout [Manifest.Section]) -> Void) throws -> BundleError.Code? {
    try refusal(of: TinyBundle.bytes { edit(&$0.sections) })?.code
  }

  @Test func untouchedRebuildIsAccepted() throws { #expect(try code { _ in } == nil) }

  @Test func overlapIsCorrupt() throws { #expect(try code { $0[1].offset = $0[0].offset } == .corrupt) }

  @Test func holeIsCorrupt() throws { #expect(try code { $0[1].offset += 64 } == .corrupt) }

  @Test func unalignedSectionIsCorrupt() throws { #expect(try code { $0[0].offset += 1 } == .corrupt) }

  @Test func negativeOffsetIsCorrupt() throws { #expect(try code { $0[0].offset = -64 } == .corrupt) }

  @Test func sectionBehindTheEndIsCorrupt() throws {
    let error = try code { sections in
      let last = sections.count - 1
      sections[last].chunks[0].bytes += 4
      sections[last].storedBytes += 4
    }
    #expect(error == .corrupt)
  }

  @Test func bytesBehindTheLastSectionAreCorrupt() throws {
    let error = try code { sections in
      let last = sections.count - 1
      sections[last].chunks[0].bytes -= 1
      sections[last].storedBytes -= 1
    }
    #expect(error == .corrupt)
  }

  @Test func int8IsUnsupported() throws { #expect(try code { $0[0].dtype = .int8 } == .unsupportedVersion) }

  @Test func rawBytesMustFollowFromTheShape() throws {
    #expect(try code { $0[0].rawBytes += 2 } == .invalidManifest)
  }

  @Test(arguments: [[], [0], [-1, -9], [1, 1, 1, 1, 9], [Int.max, 4], [1 << 32, 1 << 32]])
  func impossibleShapeIsRefused(shape: [Int]) throws {
    #expect(try code { $0[0].shape = shape } == .invalidManifest)
  }

  @Test(arguments: [0, -64, 63, 65, 1 << 40, Int.max])
  func impossibleChunkSizeIsRefused(chunkBytes: Int) throws {
    #expect(try code { $0[0].chunkBytes = chunkBytes } == .invalidManifest)
  }

  @Test func missingChunkIsRefused() throws { #expect(try code { $0[0].chunks = [] } == .invalidManifest) }

  @Test(arguments: [0, -1, 1 << 20, Int.max])
  func impossibleChunkIsRefused(bytes: Int) throws {
    #expect(try code { $0[0].chunks[0].bytes = bytes } == .invalidManifest)
  }

  @Test func storedBytesMustBeTheSumOfTheChunks() throws {
    #expect(try code { $0[0].storedBytes += 1 } == .invalidManifest)
  }

  @Test func hashMustBeHexadecimal() throws {
    #expect(try code { $0[0].chunks[0].sha256 = "x" } == .invalidManifest)
    #expect(try code { $0[0].chunks[0].sha256 = String(repeating: "A", count: 64) } == .invalidManifest)
  }

  @Test func otherHashIsCorrupt() throws {
    #expect(try code { $0[0].chunks[0].sha256 = String(repeating: "0", count: 64) } == .corrupt)
  }

  @Test func duplicateNameIsRefused() throws { #expect(try code { $0[1].name = $0[0].name } == .invalidTensor) }

  @Test func missingTensorIsRefused() throws { #expect(try code { $0[0].name = "other" } == .invalidTensor) }

  @Test func misshapenTensorIsRefused() throws {
    #expect(try code { $0[0].shape = [$0[0].shape.reduce(1, *)] } == .invalidTensor)
  }

  @Test func surplusTensorIsRefused() throws {
    let whole = try TinyBundle.bytes()
    var manifest = try BundleReader(bytes: whole).manifest
    let first = manifest.sections[0].offset
    var copy = try #require(manifest.sections.last)
    let frame = Array(whole[copy.offset...])
    let padding = [UInt8](repeating: 0, count: BundleHeader.aligned(whole.count) - whole.count)
    (copy.name, copy.offset) = ("coarse-axial/extra", whole.count + padding.count)
    manifest.sections.append(copy)
    let bytes = try TinyBundle.assemble(
      manifest, sections: Array(whole[first...]) + padding + frame, movedFrom: first)
    let error = refusal(of: bytes)
    #expect(error?.code == .invalidTensor)
    #expect(error?.message.contains("no network uses") == true)
  }

  @Test func unknownTensorIsRefused() throws {
    let reader = try BundleReader(bytes: TinyBundle.bytes())
    #expect(throws: BundleError.self) { try reader.tensor(named: "nothing") }
  }

  @Test(arguments: [(UInt8(0x00), UInt8(0x7C)), (0x01, 0x7C), (0x00, 0xFC), (0xFF, 0xFF)])
  func nanAndInfinityAreRefused(low: UInt8, high: UInt8) throws {
    let whole = try TinyBundle.bytes()
    var manifest = try BundleReader(bytes: whole).manifest
    let first = manifest.sections[0].offset
    var sections = Array(whole[first...])
    // The last section is a bias of one number: exchange its frame for one that holds the given bits.
    let last = manifest.sections.count - 1
    let frame = try [low, high].withUnsafeBytes { try LZ4Frame.compress($0, effort: .fast) }
    sections.removeLast(manifest.sections[last].storedBytes)
    sections += frame
    manifest.sections[last].chunks = [.init(bytes: frame.count, sha256: Hash.hexadecimal(Hash.sha256(of: frame)))]
    manifest.sections[last].storedBytes = frame.count
    let bytes = try TinyBundle.assemble(manifest, sections: sections, movedFrom: first)
    #expect(refusal(of: bytes)?.code == .invalidTensor)
  }

  @Test func writerRefusesNaN() throws {
    let folder = TinyBundle.Folder()
    do {
      let writer = try BundleWriter(path: "\(folder.path)/nan.islet")
      #expect(throws: BundleError.self) {
        try writer.append(name: "a", dtype: .float32, shape: [2]) { _, bytes in
          bytes.storeBytes(of: Float.nan, as: Float.self)
          bytes.storeBytes(of: 0, toByteOffset: 4, as: Float.self)
        }
      }
    }
    #expect(folder.names.isEmpty)
  }

  @Test func writerRefusesInt8() throws {
    let folder = TinyBundle.Folder()
    do {
      let writer = try BundleWriter(path: "\(folder.path)/int8.islet")
      let error = #expect(throws: BundleError.self) {
        try writer.append(name: "a", dtype: .int8, shape: [2]) { _, _ in Issue.record("bytes were asked for") }
      }
      #expect(error?.code == .unsupportedVersion && error?.message.contains("int8") == true)
    }
    #expect(folder.names.isEmpty)
  }

  @Test func writerLeavesNothingWhenTheManifestIsRefused() throws {
    let folder = TinyBundle.Folder()
    do {
      let writer = try BundleWriter(path: "\(folder.path)/none.islet")
      #expect(throws: BundleError.self) { try writer.finish(TinyBundle.manifest) }
    }
    #expect(folder.names.isEmpty)
  }

  @Test func writerSaysWhenTheFolderIsMissing() {
    let error = #expect(throws: BundleError.self) { try BundleWriter(path: "/nowhere/a.islet") }
    #expect(error?.code == .cannotWrite)
  }

  /// 245 MB of file promise 62 GB of weights. A system that gives so much finds the chunks' hashes wrong instead.
  @Test func promiseOfMoreMemoryThanThereIsIsRefusedAndNoTrap() throws {
    let topology = Manifest.Topology(
      family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 8192],
      convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, true, true], fc6: .init(channels: 8192, kernel: 15),
      fc7: .init(channels: 1))
    var manifest = Manifest.synthetic(topology: TinyBundle.topology)
    manifest.networks[0].topology = topology
    var (sections, offset) = ([Manifest.Section](), 0)
    for network in manifest.networks {
      for tensor in network.topology.tensors {
        let raw = tensor.shape.reduce(4, *)
        var section = Manifest.Section(
          name: "\(network.tensors)/\(tensor.name)", dtype: .float32, shape: tensor.shape, offset: offset,
          rawBytes: raw, storedBytes: 0, chunkBytes: 16 << 20, chunks: [], shuffle: false)
        section.chunks = (0...(raw - 1) / section.chunkBytes).map { index in
          .init(bytes: section.rawRange(ofChunk: index).count / 255 + 1, sha256: String(repeating: "0", count: 64))
        }
        section.storedBytes = section.chunks.reduce(0) { $0 + $1.bytes }
        sections.append(section)
        offset = BundleHeader.aligned(offset + section.storedBytes)
      }
    }
    manifest.sections = sections
    let end = try #require(sections.last.map { $0.offset + $0.storedBytes })
    let bytes = try TinyBundle.assemble(manifest, sections: [UInt8](repeating: 0, count: end), movedFrom: 0)
    let reader = try BundleReader(bytes: bytes)
    let promised = try #require(sections.map(\.rawBytes).max())
    #expect(promised > 60_000_000_000 && bytes.count < 260_000_000, "\(promised) in \(bytes.count)")
    let name = try #require(sections.first { $0.rawBytes == promised }).name
    let error = #expect(throws: BundleError.self) { _ = try reader.tensor(named: name) }
    #expect([.outOfMemory, .corrupt].contains(error?.code), "\(error as Any)")
  }
}
