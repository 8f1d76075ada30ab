import Bridge
import CIslet
import Foundation
import ModelBundle
import Testing

/// The plugin's table, asked for as a host does.
func plugin() throws -> islet_plugin {
  var table: UnsafePointer<islet_plugin>?
  let version = UInt32(ISLET_ABI_MAJOR) << 16 | UInt32(ISLET_ABI_MINOR)
  try #require(pluginTable(hostVersion: version, host: nil, table: &table) == ISLET_OK)
  return try #require(table).pointee
}

/// A bundle of very small random networks, removed at the end.
final class BundleFile {
  let path = FileManager.default.temporaryDirectory.appending(path: "islet-plugin-\(UUID().uuidString).islet").path

  init(name: String = "synthetic") throws {
    var manifest = Manifest.synthetic(
      topology: .init(
        family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [2, 2, 2, 2, 2],
        convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, false], fc6: .init(channels: 2, kernel: 1),
        fc7: .init(channels: 2)))
    manifest.name = name
    _ = try BundleSynthesizer.synthesize(manifest, dtype: .float32, seed: 1, output: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A host with one instance, a volume of 6 x 5 x 4 voxels and buffers for its results.
final class TestHost {
  let table: islet_plugin
  private(set) var instance: OpaquePointer?
  var volume = islet_volume()
  var request = islet_request()
  var output = islet_output()
  private let voxels = UnsafeMutablePointer<Int16>.allocate(capacity: 120)
  private let mask = UnsafeMutablePointer<UInt8>.allocate(capacity: 120)

  init(_ callbacks: islet_host? = nil) throws {
    table = try plugin()
    var instance: OpaquePointer?
    // The tests' bundles are not signed.
    var config = islet_config()
    config.struct_size = UInt32(MemoryLayout<islet_config>.size)
    config.accepted_flags = ISLET_FLAG_UNSIGNED_BUNDLE
    if var host = callbacks {
      host.struct_size = UInt32(MemoryLayout<islet_host>.size)
      try #require(table.create(&host, &config, &instance) == ISLET_OK)
    } else {
      try #require(table.create(nil, &config, &instance) == ISLET_OK)
    }
    self.instance = instance
    for index in 0..<120 { voxels[index] = Int16(index * 37 % 200 - 60) }
    mask.initialize(repeating: 0xA5, count: 120)
    volume.struct_size = UInt32(MemoryLayout<islet_volume>.size)
    volume.element_type = ISLET_ELEMENT_INT16
    volume.voxels = UnsafeRawPointer(voxels)
    volume.size = (6, 5, 4)
    volume.spacing_mm = (1, 1, 1)
    request.struct_size = UInt32(MemoryLayout<islet_request>.size)
    request.threads = 1
    request.isolation = ISLET_ISOLATION_NONE
    output.struct_size = UInt32(MemoryLayout<islet_output>.size)
    output.mask = mask
    output.mask_bytes = 120
  }

  deinit {
    table.destroy(instance)
    voxels.deallocate()
    mask.deallocate()
  }

  func load(_ bundle: BundleFile) -> islet_status { table.load_bundle(instance, bundle.path) }
  func segment() -> islet_status { table.segment(instance, &volume, &request, &output) }
  var lastError: String { table.last_error(instance).map { String(cString: $0) } ?? "last_error is NULL" }

  /// A text of the plugin and where it lies.
  func text(
    _ call: (OpaquePointer?, UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> islet_status
  ) throws -> (pointer: UnsafePointer<CChar>, text: String) {
    var pointer: UnsafePointer<CChar>?
    try #require(call(instance, &pointer) == ISLET_OK)
    let found = try #require(pointer)
    return (found, String(cString: found))
  }
}
