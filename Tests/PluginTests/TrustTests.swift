import CIslet
import Foundation
import ModelBundle
import Testing

/// What an instance remembers and says of the bundles that it loads.
@Suite struct TrustTests {
  /// Lines of the host's log with their severities.
  private final class Log {
    var lines: [(severity: Int32, text: String)] = []
  }

  /// What create answered instead of an instance, and what it logged.
  private struct Refusal: Error {
    let status: islet_status
    let texts: [String]
  }

  /// An instance that trusts one key, and its log.
  private final class Instance {
    let table: islet_plugin
    let log = Log()
    private(set) var pointer: OpaquePointer?

    init(trusting keys: String, accepting flags: UInt64 = 0) throws {
      table = try plugin()
      var host = islet_host()
      host.struct_size = UInt32(MemoryLayout<islet_host>.size)
      host.host_data = Unmanaged.passUnretained(log).toOpaque()
      host.log = { data, severity, message in
        guard let data, let message else { return }
        Unmanaged<Log>.fromOpaque(data).takeUnretainedValue().lines.append((severity, String(cString: message)))
      }
      let status = keys.withCString { keys in
        var config = islet_config()
        config.struct_size = UInt32(MemoryLayout<islet_config>.size)
        config.trusted_keys = keys
        config.accepted_flags = flags
        return table.create(&host, &config, &pointer)
      }
      guard status == ISLET_OK else { throw Refusal(status: status, texts: log.lines.map(\.text)) }
    }

    deinit { table.destroy(pointer) }

    func load(_ path: String) -> islet_status { table.load_bundle(pointer, path) }
    var lastError: String { table.last_error(pointer).map { String(cString: $0) } ?? "" }
  }

  /// A bundle of one version, signed or not; the caller removes it.
  private func bundle(_ version: String, key: SecretKey?) throws -> String {
    let path = NSTemporaryDirectory() + "/islet-trust-\(UUID().uuidString).islet"
    var manifest = Manifest.synthetic(
      topology: .init(
        family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
        convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, false], fc6: .init(channels: 1, kernel: 1),
        fc7: .init(channels: 1)))
    manifest.version = version
    _ = try BundleSynthesizer.synthesize(manifest, dtype: .float32, seed: 1, output: path)
    if let key { try BundleSigner.sign(path, with: key, output: path) }
    return path
  }

  @Test func instanceRefusesAnOlderVersionThanOneItLoaded() throws {
    let key = SecretKey()
    let (older, newer) = (try bundle("1.9.0", key: key), try bundle("1.10.0", key: key))
    defer { for path in [older, newer] { try? FileManager.default.removeItem(atPath: path) } }
    let instance = try Instance(trusting: key.publicKey.fileText)
    #expect(instance.load(older) == ISLET_OK)
    #expect(instance.load(newer) == ISLET_OK)
    #expect(instance.load(older) == ISLET_ERROR_BUNDLE_ROLLED_BACK && instance.lastError.contains("1.10.0"))
    #expect(instance.load(newer) == ISLET_OK)
    // Another instance has not seen the newer one.
    #expect(try Instance(trusting: key.publicKey.fileText).load(older) == ISLET_OK)
    let accepting = try Instance(trusting: key.publicKey.fileText, accepting: ISLET_FLAG_ROLLED_BACK_BUNDLE)
    #expect(accepting.load(newer) == ISLET_OK && accepting.log.lines.isEmpty)
    #expect(accepting.load(older) == ISLET_OK)
    #expect(accepting.log.lines.map(\.severity) == [ISLET_LOG_WARNING])
    #expect(accepting.log.lines.first?.text.contains("rolled-back-bundle") == true)
  }

  /// Or an unsigned "99.0" could lock every good bundle out.
  @Test func unsignedBundleRaisesNoBar() throws {
    let key = SecretKey()
    let (signed, unsigned) = (try bundle("1.0.0", key: key), try bundle("99.0.0", key: nil))
    defer { for path in [signed, unsigned] { try? FileManager.default.removeItem(atPath: path) } }
    let instance = try Instance(trusting: key.publicKey.fileText, accepting: ISLET_FLAG_UNSIGNED_BUNDLE)
    #expect(instance.load(unsigned) == ISLET_OK)
    #expect(instance.load(signed) == ISLET_OK)
  }

  @Test func configThatCannotBeReadIsLoggedAndMakesNoInstance() throws {
    let noKey = #expect(throws: Refusal.self) { _ = try Instance(trusting: "no key") }
    let noDoubt = #expect(throws: Refusal.self) { _ = try Instance(trusting: "", accepting: ISLET_FLAG_EMPTY) }
    for refusal in [noKey, noDoubt] {
      #expect(refusal?.status == ISLET_ERROR_CONFIG)
      #expect(refusal?.texts.count == 1)
    }
  }
}
