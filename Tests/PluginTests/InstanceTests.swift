import CIslet
import Foundation
import Testing

/// An instance from create to destroy: order of calls, sizes, NULLs, sentences and who owns which text.
@Suite struct InstanceTests {
  @Test func createWithoutAPlaceIsRefused() throws {
    #expect(try plugin().create(nil, nil, nil) == ISLET_ERROR_ARGUMENT)
  }

  @Test func createLooksAtBothSizes() throws {
    let table = try plugin()
    var instance: OpaquePointer? = OpaquePointer(bitPattern: 8)
    var host = islet_host()
    host.struct_size = 7
    #expect(table.create(&host, nil, &instance) == ISLET_ERROR_STRUCT_SIZE && instance == nil)
    var config = islet_config()
    config.struct_size = 7
    instance = OpaquePointer(bitPattern: 8)
    #expect(table.create(nil, &config, &instance) == ISLET_ERROR_STRUCT_SIZE && instance == nil)
    config.struct_size = 4096
    #expect(table.create(nil, &config, &instance) == ISLET_OK)
    table.destroy(instance)
  }

  @Test func nullInstanceIsRefusedByEveryCall() throws {
    let table = try plugin()
    var text: UnsafePointer<CChar>?
    var volume = islet_volume()
    var output = islet_output()
    #expect(table.load_bundle(nil, "x") == ISLET_ERROR_ARGUMENT)
    #expect(table.describe_bundle(nil, &text) == ISLET_ERROR_ARGUMENT)
    #expect(table.segment(nil, &volume, nil, &output) == ISLET_ERROR_ARGUMENT)
    #expect(table.trace(nil, &text) == ISLET_ERROR_ARGUMENT)
    #expect(String(cString: try #require(table.last_error(nil))) == "the instance is NULL: call create first")
    table.destroy(nil)
  }

  @Test func nullArgumentIsRefusedAndNamed() throws {
    let host = try TestHost()
    #expect(host.table.load_bundle(host.instance, nil) == ISLET_ERROR_ARGUMENT && host.lastError.contains("path"))
    #expect(host.table.describe_bundle(host.instance, nil) == ISLET_ERROR_ARGUMENT && host.lastError.contains("json"))
    #expect(host.table.trace(host.instance, nil) == ISLET_ERROR_ARGUMENT && host.lastError.contains("json"))
    #expect(host.table.segment(host.instance, nil, nil, &host.output) == ISLET_ERROR_ARGUMENT)
    #expect(host.lastError == "segment: volume is NULL")
    #expect(host.table.segment(host.instance, &host.volume, nil, nil) == ISLET_ERROR_ARGUMENT)
    #expect(host.lastError == "segment: output is NULL")
  }

  @Test func callsThatComeTooEarlyAreRefusedAndSayWhatIsMissing() throws {
    let host = try TestHost()
    var text: UnsafePointer<CChar>? = UnsafePointer(bitPattern: 8)
    #expect(host.segment() == ISLET_ERROR_WRONG_ORDER && host.lastError.contains("load_bundle"))
    #expect(host.table.describe_bundle(host.instance, &text) == ISLET_ERROR_WRONG_ORDER && text == nil)
    #expect(host.lastError.contains("load_bundle"))
    #expect(host.table.trace(host.instance, &text) == ISLET_ERROR_WRONG_ORDER && host.lastError.contains("segment"))
  }

