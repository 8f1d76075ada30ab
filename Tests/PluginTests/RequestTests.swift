import CIslet
import Foundation
import Testing

/// What a request may ask for beside the bundle's profile: initial regions, fusions, the component filter.
@Suite struct RequestTests {
  private static func host() throws -> TestHost {
    let host = try TestHost()
    try #require(host.load(BundleFile()) == ISLET_OK)
    return host
  }

  private static func mask(_ host: TestHost) -> [UInt8] {
    Array(UnsafeBufferPointer(start: host.output.mask, count: 120))
  }

  private static func trace(_ host: TestHost) throws -> [String: Any] {
    let text = try host.text(host.table.trace).text
    return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(arguments: [ISLET_ISOLATION_NONE, ISLET_ISOLATION_PROCESS])
  func boxIsTheMaskOfItsVoxels(_ isolation: UInt32) throws {
    let host = try Self.host()
    host.request.isolation = isolation
    let drawn = (0..<120).map { index in
      let (x, y, z) = (index % 6, index / 6 % 5, index / 30)
      return UInt8((1..<4).contains(x) && (2..<5).contains(y) && (0..<2).contains(z) ? 1 : 0)
    }
    try drawn.withUnsafeBufferPointer { bytes in
      (host.request.initial_mask, host.request.initial_mask_bytes) = (bytes.baseAddress, 120)
      #expect(host.segment() == ISLET_OK, "\(host.lastError)")
      let fromMask = (Self.mask(host), try Self.trace(host)["rounds"] as? NSArray)
      (host.request.initial_mask, host.request.initial_mask_bytes) = (nil, 0)
      (host.request.initial_box_first, host.request.initial_box_size) = ((1, 2, 0), (3, 3, 2))
      #expect(host.segment() == ISLET_OK, "\(host.lastError)")
      #expect(Self.mask(host) == fromMask.0)
      let coarse = try #require(try Self.trace(host)["coarse"] as? [String: Any])
      #expect(coarse["slices_computed"] as? Int == 0 && coarse["voxels"] as? Int == 18)
    }
  }

  @Test(
    arguments: [
      ((0, 0, 0), (7, 1, 1)), ((6, 0, 0), (1, 1, 1)), ((0, 0, 0), (1, 0, 1)), ((1, 0, 0), (UInt64.max, 1, 1)),
      ((UInt64.max, 0, 0), (2, 1, 1)),
    ] as [((UInt64, UInt64, UInt64), (UInt64, UInt64, UInt64))])
  func boxOutsideTheVolumeIsRefused(_ first: (UInt64, UInt64, UInt64), _ sides: (UInt64, UInt64, UInt64)) throws {
    let host = try Self.host()
    (host.request.initial_box_first, host.request.initial_box_size) = (first, sides)
    #expect(host.segment() == ISLET_ERROR_REQUEST && host.lastError.contains("initial box"), "\(host.lastError)")
  }

  @Test func boxAndMaskTogetherAreRefused() throws {
    let host = try Self.host()
    let drawn = [UInt8](repeating: 1, count: 120)
    drawn.withUnsafeBufferPointer { bytes in
      (host.request.initial_mask, host.request.initial_mask_bytes) = (bytes.baseAddress, 120)
      host.request.initial_box_size = (1, 1, 1)
      #expect(host.segment() == ISLET_ERROR_REQUEST && host.lastError.contains("one of them"))
    }
  }

  @Test func fusionsAndComponentFilterReplaceTheProfile() throws {
    let host = try Self.host()
    (host.request.coarse_fusion, host.request.fine_fusion) = (ISLET_FUSION_MEAN, ISLET_FUSION_MAJORITY)
    host.request.overrides = ISLET_OVERRIDE_COMPONENT_RATIO
    host.request.component_ratio = 0.25
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    var profile = try #require(try Self.trace(host)["profile"] as? [String: Any])
    #expect(profile["coarse_fusion"] as? String == "mean" && profile["fine_fusion"] as? String == "majority")
    #expect(profile["component_ratio"] as? Double == 0.25)
    (host.request.coarse_fusion, host.request.fine_fusion) = (ISLET_FUSION_MAJORITY, ISLET_FUSION_MEAN)
    host.request.component_ratio = 0
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    profile = try #require(try Self.trace(host)["profile"] as? [String: Any])
    #expect(profile["coarse_fusion"] as? String == "majority" && profile["fine_fusion"] as? String == "mean")
    #expect(profile["component_ratio"] as? Double == nil)
  }

  @Test func unknownFusionAndImpossibleRatioAreRefused() throws {
    let host = try Self.host()
    host.request.coarse_fusion = 3
    #expect(host.segment() == ISLET_ERROR_REQUEST && host.lastError.contains("fusion 3"))
    host.request.coarse_fusion = 0
    host.request.overrides = ISLET_OVERRIDE_COMPONENT_RATIO
    for ratio in [-0.1, 1.1, .nan, .infinity] {
      host.request.component_ratio = ratio
      #expect(host.segment() == ISLET_ERROR_REQUEST && host.lastError.contains("component_ratio"))
    }
  }

  @Test(arguments: [ISLET_ISOLATION_NONE, ISLET_ISOLATION_PROCESS])
  func bundleFromMemoryGivesTheSameBits(_ isolation: UInt32) throws {
    let bundle = try BundleFile()
    let (file, memory) = (try TestHost(), try TestHost())
    #expect(file.load(bundle) == ISLET_OK && file.segment() == ISLET_OK)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: bundle.path)))
    memory.request.isolation = isolation
    #expect(
      memory.table.load_bundle_memory(memory.instance, &bytes, UInt64(bytes.count)) == ISLET_OK, "\(memory.lastError)")
    bytes = []
    #expect(memory.segment() == ISLET_OK, "\(memory.lastError)")
    #expect(Self.mask(file) == Self.mask(memory) && file.output.voxels == memory.output.voxels)
  }

  @Test func bundleFromMemoryIsCheckedAsAFileIs() throws {
    let host = try Self.host()
    var bytes = [UInt8](repeating: 7, count: 300)
    #expect(
      host.table.load_bundle_memory(host.instance, nil, 1) == ISLET_ERROR_ARGUMENT && host.lastError.contains("bytes"))
    #expect(host.table.load_bundle_memory(host.instance, &bytes, 300) == ISLET_ERROR_BUNDLE_FORMAT)
    #expect(host.lastError.contains("bundle in memory"), "\(host.lastError)")
    #expect(host.table.load_bundle_memory(host.instance, &bytes, 0) / 100 == 2)
    #expect(host.table.load_bundle_memory(nil, &bytes, 300) == ISLET_ERROR_ARGUMENT)
    #expect(host.segment() == ISLET_OK, "the old bundle stays")
  }
}
