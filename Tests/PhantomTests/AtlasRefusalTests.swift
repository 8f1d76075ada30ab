import Foundation
import Phantom
import Testing
import Volumes

@Suite struct AtlasRefusalTests {
  /// The error of reading a table, or nil.
  private func refusal(ofTable json: Data) -> AtlasError? {
    do {
      _ = try AtlasTable(json: json)
      return nil
    } catch {
      return error
    }
  }

  /// The error of a map with the fixture's table, or nil.
  private func refusal(ofMap labels: LabelMap, _ geometry: VolumeGeometry) throws -> AtlasError? {
    let table = try AtlasTable(json: AtlasFixture.json(AtlasFixture.entries()))
    do {
      _ = try AtlasSynthesis(labels: labels, geometry: geometry, table: table)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      (AtlasFixture.entry(300, "x"), "class \"x\" (id 300) of the atlas table has id 300, expected 0 to 255"),
      (AtlasFixture.entry(9, "x", label: 17), "class \"x\" (id 9) of the atlas table has label 17, expected 0 to 16"),
      (AtlasFixture.entry(9, "x", role: "jelly"), "has role \"jelly\", expected one of organ, pancreas, liver"),
      (AtlasFixture.entry(9, "x", label: 1), "label 1 and the role pancreas belong together"),
      (AtlasFixture.entry(9, "x", native: 9000), "has native_hu 9000.0, expected -1024 to 3071"),
      (AtlasFixture.entry(9, "x", sd: -1), "has sd_hu -1.0, expected 0 to 500"),
      (AtlasFixture.entry(9, "x", role: "hollow"), "hollow classes need weights of 0 or more"),
      (AtlasFixture.entry(9, "x", extra: #", "content": {"gas": 1}"#), "hollow classes need weights"),
      (
        AtlasFixture.entry(9, "x", role: "hollow", extra: #", "content": {"tea": 1}"#),
        "has content \"tea\", expected gas, fluid, contrast, food, empty, mixed"
      ),
      (AtlasFixture.entry(5, "x"), "has two classes with id 5, \"liver\" and \"x\""),
      (AtlasFixture.entry(9, "x", role: "fat"), "has 2 classes with the role \"fat\", expected 1"),
      (#"{"id": 9, "name": "x"}"#, "\"label\" is missing in classes [13]"),
    ]) func aTableWithAWrongClassIsRefused(_ entry: String, _ sentence: String) throws
  {
    let error = try #require(refusal(ofTable: AtlasFixture.json(AtlasFixture.entries() + [entry])))
    #expect(error.code == .invalidTable)
    #expect(error.message.contains(sentence), "\(error.message)")
  }

  @Test func whatIsNoTableIsRefused() throws {
    let text = try #require(refusal(ofTable: Data("labels".utf8)))
    #expect(text.message == "the atlas table is not JSON of org.islet.atlas-table/1: it cannot be parsed")
    let other = try #require(refusal(ofTable: AtlasFixture.json(AtlasFixture.entries(), schema: "other/2")))
    #expect(other.message == "the atlas table has the schema \"other/2\", expected \"org.islet.atlas-table/1\"")
  }

  @Test(arguments: ["pancreas", "fat"]) func aTableWithoutATissueThatIsNeededIsRefused(_ role: String) throws {
    let entries = AtlasFixture.entries().filter { !$0.contains("\"role\": \"\(role)\"") }
    let error = try #require(refusal(ofTable: AtlasFixture.json(entries)))
    #expect(error.code == .missingTissue)
    #expect(error.message == "the atlas table has 0 classes with the role \"\(role)\", expected 1")
  }

  @Test func aMapWithAValueOutsideTheTableIsRefused() throws {
    var labels = try AtlasFixture.labels()
    labels.labels[100] = 77
    labels.labels[101] = 77
    let error = try #require(try refusal(ofMap: labels, AtlasFixture.geometry()))
    #expect(error.code == .unknownLabel)
    #expect(
      error.message == "the label map has 2 voxels of value 77, which the atlas table \"test table\" does not name; "
        + "add a class with this id")
  }

  @Test func aMapWithoutPancreasIsRefused() throws {
    var labels = try AtlasFixture.labels()
    labels.labels = labels.labels.map { $0 == AtlasFixture.Value.pancreas ? AtlasFixture.Value.fat : $0 }
    let error = try #require(try refusal(ofMap: labels, AtlasFixture.geometry()))
    #expect(error.code == .missingTissue)
    #expect(error.message.contains("no voxel of the pancreas"))
  }

  @Test func mapsThatDoNotFitAreRefused() throws {
    let labels = try AtlasFixture.labels()
    let geometry = try AtlasFixture.geometry()
    let flat = try #require(VolumeSize(x: 31, y: 27, z: 1))
    let flatGeometry = try VolumeGeometry(
      size: flat, spacing: geometry.spacing, origin: .zero, direction: geometry.direction)
    let flatLabels = try #require(LabelMap(size: flat, labels: [UInt8](repeating: 7, count: flat.voxelCount)))
    let sine = 0.5
    let cosine = (1 - sine * sine).squareRoot()
    let turned = try VolumeGeometry(
      size: geometry.size, spacing: geometry.spacing, origin: .zero,
      direction: [SIMD3(cosine, sine, 0), SIMD3(-sine, cosine, 0), SIMD3(0, 0, 1)])
    let cases: [(LabelMap, VolumeGeometry, String)] = [
      (labels, flatGeometry, "has 31 x 27 x 21 voxels and its geometry 31 x 27 x 1"),
      (flatLabels, flatGeometry, "has 31 x 27 x 1 voxels, expected at least 2 along each axis"),
      (labels, turned, "degrees oblique to the patient, expected below 1"),
    ]
    for (map, place, sentence) in cases {
      let error = try #require(try refusal(ofMap: map, place))
      #expect(error.code == .invalidLabelMap)
      #expect(error.message.contains(sentence), "\(error.message)")
    }
  }

  @Test func requestsOutOfRangeAreRefused() throws {
    let synthesis = try AtlasFixture.synthesis()
    let huge = try #require(VolumeSize(x: 2000, y: 2000, z: 2000))
    let requests: [(Double, VolumeSize?, SIMD3<Double>?, String)] = [
      (-0.1, nil, nil, "difficulty is -0.1, expected 0 to 4"), (.nan, nil, nil, "difficulty is nan"),
      (1, nil, SIMD3(3, .nan, 3), "spacing along y is nan mm, expected 0.2 to 20"),
      (1, nil, SIMD3(3, 3, 0.1), "spacing along z is 0.1 mm"), (1, huge, SIMD3(1, 1, 1), "more than 268435456 voxels"),
    ]
    for (difficulty, size, spacing, sentence) in requests {
      let error = try #require(throws: AtlasError.self) {
        try synthesis.render(seed: 0, difficulty: difficulty, size: size, spacing: spacing)
      }
      #expect(error.code == .invalidRequest)
      #expect(error.message.contains(sentence), "\(error.message)")
    }
  }

  @Test func theShippedTableNamesEveryLabelOfACase() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Models/training/atlas/table.json")
    let table = try AtlasTable(json: Data(contentsOf: file))
    #expect(Set(table.classes.map(\.label)) == Set([0] + PhantomLabel.allCases.map(\.rawValue)))
  }
}
