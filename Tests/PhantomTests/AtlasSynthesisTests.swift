import Phantom
import Testing
import Volumes

@Suite struct AtlasSynthesisTests {
  private let synthesis: AtlasSynthesis

  init() throws { synthesis = try AtlasFixture.synthesis() }

  /// Recorded; whoever changes what a seed looks like records it anew and says so.
  @Test func aSeedGivesTheRecordedVoxels() throws {
    let golden: [(seed: UInt64, fingerprint: UInt64)] = [
      (1, 0x6891_cd5d_be63_7ea2), (2, 0xf786_0446_63a5_ba79), (3, 0x5b61_7aa5_a9f3_8c36),
    ]
    for (seed, fingerprint) in golden {
      let found = try synthesis.render(seed: seed, spacing: SIMD3(6, 5, 4)).fingerprint
      #expect(found == fingerprint, "seed \(seed): 0x\(String(found, radix: 16))")
    }
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    let one = try synthesis.render(seed: 4, spacing: SIMD3(4, 4, 4), threads: 1)
    for threads in [2, 4] {
      let several = try synthesis.render(seed: 4, spacing: SIMD3(4, 4, 4), threads: threads)
      #expect(several.volume.voxels == one.volume.voxels)
      #expect(several.labels == one.labels)
    }
  }

  @Test func oneSeedIsTheSameAnatomyAtTwoSpacings() throws {
    // Voxel (i, j, k) of the coarse grid lies where voxel (2i, 2j, 2k) of the fine one lies.
    let coarseSize = try #require(VolumeSize(x: 31, y: 27, z: 21))
    let fineSize = try #require(VolumeSize(x: 61, y: 53, z: 41))
    for seed in UInt64(10)..<12 {
      let coarse = try synthesis.render(seed: seed, size: coarseSize, spacing: SIMD3(6, 6, 6))
      let fine = try synthesis.render(seed: seed, size: fineSize, spacing: SIMD3(3, 3, 3))
      var differing = 0
      for z in 0..<21 {
        for y in 0..<27 {
          for x in 0..<31
          where coarse.labels.labels[(z * 27 + y) * 31 + x]
            != fine.labels.labels[(2 * z * 53 + 2 * y) * 61 + 2 * x]
          {
            differing += 1
          }
        }
      }
      #expect(differing == 0, "seed \(seed)")
      for name in ["phase", "scale", "pancreas_form", "liver_hu", "blur_sd_voxels"] {
        #expect(coarse.record.choices[name] == fine.record.choices[name], "\(name)")
      }
    }
  }

  @Test func labelMapsInAnyAxisOrderGiveTheSameCase() throws {
    let expected = try synthesis.render(seed: 5)
    let table = try AtlasTable(json: AtlasFixture.json(AtlasFixture.entries()))
    for order in [AxisOrder.all[7], AxisOrder.all[20], AxisOrder.all[41]] {
      let turned = try AtlasSynthesis(
        labels: AtlasFixture.labels().reordered(by: order), geometry: AtlasFixture.geometry().reordered(by: order),
        table: table)
      #expect(try turned.render(seed: 5).volume.voxels == expected.volume.voxels)
    }
  }

  @Test func withoutDifficultyTheBodyIsTheAtlas() throws {
    let map = try AtlasFixture.labels()
    let labelOf: [UInt8: PhantomLabel] = [
      AtlasFixture.Value.liver: .liver, AtlasFixture.Value.kidney: .rightKidney, AtlasFixture.Value.aorta: .aorta,
      AtlasFixture.Value.bone: .bone, AtlasFixture.Value.rib: .bone, AtlasFixture.Value.muscle: .muscle,
      AtlasFixture.Value.portalVein: .portalAndSplenicVein,
    ]
    let found = try synthesis.render(seed: 6, difficulty: 0, size: map.size, spacing: SIMD3(6, 6, 6))
    var differing = 0
    for (value, label) in zip(map.labels, found.labels.labels) {
      guard let expected = labelOf[value] else { continue }
      if label != expected.rawValue { differing += 1 }
    }
    #expect(differing == 0)
    #expect(found.number("noise_sd_hu") == 0)
  }

  @Test func everyRecordedFormOfThePancreasOccursAndVolumesSpread() throws {
    var forms: Set<String> = []
    var volumes: [Double] = []
    for seed in UInt64(0)..<24 {
      let found = try synthesis.render(seed: seed, size: AtlasFixture.labels().size, spacing: SIMD3(6, 6, 6))
      forms.insert(try #require(found.text("pancreas_form")))
      let volume = try #require(found.number("pancreas_ml"))
      let counted = Double(found.labels.labels.count { $0 == PhantomLabel.pancreas.rawValue }) * 0.216
      #expect(abs(volume - counted) < 1e-9)
      volumes.append(volume)
    }
    #expect(forms == ["kept", "grown", "tube"])
    volumes.sort()
    #expect(volumes[0] > 3, "smallest \(volumes[0]) ml")
    #expect(volumes[21] > 2.5 * volumes[2], "\(volumes[2]) to \(volumes[21]) ml")
  }

  @Test func brightnessComesFromTheTable() throws {
    // Nothing but labels and the table goes in: 100 HU more in the table are 100 HU more in the liver, elsewhere nothing.
    let brighter = try AtlasFixture.synthesis(liverHU: 155)
    let (a, b) = try (synthesis.render(seed: 8), brighter.render(seed: 8))
    #expect(abs(b.meanHU(of: .liver) - a.meanHU(of: .liver) - 100) < 25)
    #expect(abs(b.meanHU(of: .muscle) - a.meanHU(of: .muscle)) < 1)
    #expect(b.labels == a.labels)
  }

  @Test func meansOfTissuesAreThoseOfTheRecord() throws {
    for seed in UInt64(20)..<24 {
      let found = try synthesis.render(seed: seed, spacing: SIMD3(4, 4, 4))
      let liver = try #require(found.number("liver_hu"))
      // Vessels, partial volume at the border and the bias lie between.
      #expect(abs(found.meanHU(of: .liver) - liver) < 35, "seed \(seed): \(found.meanHU(of: .liver)), \(liver)")
    }
  }

  @Test func someCasesAreCutAndSomeLackAGallbladder() throws {
    var cut = 0
    var missing = 0
    for seed in UInt64(0)..<32 {
      let found = try synthesis.render(seed: seed, spacing: SIMD3(9, 9, 6))
      if found.record.choices["cut_along_z"] == .bool(true) { cut += 1 }
      #expect(found.volume.size.z <= 22)
      guard found.record.choices["gallbladder_missing"] == .bool(true) else { continue }
      missing += 1
      #expect(!found.labels.labels.contains(PhantomLabel.gallbladder.rawValue))
    }
    #expect((2...13).contains(cut), "\(cut) of 32 are cut")
    #expect((1...11).contains(missing), "\(missing) of 32 have no gallbladder")
  }

  @Test func aWantedSizeIsKept() throws {
    let size = try #require(VolumeSize(x: 40, y: 36, z: 9))
    for seed in UInt64(0)..<6 {
      let found = try synthesis.render(seed: seed, size: size)
      #expect(found.volume.size == size)
      #expect(found.record.choices["cut_along_z"] == .bool(false))
      // The atlas is 186 x 162 x 126 mm and gets whole multiples of 12 mm.
      #expect(found.volume.geometry.spacing.z == 132.0 / 9)
    }
  }
}
