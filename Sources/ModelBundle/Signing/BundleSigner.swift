/// Puts signatures on bundles, and takes out what other tools sign.
///
/// The signature is the last thing in the file and the manifest does not speak of it: signing changes neither the
/// manifest nor the bundle's identity, and a bundle can be signed again by somebody else.
public enum BundleSigner {
  /// Signs the bundle at `path` and writes it to `output`, which may be the same file.
  ///
  /// Reads and checks the whole bundle first: nobody should vouch for what cannot be opened.
  public static func sign(_ path: String, with key: SecretKey, output: String) throws {
    let bundle = try BundleReader(path: path)
    try bundle.verify()
    let signature = try Signature(of: bundle.manifestBytes, comment: bundle.signedComment, key: key)
    try write(bundle, signature: Array(signature.text.utf8), to: output)
  }

  /// Writes the bundle at `path` to `output` with the signature in the file `signaturePath`, which minisign made over the
  /// extracted manifest. Whose signature it is, readers decide; that it is one, and has the comment they ask for, is checked.
  public static func attach(_ signaturePath: String, to path: String, output: String) throws {
    let bundle = try BundleReader(path: path)
    try bundle.verify()
    let file = try OpenFile(path: signaturePath)
    guard file.size <= Signature.largestSize else {
      throw BundleError(code: .invalidKey, message: "\(signaturePath): \(file.size) bytes; no signature is that long")
    }
    let text = try ByteSource.file(file).bytes(at: 0, count: file.size, file: signaturePath, code: .cannotOpen)
    guard let signature = Signature(text: text) else {
      throw BundleError(code: .invalidKey, message: "\(signaturePath): no signature of minisign")
    }
    guard signature.trustedComment == bundle.signedComment else {
      throw BundleError(
        code: .invalidKey,
        message: "\(signaturePath): its trusted comment is \(quoted(signature.trustedComment)); "
          + "sign with minisign -S -t \(quoted(bundle.signedComment))")
    }
    try write(bundle, signature: text, to: output)
  }

  /// Writes the manifest's bytes to `manifestPath`, and the signature, where there is one, beside it with ".minisig" added:
  /// what `minisign -V` checks. Returns whether there was a signature.
  public static func extract(_ path: String, manifestPath: String) throws(BundleError) -> Bool {
    let bundle = try BundleReader(path: path)
    let manifest = try OutputFile(path: manifestPath)
    try manifest.append(bundle.manifestBytes)
    if !bundle.signatureBytes.isEmpty {
      let signature = try OutputFile(path: manifestPath + ".minisig")
      try signature.append(bundle.signatureBytes)
      try signature.publish()
    }
    try manifest.publish()
    return !bundle.signatureBytes.isEmpty
  }

  private static func write(_ bundle: BundleReader, signature: [UInt8], to path: String) throws(BundleError) {
    let end = bundle.sectionsEnd
    let header = BundleHeader(
      fileSize: BundleHeader.aligned(end) + signature.count, manifestSize: bundle.manifestBytes.count,
      manifestHash: Hash.sha256(of: bundle.manifestBytes), signatureSize: signature.count)
    let output = try OutputFile(path: path)
    try output.append(header.encoded())
    try output.append(contentsOf: bundle.source, from: BundleHeader.byteCount, to: end)
    try output.align()
    try output.append(signature)
    try output.publish()
  }
}
