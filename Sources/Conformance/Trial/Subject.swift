import CIslet
import Glibc

/// What is tried: a plugin's file, a bundle for it, and the seed of whatever a test draws.
public struct Subject: Sendable {
  /// The plugin's shared library.
  public let plugin: String
  /// A bundle that the plugin can load.
  public let bundle: String
  /// The same seed makes a test do the same again.
  public let seed: UInt64

  /// Names what is tried; nothing is opened yet.
  public init(plugin: String, bundle: String, seed: UInt64) {
    (self.plugin, self.bundle, self.seed) = (plugin, bundle, seed)
  }

  /// The random numbers of one test.
  var numbers: SeededNumbers { SeededNumbers(seed: seed) }

  /// An instance that has loaded the bundle; skips the test when it has not, because `bundle-loads` tells.
  func loadedInstance(host: RecordingHost = RecordingHost()) throws(Finding) -> TestInstance {
    let instance = try TestInstance(of: LoadedPlugin(plugin), host: host)
    try load(instance)
    return instance
  }

  /// Loads the bundle into an instance, or skips the test.
  func load(_ instance: TestInstance) throws(Finding) {
    guard instance.load(bundle) == ISLET_OK else {
      throw .skipped("\(bundle) was not loaded: \(instance.lastError); give one that the plugin takes with --bundle")
    }
  }
}

/// A plugin in this process: its entry and its table, whose functions were all found to be there.
struct LoadedPlugin: @unchecked Sendable {
  typealias Entry =
    @convention(c) (UInt32, UnsafePointer<islet_host>?, UnsafeMutablePointer<UnsafePointer<islet_plugin>?>?) ->
    islet_status
  static let version = UInt32(ISLET_ABI_MAJOR) << 16 | UInt32(ISLET_ABI_MINOR)

  let handle: UnsafeMutableRawPointer
  let entry: Entry
  let table: UnsafePointer<islet_plugin>

  init(_ path: String) throws(Finding) {
    // Without a slash dlopen would search the system's library folders and not look at this file.
    guard let handle = dlopen(path.contains("/") ? path : "./\(path)", RTLD_NOW | RTLD_LOCAL) else {
      throw .failed("dlopen: \(dlerror().map { String(cString: $0) } ?? "no reason given")")
    }
    guard let symbol = dlsym(handle, ISLET_ENTRY_SYMBOL) else {
      throw .failed("\(path) does not export \(ISLET_ENTRY_SYMBOL)")
    }
    self.handle = handle
    entry = unsafeBitCast(symbol, to: Entry.self)
    var table: UnsafePointer<islet_plugin>?
    let status = entry(Self.version, nil, &table)
    try expect(status, ISLET_OK, "\(ISLET_ENTRY_SYMBOL) with this header's version")
    guard let table else { throw .failed("\(ISLET_ENTRY_SYMBOL): ISLET_OK but the table is NULL") }
    let size = table.pointee.struct_size
    try promise(
      size >= UInt32(MemoryLayout<islet_plugin>.size),
      "the table's struct_size is \(size), expected at least \(MemoryLayout<islet_plugin>.size)")
    self.table = table
    let functions: [(String, Bool)] = [
      ("create", table.pointee.create != nil), ("load_bundle", table.pointee.load_bundle != nil),
      ("describe_bundle", table.pointee.describe_bundle != nil), ("segment", table.pointee.segment != nil),
      ("trace", table.pointee.trace != nil), ("last_error", table.pointee.last_error != nil),
      ("status_name", table.pointee.status_name != nil), ("destroy", table.pointee.destroy != nil),
      ("get_extension", table.pointee.get_extension != nil), ("plan", table.pointee.plan != nil),
      ("load_bundle_memory", table.pointee.load_bundle_memory != nil),
    ]
    for (name, isThere) in functions where !isThere { throw .failed("the table's function \(name) is NULL") }
  }

  /// Gives the library back to the loader.
  func close() { dlclose(handle) }

