/// The frame of a small chart: axes, ticks and the way from values to places, as inline SVG.
///
/// Colours come from the page's style by class, so that charts follow light and dark.
struct ChartFrame {
  /// Values at the left and right, and at the bottom and top of the frame.
  let horizontal: ClosedRange<Double>
  let vertical: ClosedRange<Double>
  /// Tick values and the decimals they are written with.
  let horizontalTicks: [Double]
  let verticalTicks: [Double]
  let digits: (horizontal: Int, vertical: Int)
  /// What the axes say.
  let names: (horizontal: String, vertical: String)

  private static let width = 360.0
  private static let height = 300.0
  private static let left = 46.0
  private static let right = 342.0
  private static let top = 26.0
  private static let bottom = 252.0

  /// Rounds 0 or 1 to `last` below, a share from `lowest` to 1 at the side.
  static func rounds(from first: Int, to last: Int, lowest: Double, name: String) -> ChartFrame {
    ChartFrame(
      horizontal: Double(first) - 0.3...Double(last) + 0.3, vertical: lowest...1,
      horizontalTicks: (first...last).map(Double.init), verticalTicks: ticks(from: lowest), digits: (0, 2),
      names: ("round t", name))
  }

  /// Shares on both axes, on one scale.
  static func shares(lowest: Double, names: (String, String)) -> ChartFrame {
    ChartFrame(
      horizontal: lowest...1, vertical: lowest...1, horizontalTicks: ticks(from: lowest),
      verticalTicks: ticks(from: lowest), digits: (2, 2), names: names)
  }

  /// The largest tenth below all values that leaves some room, so that good cohorts do not stick to the top.
  static func lowest(below values: [Double]) -> Double {
    let smallest = values.filter(\.isFinite).min() ?? 0
    return min(max((smallest * 10 - 0.2).rounded(.down) / 10, 0), 0.9)
  }

  /// Four to six ticks up to 1.
  private static func ticks(from lowest: Double) -> [Double] {
    let span = 1 - lowest
    let step = span > 0.61 ? 0.2 : span > 0.31 ? 0.1 : span > 0.11 ? 0.05 : 0.02
    let count = Int((span / step + 1e-9).rounded(.down))
    return (0...count).reversed().map { 1 - Double($0) * step }
  }

  func x(_ value: Double) -> Double { Self.place(value, horizontal, Self.left, Self.right) }
  func y(_ value: Double) -> Double { Self.place(value, vertical, Self.bottom, Self.top) }

  private static func place(
    _ value: Double, _ range: ClosedRange<Double>, _ start: Double, _ end: Double
  ) -> Double {
    let inside = min(max(value, range.lowerBound), range.upperBound)
    return start + (inside - range.lowerBound) / (range.upperBound - range.lowerBound) * (end - start)
  }

  /// The whole `<svg>` with a frame around `content`.
  func svg(label: String, content: String) -> String {
    """
    <svg class="chart" viewBox="0 0 \(number(Self.width)) \(number(Self.height))" role="img" \
    aria-label="\(HTMLText.escaped(label))">
    \(grid)
    \(content)
    </svg>
    """
  }

  /// A line through points.
  func line(_ points: [(Double, Double)], style: String, title: String? = nil) -> String {
    let corners = points.map { "\(number(x($0.0))),\(number(y($0.1)))" }.joined(separator: " ")
    let tip = title.map { "<title>\(HTMLText.escaped($0))</title>" } ?? ""
    return "<polyline class=\"\(style)\" points=\"\(corners)\">\(tip)</polyline>"
  }

  /// A point that says its name when pointed at.
  func point(_ horizontal: Double, _ vertical: Double, style: String, title: String) -> String {
    """
    <circle class="\(style)" cx="\(number(x(horizontal)))" cy="\(number(y(vertical)))" r="3.5">\
    <title>\(HTMLText.escaped(title))</title></circle>
    """
  }

  private var grid: String {
    let sides = verticalTicks.map { tick in
      """
      <line class="grid" x1="\(number(Self.left))" y1="\(number(y(tick)))" x2="\(number(Self.right))" \
      y2="\(number(y(tick)))"/><text x="\(number(Self.left - 7))" y="\(number(y(tick) + 4))" text-anchor="end">\
      \(HTMLText.decimal(tick, digits: digits.vertical))</text>
      """
    }
    let floor = horizontalTicks.map { tick in
      """
      <text x="\(number(x(tick)))" y="\(number(Self.bottom + 18))" text-anchor="middle">\
      \(HTMLText.decimal(tick, digits: digits.horizontal))</text>
      """
    }
    let names = """
      <text class="name" x="\(number(Self.left - 40))" y="14">\(HTMLText.escaped(self.names.vertical))</text>
      <text class="name" x="\(number(Self.right))" y="\(number(Self.bottom + 38))" text-anchor="end">\
      \(HTMLText.escaped(self.names.horizontal))</text>
      """
    return (sides + floor + [names]).joined(separator: "\n")
  }

  func number(_ value: Double) -> String { HTMLText.decimal(value, digits: 1) }
}
