import Foundation
import Testing
import Volumes

@testable import Pictures

/// A model in which every part is filled in.
private func fullModel() throws -> ReportModel {
  let size = try #require(VolumeSize(x: 512, y: 511, z: 240))
  let geometry = try VolumeGeometry(
    size: size, spacing: SIMD3(0.8, 0.8, 1.25), origin: SIMD3(-200, -201.5, 30),
    direction: [SIMD3(-1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)])
  return ReportModel(
    organ: "Pancreas", outcome: .converged,
    overlays: [
      .init(view: .axial, jpeg: [0xFF, 0xD8, 1], caption: "Axial, slice 5 of 9"),
      .init(view: .coronal, jpeg: [0xFF, 0xD8, 2], caption: "Coronal, slice 6 of 9"),
      .init(view: .sagittal, jpeg: [0xFF, 0xD8, 3], caption: "Sagittal, slice 7 of 9"),
    ],
    levels: [
      .init(view: .axial, jpeg: [0xFF, 0xD8, 4], caption: "Axial, slice 3 of 9"),
      .init(view: .sagittal, jpeg: [0xFF, 0xD8, 5], caption: "Sagittal, slice 4 of 9"),
    ],
    rounds: [
      .init(
        number: 0, diceToPrevious: nil, voxels: 91_234, millilitres: 73.0, slicesComputed: 1263, slicesReused: 0,
        seconds: 812.4),
      .init(
        number: 1, diceToPrevious: 0.871, voxels: 88_001, millilitres: 70.4, slicesComputed: 411, slicesReused: 0,
        seconds: 101.7),
      .init(
        number: 2, diceToPrevious: 0.953, voxels: 87_642, millilitres: 70.1, slicesComputed: 302, slicesReused: 118,
        seconds: 77.9),
    ],
    threshold: 0.95, largestRoundCount: 10,
    agreement: [
      .init(first: .axial, second: .coronal, dice: 0.842), .init(first: .axial, second: .sagittal, dice: 0.5),
      .init(first: .coronal, second: .sagittal, dice: 0.791),
    ],
    voxels: 87_642, volumeMillilitres: 70.11, hounsfield: .init(mean: 81.2, sd: 19.7),
    confidence: .init(estimatedDice: 0.83, lower90: 0.74),
    flags: [
      .init(name: "mask-touches-border", finding: "The mask touches the border.", advice: "Scan the whole organ."),
      .init(name: "hounsfield-range", finding: "HU up to 30000.", advice: "Check the rescale slope."),
    ],
    input: .init(name: "Abdomen portal venous", geometry: geometry, hounsfieldRange: -1024...3071),
    bundle: .init(
      name: "pancreas-native", version: "1.2.3", licence: "Apache-2.0", intendedUse: "Research on abdominal CT.",
      dataSource: "Phantoms.", measuredQuality: ["Phantoms: 0.87", "Other phantoms: 0.85"], signedBy: "key seven",
      sha256: "0123abcd"),
    settings: [.init(name: "start", value: "from the <box>")], precision: "bfloat16", threads: 2,
    timings: [.init(stage: "coarse", seconds: 812.4), .init(stage: "fine", seconds: 179.6)],
    peakBytes: 3 << 30, versions: [.init(part: "oneDNN", version: "2.6.3")])
}

/// The numbers of one attribute in every element of a class, in order.
private func numbers(_ attribute: String, ofClass name: String, in html: String) -> [Double] {
  html.split(separator: "<").filter { $0.contains("class=\"\(name)\"") }.compactMap { element in
    guard let start = element.range(of: " \(attribute)=\"") else { return nil }
    return Double(element[start.upperBound...].prefix { $0 != "\"" })
  }
}

@Suite struct ReportTests {
  @Test func purposeStandsAtTopAndBottom() throws {
    let html = Report.html(try fullModel())
    let parts = html.components(separatedBy: "Research use only, not for diagnosis.")
    #expect(parts.count == 3)
    #expect(parts[0].contains("<body>") && !parts[0].contains("<main>"))
    #expect(parts[1].contains("</main>") && !(parts.last ?? "").contains("<section>"))
  }

