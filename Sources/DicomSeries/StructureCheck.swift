/// Reads what a DICOM file says about itself, strictly, before anything decodes its pixels.
///
/// Checks the preamble, the file meta group and its length (PS3.10, chapter 7), the structure of the data set
/// (`DataSetWalk`), the attributes that pixels need, and that as many pixels are there as they announce.
struct StructureCheck {
  /// What became of a file.
  enum Verdict {
    /// A CT image with everything that is needed.
    case image(DicomHeader)
    /// No CT image: why, in words for a list.
    case skipped(String)
  }

  /// CT Image Storage, enhanced CT, legacy converted enhanced CT.
  private static let ctClasses = Set(["2", "2.1", "2.2"].map { "1.2.840.10008.5.1.4.1.1.\($0)" })

  /// File meta information.
  private struct Meta {
    var dataSet = 0
    var syntax = ""
    var sopClass = ""
  }

  /// Checks one file. Throws `unreadableFile`, `unsupported`, `invalidAttribute` or `notFound`.
  static func check(_ path: String, keepingCopied: Bool = false) throws(DicomError) -> Verdict {
    let file = try DicomFile(path)
    let meta = try checkFileMeta(file)
    let mayBeCT = meta.sopClass.isEmpty || ctClasses.contains(meta.sopClass)
    guard let syntax = TransferSyntax(rawValue: meta.syntax) else {
      if !mayBeCT { return .skipped("not CT image (SOP class \(meta.sopClass))") }
      throw DicomError(
        .unsupported,
        "\(path): transfer syntax \(meta.syntax) is not read; convert the file to explicit little endian")
    }
    var source: any DicomBytes = file
    var onPixelData: (DicomValues, Int) throws(DicomError) -> Void = { _, _ throws(DicomError) in }
    if syntax == .deflated {
      let inflated = try InflatedBytes(file, from: meta.dataSet)
      source = inflated
      onPixelData = { values, length throws(DicomError) in
        // The size of the image is an attacker's word too, but it is held against the length here.
        _ = try PixelDescription(values, path: path).checkNative(length: length, path: path)
        inflated.limit += length
      }
    }
    let isInflated = syntax == .deflated
    var kept = Set(DicomTag.representations.keys)
    if keepingCopied { kept.formUnion(SourceSeries.copiedTags.keys.map { Int($0) }) }
    var walk = DataSetWalk(
      source, path: path, isBigEndian: syntax == .explicitBigEndian, keeping: kept, onPixelData: onPixelData)
    do throws(DicomError) {
      try walk.run(
        from: isInflated ? 0 : meta.dataSet, to: isInflated ? .max : file.byteCount,
        isExplicit: syntax != .implicitLittleEndian)
    } catch {
      // Damage in a report or a localizer of another modality is no reason to refuse the series beside it.
      if mayBeCT { throw error }
    }
    if let reason = reasonToSkip(walk.values, metaClass: meta.sopClass) { return .skipped(reason) }
    return .image(try DicomHeader(walk, source: source, syntax: syntax))
  }

  /// The data set of a deflated file that was checked before. Throws as `check` does.
  static func inflated(_ path: String) throws(DicomError) -> InflatedBytes {
    let file = try DicomFile(path)
    return try InflatedBytes(file, from: try checkFileMeta(file).dataSet)
  }

  /// Why a file is no CT slice; nil when it is one.
  private static func reasonToSkip(_ values: DicomValues, metaClass: String) -> String? {
    let modality = values.text(DicomTag.modality)
    var sopClass = values.text(DicomTag.sopClassUID)
    if sopClass.isEmpty { sopClass = metaClass }
    if sopClass == "1.2.840.10008.1.3.10" { return "DICOMDIR" }
    if sopClass.hasPrefix("1.2.840.10008.5.1.4.1.1.7") { return "secondary capture" }
    guard ctClasses.contains(sopClass) || sopClass.isEmpty && modality == "CT" else {
      if !modality.isEmpty { return "not CT image (modality \(modality))" }
      return sopClass.isEmpty ? "without SOP class and modality" : "not CT image (SOP class \(sopClass))"
    }
    if !modality.isEmpty, modality != "CT" { return "not CT image (modality \(modality))" }
    return values.text(DicomTag.imageType).split(separator: "\\").contains { $0.hasPrefix("LOCALIZER") }
      ? "localizer" : nil
  }

  private static func checkFileMeta(_ file: DicomFile) throws(DicomError) -> Meta {
    func refusal(_ what: String) -> DicomError { DicomError(.unreadableFile, "\(file.path): \(what)") }
    guard file.number(at: 132, 4, isBigEndian: false) == 0x0000_0002,
      file.number(at: 136, 4, isBigEndian: false) == 0x0004_4C55,
      let length = file.number(at: 140, 4, isBigEndian: false),
      length <= file.byteCount - 144
    else { throw refusal("File Meta Information Group Length (0002,0000) is absent or wrong") }
    var meta = Meta(dataSet: 144 + length)
    var walk = DataSetWalk(
      file, path: file.path, isBigEndian: false,
      keeping: [DicomTag.mediaStorageSOPClassUID, DicomTag.transferSyntaxUID])
    do throws(DicomError) {
      try walk.run(from: 144, to: meta.dataSet, isExplicit: true)
    } catch {
      throw refusal("File Meta Information Group Length (0002,0000) is wrong or the group damaged: \(error.message)")
    }
    guard file.number(at: meta.dataSet, 2, isBigEndian: false) != 2 else {
      throw refusal("File Meta Information Group Length (0002,0000) is wrong: the group goes on behind its end")
    }
    meta.syntax = walk.values.text(DicomTag.transferSyntaxUID)
    meta.sopClass = walk.values.text(DicomTag.mediaStorageSOPClassUID)
    guard !meta.syntax.isEmpty else { throw refusal("Transfer Syntax UID (0002,0010) is absent") }
    return meta
  }
}
