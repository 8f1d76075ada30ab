import CIslet

/// The structs that a host passes: how long they are today, and what an older host's must reach (docs/abi-policy.md).
enum StructSizes {
  static let host = (least: end(of: \islet_host.reserved), whole: MemoryLayout<islet_host>.size)
  static let config = (least: end(of: \islet_config.reserved), whole: MemoryLayout<islet_config>.size)
  static let volume = (least: end(of: \islet_volume.spacing_mm), whole: MemoryLayout<islet_volume>.size)
  static let request = (least: end(of: \islet_request.label), whole: MemoryLayout<islet_request>.size)
  static let output = (least: end(of: \islet_output.mask_bytes), whole: MemoryLayout<islet_output>.size)
  static let plan = (least: end(of: \islet_plan.bytes), whole: MemoryLayout<islet_plan>.size)

  private static func end<Struct, Field>(of field: KeyPath<Struct, Field>) -> Int {
    (MemoryLayout<Struct>.offset(of: field) ?? 0) + MemoryLayout<Field>.size
  }
}

extension GuardedMemory {
  /// The first `size` bytes of a struct with that `struct_size`, directly before a forbidden page.
  convenience init<Struct>(_ whole: Struct, endingAt size: Int) throws(Finding) {
    try self.init(byteCount: max(4, size))
    withUnsafeBytes(of: whole) { bytes in
      if let start = bytes.baseAddress { base.copyMemory(from: start, byteCount: min(bytes.count, max(4, size))) }
    }
    base.storeBytes(of: UInt32(size), as: UInt32.self)
  }

  /// Itself as a struct of the host's.
  func pointer<Struct>(to type: Struct.Type) -> UnsafeMutablePointer<Struct> { base.assumingMemoryBound(to: type) }
}
