/// How good a mask is expected to be, and why.
public struct Confidence: Hashable, Sendable {
  /// In one word.
  public enum Grade: String, CaseIterable, Hashable, Sendable {
    /// Nothing is said: nothing was found, or the bundle has no calibration.
    case none
    /// Do not use without correction.
    case low
    /// Look closely.
    case moderate
    /// As good as the bundle gets.
    case high
  }

  /// One reason.
  public struct Reason: Hashable, Sendable {
    /// For programs: a feature's or a finding's name.
    public let code: String
    /// For people.
    public let sentence: String

    /// A reason with its sentence.
    public init(code: String, sentence: String) { (self.code, self.sentence) = (code, sentence) }
  }

  /// Predicted DSC against a careful reader, 0...1; nil when nothing was found.
  public let estimate: Double?
  /// In nine of ten cases like those of the calibration the DSC is at least this; nil when nothing was found.
  public let lower90: Double?
  /// In one word.
  public let grade: Grade
  /// What lowers the estimate, the weightiest first; a sentence that nothing does when nothing does.
  public let reasons: [Reason]
}