  @Test func everyRoundFlagAndFactIsOnThePage() throws {
    let model = try fullModel()
    let html = Report.html(model)
    for round in model.rounds {
      let cells = [
        "\(round.number)", round.diceToPrevious.map { String(format: "%.3f", $0) } ?? "–",
        HTMLText.grouped(round.voxels), String(format: "%.1f", round.millilitres),
        "\(HTMLText.grouped(round.slicesComputed)) / \(HTMLText.grouped(round.slicesReused))",
        String(format: "%.1f", round.seconds),
      ]
      #expect(html.contains("<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"), "round \(round.number)")
    }
    for flag in model.flags {
      for text in [flag.name, flag.finding, flag.advice] { #expect(html.contains(text)) }
    }
    for picture in model.overlays {
      #expect(html.contains("data:image/jpeg;base64,\(Data(picture.jpeg).base64EncodedString())"))
      #expect(html.contains("<figcaption>\(picture.caption)</figcaption>"))
    }
    for picture in model.levels {
      #expect(html.contains(Data(picture.jpeg).base64EncodedString()) && html.contains("alt=\"\(picture.caption)\""))
    }
    for text in [
      "81 ± 20 HU inside", "Pancreas", "70.1 ml", "0.83", "at least 0.74", "0.842", "width:50.0%", "Axial and coronal",
      "Coronal and sagittal", "Abdomen portal venous", "512 × 511 × 240", "0.800 × 0.800 × 1.250 mm",
      "410 × 409 × 300 mm", "x to right, y to posterior, z to superior", "-200.0, -201.5, 30.0 mm", "-1024 to 3071",
      "pancreas-native 1.2.3", "Apache-2.0", "Research on abdominal CT.", "Phantoms: 0.87", "Other phantoms: 0.85",
      "signed by key seven", "0123abcd", "from the &lt;box&gt;", "bfloat16, 2 threads", "3.00 GiB", "992.00", "2.6.3",
    ] {
      #expect(html.contains(text), "\(text) is missing")
    }
  }

  @Test func absentPartsAreSaidInWords() throws {
    var model = try fullModel()
    model.confidence = nil
    model.flags = []
    model.agreement = []
    model.bundle.measuredQuality = []
    model.bundle.signedBy = nil
    model.input.hounsfieldRange = nil
    let html = Report.html(model)
    for text in [
      "no calibrated confidence in this bundle", "No flags were raised.", "It was not measured in this run.",
      "nothing measured is stated", "by no trusted key", "not known",
    ] {
      #expect(html.contains(text), "\(text) is missing")
    }
  }

  @Test func emptyRunHasNeitherTableNorPlot() throws {
    var model = try fullModel()
    model.rounds = []
    model.outcome = .empty
    let html = Report.html(model)
    #expect(html.contains("Nothing found.") && !html.contains("<table>") && !html.contains("<svg"))
  }

  @Test(
    arguments: zip(
      ReportModel.Outcome.allCases, ["Converged.", "Not converged.", "Collapsed.", "Nothing found."]))
  func outcomeIsSaidInWords(outcome: ReportModel.Outcome, words: String) throws {
    var model = try fullModel()
    model.outcome = outcome
    #expect(Report.html(model).contains("<strong>\(words)</strong>"))
  }

  @Test func everyTextIsEscaped() throws {
    let hostile = "<script>alert(\"1\")</script>&'\u{0}"
    var model = try fullModel()
    model.organ = hostile
    model.precision = hostile
    model.input.name = hostile
    for index in model.overlays.indices { model.overlays[index].caption = hostile }
    model.flags = [.init(name: hostile, finding: hostile, advice: hostile)]
    model.confidence = .init(estimatedDice: 0.8, lower90: 0.7, reasons: [hostile])
    model.bundle = .init(
      name: hostile, version: hostile, licence: hostile, intendedUse: hostile, dataSource: hostile,
      measuredQuality: [hostile], signedBy: hostile, sha256: hostile)
    model.timings = [.init(stage: hostile, seconds: 1)]
    model.versions = [.init(part: hostile, version: hostile)]
    let html = Report.html(model)
    #expect(!html.contains("<script") && !html.contains("alert(\"") && !html.contains("\u{0}"))
    let safe = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\u{FFFD}"
    // Title, kind, h1; three pictures twice; flag three times; reason; input; precision; eight of the bundle; timing;
    // version twice.
    #expect(html.components(separatedBy: safe).count - 1 == 3 + 6 + 3 + 1 + 1 + 1 + 8 + 1 + 2)
  }

  @Test func pageLoadsNothingFromOutside() throws {
    let html = Report.html(try fullModel())
    for reference in ["http:", "https:", "//", "url(", "@import", "href", "<script", "<link", "<iframe"] {
      let text = html.replacingOccurrences(of: "base64,[^\"]*", with: "", options: .regularExpression)
      #expect(!text.contains(reference), "\(reference) is on the page")
    }
    for source in html.components(separatedBy: "src=\"").dropFirst() {
      #expect(source.hasPrefix("data:image/jpeg;base64,"))
    }
    #expect(html.contains("default-src 'none'"))
  }

  @Test func numbersThatAreNotFiniteBecomeDashes() throws {
    var model = try fullModel()
    model.volumeMillilitres = .nan
    model.rounds[1].diceToPrevious = .infinity
    model.agreement[0].dice = .nan
    model.threshold = .nan
    let html = Report.html(model).lowercased()
    #expect(html.contains("– ml") && html.contains("width:0.0%"))
    #expect(!html.contains(">nan") && !html.contains(">inf") && !html.contains("\"nan"))
  }
}

@Suite struct ConvergencePlotTests {
  @Test func zeroThresholdAndOneLieWhereTheyShould() throws {
    var model = try fullModel()
    model.threshold = 0.95
    model.rounds = [0, 0.95, 1].enumerated().map { place, dice in
      .init(
        number: place + 1, diceToPrevious: dice, voxels: 1, millilitres: 1, slicesComputed: 1, slicesReused: 0,
        seconds: 1)
    }
    let html = Report.html(model)
    let grid = numbers("y1", ofClass: "grid", in: html)
    #expect(numbers("data-dice", ofClass: "grid", in: html) == [0, 0.25, 0.5, 0.75, 1])
    let (bottom, top) = (try #require(grid.first), try #require(grid.last))
    #expect(bottom > top)
    let threshold = try #require(numbers("y1", ofClass: "threshold", in: html).first)
    #expect(numbers("y2", ofClass: "threshold", in: html) == [threshold])
    #expect(abs((bottom - threshold) / (bottom - top) - 0.95) < 1e-9)
    let heights = numbers("cy", ofClass: "point", in: html)
    #expect(heights == [bottom, threshold, top])
    #expect(numbers("data-round", ofClass: "point", in: html) == [1, 2, 3])
    let places = numbers("cx", ofClass: "point", in: html)
    #expect(abs((places[1] - places[0]) - (places[2] - places[1])) < 0.011)
  }

  @Test func coarseRoundHasNoPoint() throws {
    let html = Report.html(try fullModel())
    #expect(numbers("data-round", ofClass: "point", in: html) == [1, 2])
  }

  @Test func singleRoundStandsInTheMiddle() {
    let round = ReportModel.Round(
      number: 1, diceToPrevious: 0.9, voxels: 1, millilitres: 1, slicesComputed: 1, slicesReused: 0, seconds: 1)
    let plot = ConvergencePlot(rounds: [round], threshold: 0.95)
    #expect(plot.x(ofRound: 1) == 226)
    #expect(numbers("cx", ofClass: "point", in: plot.svg) == [226])
  }

  @Test func valuesOutsideZeroToOneStayInTheFrame() {
    let rounds = [-3.0, 7].enumerated().map { place, dice in
      ReportModel.Round(
        number: place, diceToPrevious: dice, voxels: 1, millilitres: 1, slicesComputed: 1, slicesReused: 0, seconds: 1)
    }
    let plot = ConvergencePlot(rounds: rounds, threshold: 9)
    #expect(numbers("cy", ofClass: "point", in: plot.svg) == [216, 16])
    #expect(numbers("y1", ofClass: "threshold", in: plot.svg) == [16])
  }
}
