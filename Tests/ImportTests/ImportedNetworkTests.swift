import Foundation
import ModelBundle
import Testing

@testable import Networks
@testable import Segmentation

/// Whole networks from other frameworks' files, held against what PyTorch and OpenCV compute with the same weights.
struct ImportedNetworkTests {
  static let tiny = Manifest.Topology(
    family: .crop, pad: 100, inputChannels: 3, outputChannels: 3, blockChannels: [2, 2, 2, 3, 3],
    pools: [true, true, true, true, true], fc6: .init(channels: 4, kernel: 7), fc7: .init(channels: 5))

  /// The layers' names in the authors' files; `suffix` as in RSTN's fine networks.
  static func authorsNames(suffix: String = "") -> [String: String] {
    let layers = Set(tiny.tensors.compactMap { $0.name.split(separator: ".").first.map(String.init) })
    return Dictionary(
      uniqueKeysWithValues: layers.map { ($0, $0 + ($0.hasPrefix("score") ? "-new" : "") + suffix) })
  }

  static func authorsUpsampling(suffix: String = "") -> [String] {
    ["upscore2", "upscore_pool4", "upscore8"].map { $0 + "-new" + suffix }
  }

  /// A recipe that takes all six networks from one file.
  static func recipe(for file: String) -> Recipe {
    let manifest = Manifest.synthetic(topology: tiny)
    return Recipe(
      manifest: manifest, weights: manifest.networks.map { .init(stage: $0.stage, view: $0.view, file: file) },
      layers: authorsNames(), fixedUpsampling: authorsUpsampling())
  }

  private func bundle(_ format: String, dtype: Manifest.Section.ElementType? = nil) throws -> BundleReader {
    let folder = try TemporaryFolder()
    let output = "\(folder.path)/imported.islet"
    let file = "\(format).caffemodel"
    try BundlePacker.pack(
      Self.recipe(for: file), weightsFolder: try Fixtures.path(""), output: output, dtype: dtype)
    let reader = try BundleReader(path: output)
    try reader.verify()
    return reader
  }

  static func network(of bundle: BundleReader, at index: Int) throws -> FCN8s {
    let entry = bundle.manifest.networks[index]
    return try FCN8s(description: try NetworkDescription(entry.topology)) { name in
      let tensor = try bundle.tensor(named: "\(entry.tensors)/\(name)")
      return WeightTensor(shape: tensor.shape, values: tensor.values)
    }
  }

  @Test(arguments: Fixtures.formats) func importedNetworkAnswersAsPyTorchAndOpenCV(_ format: String) throws {
    let bundle = try bundle(format)
    #expect(bundle.manifest.sources.map(\.file) == ["\(format).caffemodel"])
    let image = try Fixtures.floats("image.f32")
    let logits = try Self.network(of: bundle, at: 4).logits(image, rows: 21, columns: 17)
    let pyTorch = largestDifference(logits, try Fixtures.floats("logits-pytorch.f32"))
    let openCV = largestDifference(logits, try Fixtures.floats("logits-opencv.f32"))
    print("\(format): largest difference of logits to PyTorch \(pyTorch), to OpenCV \(openCV)")
    #expect(pyTorch <= 1e-4)
    #expect(openCV <= 1e-4)
  }

  @Test func weightsMayBeRoundedOnTheWay() throws {
    let whole = try bundle("v2-packed-shape")
    for (dtype, step) in [(Manifest.Section.ElementType.float16, Float(0x1p-11)), (.bfloat16, 0x1p-8)] {
      let rounded = try bundle("v2-packed-shape", dtype: dtype)
      #expect(rounded.manifest.sections.allSatisfy { $0.dtype == dtype })
      for section in rounded.manifest.sections {
        let (found, expected) = (
          try rounded.tensor(named: section.name).values, try whole.tensor(named: section.name).values
        )
        #expect(zip(found, expected).allSatisfy { ($0 - $1).magnitude <= step * $1.magnitude + 0x1p-25 })
      }
    }
  }

  /// What `make check-import` wrote with other programs: full-size networks, one bundle and its answers a folder.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["ISLET_IMPORT_CASES"] != nil))
  func networksOfFullSizeAnswerAsTheOthers() throws {
    let root = URL(fileURLWithPath: ProcessInfo.processInfo.environment["ISLET_IMPORT_CASES"] ?? "")
    let cases = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasPrefix("case-") }.sorted()
    #expect(!cases.isEmpty)
    for name in cases {
      let folder = root.appendingPathComponent(name)
      let bundle = try BundleReader(path: folder.appendingPathComponent("imported.islet").path)
      let index = try #require(bundle.manifest.networks.firstIndex { $0.stage == .fine && $0.view == .axial })
      let network = try Self.network(of: bundle, at: index)
      for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      where file.hasPrefix("image-") {
        let size = file.dropFirst(6).dropLast(4).split(separator: "x").compactMap { Int($0) }
        let image = Fixtures.floats(of: Array(try Data(contentsOf: folder.appendingPathComponent(file))))
        let logits = try network.logits(image, rows: size[0], columns: size[1])
        for peer in ["pytorch", "opencv"] {
          let answer = folder.appendingPathComponent("logits-\(peer)-\(size[0])x\(size[1]).f32")
          let difference = largestDifference(logits, Fixtures.floats(of: Array(try Data(contentsOf: answer))))
          print("\(name), \(size[0]) x \(size[1]): largest difference of logits to \(peer) \(difference)")
          #expect(difference <= 1e-4)
        }
      }
    }
  }
}

extension FCN8s {
  /// Logits of a slice in an array, with a workspace of their own.
  func logits(_ slice: [Float], rows: Int, columns: Int) throws -> [Float] {
    try slice.withUnsafeBufferPointer { try logits($0, rows: rows, columns: columns, workspace: Workspace()) }
  }
}
