import CIslet
import Glibc

/// A plugin loaded from a shared library: its table of functions and what it says of itself.
///
/// The library stays loaded for the life of the process. Thread-safe: the table never changes.
public final class PluginLibrary: Sendable {
  /// The path it was loaded from.
  public let path: String
  /// The plugin's own identifier, such as "org.islet.plugin".
  public let identifier: String
  /// The plugin's version.
  public let version: String
  /// The version of islet.h it was built with, as "major.minor".
  public let interfaceVersion: String
  /// What the plugin is meant for, and what not.
  public let intendedUse: String

  /// The plugin's functions, copied from its table; every one was checked to be there.
  let functions: PluginFunctions

  /// Loads the library and asks it for its table. Errors: `notAPlugin`, `incompatiblePlugin`.
  public init(path: String) throws(HostError) {
    // Without a slash dlopen would search the system's library folders and not look at this file.
    guard let handle = dlopen(path.contains("/") ? path : "./\(path)", RTLD_NOW | RTLD_LOCAL) else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      throw HostError(
        code: .notAPlugin,
        description: "\(path) cannot be loaded as a plugin: \(reason); expected a shared library (islet.so)")
    }
    guard let symbol = dlsym(handle, ISLET_ENTRY_SYMBOL) else {
      dlclose(handle)
      throw HostError(
        code: .notAPlugin,
        description: "\(path) is a shared library but no Islet plugin: it does not export \(ISLET_ENTRY_SYMBOL)")
    }
    typealias Entry =
      @convention(c) (
        UInt32, UnsafePointer<islet_host>?, UnsafeMutablePointer<UnsafePointer<islet_plugin>?>?
      ) -> islet_status
    let entry = unsafeBitCast(symbol, to: Entry.self)
    var table: UnsafePointer<islet_plugin>?
    let status = entry((UInt32(ISLET_ABI_MAJOR) << 16) | UInt32(ISLET_ABI_MINOR), nil, &table)
    guard status == ISLET_OK, let table else {
      throw HostError(
        code: .incompatiblePlugin,
        description: "\(path) refuses this host (status \(status)); expected a plugin for islet.h \(ISLET_ABI_MAJOR).x")
    }
    guard table.pointee.struct_size >= UInt32(MemoryLayout<islet_plugin>.size),
      let functions = PluginFunctions(table.pointee)
    else {
      throw HostError(
        code: .incompatiblePlugin,
        description:
          "\(path): the plugin's table lacks functions that islet.h \(ISLET_ABI_MAJOR).\(ISLET_ABI_MINOR) promises")
    }
    self.path = path
    self.functions = functions
    identifier = Self.text(table.pointee.id)
    version = Self.text(table.pointee.version)
    intendedUse = Self.text(table.pointee.intended_use)
    interfaceVersion = "\(table.pointee.abi_version >> 16).\(table.pointee.abi_version & 0xffff)"
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }
}

/// The functions of islet.h, none of them missing.
struct PluginFunctions: Sendable {
  let create:
    @convention(c) (UnsafePointer<islet_host>?, UnsafePointer<islet_config>?, UnsafeMutablePointer<OpaquePointer?>?) ->
      islet_status
  let loadBundle: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?) -> islet_status
  let describeBundle: @convention(c) (OpaquePointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> islet_status
  let segment:
    @convention(c) (
      OpaquePointer?, UnsafePointer<islet_volume>?, UnsafePointer<islet_request>?, UnsafeMutablePointer<islet_output>?
    ) -> islet_status
  let plan:
    @convention(c) (
      OpaquePointer?, UnsafePointer<islet_volume>?, UnsafePointer<islet_request>?, UnsafeMutablePointer<islet_plan>?
    ) -> islet_status
  let trace: @convention(c) (OpaquePointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> islet_status
  let lastError: @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
  let statusName: @convention(c) (islet_status) -> UnsafePointer<CChar>?
  let destroy: @convention(c) (OpaquePointer?) -> Void

  /// Returns nil when a function is missing from the table.
  init?(_ table: islet_plugin) {
    guard let create = table.create, let loadBundle = table.load_bundle, let describeBundle = table.describe_bundle,
      let segment = table.segment, let plan = table.plan, let trace = table.trace, let lastError = table.last_error,
      let statusName = table.status_name, let destroy = table.destroy
    else { return nil }
    self.create = create
    self.loadBundle = loadBundle
    self.describeBundle = describeBundle
    self.segment = segment
    self.plan = plan
    self.trace = trace
    self.lastError = lastError
    self.statusName = statusName
    self.destroy = destroy
  }
}