  /// The plugin's name of a status.
  func name(of status: islet_status) -> String {
    table.pointee.status_name(status).map { String(cString: $0) } ?? "NULL"
  }
}

/// An instance of the plugin, made with everything accepted that can be accepted, ended with this object.
final class TestInstance: @unchecked Sendable {
  let plugin: LoadedPlugin
  let host: RecordingHost
  private(set) var pointer: OpaquePointer?

  /// A config that loads a bundle whoever signed it.
  static var acceptingConfig: islet_config {
    var config = islet_config()
    config.struct_size = UInt32(MemoryLayout<islet_config>.size)
    config.accepted_flags = acceptedFlags
    return config
  }
  /// Every flag that a config may accept.
  static let acceptedFlags: UInt64 = 1 << 7 | 1 << 16 | 1 << 17 | 1 << 18

  init(
    of plugin: LoadedPlugin, host: RecordingHost, table: islet_host? = nil, config: islet_config = acceptingConfig
  ) throws(Finding) {
    (self.plugin, self.host) = (plugin, host)
    var table = table ?? host.table
    var config = config
    let status = plugin.table.pointee.create(&table, &config, &pointer)
    try expect(status, ISLET_OK, "create")
    try promise(pointer != nil, "create: ISLET_OK but the instance is NULL")
  }

  deinit { destroy() }

  /// Ends the instance now; the library may be gone afterwards.
  func destroy() {
    guard pointer != nil else { return }
    plugin.table.pointee.destroy(pointer)
    pointer = nil
  }

  /// The sentence of the last failed call.
  var lastError: String {
    plugin.table.pointee.last_error(pointer).map { String(cString: $0) } ?? "last_error is NULL"
  }

  func load(_ path: String) -> islet_status { plugin.table.pointee.load_bundle(pointer, path) }

  /// One call of segment with exactly these structs.
  func segment(
    _ volume: inout islet_volume, _ request: UnsafePointer<islet_request>?, _ output: inout islet_output
  ) -> islet_status {
    plugin.table.pointee.segment(pointer, &volume, request, &output)
  }

  /// One call that must end with ISLET_OK; checks that nothing was written beside the buffers.
  func result(
    _ volume: TestVolume, _ request: islet_request? = nil, probabilityType: UInt32? = ISLET_ELEMENT_UINT8,
    wantsViewMasks: Bool = true, of what: String? = nil
  ) throws(Finding) -> SegmentationResult {
    var area = try OutputArea(
      voxelCount: volume.voxelCount, probabilityType: probabilityType, wantsViewMasks: wantsViewMasks)
    let call = what.map { "segment of \($0)" } ?? "segment"
    try expect(run(volume, request, &area), ISLET_OK, call, self)
    try promise(area.isIntactAround, "\(call) wrote beside an output buffer")
    return area.result
  }

  /// One call with a volume as it is; whatever status it has.
  func run(_ volume: TestVolume, _ request: islet_request? = nil, _ area: inout OutputArea) -> islet_status {
    var described = volume.islet
    guard var request else { return segment(&described, nil, &area.islet) }
    return segment(&described, &request, &area.islet)
  }

  /// One call with a volume as it is and buffers of its own; whatever status it has.
  func status(_ volume: TestVolume, _ request: islet_request? = nil) throws(Finding) -> islet_status {
    var area = try OutputArea(voxelCount: volume.voxelCount)
    let status = run(volume, request, &area)
    try promise(area.isIntactAround, "segment wrote beside an output buffer")
    return status
  }
}

/// A request of all defaults with `change` made to it.
func request(_ change: (inout islet_request) -> Void = { _ in }) -> islet_request {
  var request = islet_request()
  request.struct_size = UInt32(MemoryLayout<islet_request>.size)
  change(&request)
  return request
}

/// Ends the test as failed unless a call had the status that it should have.
func expect(_ found: islet_status, _ expected: Int32, _ call: String, _ instance: TestInstance? = nil) throws(Finding) {
  guard found != expected else { return }
  let why = instance.map { $0.lastError }.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
  throw .failed("\(call): expected \(StatusNames.name(of: expected)), found \(StatusNames.name(of: found))\(why)")
}

