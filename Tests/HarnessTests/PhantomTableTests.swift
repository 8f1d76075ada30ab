import Foundation
import ImageFiles
import Testing
import Volumes

/// The first weights on the synthetic phantom of the repository, through the plugin as a user runs it, against what the
/// Python prototype that trained them measured: every figure within 0.01.
@Suite struct PhantomTableTests {
  /// What one run of `islet segment` on phantom 3000 left behind.
  private struct Run {
    struct Result: Decodable {
      struct Round: Decodable {
        let dsc_to_previous: Double
      }
      let end: String
      let rounds: [Round]
    }

    let result: Result
    let mask: LabelMap
    let views: LabelMap
    let truth: LabelMap

    init(_ options: String...) throws {
      let folder = try TemporaryFolder()
      let output = folder.path + "/result"
      let process = try ChildProcess.run(
        try Stage.islet,
        [
          "segment", try Stage.source("Integration/data/phantom-3000-ct.nii.gz"), "--bundle",
          try Stage.source("Models/pancreas-phantom-native-0.1.0.islet"), "--output", output, "--quiet", "--view-masks",
        ] + options)
      try #require(process.status == 0, "\(process.errors)")
      result = try JSONDecoder().decode(
        Result.self, from: Data(contentsOf: URL(fileURLWithPath: output + "/result.json")))
      mask = try NIfTI.readLabels(output + "/mask.nii.gz").labels
      views = try NIfTI.readLabels(output + "/views.nii.gz").labels
      var labels = try NIfTI.readLabels(Stage.source("Integration/data/phantom-3000-labels.nii.gz")).labels
      labels.labels = labels.labels.map { $0 == 1 ? 1 : 0 }
      truth = labels
    }

    func dice(ofView bit: UInt8) -> Double? {
      LabelMap(size: views.size, labels: views.labels.map { $0 & bit }).flatMap { diceCoefficient($0, truth) }
    }
  }

  private func expect(_ found: Double?, near expected: Double, _ what: String) {
    #expect(abs((found ?? .infinity) - expected) <= 0.01, "\(what): found \(found ?? .nan), expected \(expected)")
  }

  @Test func coarseViewsAndTheirVote() throws {
    let coarse = try Run("--rounds", "0")
    #expect(coarse.truth.foregroundCount == 14_586)
    expect(coarse.dice(ofView: 2), near: 0.8279, "sagittal")
    expect(coarse.dice(ofView: 1), near: 0.8666, "coronal")
    expect(coarse.dice(ofView: 4), near: 0.8327, "axial")
    expect(diceCoefficient(coarse.mask, coarse.truth), near: 0.8745, "vote")
  }

  @Test func finalMaskAndItsRounds() throws {
    let final = try Run()
    #expect(final.result.end == "converged" && final.result.rounds.count == 2)
    expect(diceCoefficient(final.mask, final.truth), near: 0.8646, "final")
  }

  @Test func diceBetweenRounds() throws {
    let three = try Run("--rounds", "3", "--threshold", "1")
    #expect(three.result.rounds.count == 3)
    for (round, expected) in zip(three.result.rounds, [0.8839, 0.9623, 0.9862]) {
      expect(round.dsc_to_previous, near: expected, "d(t)")
    }
  }
}
