import Foundation
import ModelBundle

/// The intact bundles that mutants are made of, and the key that signed them.
struct GoodBundles {
  /// Bundles of every element type, chunk size and topology family, all signed.
  let all: [Forge]
  /// Trusts the key that signed them, and nothing else.
  let policy: TrustPolicy

  /// A key that everybody knows (FORMAT.md's example): its seed is 32 zeros.
  private static let secretKey =
    "untrusted comment: the key of Models/FORMAT.md's example, worthless\n"
    + "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAZXhhbXBsZSEAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    + "AAAAAAAAAAAAAAADtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdopAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

  /// Room in each manifest that an edit may take, so that sections stay where they are.
  static let filler = String(repeating: "~", count: 4096)

  init() throws {
    let folder = NSTemporaryDirectory() + "/islet-mutations-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let key = folder + "/example.key"
    try Data(Self.secretKey.utf8).write(to: URL(fileURLWithPath: key))
    let secret = try SecretKey(path: key)
    policy = try TrustPolicy(trustedKeys: secret.publicKey.fileText)
    var all: [Forge] = []
    let kinds: [(Manifest.Section.ElementType, Int, Bool, Manifest.Topology)] = [
      (.float32, 64, true, Self.slim), (.float16, 64, true, Self.slim), (.bfloat16, 128, false, Self.slim),
      (.float16, 4 << 20, true, Self.crop), (.float32, 4 << 20, false, Self.learned),
    ]
    for (dtype, chunkBytes, shuffle, topology) in kinds {
      let path = folder + "/good.islet"
      try Self.write(dtype, chunkBytes, shuffle, topology, to: path)
      try BundleSigner.sign(path, with: secret, output: path)
      all.append(try Forge([UInt8](Data(contentsOf: URL(fileURLWithPath: path)))))
    }
    self.all = all
  }

  private static func write(
    _ dtype: Manifest.Section.ElementType, _ chunkBytes: Int, _ shuffle: Bool, _ topology: Manifest.Topology,
    to path: String
  ) throws {
    var manifest = Manifest.synthetic(topology: topology)
    manifest.description += filler
    manifest.grid.bodyBox = .init(thresholdHU: -300, openingRadius: 2, margin: 3, axes: [.x])
    let writer = try BundleWriter(path: path, chunkBytes: chunkBytes)
    var next: UInt8 = 1
    for network in manifest.networks {
      for tensor in topology.tensors {
        try writer.append(
          name: "\(network.tensors)/\(tensor.name)", dtype: dtype, shape: tensor.shape, shuffle: shuffle
        ) { _, bytes in
          for index in bytes.indices {
            // The byte of sign and exponent is that of small numbers in every type.
            bytes[index] = index % dtype.byteCount == dtype.byteCount - 1 ? 0x3C : next
            next = next &* 5 &+ 3
          }
        }
      }
    }
    try writer.finish(manifest)
  }

  private static let slim = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 2, 1],
    convolutions: [1, 1, 1, 1, 1], pools: [false, true, true, true, true], fc6: .init(channels: 9, kernel: 3),
    fc7: .init(channels: 9))
  private static let crop = Manifest.Topology(
    family: .crop, pad: 100, inputChannels: 3, outputChannels: 3, blockChannels: [2, 2, 2, 2, 2],
    convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, true, true], fc6: .init(channels: 4, kernel: 7),
    fc7: .init(channels: 4))
  private static let learned = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 3, outputChannels: 1, blockChannels: [2, 2, 2, 2, 2],
    convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, true], fc6: .init(channels: 4, kernel: 1),
    fc7: .init(channels: 4), upsampling: .learned)
}
