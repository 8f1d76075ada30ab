/// The four fixed folds of the paper: consecutive parts of the sorted cases, the later ones larger by at most one.
///
/// 82 cases give 1-20, 21-40, 41-61 and 62-82, as Zhou et al. 2017 and their released code split the NIH data.
public enum Folds {
  /// How many there are.
  public static let count = 4

  /// The places, from 0, of fold 1...4 among `caseCount` sorted cases.
  public static func places(of fold: Int, among caseCount: Int) -> Range<Int> {
    precondition((1...count).contains(fold), "folds are numbered 1 to \(count)")
    return start(of: fold, among: caseCount)..<start(of: fold + 1, among: caseCount)
  }

  /// The fold, 1...4, of the case at a place from 0 among `caseCount` sorted cases.
  public static func fold(ofPlace place: Int, among caseCount: Int) -> Int {
    precondition((0..<caseCount).contains(place), "place \(place) of \(caseCount) cases")
    return (1...count).first { places(of: $0, among: caseCount).contains(place) } ?? count
  }

  /// The remainder of the division goes to the last folds, one case each.
  private static func start(of fold: Int, among caseCount: Int) -> Int {
    let (size, remainder) = caseCount.quotientAndRemainder(dividingBy: count)
    return (fold - 1) * size + max(0, fold - 1 - (count - remainder))
  }
}
