import Foundation
import Testing

/// Every status of islet.h through a C host, each case in a process of its own.
@Suite struct StatusTests {
  /// A case of the C host, the status it must end with and a word of its sentence.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let status: Int
    let statusName: String
    var word = ""
    var bundle: TinyBundle.Damage?
    var testDescription: String { name }
  }

  @Test(arguments: cases) func callEndsWithTheStatusOfItsCase(_ expected: Case) throws {
    let folder = try TemporaryFolder()
    let bundle = folder.path + "/tiny.islet"
    if expected.name == "bundle-unreadable" {
      #expect(!FileManager.default.fileExists(atPath: bundle))
    } else if let damage = expected.bundle {
      try TinyBundle.write(damage, to: bundle)
    } else {
      try TinyBundle.write(to: bundle)
    }
    let host = try ChildProcess.run(try CompiledHost.statusHost, [try Stage.plugin, bundle, expected.name])
    #expect(host.status == 0, "signal \(host.signal ?? 0), \(host.errors)")
    #expect(host.output.hasPrefix("\(expected.status) \(expected.statusName) "), "\(host.output)")
    #expect(host.output.contains(expected.word), "\(host.output)")
    // Nothing but the host's own line: the plugin prints nothing.
    #expect(host.output.split(separator: "\n").count == 1)
    #expect(host.errors.isEmpty)
  }

  /// A case that the host knows and this suite does not would never run.
  @Test func everyCaseOfTheHostIsRun() throws {
    let list = try ChildProcess.run(try CompiledHost.statusHost, ["list"])
    let known = Set(list.output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("result-of-") })
    #expect(known == Set(Self.cases.map(\.name)))
  }

  /// Every status of the header but the two that no host can bring about has a case that ends with it.
  @Test func everyStatusOfTheHeaderIsReached() throws {
    let golden = try String(contentsOfFile: try Stage.source("Plugin/abi/islet-1.0.layout"), encoding: .utf8)
    let statuses = golden.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0[0] == "ISLET_OK" || $0[0] == "ISLET_CANCELLED" || $0[0].hasPrefix("ISLET_ERROR_") }
      .map { "\($0[1]) \($0[0])" }
    let unreachable: Set = ["300 ISLET_ERROR_RESOURCES", "400 ISLET_ERROR_INTERNAL"]
    #expect(Set(statuses).subtracting(unreachable) == Set(Self.cases.map { "\($0.status) \($0.statusName)" }))
  }

  /// The same HU in four element types and four memory layouts: the same mask and probability, bit for bit.
  @Test func resultDoesNotDependOnElementTypeOrMemoryLayout() throws {
    let folder = try TemporaryFolder()
    let bundle = folder.path + "/tiny.islet"
    try TinyBundle.write(to: bundle)
    let names = try ChildProcess.run(try CompiledHost.statusHost, ["list"]).output
      .split(separator: "\n").map(String.init).filter { $0.hasPrefix("result-of-") }
    #expect(names.count == 8)
    let results = try names.map { name in
      try ChildProcess.run(try CompiledHost.statusHost, [try Stage.plugin, bundle, name]).output
    }
    for (name, result) in zip(names, results) { #expect(result == results[0], "\(name)") }
    let words = results[0].split(separator: " ")
    #expect(words.count > 5 && words[1] == "ISLET_OK", "\(results[0])")
    let voxels = try #require(Int(words[2]))
    #expect(voxels > 100 && voxels < 9000, "a mask of \(voxels) voxels could not tell layouts apart")
  }
}

