import Testing

@testable import ModelBundle

/// The bundles under Models: intact, and said to be for research only.
struct ShippedBundleTests {
  private static let models = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Models"

  @Test(arguments: [
    ("pancreas-phantom-native-0.1.0", nil), ("pancreas-0.4.0", 3), ("spleen-0.3.0", 3), ("liver-0.3.0", 3),
  ])
  func shippedBundleIsIntactAndFollowsItsRecipe(file: String, spacing: Double?) throws {
    let reader = try BundleReader(path: "\(Self.models)/\(file).islet")
    try reader.verify()
    var manifest = reader.manifest
    #expect("\(manifest.name)-\(manifest.version)" == file)
    #expect(manifest.intendedUse.hasPrefix("Research use only, not for diagnosis."))
    #expect(manifest.grid.spacingMillimetres == spacing)
    #expect(manifest.networks.allSatisfy { $0.topology.upsampling == .learned })
    #expect(manifest.quality.allSatisfy { $0.kind != .manual })
    (manifest.sources, manifest.sections) = ([], [])
    #expect(try Recipe(path: "\(Self.models)/recipes/\(manifest.name).json").manifest == manifest)
  }
}
