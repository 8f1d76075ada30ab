/// Writes a bundle's tensors under another manifest: for what is measured once the weights are packed.
public enum BundleRewriter {
  /// Writes the tensors of `bundle`, as they are stored, with the fields of `manifest`; its sections are made anew.
  ///
  /// A signature of the old bundle does not hold for the new one. Throws what reading and writing throw.
  @discardableResult public static func write(
    _ bundle: BundleReader, manifest: Manifest, output: String, checkpoint: (Double) throws -> Void = { _ in }
  ) throws -> Manifest {
    let writer = try BundleWriter(path: output)
    let sections = bundle.manifest.sections
    for (index, section) in sections.enumerated() {
      try checkpoint(Double(index) / Double(sections.count))
      let tensor = try bundle.tensor(named: section.name)
      try writer.append(name: section.name, dtype: section.dtype, shape: section.shape, shuffle: section.shuffle) {
        offset, bytes throws(BundleError) in
        let first = offset / section.dtype.byteCount
        // Exact: the values come from numbers of the same type.
        let isExact = tensor.values.withUnsafeBufferPointer { values in
          ElementConversion.encode(
            UnsafeBufferPointer(rebasing: values[first..<first + bytes.count / section.dtype.byteCount]),
            as: section.dtype, into: bytes)
        }
        guard isExact else {
          throw BundleError(
            code: .invalidTensor, message: "\(output): tensor \(quoted(section.name)) does not fit its own type")
        }
      }
    }
    var fresh = manifest
    fresh.sections = []
    return try writer.finish(fresh)
  }
}
