public import Evaluation
public import Volumes

/// The page of an evaluation.
public enum EvaluationReport {
  /// The overlays of one case, for the page's worst cases.
  public struct CasePictures: Sendable {
    /// The bundle's name in the evaluation.
    public let run: String
    /// The case's id.
    public let id: String
    /// A JPEG for each view that was drawn.
    public let views: [(view: View, jpeg: [UInt8])]

    /// Takes the pictures as they are.
    public init(run: String, id: String, views: [(view: View, jpeg: [UInt8])]) {
      (self.run, self.id, self.views) = (run, id, views)
    }
  }

  /// How many cases a bundle's worst are.
  public static let worstCount = 6

  /// The originals with the lowest DSC of what a user gets, the worst first; of equals the first in the cohort.
  ///
  /// Corrupted cases, made to go wrong, would fill the list: they are taken where there is nothing else.
  public static func worstCases(of run: Evaluation.Run) -> [CaseEvaluation] {
    let places = run.records.enumerated().filter { $0.element.truthVoxels > 0 }
    let originals = places.filter { $0.element.subject.corruption == nil }
    return (originals.isEmpty ? places : originals).sorted {
      ($0.element.defaultRun.quality.dice, $0.offset) < ($1.element.defaultRun.quality.dice, $1.offset)
    }.prefix(worstCount).map(\.element)
  }

  /// One self-contained HTML page: no script, no external reference, light and dark, screen and paper.
  ///
  /// Every text is escaped. Cost: the pictures' bytes once more, as base64.
  public static func html(_ evaluation: Evaluation, pictures: [CasePictures] = []) -> String {
    EvaluationPage(evaluation: evaluation, pictures: pictures).html
  }
}
