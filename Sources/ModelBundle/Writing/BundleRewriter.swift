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
        encode(tensor.values[first..<first + bytes.count / section.dtype.byteCount], as: section.dtype, into: bytes)
      }
    }
    var fresh = manifest
    fresh.sections = []
    return try writer.finish(fresh)
  }

  /// Exact: the values come from numbers of the same type.
  private static func encode(
    _ values: ArraySlice<Float>, as dtype: Manifest.Section.ElementType, into bytes: UnsafeMutableRawBufferPointer
  ) {
    for (index, value) in values.enumerated() {
      switch dtype {
      case .float32: bytes.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      case .float16:
        bytes.storeBytes(
          of: ElementConversion.binary16(from: value).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      case .bfloat16:
        bytes.storeBytes(
          of: ElementConversion.bfloat16(from: value).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      case .int8: preconditionFailure("readers refuse int8 sections")
      }
    }
  }
}