/// Ends the test as failed unless a call was refused in words: with one of these statuses and a sentence.
func expectRefusal(
  _ found: islet_status, _ expected: Set<Int32>, _ call: String, _ instance: TestInstance
) throws(Finding) {
  let names =
    expected == StatusNames.ofBundles
    ? "a status of the bundle (200 to 209)"
    : expected.sorted().map { StatusNames.name(of: $0) }.joined(separator: " or ")
  guard expected.contains(found) else {
    throw .failed("\(call): expected \(names), found \(StatusNames.name(of: found))")
  }
  try promise(!instance.lastError.isEmpty, "\(call): refused, but last_error is empty")
}

/// The statuses of islet.h 1.0.
enum StatusNames {
  static let all: [Int32: String] = [
    ISLET_OK: "ISLET_OK", ISLET_CANCELLED: "ISLET_CANCELLED", ISLET_ERROR_ARGUMENT: "ISLET_ERROR_ARGUMENT",
    ISLET_ERROR_ABI_MISMATCH: "ISLET_ERROR_ABI_MISMATCH", ISLET_ERROR_STRUCT_SIZE: "ISLET_ERROR_STRUCT_SIZE",
    ISLET_ERROR_WRONG_ORDER: "ISLET_ERROR_WRONG_ORDER", ISLET_ERROR_BUSY: "ISLET_ERROR_BUSY",
    ISLET_ERROR_VOLUME: "ISLET_ERROR_VOLUME", ISLET_ERROR_OUTPUT: "ISLET_ERROR_OUTPUT",
    ISLET_ERROR_REQUEST: "ISLET_ERROR_REQUEST", ISLET_ERROR_CONFIG: "ISLET_ERROR_CONFIG",
    ISLET_ERROR_BUNDLE_UNREADABLE: "ISLET_ERROR_BUNDLE_UNREADABLE",
    ISLET_ERROR_BUNDLE_FORMAT: "ISLET_ERROR_BUNDLE_FORMAT",
    ISLET_ERROR_BUNDLE_VERSION: "ISLET_ERROR_BUNDLE_VERSION",
    ISLET_ERROR_BUNDLE_CORRUPT: "ISLET_ERROR_BUNDLE_CORRUPT",
    ISLET_ERROR_BUNDLE_MANIFEST: "ISLET_ERROR_BUNDLE_MANIFEST",
    ISLET_ERROR_BUNDLE_TENSOR: "ISLET_ERROR_BUNDLE_TENSOR",
    ISLET_ERROR_BUNDLE_UNSIGNED: "ISLET_ERROR_BUNDLE_UNSIGNED",
    ISLET_ERROR_BUNDLE_FOREIGN: "ISLET_ERROR_BUNDLE_FOREIGN",
    ISLET_ERROR_BUNDLE_CHANGED: "ISLET_ERROR_BUNDLE_CHANGED",
    ISLET_ERROR_BUNDLE_ROLLED_BACK: "ISLET_ERROR_BUNDLE_ROLLED_BACK",
    ISLET_ERROR_RESOURCES: "ISLET_ERROR_RESOURCES", ISLET_ERROR_ENGINE: "ISLET_ERROR_ENGINE",
    ISLET_ERROR_INTERNAL: "ISLET_ERROR_INTERNAL", ISLET_ERROR_WORKER: "ISLET_ERROR_WORKER",
  ]

  /// Every status that says something of a bundle.
  static let ofBundles = Set(ISLET_ERROR_BUNDLE_UNREADABLE...ISLET_ERROR_BUNDLE_ROLLED_BACK)
  /// Every status that says that the machine had not enough.
  static let ofResources: Set<Int32> = [ISLET_ERROR_RESOURCES, ISLET_ERROR_ENGINE, ISLET_ERROR_WORKER]

  static func name(of status: Int32) -> String { "\(status) \(all[status] ?? "(unknown)")" }
}
