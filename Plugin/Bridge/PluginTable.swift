public import CIslet

/// Answers `islet_plugin_entry`: the table, unless the host was built for another major version.
///
/// A target of its own holds the exported symbol, so that tests can link this one without the library's linker flags.
public func pluginTable(
  hostVersion: UInt32, host: UnsafePointer<islet_host>?,
  table: UnsafeMutablePointer<UnsafePointer<islet_plugin>?>?
) -> islet_status {
  guard let table else { return ISLET_ERROR_ARGUMENT }
  table.pointee = nil
  guard hostVersion >> 16 == ISLET_ABI_MAJOR else { return ISLET_ERROR_ABI_MISMATCH }
  if let host {
    guard islet_host(reading: host) != nil else { return ISLET_ERROR_STRUCT_SIZE }
  }
  table.pointee = PluginTable.shared.pointer
  return ISLET_OK
}

/// The immutable table and its strings: allocated at first use, once, never freed (a few hundred bytes).
private struct PluginTable: @unchecked Sendable {
  static let shared = PluginTable()

  let pointer: UnsafePointer<islet_plugin>

  private init() {
    let table = UnsafeMutablePointer<islet_plugin>.allocate(capacity: 1)
    table.initialize(
      to: islet_plugin(
        struct_size: UInt32(MemoryLayout<islet_plugin>.size),
        abi_version: UInt32(ISLET_ABI_MAJOR) << 16 | UInt32(ISLET_ABI_MINOR),
        id: permanentCString("org.islet.plugin"),
        name: permanentCString("Islet"),
        version: permanentCString(isletVersion),
        vendor: permanentCString("The Islet authors"),
        intended_use: permanentCString(
          "Segments organs in abdominal CT with coarse-to-fine fixed-point networks. Research use only, not for diagnosis."
        ),
        create: { createInstance($0, $1, $2) },
        load_bundle: { loadBundle($0, $1) },
        describe_bundle: { describeBundle($0, $1) },
        segment: { segment($0, $1, $2, $3) },
        trace: { trace($0, $1) },
        last_error: { lastError($0) },
        status_name: { statusName($0) },
        destroy: { destroyInstance($0) },
        get_extension: { _ in nil },
        plan: { plan($0, $1, $2, $3) },
        load_bundle_memory: { loadBundleFromMemory($0, $1, $2) }))
    pointer = UnsafePointer(table)
  }
}

/// Version of the plugin; the header has one of its own.
let isletVersion = "0.1.0"

/// A zero-terminated copy of a text that is never freed, for the static strings of the table.
func permanentCString(_ text: String) -> UnsafePointer<CChar> {
  let utf8 = Array(text.utf8CString)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: utf8.count)
  copy.initialize(from: utf8, count: utf8.count)
  return UnsafePointer(copy)
}