  @Test func segmentLooksAtEverySize() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    host.volume.struct_size = 103
    #expect(host.segment() == ISLET_ERROR_STRUCT_SIZE && host.lastError.contains("struct_size"))
    host.volume.struct_size = 4096
    host.request.struct_size = 7
    #expect(host.segment() == ISLET_ERROR_STRUCT_SIZE)
    host.request.struct_size = 4096
    host.output.struct_size = 23
    #expect(host.segment() == ISLET_ERROR_STRUCT_SIZE)
    host.output.struct_size = 4096
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
  }

  @Test func failedCallLeavesASentenceAndTheNextCallClearsIt() throws {
    let host = try TestHost()
    #expect(host.lastError.isEmpty)
    #expect(host.table.load_bundle(host.instance, "/nonexistent/x.islet") == ISLET_ERROR_BUNDLE_UNREADABLE)
    #expect(host.lastError.contains("/nonexistent/x.islet"))
    #expect(try host.load(BundleFile()) == ISLET_OK)
    #expect(host.lastError.isEmpty)
  }

  @Test func describeGivesTheSameTextUntilAnotherBundleIsLoaded() throws {
    let host = try TestHost()
    let (one, other) = (try BundleFile(name: "one"), try BundleFile(name: "other"))
    #expect(host.load(one) == ISLET_OK)
    let first = try host.text(host.table.describe_bundle)
    let second = try host.text(host.table.describe_bundle)
    #expect(first.pointer == second.pointer && first.text == second.text && first.text.contains("\"one\""))
    #expect(host.table.load_bundle(host.instance, "/nonexistent") != ISLET_OK)
    #expect(try host.text(host.table.describe_bundle).pointer == first.pointer, "on failure the old bundle stays")
    #expect(host.load(other) == ISLET_OK)
    #expect(try host.text(host.table.describe_bundle).text.contains("\"other\""))
  }

  @Test func traceIsThatOfTheLastSuccessfulRun() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    let first = try host.text(host.table.trace)
    #expect(try host.text(host.table.trace).pointer == first.pointer)
    let trace = try #require(try JSONSerialization.jsonObject(with: Data(first.text.utf8)) as? [String: Any])
    #expect(
      Set(["end", "rounds", "coarse", "flags", "voxels", "geometry", "bundle", "seconds"]).isSubset(of: trace.keys))
    host.output.mask_bytes = 119
    #expect(host.segment() == ISLET_ERROR_OUTPUT && host.lastError.contains("119"))
    #expect(try host.text(host.table.trace).text == first.text, "refused before any work")
    host.output.mask_bytes = 120
    host.request.label = 200
    #expect(host.segment() == ISLET_ERROR_REQUEST)
    #expect(try host.text(host.table.trace).text == first.text, "refused by the segmenter")
  }

  @Test func segmentFillsMaskAndSummary() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    let mask = UnsafeBufferPointer(start: host.output.mask, count: 120)
    #expect(mask.allSatisfy { $0 <= 1 })
    #expect(host.output.voxels == UInt64(mask.count { $0 == 1 }))
    #expect(host.output.volume_ml == Double(host.output.voxels) / 1000)
    #expect((ISLET_END_CONVERGED...ISLET_END_EMPTY).contains(host.output.end))
    #expect(host.output.predicted_dsc.isNaN && host.output.predicted_dsc_lower.isNaN)
    #expect(host.output.flags & ISLET_FLAG_UNSIGNED_BUNDLE != 0)
  }

  @Test(
    arguments: [
      ("rounds", ISLET_OVERRIDE_ROUNDS, UInt32(101), 0.0), ("margin", ISLET_OVERRIDE_MARGIN, 513, 0),
      ("threshold", ISLET_OVERRIDE_THRESHOLD, 0, 1.001), ("threshold", ISLET_OVERRIDE_THRESHOLD, 0, -0.001),
      ("threshold", ISLET_OVERRIDE_THRESHOLD, 0, Double.nan),
    ]) func overrideOutsideTheHeadersRangeIsRefused(
      _ field: String, _ bit: UInt32, _ number: UInt32, _ threshold: Double
    ) throws
  {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    (host.request.overrides, host.request.rounds, host.request.margin) = (bit, number, number)
    host.request.threshold = threshold
    #expect(host.segment() == ISLET_ERROR_REQUEST)
    #expect(host.lastError.hasPrefix("request: \(field) is "), "\(host.lastError)")
    host.request.overrides = 0
    #expect(host.segment() == ISLET_OK, "without its bit a field is not looked at: \(host.lastError)")
  }

  @Test func largestOverridesAreAccepted() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    host.request.overrides = ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_MARGIN | ISLET_OVERRIDE_THRESHOLD
    (host.request.rounds, host.request.margin, host.request.threshold) = (100, 512, 1)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
  }

  @Test func initialMaskOfAnotherSizeIsRefusedAndBothSizesAreNamed() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    let mask = [UInt8](repeating: 1, count: 121)
    mask.withUnsafeBufferPointer { mask in
      host.request.initial_mask = mask.baseAddress
      for count in [UInt64(0), 119, 121, .max] {
        host.request.initial_mask_bytes = count
        #expect(host.segment() == ISLET_ERROR_REQUEST)
        #expect(host.lastError.contains("initial_mask has \(count) bytes, expected 120"), "\(host.lastError)")
      }
      host.request.initial_mask_bytes = 120
      (host.request.overrides, host.request.rounds) = (ISLET_OVERRIDE_ROUNDS, 0)
      #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    }
    #expect(host.output.voxels == 120, "no round: the given mask itself")
  }

  /// A second thread that is told ISLET_ERROR_BUSY asks for the sentence: the call at work may be replacing its own.
  @Test func lastErrorDuringACallIsAFixedSentence() throws {
    let heard = InnerCall()
    var callbacks = islet_host()
    callbacks.host_data = Unmanaged.passUnretained(heard).toOpaque()
    callbacks.progress = { data, _, _, _, _ in
      guard let data else { return }
      Unmanaged<InnerCall>.fromOpaque(data).takeUnretainedValue().ask()
    }
    let host = try TestHost(callbacks)
    #expect(try host.load(BundleFile()) == ISLET_OK)
    (heard.table, heard.instance) = (host.table, host.instance)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    #expect(heard.status == ISLET_ERROR_BUSY && heard.sentence.contains("another call is at work"), "\(heard.sentence)")
    #expect(host.lastError.isEmpty)
  }

  @Test func errorGoesToTheHostsLog() throws {
    let lines = LogLines()
    var callbacks = islet_host()
    callbacks.host_data = Unmanaged.passUnretained(lines).toOpaque()
    callbacks.log = { data, severity, message in
      guard let data, let message else { return }
      Unmanaged<LogLines>.fromOpaque(data).takeUnretainedValue().lines.append((severity, String(cString: message)))
    }
    let host = try TestHost(callbacks)
    #expect(host.table.load_bundle(host.instance, "/nonexistent") == ISLET_ERROR_BUNDLE_UNREADABLE)
    #expect(lines.lines.map(\.severity) == [ISLET_LOG_ERROR])
    #expect(lines.lines.map(\.text) == [host.lastError])
  }
}

/// What a host heard.
private final class LogLines {
  var lines: [(severity: Int32, text: String)] = []
}

/// A call made from a callback, and what came of it.
private final class InnerCall {
  var table: islet_plugin?
  var instance: OpaquePointer?
  private(set) var status = ISLET_OK
  private(set) var sentence = ""

  func ask() {
    guard let table, let instance else { return }
    status = table.load_bundle(instance, "/nonexistent")
    sentence = table.last_error(instance).map { String(cString: $0) } ?? ""
  }
}
