import Evaluation

/// Puts the page of an evaluation together: what was measured on what, the table, how it came about, case by case.
struct EvaluationPage {
  let evaluation: Evaluation
  let pictures: [EvaluationReport.CasePictures]

  /// The whole document. The policy in its head lets a browser load nothing but what the page itself holds.
  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>\(escaped(evaluation.cohort.name)): evaluation</title>
    <style>
    \(ReportStyle.css)
    \(EvaluationStyle.css)
    </style>
    </head>
    <body>
    <p class="purpose">\(ReportPage.purpose)</p>
    <main>
    \(header)
    \(evaluation.runs.map(section(of:)).joined(separator: "\n"))
    \(comparisons)
    \(definitions)
    </main>
    <p class="purpose">\(ReportPage.purpose)</p>
    </body>
    </html>

    """
  }

  // MARK: What was measured on what

  private var header: String {
    let organs = Set(evaluation.runs.map(\.organ)).sorted().joined(separator: ", ")
    let selection = evaluation.cohort.selection.isEmpty ? "" : " · \(escaped(evaluation.cohort.selection))"
    return """
      <header>
      <p class="kind">Evaluation · \(escaped(evaluation.cohort.name))\(selection)</p>
      <h1>\(escaped(organs))</h1>
      <p class="outcome care"><strong>\(data.title)</strong> \(data.sentence)</p>
      \(evaluation.runs.count == 1 ? figures(of: evaluation.runs[0]) : "")
      </header>
      """
  }

  /// What the cohort says of its images and labels, in plain words.
  private var data: (title: String, sentence: String) {
    switch evaluation.cohort.data {
    case "synthetic":
      (
        "Synthetic data.",
        "Images and labels were computed. The figures say how the software behaves on such images, nothing about "
          + "patients."
      )
    case "pseudo-labels":
      (
        "Pseudo-labels.",
        "The labels are another model's output, not a reader's. The figures say how far two models agree."
      )
    case "manual": ("Manual labels.", "The labels were drawn by people.")
    case let other:
      (
        "Origin of the data: \(escaped(other)).",
        "The cohort does not say how its images and labels were made; read the figures with that in mind."
      )
    }
  }

  private func figures(of run: Evaluation.Run) -> String {
    guard let table = run.tables.first, let final = table.line(.above95), let coarse = table.line(.coarse) else {
      return ""
    }
    let distance = final.hd95.map { "\(decimal($0.mean, 1)) mm" } ?? "–"
    return """
      <dl class="figures">
      <div><dt>DSC, d(t) &gt; .95</dt><dd>\(percent(final.dice.mean))\
      <small>coarse \(percent(coarse.dice.mean)), \(table.cases) cases</small></dd></div>
      <div><dt>Worst case</dt><dd>\(percent(final.dice.minimum))\
      <small>coarse \(percent(coarse.dice.minimum))</small></dd></div>
      <div><dt>Fine rounds</dt><dd>\(final.rounds.map { decimal($0.mean, 2) } ?? "–")\
      <small>mean, at most \(Trajectory.longestRun)</small></dd></div>
      <div><dt>HD95</dt><dd>\(distance)<small>coarse \(coarse.hd95.map { decimal($0.mean, 1) } ?? "–") mm</small></dd></div>
      </dl>
      """
  }

  // MARK: One bundle

  private func section(of run: Evaluation.Run) -> String {
    guard let all = run.tables.first else { return "" }
    let records = run.records.filter { $0.truthVoxels > 0 && ($0.subject.corruption == nil || all.group != "all") }
    let tables = EvaluationTables(run: run)
    return """
      <section class="run">
      <h2>\(escaped(run.name))</h2>
      \(tables.main)
      \(records.isEmpty ? "" : charts(of: records))
      \(tables.groups)
      \(worst(of: run))
      \(tables.cases)
      <p class="note">Bundle \(run.bundles.map(escaped).joined(separator: "; "))</p>
      </section>
      """
  }

  private func charts(of records: [CaseEvaluation]) -> String {
    let charts = EvaluationCharts(records: records)
    return """
      <h3>How the rounds go</h3>
      <div class="charts">
      <figure>\(charts.qualityByRound)<figcaption>DSC by round, a line a case, the mean bold. Round 0 is the coarse \
      mask.</figcaption></figure>
      <figure>\(charts.finalAgainstCoarse)<figcaption>A point a case. Above the diagonal the fine rounds \
      gained.</figcaption></figure>
      <figure>\(charts.convergence)<figcaption>Agreement with the round before, the mean bold; dashed .90, .95 and \
      .99.</figcaption></figure>
      </div>
      """
  }

  private func worst(of run: Evaluation.Run) -> String {
    let cases = EvaluationReport.worstCases(of: run).compactMap { record -> String? in
      guard let drawn = pictures.first(where: { $0.run == run.name && $0.id == record.subject.id }) else { return nil }
      let images = drawn.views.map { picture in
        """
        <figure><img src="\(HTMLText.dataAddress(jpeg: picture.jpeg))" \
        alt="\(picture.view.inWords) slice of \(escaped(record.subject.id)) with both outlines"></figure>
        """
      }
      let outcome = record.defaultRun.end == "empty" ? ", nothing found" : ""
      return """
        <div class="case-pictures"><h3>\(escaped(record.subject.id)) <span>DSC \
        \(percent(record.defaultRun.quality.dice))\(outcome), \(escaped(origin(of: record)))</span></h3>
        <div class="views">\(images.joined())</div></div>
        """
    }
    guard !cases.isEmpty else { return "" }
    return """
      <h3>The worst \(cases.count == 1 ? "case" : "\(cases.count) cases")</h3>
      <p class="note"><span class="key truth"></span>truth<span class="key found"></span>found, as the bundle is set. \
      The slice is the truth's largest cross-section.</p>
      \(cases.joined(separator: "\n"))
      """
  }

  private func origin(of record: CaseEvaluation) -> String {
    let subject = record.subject
    let use = subject.fold.map { "fold \($0)" } ?? "set \(subject.set)"
    return [subject.source, subject.corruption, use].compactMap(\.self).joined(separator: ", ")
  }

  // MARK: Pieces

  func escaped(_ text: String) -> String { HTMLText.escaped(text) }
  func decimal(_ value: Double, _ digits: Int) -> String { HTMLText.decimal(value, digits: digits) }
  func percent(_ share: Double) -> String { "\(HTMLText.decimal(share * 100, digits: 2)) %" }
}
