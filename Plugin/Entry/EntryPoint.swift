import Bridge
public import CIslet

/// The one exported function; the compiler compares it with its declaration in islet.h. `Bridge.pluginTable` goes on.
@c @implementation
public func islet_plugin_entry(
  _ host_abi_version: UInt32, _ host: UnsafePointer<islet_host>?,
  _ plugin: UnsafeMutablePointer<UnsafePointer<islet_plugin>?>?
) -> islet_status {
  pluginTable(hostVersion: host_abi_version, host: host, table: plugin)
}
