import Bridge
import CIslet
import Segmentation
import Testing

/// What a host finds before it makes an instance: the entry, the table and its names.
@Suite struct TableTests {
  private static let version = UInt32(ISLET_ABI_MAJOR) << 16 | UInt32(ISLET_ABI_MINOR)

  @Test func entryGivesTheSameTableEveryTime() throws {
    let first = try plugin()
    let second = try plugin()
    #expect(first.id == second.id && first.struct_size == second.struct_size)
  }

  @Test func tableIsComplete() throws {
    let table = try plugin()
    #expect(table.struct_size == MemoryLayout<islet_plugin>.size)
    #expect(table.abi_version == Self.version)
    #expect(String(cString: table.id) == "org.islet.plugin")
    for text in [table.name, table.version, table.vendor] { #expect(try !String(cString: #require(text)).isEmpty) }
    #expect(try String(cString: #require(table.intended_use)).contains("not for diagnosis"))
    #expect(table.create != nil && table.load_bundle != nil && table.describe_bundle != nil && table.segment != nil)
    #expect(table.trace != nil && table.last_error != nil && table.status_name != nil && table.destroy != nil)
    #expect(table.get_extension != nil)
  }

  @Test(arguments: [UInt32(0), 0x0000_FFFF, 0x0002_0000, .max]) func anotherMajorVersionIsRefused(_ other: UInt32) {
    var table: UnsafePointer<islet_plugin>? = UnsafePointer(bitPattern: 8)
    #expect(pluginTable(hostVersion: other, host: nil, table: &table) == ISLET_ERROR_ABI_MISMATCH)
    #expect(table == nil)
  }

  @Test func anotherMinorVersionIsServed() {
    var table: UnsafePointer<islet_plugin>?
    #expect(pluginTable(hostVersion: Self.version + 3, host: nil, table: &table) == ISLET_OK)
    #expect(table != nil)
  }

  @Test func entryWithoutAPlaceForTheTableIsRefused() {
    #expect(pluginTable(hostVersion: Self.version, host: nil, table: nil) == ISLET_ERROR_ARGUMENT)
  }

  @Test func entryLooksAtTheHostsSize() {
    var table: UnsafePointer<islet_plugin>?
    var host = islet_host()
    for (size, status) in [
      (0, ISLET_ERROR_STRUCT_SIZE), (7, ISLET_ERROR_STRUCT_SIZE), (8, ISLET_OK), (64, ISLET_OK), (4096, ISLET_OK),
    ] {
      host.struct_size = UInt32(size)
      #expect(pluginTable(hostVersion: Self.version, host: &host, table: &table) == status, "struct_size \(size)")
      #expect((table != nil) == (status == ISLET_OK))
    }
  }

  @Test(
    arguments: [
      (ISLET_OK, "ISLET_OK"), (ISLET_CANCELLED, "ISLET_CANCELLED"), (ISLET_ERROR_ARGUMENT, "ISLET_ERROR_ARGUMENT"),
      (ISLET_ERROR_ABI_MISMATCH, "ISLET_ERROR_ABI_MISMATCH"), (ISLET_ERROR_STRUCT_SIZE, "ISLET_ERROR_STRUCT_SIZE"),
      (ISLET_ERROR_WRONG_ORDER, "ISLET_ERROR_WRONG_ORDER"), (ISLET_ERROR_BUSY, "ISLET_ERROR_BUSY"),
      (ISLET_ERROR_VOLUME, "ISLET_ERROR_VOLUME"), (ISLET_ERROR_OUTPUT, "ISLET_ERROR_OUTPUT"),
      (ISLET_ERROR_REQUEST, "ISLET_ERROR_REQUEST"), (ISLET_ERROR_BUNDLE_UNREADABLE, "ISLET_ERROR_BUNDLE_UNREADABLE"),
      (ISLET_ERROR_BUNDLE_FORMAT, "ISLET_ERROR_BUNDLE_FORMAT"),
      (ISLET_ERROR_BUNDLE_VERSION, "ISLET_ERROR_BUNDLE_VERSION"),
      (ISLET_ERROR_BUNDLE_CORRUPT, "ISLET_ERROR_BUNDLE_CORRUPT"),
      (ISLET_ERROR_BUNDLE_MANIFEST, "ISLET_ERROR_BUNDLE_MANIFEST"),
      (ISLET_ERROR_BUNDLE_TENSOR, "ISLET_ERROR_BUNDLE_TENSOR"), (ISLET_ERROR_RESOURCES, "ISLET_ERROR_RESOURCES"),
      (ISLET_ERROR_INTERNAL, "ISLET_ERROR_INTERNAL"), (2, "unknown status"), (-1, "unknown status"),
      (.max, "unknown status"),
    ]) func statusHasItsName(_ status: islet_status, _ name: String) throws
  {
    let text = try plugin().status_name(status)
    #expect(try String(cString: #require(text)) == name)
    #expect(try plugin().status_name(status) == text, "static text keeps its place")
  }

  @Test func unknownExtensionIsNull() throws {
    #expect(try plugin().get_extension("org.islet.nothing/1") == nil)
    #expect(try plugin().get_extension(nil) == nil)
  }

  /// The module that sets flags knows nothing of islet.h; here both are compared, bit by bit.
  @Test func flagsHaveTheBitsOfTheHeader() {
    let pairs: [(ResultFlags, UInt64, String)] = [
      (.touchesBorder, ISLET_FLAG_TOUCHES_BORDER, "touches-border"),
      (.hounsfieldOutOfRange, ISLET_FLAG_HU_OUT_OF_RANGE, "hu-out-of-range"),
      (.spacingOutOfRange, ISLET_FLAG_SPACING_OUT_OF_RANGE, "spacing-out-of-range"),
      (.oblique, ISLET_FLAG_OBLIQUE, "oblique"), (.notConverged, ISLET_FLAG_NOT_CONVERGED, "not-converged"),
      (.collapsed, ISLET_FLAG_COLLAPSED, "collapsed"), (.empty, ISLET_FLAG_EMPTY, "empty"),
      (.unsignedBundle, ISLET_FLAG_UNSIGNED_BUNDLE, "unsigned-bundle"),
      (.noConfidence, ISLET_FLAG_NO_CONFIDENCE, "no-confidence"), (.noBody, ISLET_FLAG_NO_BODY, "no-body"),
      (.orientationDoubtful, ISLET_FLAG_ORIENTATION_DOUBTFUL, "orientation-doubtful"),
      (.wrongBodyPart, ISLET_FLAG_WRONG_BODY_PART, "wrong-body-part"),
      (.fieldOfView, ISLET_FLAG_FIELD_OF_VIEW, "field-of-view"),
      (.lowConfidence, ISLET_FLAG_LOW_CONFIDENCE, "low-confidence"),
      (.slicesDoubtful, ISLET_FLAG_SLICES_DOUBTFUL, "slices-doubtful"),
      (.imageQuality, ISLET_FLAG_IMAGE_QUALITY, "image-quality"),
      (.foreignBundle, ISLET_FLAG_FOREIGN_BUNDLE, "foreign-bundle"),
      (.changedBundle, ISLET_FLAG_CHANGED_BUNDLE, "changed-bundle"),
      (.rolledBackBundle, ISLET_FLAG_ROLLED_BACK_BUNDLE, "rolled-back-bundle"),
    ]
    for (flag, bit, name) in pairs {
      #expect(flag.rawValue == bit)
      #expect(flag.names == [name])
    }
    let all = ResultFlags(rawValue: .max).names
    #expect(all.count == pairs.count, "a flag of Segmentation has no bit in this list")
  }
}