extension StatusTests {
  /// All cases; beside each name a word that its sentence must hold.
  static let cases: [Case] =
    group(
      0, "ISLET_OK",
      [
        "ok": "", "defaults": "", "no-host": "", "again-after-error": "", "failed-load-keeps-bundle": "",
        "larger-structs": "", "later-minor-version": "", "destroy-null": "", "unknown-extension": "", "every-name": "",
        "ignored-without-override": "",
      ])
    + group(
      1, "ISLET_CANCELLED",
      ["cancelled-at-once": "", "cancelled-in-load": "", "cancelled-in-prepare": "", "cancelled-in-coarse": ""])
    + group(
      100, "ISLET_ERROR_ARGUMENT",
      [
        "entry-null-table": "", "create-null-instance": "create", "load-null-path": "path",
        "load-null-instance": "instance", "describe-null-json": "json", "describe-null-instance": "instance",
        "trace-null-json": "json", "trace-null-instance": "instance", "segment-null-instance": "instance",
        "segment-null-volume": "volume", "segment-null-output": "output", "segment-null-voxels": "voxels",
      ])
    + group(101, "ISLET_ERROR_ABI_MISMATCH", ["newer-major": "", "version-zero": ""])
    + group(
      102, "ISLET_ERROR_STRUCT_SIZE",
      [
        "entry-small-host": "", "create-small-host": "", "create-small-config": "",
        "small-volume-struct": "struct_size", "small-request-struct": "struct_size",
        "small-output-struct": "struct_size",
      ])
    + group(
      103, "ISLET_ERROR_WRONG_ORDER",
      [
        "segment-without-bundle": "load_bundle", "describe-without-bundle": "load_bundle",
        "trace-without-segment": "segment", "trace-after-new-bundle": "segment",
      ])
    + group(104, "ISLET_ERROR_BUSY", ["busy-in-progress": ""])
    + group(
      105, "ISLET_ERROR_VOLUME",
      [
        "zero-size": "24 x 0 x 19", "size-product-overflows": "size", "largest-size": "size",
        "too-many-voxels": "size", "unknown-element": "element_type is 9", "uint8-element": "element_type is 5",
        "nan-spacing": "spacing along z", "zero-spacing": "spacing along x", "infinite-origin": "origin",
        "bad-direction": "orthonormal", "nan-direction": "orthonormal", "stride-overflow": "address space",
        "most-negative-stride": "address space", "standing-stride": "stride 0 along y", "nan-slope": "slope",
        "infinite-intercept": "intercept", "nan-voxel": "voxel (12, 10, 9)", "infinite-voxel": "voxel (12, 10, 9)",
      ])
    + group(
      106, "ISLET_ERROR_OUTPUT",
      [
        "null-mask": "mask is NULL", "small-mask": "9575", "unknown-probability-type": "probability_type",
        "small-probability": "9575", "small-float-probability": "38303",
      ])
    + group(
      107, "ISLET_ERROR_REQUEST",
      [
        "unknown-label": "label 200", "largest-label": "label 4294967295", "unknown-override": "override",
        "too-many-threads": "1000 threads", "too-many-rounds": "rounds is 1000", "too-large-margin": "margin is 513",
        "too-large-threshold": "threshold is 2.0", "nan-threshold": "threshold is nan", "unknown-quality": "quality 9",
        "unknown-precision": "precision 9",
      ])
    + [
      Case(name: "bundle-unreadable", status: 200, statusName: "ISLET_ERROR_BUNDLE_UNREADABLE", word: "No such file"),
      Case(
        name: "bundle-format", status: 201, statusName: "ISLET_ERROR_BUNDLE_FORMAT", word: "not an Islet bundle",
        bundle: .format),
      Case(
        name: "bundle-version", status: 202, statusName: "ISLET_ERROR_BUNDLE_VERSION", word: "update Islet",
        bundle: .version),
      Case(
        name: "bundle-corrupt", status: 203, statusName: "ISLET_ERROR_BUNDLE_CORRUPT", word: "fetch it again",
        bundle: .truncated),
      Case(
        name: "weights-corrupt", status: 203, statusName: "ISLET_ERROR_BUNDLE_CORRUPT", word: "SHA-256",
        bundle: .weights),
      Case(
        name: "bundle-manifest", status: 204, statusName: "ISLET_ERROR_BUNDLE_MANIFEST", word: "modality",
        bundle: .manifest),
      Case(
        name: "bundle-tensor", status: 205, statusName: "ISLET_ERROR_BUNDLE_TENSOR", word: "fc7", bundle: .tensor),
      Case(
        name: "weights-not-finite", status: 205, statusName: "ISLET_ERROR_BUNDLE_TENSOR", word: "NaN",
        bundle: .notFinite),
    ]

  private static func group(
    _ status: Int, _ statusName: String, _ words: KeyValuePairs<String, String>
  ) -> [Case] {
    words.map { Case(name: $0.key, status: status, statusName: statusName, word: $0.value) }
  }
}
