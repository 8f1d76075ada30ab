import Foundation
import Testing
import Volumes

@testable import CoarseToFine

/// Temperatures change the returned probability and nothing else.
@Suite struct TemperatureTests {
  private func slice(_ values: [Float], _ view: View, into fusion: inout ViewFusion) throws {
    let axes: (Axis, Axis) =
      switch view {
      case .coronal: (.x, .z)
      case .sagittal: (.y, .z)
      case .axial: (.y, .x)
      }
    let plane = try #require(SlicePlane(view: view, rowAxis: axes.0, columnAxis: axes.1))
    let box = try #require(BoundingBox(rows: 0..<1, columns: 0..<1))
    values.withUnsafeBufferPointer { fusion.add(plane, slice: 0, box: box, probabilities: $0) }
  }

  @Test(arguments: [Float(0.05), 0.5, 1.7, 20]) func formulaIsThatOfTheLogit(_ temperature: Float) {
    for p in stride(from: Float(0.001), to: 1, by: 0.0371) {
      let expected = 1 / (1 + exp(-log(Double(p) / (1 - Double(p))) / Double(temperature)))
      #expect(abs(Double(Temperatures.apply(temperature, to: p)) - expected) < 1e-5, "p \(p)")
    }
    #expect([0, 0.5, 1].allSatisfy { Temperatures.apply(temperature, to: $0) == $0 })
    #expect(Temperatures.apply(temperature, to: .nan).isNaN)
  }

  @Test func eachViewHasItsTemperatureInItsStage() throws {
    var temperatures = Temperatures()
    temperatures[.fine, .sagittal] = 2
    temperatures[.coarse, .axial] = 0.5
    var fusion = ViewFusion(size: try volumeSize(1, 1, 1), temperatures: temperatures)
    for (stage, expected) in [
      (Stage.coarse, (0.9 + 0.8 + 0.81 / (0.81 + 0.01)) / 3), (.fine, (0.9 + 2.0 / 3 + 0.9) / 3),
    ] {
      fusion.reset(for: stage)
      for (view, p) in [(View.coronal, Float(0.9)), (.sagittal, 0.8), (.axial, 0.9)] {
        try slice([p], view, into: &fusion)
      }
      let plain: Double = (0.9 + 0.8 + 0.9) / 3
      #expect(fusion.probability() == [UInt8((255 * plain).rounded())])
      #expect(fusion.temperedProbability() == [UInt8((255 * expected).rounded())], "\(stage)")
      #expect(fusion.mask(.mean).labels == [1] && fusion.mask(.majority).labels == [1])
    }
  }

  @Test func temperatureOneKeepsNoSecondSum() throws {
    var temperatures = Temperatures()
    temperatures[.fine, .axial] = 2
    temperatures[.fine, .axial] = 1
    #expect(temperatures == .none)
    #expect(ViewFusion(size: try volumeSize(2, 2, 2), temperatures: temperatures).temperedProbability() == nil)
  }

  @Test func masksRoundsAndPlainProbabilityDoNotDependOnTemperatures() throws {
    let size = try volumeSize(11, 9, 10)
    let predictor = SyntheticPredictor(size: size, channels: 1, seed: 4, noise: 0.6)
    let profile = Profile.paper.with { ($0.margin, $0.maximumRounds, $0.slicesPredicted) = (1, 4, 1) }
    var temperatures = Temperatures()
    for stage in Stage.allCases { for view in View.allCases { temperatures[stage, view] = 3 } }
    func run(_ temperatures: Temperatures) throws -> (FixedPointResult, coarse: LabelMap?) {
      var coarse: LabelMap?
      let result = try FixedPointIteration(
        profile: profile, planes: paperPlanes(), size: size, temperatures: temperatures
      ).run(
        predict: predictor.predictCrops, checkpoint: { _ in },
        didFinish: { if $0.stage == .coarse { coarse = $0.mask } })
      return (result, coarse)
    }
    let (plain, coarse) = try run(.none)
    let (tempered, _) = try run(temperatures)
    #expect(tempered.mask == plain.mask && tempered.rounds == plain.rounds && tempered.viewMasks == plain.viewMasks)
    #expect(tempered.plainProbability == plain.probability && plain.plainProbability == plain.probability)
    #expect(tempered.probability != plain.probability)
    #expect(plain.coarseDice == diceCoefficient(try #require(coarse), plain.mask))
  }

  @Test func aGivenMaskHasNoCoarseDice() throws {
    let size = try volumeSize(11, 9, 10)
    let predictor = SyntheticPredictor(size: size, channels: 3, seed: 4)
    var mask = LabelMap(empty: size)
    mask.labels[size.voxelCount / 2] = 1
    let result = try FixedPointIteration(profile: .paper, planes: paperPlanes(), size: size)
      .run(from: mask, predict: predictor.predictCrops, checkpoint: { _ in })
    #expect(result.coarseDice == nil && result.coarseAgreement == nil)
  }
}
