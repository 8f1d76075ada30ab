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
    let host = try ChildProcess.runTool(
      "env",
      try Self.environment(of: expected, folder) + [
        try CompiledHost.statusHost, try Self.plugin(of: expected, folder), bundle, expected.name,
      ])
    #expect(host.status == 0, "signal \(host.signal ?? 0), \(host.errors)")
    #expect(host.output.hasPrefix("\(expected.status) \(expected.statusName) "), "\(host.output)")
    #expect(expected.word.isEmpty || host.output.contains(expected.word), "\(host.output)")
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
    let lines: [[Substring]] = golden.split(separator: "\n").map { $0.split(separator: " ") }
    let statuses: [String] = lines.compactMap { words in
      let name = words[0]
      guard name == "ISLET_OK" || name == "ISLET_CANCELLED" || name.hasPrefix("ISLET_ERROR_") else { return nil }
      return "\(words[1]) \(name)"
    }
    let unreachable: Set = ["300 ISLET_ERROR_RESOURCES", "400 ISLET_ERROR_INTERNAL"]
    let reached = Set(Self.cases.map { "\($0.status) \($0.statusName)" })
    #expect(Set(statuses).subtracting(unreachable) == reached)
  }

  /// The same HU in four element types and four memory layouts, on one thread or more, in
  /// the worker or in the host: the same result, bit for bit.
  @Test func resultDoesNotDependOnElementTypeOrMemoryLayout() throws {
    let folder = try TemporaryFolder()
    let bundle = folder.path + "/tiny.islet"
    try TinyBundle.write(to: bundle)
    let names = try ChildProcess.run(try CompiledHost.statusHost, ["list"]).output
      .split(separator: "\n").map(String.init).filter { $0.hasPrefix("result-of-") }
    #expect(names.count == 10)
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
  /// The plugin of a case: the installed one, or a copy without anything beside it.
  private static func plugin(of expected: Case, _ folder: TemporaryFolder) throws -> String {
    guard expected.name == "worker-missing" else { return try Stage.plugin }
    return try folder.write(fileBytes(try Stage.plugin), "islet.so")
  }

  /// A machine without oneDNN (a file in its place that is no library), or one where oneDNN is told what it may use.
  private static func environment(of expected: Case, _ folder: TemporaryFolder) throws -> [String] {
    switch expected.name {
    case "engine-missing":
      try folder.write([0], "libdnnl.so.2")
      return ["LD_LIBRARY_PATH=" + folder.path]
    case "plan-opens-no-engine": return ["ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI"]
    default: return []
    }
  }

  /// All cases, read from the table below.
  static let cases: [Case] = {
    var cases: [Case] = []
    var heading: [Substring] = []
    for line in table.split(separator: "\n") {
      guard line.hasPrefix("  ") else {
        heading = line.split(separator: " ")
        continue
      }
      let words = line.dropFirst(2).split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard let name = words.first, let status = heading.first.flatMap({ Int($0) }) else { continue }
      cases.append(
        Case(
          name: name, status: status, statusName: String(heading[1]), word: words.count > 1 ? words[1] : "",
          bundle: damages[name]))
    }
    return cases
  }()

  private static let damages: [String: TinyBundle.Damage] = [
    "bundle-format": .format,
    "bundle-version": .version,
    "bundle-corrupt": .truncated,
    "weights-corrupt": .weights,
    "bundle-manifest": .manifest,
    "bundle-tensor": .tensor,
    "weights-not-finite": .notFinite,
    "signed-bundle": .signed,
    "accepted-foreign": .signed,
    "accepted-changed": .signedThenChanged,
    "accepted-rolled-back": .signed,
    "bundle-foreign": .signed,
    "bundle-of-nobody": .signed,
    "bundle-changed": .signedThenChanged,
    "bundle-rolled-back": .signed,
  ]

  /// Status, and under it its cases, each with a part of the sentence it must leave in `last_error`.
  private static let table = """
    0 ISLET_OK
      ok
      defaults
      no-host
      again-after-error
      failed-load-keeps-bundle
      larger-structs
      later-minor-version
      destroy-null
      unknown-extension
      every-name
      ignored-without-override
      signed-bundle
      accepted-unsigned
      accepted-foreign
      accepted-changed
      accepted-rolled-back
      plan-opens-no-engine
    1 ISLET_CANCELLED
      cancelled-at-once
      cancelled-in-load
      cancelled-in-prepare
      cancelled-in-coarse
    100 ISLET_ERROR_ARGUMENT
      entry-null-table
      create-null-instance: create
      load-null-path: path
      load-null-instance: instance
      describe-null-json: json
      describe-null-instance: instance
      trace-null-json: json
      trace-null-instance: instance
      segment-null-instance: instance
      segment-null-volume: volume
      segment-null-output: output
      segment-null-voxels: voxels
    101 ISLET_ERROR_ABI_MISMATCH
      newer-major
      version-zero
    102 ISLET_ERROR_STRUCT_SIZE
      entry-small-host
      create-small-host
      create-small-config
      small-volume-struct: struct_size
      small-request-struct: struct_size
      small-output-struct: struct_size
    103 ISLET_ERROR_WRONG_ORDER
      segment-without-bundle: load_bundle
      describe-without-bundle: load_bundle
      trace-without-segment: segment
      trace-after-new-bundle: segment
    104 ISLET_ERROR_BUSY
      busy-in-progress
    105 ISLET_ERROR_VOLUME
      zero-size: 24 x 0 x 19
      size-product-overflows: size
      largest-size: size
      too-many-voxels: size
      unknown-element: element_type is 9
      uint8-element: element_type is 5
      nan-spacing: spacing along z
      zero-spacing: spacing along x
      infinite-origin: origin
      bad-direction: orthonormal
      nan-direction: orthonormal
      stride-overflow: address space
      most-negative-stride: address space
      standing-stride: stride 0 along y
      nan-slope: slope
      infinite-intercept: intercept
      nan-voxel: voxel (12, 10, 9)
      infinite-voxel: voxel (12, 10, 9)
    106 ISLET_ERROR_OUTPUT
      null-mask: mask is NULL
      small-mask: 9575
      unknown-probability-type: probability_type
      small-probability: 9575
      small-view-masks: 9575
      small-float-probability: 38303
    107 ISLET_ERROR_REQUEST
      unknown-label: label 200
      largest-label: label 4294967295
      unknown-override: override
      too-many-threads: 1000 threads
      too-many-rounds: rounds is 1000
      too-large-margin: margin is 513
      too-large-threshold: threshold is 2.0
      nan-threshold: threshold is nan
      unknown-quality: quality 9
      unknown-precision: precision 9
      unknown-isolation: isolation 9
    108 ISLET_ERROR_CONFIG
      config-unknown-flag
      config-bad-key
      config-bad-version
    200 ISLET_ERROR_BUNDLE_UNREADABLE
      bundle-unreadable: No such file
    201 ISLET_ERROR_BUNDLE_FORMAT
      bundle-format: not an Islet bundle
    202 ISLET_ERROR_BUNDLE_VERSION
      bundle-version: update Islet
    203 ISLET_ERROR_BUNDLE_CORRUPT
      bundle-corrupt: fetch it again
      weights-corrupt: SHA-256
    204 ISLET_ERROR_BUNDLE_MANIFEST
      bundle-manifest: modality
    205 ISLET_ERROR_BUNDLE_TENSOR
      bundle-tensor: fc7
      weights-not-finite: NaN
    206 ISLET_ERROR_BUNDLE_UNSIGNED
      bundle-unsigned: not signed
    207 ISLET_ERROR_BUNDLE_FOREIGN
      bundle-foreign: trusted: 675971B65CFA65C4
      bundle-of-nobody: trusted: none
    208 ISLET_ERROR_BUNDLE_CHANGED
      bundle-changed: does not fit
    209 ISLET_ERROR_BUNDLE_ROLLED_BACK
      bundle-rolled-back: 0.0.1
    301 ISLET_ERROR_ENGINE
      engine-missing: libdnnl
    401 ISLET_ERROR_WORKER
      worker-missing: islet-worker
      worker-killed
    """
}
