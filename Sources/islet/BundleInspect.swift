import ArgumentParser
import ModelBundle

/// `islet bundle inspect`: what a bundle says about itself, without reading weights.
struct BundleInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a bundle's manifest; reads no weights.",
    discussion: "Example: islet bundle inspect Models/spleen-0.3.0.islet --json")

  @Argument(help: "The bundle.")
  var file: String

  @Flag(help: "Print the whole manifest as JSON.")
  var json = false

  func run() throws {
    let bundle = try BundleReader(path: file)
    print(json ? try bundle.manifest.json() : try summary(of: bundle))
  }

  private func summary(of bundle: BundleReader) throws -> String {
    let provenance = try bundle.provenance(
      under: TrustPolicy(trustedKeys: nil, accepting: Set(TrustPolicy.Doubt.allCases)))
    let signer = provenance.signedBy.map { "\($0), the Islet project" }
    let manifest = bundle.manifest
    let numbers = manifest.sections.reduce(0) { $0 + $1.rawBytes / $1.dtype.byteCount }
    let rawBytes = manifest.sections.reduce(0) { $0 + $1.rawBytes }
    let types = Set(manifest.sections.map(\.dtype.rawValue)).sorted().joined(separator: ", ")
    let grid = manifest.grid.spacingMillimetres.map { "\($0) mm" } ?? "the image's own"
    var rows = [
      ("bundle", "\(manifest.name) \(manifest.version)"), ("identity", bundle.sha256),
      ("file", "\(bundle.fileName), \(bundle.fileSize) bytes"),
      ("signature", signer ?? provenance.doubts.map(\.rawValue).sorted().joined(separator: ", ")),
      ("task", manifest.task),
      ("description", manifest.description), ("intended use", manifest.intendedUse), ("licence", manifest.licence),
      ("data", manifest.dataSource), ("training", manifest.training),
    ]
    rows += manifest.labels.map { label in
      ("label \(label.value)", "\(label.name) (\(label.type.scheme) \(label.type.code), \(label.type.meaning))")
    }
    rows += [
      ("grid", grid), ("window", "\(manifest.intensity.window[0]) to \(manifest.intensity.window[1]) HU"),
      ("networks", "\(manifest.networks.count), \(numbers) weights as \(types), \(rawBytes) bytes unpacked"),
      ("algorithm", describe(manifest.profile)),
    ]
    rows += manifest.quality.map { ("quality", describe($0)) }
    rows += (manifest.fidelity?.modes ?? []).map { ("fidelity", describe($0, of: manifest.fidelity)) }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, text in
      name + String(repeating: " ", count: width + 2 - name.count) + printable(text)
    }.joined(separator: "\n")
  }

  private func describe(_ profile: Manifest.Profile) -> String {
    "box of \(profile.inputRegion.rawValue) + \(profile.margin) px, fusion \(profile.coarseFusion.rawValue) then"
      + " \(profile.fineFusion.rawValue), component ratio \(profile.componentRatio.map { "\($0)" } ?? "none"),"
      + " stop \(profile.stop.rawValue) \(profile.threshold), at most \(profile.rounds) rounds"
  }

  private func describe(_ mode: Manifest.Fidelity.Mode, of fidelity: Manifest.Fidelity?) -> String {
    "\(mode.quality.rawValue) \(mode.precision.rawValue): DSC \(mode.mean) with exact float32, minimum \(mode.minimum)"
      + ", n = \(fidelity?.n ?? 0): \(fidelity?.cohort ?? "")"
  }

  private func describe(_ quality: Manifest.Quality) -> String {
    let spread = quality.sd.map { " ± \($0)" } ?? ""
    let minimum = quality.minimum.map { ", minimum \($0)" } ?? ""
    let note = quality.note.map { " (\($0))" } ?? ""
    return "\(quality.measure) \(quality.mean)\(spread)\(minimum), n = \(quality.n), \(quality.kind.rawValue):"
      + " \(quality.cohort)\(note)"
  }
}
