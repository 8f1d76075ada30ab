import CoarseToFine
import Confidence
import ModelBundle
import Volumes

extension Manifest {
  /// T of each network that serves a label.
  func temperatures(for label: Label) -> Temperatures {
    var temperatures = Temperatures()
    for network in networks where network.serves(network.stage, network.view, label: label.value) {
      temperatures[network.stage == .coarse ? .coarse : .fine, View(network.view)] = Float(network.temperature ?? 1)
    }
    return temperatures
  }

  /// The bundle's calibration; nil when it carries none. Throws `bundleManifest` for a feature that this plugin does not
  /// measure: a prediction without it would be another one than was calibrated.
  func confidenceModel() throws(SegmentationError) -> ConfidenceModel? {
    guard let table = confidence else { return nil }
    var terms: [ConfidenceModel.Term] = []
    for term in table.terms {
      let feature = try feature(named: term.feature)
      guard
        let made = ConfidenceModel.Term(
          feature: feature, worst: term.worst, best: term.best, weight: term.weight, usual: term.usual)
      else { throw invalid("the term \(term.feature) cannot be used") }
      terms.append(made)
    }
    var references: [Feature: ReferenceRange] = [:]
    for reference in table.references {
      references[try feature(named: reference.feature)] = ReferenceRange(low: reference.low, high: reference.high)
    }
    guard let calibration = PiecewiseLinear(pairs: table.calibration),
      let lower90 = PiecewiseLinear(pairs: table.lower90)
    else { throw invalid("calibration and lower_90 must be pairs of numbers that never fall") }
    return ConfidenceModel(
      intercept: table.intercept, terms: terms, link: table.link == .logistic ? .logistic : .identity,
      calibration: calibration, lower90: lower90,
      grades: .init(high: table.grades.high, moderate: table.grades.moderate), references: references)
  }

  private func feature(named text: String) throws(SegmentationError) -> Feature {
    guard let feature = Feature(rawValue: text) else {
      throw invalid("the feature \(text) is unknown to this plugin; update Islet")
    }
    return feature
  }

  private func invalid(_ flaw: String) -> SegmentationError {
    SegmentationError(code: .bundleManifest, description: "\(name): confidence: \(flaw)")
  }
}

extension PiecewiseLinear {
  /// From a manifest's pairs; nil when one is no pair, or the knots cannot be used.
  fileprivate init?(pairs: [[Double]]) {
    guard pairs.allSatisfy({ $0.count == 2 }) else { return nil }
    self.init(knots: pairs.map { Knot(x: $0[0], y: $0[1]) })
  }
}
