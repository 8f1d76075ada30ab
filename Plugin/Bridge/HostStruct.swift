import CIslet

/// A struct that a host fills or has filled, read and written by its `struct_size`: hosts that were built with an older,
/// shorter header and with a newer, longer one are both understood, and no byte past a struct's end is touched.
///
/// What lies beyond a host's `struct_size` reads as 0 or NULL, the default. docs/abi-policy.md has the rules.
protocol HostStruct {
  init()

  /// The first field without which the struct still says something: a shorter one is refused.
  static var firstOptionalField: PartialKeyPath<Self> { get }
  /// The fields after it, in the header's order.
  static var laterFields: [PartialKeyPath<Self>] { get }
}

extension HostStruct {
  /// A copy of a host's struct; nil when it is shorter than any version's.
  init?(reading pointer: UnsafePointer<Self>) {
    guard let count = Self.understoodBytes(of: pointer) else { return nil }
    self.init()
    withUnsafeMutableBytes(of: &self) { $0.baseAddress?.copyMemory(from: pointer, byteCount: count) }
  }

  /// Writes the fields that the host's struct has room for; its `struct_size` stays.
  func write(to pointer: UnsafeMutablePointer<Self>) {
    guard let count = Self.understoodBytes(of: pointer) else { return }
    let sizeField = MemoryLayout<UInt32>.size
    withUnsafeBytes(of: self) { bytes in
      guard let base = bytes.baseAddress else { return }
      (UnsafeMutableRawPointer(pointer) + sizeField).copyMemory(from: base + sizeField, byteCount: count - sizeField)
    }
  }

  /// Bytes of whole fields that the host's struct and ours both have; a field that is cut counts as not there.
  private static func understoodBytes(of pointer: UnsafeRawPointer) -> Int? {
    let stated = Int(pointer.loadUnaligned(as: UInt32.self))
    let ends = ([firstOptionalField] + laterFields).compactMap { MemoryLayout<Self>.offset(of: $0) }
    return (ends + [MemoryLayout<Self>.size]).last { $0 <= stated }
  }
}

extension islet_host: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_host> { \.name }
  static var laterFields: [PartialKeyPath<islet_host>] {
    [\.version, \.host_data, \.log, \.progress, \.is_cancelled, \.get_extension]
  }
}

extension islet_config: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_config> { \.trusted_keys }
  static var laterFields: [PartialKeyPath<islet_config>] { [\.minimum_versions, \.accepted_flags] }
}

extension islet_volume: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_volume> { \.origin_lps_mm }
  static var laterFields: [PartialKeyPath<islet_volume>] { [\.direction_lps] }
}

extension islet_request: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_request> { \.quality }
  static var laterFields: [PartialKeyPath<islet_request>] {
    [
      \.precision, \.threads, \.overrides, \.rounds, \.margin, \.threshold, \.initial_mask, \.initial_mask_bytes,
      \.memory_budget_bytes, \.isolation, \.reserved, \.component_ratio, \.coarse_fusion, \.fine_fusion,
      \.initial_box_first, \.initial_box_size,
    ]
  }
}

extension islet_output: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_output> { \.probability }
  static var laterFields: [PartialKeyPath<islet_output>] {
    [
      \.probability_bytes, \.view_masks, \.view_masks_bytes, \.end, \.rounds, \.flags, \.voxels, \.volume_ml,
      \.dsc_to_previous, \.view_agreement, \.predicted_dsc, \.predicted_dsc_lower, \.grade, \.reserved,
    ]
  }
}

extension islet_plan: HostStruct {
  static var firstOptionalField: PartialKeyPath<islet_plan> { \.smallest_bytes }
  static var laterFields: [PartialKeyPath<islet_plan>] { [\.work_units] }
}

extension islet_pass_observer: HostStruct {
  // Drafts have one size each: another one gets another number in its id.
  static var firstOptionalField: PartialKeyPath<islet_pass_observer> { \.on_pass }
  static var laterFields: [PartialKeyPath<islet_pass_observer>] { [] }
}
