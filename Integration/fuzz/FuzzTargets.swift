import Glibc

// Four targets for libFuzzer in one program, compiled together with the sources of ModelBundle so that they reach its
// inside: the environment variable ISLET_FUZZ_TARGET chooses header, manifest, lz4 or bundle. A broken promise is a trap.
// Built and run by fuzz.sh (`make fuzz`).

/// What libFuzzer calls, once for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  chosenTarget(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}

private let chosenTarget: @Sendable ([UInt8]) -> Void = {
  switch getenv("ISLET_FUZZ_TARGET").map({ String(cString: $0) }) {
  case "header": return fuzzHeader
  case "manifest": return fuzzManifest
  case "lz4": return fuzzLZ4
  case "bundle": return fuzzBundle
  default: fatalError("ISLET_FUZZ_TARGET must be header, manifest, lz4 or bundle")
  }
}()

/// A header, as it is and with a right checksum; one that is accepted is what the writer would write.
@Sendable private func fuzzHeader(_ bytes: [UInt8]) {
  let sizes = bytes.dropFirst(BundleHeader.byteCount).prefix(3).reduce(0) { $0 << 8 | Int($1) }
  let header = Array(bytes.prefix(BundleHeader.byteCount))
  _ = try? BundleHeader(decoding: header, actualSize: sizes, file: "fuzz")
  guard header.count == BundleHeader.byteCount else { return }
  var repaired = Array(header[..<120])
  repaired += Hash.sha256(of: repaired).prefix(8)
  let declared = repaired[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  let size = Int(exactly: declared) ?? 0
  guard let read = try? BundleHeader(decoding: repaired, actualSize: size, file: "fuzz") else { return }
  let isOwnVersion = repaired[10] == 0 && repaired[11] == 0
  precondition(!isOwnVersion || read.encoded() == repaired, "an accepted header is not what the writer writes")
  precondition(read.sectionsOffset < read.fileSize && read.manifestEnd <= read.sectionsOffset)
}

/// A manifest's text; one that is accepted survives being written.
@Sendable private func fuzzManifest(_ bytes: [UInt8]) {
  guard
    let manifest = try? ManifestCoding.decode(
      Manifest.self, from: bytes, largestSize: BundleHeader.largestManifest, file: "fuzz"),
    (try? manifest.checkFields(file: "fuzz")) != nil
  else { return }
  try? SectionLayout.checkTensors(of: manifest, file: "fuzz")
  guard let text = try? ManifestCoding.encode(manifest) else { return }
  let again = try? ManifestCoding.decode(
    Manifest.self, from: text, largestSize: BundleHeader.largestManifest, file: "fuzz")
  precondition(again == manifest, "an accepted manifest does not survive")
}

/// A chunk: its first two bytes choose size and type, the rest is the frame.
@Sendable private func fuzzLZ4(_ bytes: [UInt8]) {
  guard bytes.count > 3 else { return }
  let type: Manifest.Section.ElementType = [.float32, .float16, .bfloat16][Int(bytes[0]) % 3]
  let numbers = 1 + Int(bytes[1]) + Int(bytes[2] & 15) << 8
  var raw = [UInt8](repeating: 0xA5, count: numbers * type.byteCount)
  var values = [Float](repeating: 0, count: numbers)
  bytes[3...].withUnsafeBytes { frame in
    raw.withUnsafeMutableBytes { raw in
      guard (try? LZ4Frame.decompress(frame, into: raw)) != nil else { return }
      let isFinite = values.withUnsafeMutableBufferPointer {
        ElementConversion.decode(planes: UnsafeRawBufferPointer(raw), as: type, into: $0)
      }
      precondition(
        isFinite == values.allSatisfy(\.isFinite), "NaN or infinity was not seen, or was seen where none is")
    }
  }
}

/// A whole file, as it is and with a header that fits the rest; the signature is asked for, every tensor is read.
@Sendable private func fuzzBundle(_ bytes: [UInt8]) {
  open(bytes)
  guard bytes.count > BundleHeader.byteCount + 2 else { return }
  let wanted = bytes[32..<36].reversed().reduce(0) { $0 << 8 | Int($1) }
  let manifestSize = min(max(wanted, 2), bytes.count - BundleHeader.byteCount)
  let signatureSize = min(Int(bytes[80]) | Int(bytes[81] & 15) << 8, Signature.largestSize, bytes.count)
  let text = Array(bytes[BundleHeader.byteCount..<BundleHeader.byteCount + manifestSize])
  let header = BundleHeader(
    fileSize: bytes.count, manifestSize: manifestSize, manifestHash: Hash.sha256(of: text), signatureSize: signatureSize
  )
  open(header.encoded() + bytes[BundleHeader.byteCount...])
}

private func open(_ bytes: [UInt8]) {
  guard let reader = try? BundleReader(bytes: bytes) else { return }
  _ = try? reader.provenance(under: TrustPolicy())
  guard (try? reader.verify()) != nil else { return }
  for section in reader.manifest.sections.prefix(4) {
    guard let tensor = try? reader.tensor(named: section.name) else { fatalError("a verified tensor cannot be read") }
    precondition(tensor.values.allSatisfy(\.isFinite))
  }
}
