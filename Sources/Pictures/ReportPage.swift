import Volumes

/// Puts the page of one segmentation together: what was found first, then how, then from what.
struct ReportPage {
  /// What the page says.
  let model: ReportModel

  /// The line at the top and the bottom of every page.
  static let purpose = "Research use only, not for diagnosis."

  /// The whole document. The policy in its head lets a browser load nothing but what the page itself holds.
  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(escaped(model.organ)): segmentation report</title>
    <style>
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <p class="purpose">\(Self.purpose)</p>
    <main>
    \(header)
    \(flags)
    \(pictures)
    \(levels)
    \(convergence)
    \(agreement)
    <div class="cards">
    \(input)
    \(bundle)
    \(run)
    </div>
    </main>
    <p class="purpose">\(Self.purpose)</p>
    </body>
    </html>

    """
  }

  // MARK: What was found

  private var header: String {
    let (kind, sentence) = outcome
    return """
      <header>
      <p class="kind">Segmentation report · \(escaped(model.input.name))</p>
      <h1>\(escaped(model.organ))</h1>
      <p class="outcome \(kind)">\(sentence)</p>
      <dl class="figures">
      <div><dt>Volume</dt><dd>\(decimal(model.volumeMillilitres, 1)) ml\
      <small>\(HTMLText.grouped(model.voxels)) voxels\(hounsfield)</small></dd></div>
      <div><dt>Predicted Dice</dt>\(confidence)</div>
      <div><dt>Last d(t)</dt><dd>\(lastDice.map { decimal($0, 3) } ?? "–")\
      <small>threshold R \(decimal(model.threshold, 2))</small></dd></div>
      <div><dt>Fine rounds</dt><dd>\(fineRounds)<small>of at most \(model.largestRoundCount)</small></dd></div>
      </dl>
      </header>
      """
  }

  /// Style class and sentence of the outcome.
  private var outcome: (String, String) {
    let threshold = decimal(model.threshold, 2)
    let last = lastDice.map { decimal($0, 3) } ?? "–"
    switch model.outcome {
    case .converged:
      return (
        "",
        "<strong>Converged.</strong> The last round left the mask almost as it was: "
          + "d(t) is \(last) and had to pass \(threshold)."
      )
    case .roundsUsedUp:
      return (
        "care",
        "<strong>Not converged.</strong> All rounds were used and the mask was still changing: "
          + "d(t) is \(last) and had to pass \(threshold). Compare the outline with the CT before using it."
      )
    case .collapsed:
      return (
        "care",
        "<strong>Collapsed.</strong> A fine round found nothing, so this is the mask of the round before it. "
          + "Compare the outline with the CT before using it."
      )
    case .empty:
      return (
        "none",
        "<strong>Nothing found.</strong> The networks saw no such organ in this volume. There is no mask."
      )
    }
  }

  private var confidence: String {
    guard let confidence = model.confidence else {
      return "<dd class=\"words\">no calibrated confidence in this bundle</dd>"
    }
    let reasons = confidence.reasons.map { "<small>\(escaped($0))</small>" }.joined()
    let grade = confidence.grade.isEmpty ? "" : "<small>grade: \(escaped(confidence.grade))</small>"
    guard confidence.estimatedDice.isFinite else { return "<dd>–\(grade)\(reasons)</dd>" }
    return """
      <dd>\(decimal(confidence.estimatedDice, 2))\
      <small>at least \(decimal(confidence.lower90, 2)) in 90 of 100 cases</small>\(grade)\(reasons)</dd>
      """
  }

  private var flags: String {
    guard !model.flags.isEmpty else { return "<p class=\"note\">No flags were raised.</p>" }
    let items = model.flags.map {
      """
      <li><p>\(escaped($0.finding))</p><p>\(escaped($0.advice))</p><code>\(escaped($0.name))</code></li>
      """
    }
    return section("Flags", "<ul class=\"flags\">\n\(items.joined(separator: "\n"))\n</ul>")
  }

  private var pictures: String {
    guard !model.overlays.isEmpty else { return "" }
    let figures = model.overlays.map {
      """
      <figure><img src="\(HTMLText.dataAddress(jpeg: $0.jpeg))" alt="\(escaped($0.caption))">\
      <figcaption>\(escaped($0.caption))</figcaption></figure>
      """
    }
    return section("In the three views", "<div class=\"views\">\n\(figures.joined(separator: "\n"))\n</div>")
  }

  /// The organ at several levels, a row a view.
  private var levels: String {
    guard !model.levels.isEmpty else { return "" }
    let rows = [View.axial, .coronal, .sagittal].map { view in
      let tiles = model.levels.filter { $0.view == view }.map {
        "<img src=\"\(HTMLText.dataAddress(jpeg: $0.jpeg))\" alt=\"\(escaped($0.caption))\" title=\"\(escaped($0.caption))\">"
      }
      return "<h3>\(view.inWords)</h3>\n<div class=\"levels\">\n\(tiles.joined(separator: "\n"))\n</div>"
    }
    return section(
      "Level by level",
      """
      <p class="note">The organ's surroundings at even steps through it, all at one scale. The line is the mask; the shading \
      is the mean probability of the three views \
      <span class="scale" role="img" aria-label="from no shading at 0 to full shading at 1">0<i></i>1</span></p>
      \(rows.joined(separator: "\n"))
      """)
  }

  private var hounsfield: String {
    model.hounsfield.map { "<br>\(decimal($0.mean, 0)) ± \(decimal($0.sd, 0)) HU inside" } ?? ""
  }

  // MARK: How it was found

  private var convergence: String {
    guard !model.rounds.isEmpty else { return "" }
    let plot = ConvergencePlot(rounds: model.rounds, threshold: model.threshold)
    let picture =
      plot.points.isEmpty
      ? "<p class=\"note\">No round had a mask before it to compare with.</p>" : plot.svg
    return section(
      "Convergence",
      """
      <p class="note">d(t) is the Dice coefficient between the masks of rounds t − 1 and t. The iteration stops when \
      it passes R; round 0 is the coarse stage.</p>
      <div class="pair">
      <div>\(picture)</div>
      <div class="wide">\(roundTable)</div>
      </div>
      """)
  }

  private var roundTable: String {
    let rows = model.rounds.map {
      """
      <tr><td>\($0.number)</td><td>\($0.diceToPrevious.map { decimal($0, 3) } ?? "–")</td>\
      <td>\(HTMLText.grouped($0.voxels))</td><td>\(decimal($0.millilitres, 1))</td>\
      <td>\(HTMLText.grouped($0.slicesComputed)) / \(HTMLText.grouped($0.slicesReused))</td>\
      <td>\(decimal($0.seconds, 1))</td></tr>
      """
    }
    return """
      <table><thead><tr><th scope="col">Round</th><th scope="col">d(t)</th><th scope="col">Voxels</th>\
      <th scope="col">ml</th><th scope="col">Slices computed / reused</th><th scope="col">Seconds</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  private var agreement: String {
    guard !model.agreement.isEmpty else {
      return section("Agreement of the views", "<p class=\"note\">It was not measured in this run.</p>")
    }
    let bars = model.agreement.map { pair in
      let share = pair.dice.isFinite ? min(max(pair.dice, 0), 1) : 0
      return """
        <dt>\(pair.first.inWords) and \(pair.second.rawValue)</dt>\
        <dd class="track"><span style="width:\(decimal(share * 100, 1))%"></span></dd>\
        <dd class="value">\(decimal(pair.dice, 3))</dd>
        """
    }
    return section(
      "Agreement of the views",
      """
      <p class="note">The Dice coefficient between what two views found on their own. Views that disagree are a \
      reason to look closer.</p>
      <dl class="bars">
      \(bars.joined(separator: "\n"))
      </dl>
      """)
  }

  // MARK: Pieces

  private var lastDice: Double? { model.rounds.last { $0.diceToPrevious != nil }?.diceToPrevious }

  private var fineRounds: Int { model.rounds.count { $0.number > 0 } }

  func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(title)</h2>\n\(content)\n</section>"
  }

  /// A list of names and values; the values are HTML.
  func facts(_ pairs: [(String, String)]) -> String {
    let items = pairs.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }
    return "<dl class=\"facts\">\n\(items.joined(separator: "\n"))\n</dl>"
  }

  func escaped(_ text: String) -> String { HTMLText.escaped(text) }

  func decimal(_ value: Double, _ digits: Int) -> String { HTMLText.decimal(value, digits: digits) }
}
