import Foundation
import Testing

/// Holds the arrows of ARCHITECTURE.md: in the package description and in every import line.
@Suite struct ArchitectureTests {
  private static let package = Result { try PackageDescription() }
  private static var modules: [PackageDescription.Target] {
    get throws { try package.get().targets.filter { !$0.isTest } }
  }

  @Test func everyModuleHasARule() throws {
    let names = Set(try Self.modules.map(\.name))
    #expect(
      names.isSubset(of: ImportRules.allowed.keys), "without a rule: \(names.subtracting(ImportRules.allowed.keys))")
    #expect(Set(["Bridge", "Segmentation", "CoarseToFine", "Networks", "ModelBundle", "Volumes"]).isSubset(of: names))
  }

  @Test func declaredDependenciesFollowTheArrows() throws {
    for module in try Self.modules {
      #expect(ImportRules.violations(of: module.name, importing: module.dependencies) == [])
    }
  }

  @Test func importLinesFollowTheArrows() throws {
    var files = 0
    for module in try Self.modules {
      for (path, text) in try module.sources(["swift"]) {
        files += 1
        #expect(ImportRules.violations(of: module.name, importing: ImportRules.imports(ofSwift: text)) == [], "\(path)")
      }
    }
    #expect(files > 100, "only \(files) Swift files were found")
  }

  /// GDCM is C++ and parses hostile files: it stays in the reader's process.
  @Test func headersOfGDCMAreIncludedByTheDicomReaderAlone() throws {
    var readersIncludes: Set<String> = []
    for module in try Self.modules {
      for (path, text) in try module.sources(["c", "cpp", "h"]) {
        let gdcm = ImportRules.includes(ofC: text).filter { $0.lowercased().hasPrefix("gdcm") }
        if module.name == "islet-dicom" {
          readersIncludes.formUnion(gdcm)
        } else {
          #expect(gdcm.isEmpty, "\(path)")
        }
      }
    }
    #expect(!readersIncludes.isEmpty)
  }

  /// Foundation is 45 MB in the plugin; its parsers and GDCM, libjpeg and zlib have no place in a viewer's process.
  @Test func pluginReachesNeitherFoundationNorHostSideLibraries() {
    let reached = ImportRules.plugin.reduce(into: Set<String>()) { $0.formUnion(ImportRules.reachable(from: $1)) }
    #expect(
      reached.isDisjoint(with: ["Foundation", "CJPEG", "CZlib", "ImageFiles", "DicomSeries", "Pictures"])
    )
    let essentials = ImportRules.plugin.filter { ImportRules.allowed[$0]?.contains("FoundationEssentials") == true }
    #expect(essentials == ["ModelBundle", "Segmentation"])
  }

  /// The harness segments through islet.h alone, like any viewer; LZ4 comes only with the bundle tools.
  @Test func harnessReachesTheEngineOnlyThroughTheInterface() {
    let inside: Set = ["CDNNL", "Networks", "CoarseToFine", "Segmentation", "Bridge", "Entry"]
    for module in ["islet", "HostClient", "ImageFiles", "DicomSeries", "Pictures"] {
      #expect(ImportRules.reachable(from: module).isDisjoint(with: inside), "\(module)")
      if module != "islet" { #expect(!ImportRules.reachable(from: module).contains("CLZ4"), "\(module)") }
    }
  }

  @Test func volumesNetworksAndModelBundleKnowNothingOfEachOther() {
    let floor: Set = ["Volumes", "Networks", "ModelBundle"]
    for module in floor { #expect(ImportRules.reachable(from: module).isDisjoint(with: floor.subtracting([module]))) }
    #expect(ImportRules.reachable(from: "CoarseToFine") == ["Volumes"])
  }

  @Test func arrowsHaveNoCircle() {
    for module in ImportRules.allowed.keys {
      #expect(!ImportRules.reachable(from: module).contains(module), "\(module) reaches itself")
    }
  }

  /// The checks above can fail: each of these breaks one rule.
  @Test(
    arguments: [
      ("Volumes", "import Networks", "Volumes imports Networks"),
      ("Networks", "// comment\npublic import ModelBundle", "Networks imports ModelBundle"),
      ("CoarseToFine", "@testable import Segmentation", "CoarseToFine imports Segmentation"),
      ("ModelBundle", "import struct Foundation.Data", "ModelBundle imports Foundation"),
      ("CoarseToFine", "import FoundationEssentials", "CoarseToFine imports FoundationEssentials"),
      ("Segmentation", "internal import CJPEG", "Segmentation imports CJPEG"),
      ("islet", "import Segmentation", "islet imports Segmentation"),
      ("ImageFiles", "  import CDNNL", "ImageFiles imports CDNNL"),
      ("NewModule", "import Glibc", "NewModule is unknown: give it a line in ImportRules"),
    ]) func violationIsFound(_ module: String, _ source: String, _ finding: String)
  {
    #expect(ImportRules.violations(of: module, importing: ImportRules.imports(ofSwift: source)) == [finding])
  }

  @Test func wordImportInTextsAndCommentsDoesNotCount() {
    let source =
      "// import Networks\n/// import Networks\nlet text = \"import Networks\"\nimport Glibc\nfunc important() {}"
    #expect(ImportRules.imports(ofSwift: source) == ["Glibc"])
    #expect(
      ImportRules.includes(ofC: "#include <gdcmReader.h>\n// #include <x.h>\n#include \"Protocol.h\"")
        == ["gdcmReader.h", "Protocol.h"])
  }
}
