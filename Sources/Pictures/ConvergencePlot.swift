/// d(t) by round with the threshold R, as an inline SVG.
///
/// The vertical axis is linear from 0 at the bottom to 1 at the top; the horizontal one counts rounds. Colours come
/// from the page's style by class, so the plot follows light and dark.
struct ConvergencePlot {
  /// The rounds that have a d(t), in order.
  let points: [(round: Int, dice: Double)]
  /// R.
  let threshold: Double

  private static let width = 480.0
  private static let height = 264.0
  private static let left = 44.0
  private static let right = 408.0
  private static let top = 16.0
  private static let bottom = 216.0

  /// Leaves out rounds whose d(t) is absent or not a number.
  init(rounds: [ReportModel.Round], threshold: Double) {
    points = rounds.compactMap { round in
      guard let dice = round.diceToPrevious, dice.isFinite else { return nil }
      return (round.number, min(max(dice, 0), 1))
    }
    self.threshold = threshold.isFinite ? min(max(threshold, 0), 1) : 1
  }

  /// Height of a Dice value in the picture's units: 0 at the bottom of the frame, 1 at its top.
  static func y(ofDice dice: Double) -> Double { bottom - dice * (bottom - top) }

  /// Place of a round; the first and the last keep some distance from the frame.
  func x(ofRound round: Int) -> Double {
    let inset = 28.0
    guard let first = points.first?.round, let last = points.last?.round, last > first else {
      return (Self.left + Self.right) / 2
    }
    let share = (Double(round) - Double(first)) / (Double(last) - Double(first))
    return Self.left + inset + share * (Self.right - Self.left - 2 * inset)
  }

  /// The `<svg>` element.
  var svg: String {
    let summary = points.map { "round \($0.round): \(HTMLText.decimal($0.dice, digits: 3))" }.joined(separator: ", ")
    return """
      <svg class="plot" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" role="img" \
      aria-label="Agreement d(t) by round. \(summary); threshold \(HTMLText.decimal(threshold, digits: 3))">
      \(frame)
      \(thresholdLine)
      \(curve)
      </svg>
      """
  }

  private var frame: String {
    let lines = [0, 0.25, 0.5, 0.75, 1].map { dice in
      let y = number(Self.y(ofDice: dice))
      return """
        <line class="grid" data-dice="\(dice)" x1="\(number(Self.left))" y1="\(y)" \
        x2="\(number(Self.right))" y2="\(y)"/>\
        <text class="tick" x="\(number(Self.left - 8))" y="\(number(Self.y(ofDice: dice) + 4))" text-anchor="end">\
        \(HTMLText.decimal(dice, digits: 2))</text>
        """
    }
    let everyTick = max(1, (points.count + 9) / 10)
    let rounds = points.enumerated().filter { $0.offset.isMultiple(of: everyTick) }.map { _, point in
      """
      <text class="tick" x="\(number(x(ofRound: point.round)))" y="\(number(Self.bottom + 20))" text-anchor="middle">\
      \(point.round)</text>
      """
    }
    let name = """
      <text class="tick" x="\(number((Self.left + Self.right) / 2))" y="\(number(Self.bottom + 42))" \
      text-anchor="middle">round t</text>
      """
    return (lines + rounds + [name]).joined(separator: "\n")
  }

  private var thresholdLine: String {
    let y = Self.y(ofDice: threshold)
    return """
      <line class="threshold" x1="\(number(Self.left))" y1="\(number(y))" x2="\(number(Self.right))" y2="\(number(y))"/>
      <text class="threshold-name" x="\(number(Self.right + 6))" y="\(number(y + 4))">\
      R \(HTMLText.decimal(threshold, digits: 2))</text>
      """
  }

  private var curve: String {
    let corners = points.map { "\(number(x(ofRound: $0.round))),\(number(Self.y(ofDice: $0.dice)))" }
    let isSparse = points.count <= 8
    let marks = points.enumerated().map { place, point in
      let (x, y) = (x(ofRound: point.round), Self.y(ofDice: point.dice))
      // Values stand below high points and above low ones, away from the threshold and the frame.
      let label =
        isSparse || place == points.count - 1
        ? """
        <text class="value" x="\(number(x))" y="\(number(point.dice > 0.5 ? y + 22 : y - 12))" text-anchor="middle">\
        \(HTMLText.decimal(point.dice, digits: 3))</text>
        """ : ""
      return """
        <circle class="point" data-round="\(point.round)" cx="\(number(x))" cy="\(number(y))" r="4"/>\(label)
        """
    }
    return "<polyline class=\"curve\" points=\"\(corners.joined(separator: " "))\"/>\n"
      + marks.joined(separator: "\n")
  }

  private func number(_ value: Double) -> String { HTMLText.decimal(value, digits: 2) }
}
