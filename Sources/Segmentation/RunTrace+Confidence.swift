import Confidence

/// The predicted DSC with its reasons, as traces and results show it.
struct ConfidenceRecord: Encodable {
  /// One reason.
  struct Reason: Encodable {
    let code: String
    let sentence: String
  }

  let estimate: Double?
  let lower90: Double?
  let grade: String
  let reasons: [Reason]

  init(_ confidence: Confidence) {
    estimate = confidence.estimate
    lower90 = confidence.lower90
    grade = confidence.grade.rawValue
    reasons = confidence.reasons.map { Reason(code: $0.code, sentence: $0.sentence) }
  }

  enum CodingKeys: String, CodingKey {
    case estimate, grade, reasons
    case lower90 = "lower_90"
  }
}

/// Doubts about the input, and what could not be judged.
struct InputCheckRecord: Encodable {
  /// One doubt.
  struct Finding: Encodable {
    let flag: String
    let feature: String
    let sentence: String
  }

  let findings: [Finding]
  let notJudged: [String]

  init(_ appraisal: RunAppraisal) {
    findings = appraisal.findings.map {
      Finding(flag: $0.kind.rawValue, feature: $0.feature.rawValue, sentence: $0.sentence)
    }
    notJudged = appraisal.unjudged.map(\.rawValue)
  }

  enum CodingKeys: String, CodingKey {
    case findings
    case notJudged = "not_judged"
  }
}
