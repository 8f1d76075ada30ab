/// Who may import whom: the arrows of ARCHITECTURE.md, as data that both the package description and the sources are
/// held against.
enum ImportRules {
  /// What a module of the package may import beside the standard library, Glibc and Synchronization.
  static let allowed: [String: Set<String>] = [
    // The plugin, from the outside in.
    "Entry": ["CIslet", "Bridge"],
    "Bridge": ["CIslet", "CoarseToFine", "Confidence", "Isolation", "Networks", "Segmentation", "Volumes"],
    "Isolation": ["CHostSystem"],
    "islet-worker": ["Bridge", "Isolation"],
    "Segmentation": ["CoarseToFine", "Confidence", "ModelBundle", "Networks", "Volumes", "FoundationEssentials"],
    "CoarseToFine": ["Volumes"],
    "Confidence": ["Volumes"],
    "Networks": ["CDNNL", "CEngineLibrary", "CFilters"],
    "ModelBundle": ["CLZ4", "Crypto", "FoundationEssentials"],
    "Volumes": [],
    // The host side.
    "HostClient": ["CIslet", "Volumes", "Foundation"],
    "ImageFiles": ["CZlib", "DicomSeries", "Volumes", "Foundation"],
    "ResultFiles": ["DicomSeries", "ImageFiles", "Volumes", "Foundation"],
    "DicomSeries": ["CHostSystem", "CZlib", "Volumes", "Foundation"],
    "Conformance": ["CHostSystem", "CIslet", "Foundation"],
    "Cohort": ["Foundation"],
    "Phantom": ["Volumes", "Foundation"],
    "Evaluation": ["Volumes", "Foundation"],
    "Pictures": ["CJPEG", "Evaluation", "Volumes", "Foundation"],
    "islet": [
      "Cohort", "Conformance", "Evaluation", "HostClient", "ImageFiles", "DicomSeries", "ModelBundle", "Phantom",
      "Pictures",
      "ResultFiles", "Volumes",
      "Foundation", "ArgumentParser", "Crypto",
    ],
    // Tools that measure a part directly.
    "islet-engine": ["CoarseToFine", "ModelBundle", "Networks", "Segmentation", "Volumes"],
    "HostileImages": ["DicomSeries", "ImageFiles", "Volumes"],
    "islet-hostile-images": ["DicomSeries", "HostileImages", "ImageFiles", "Volumes", "Foundation"],
    "BundleMutations": ["CLZ4", "Crypto", "Foundation", "ModelBundle"],
    "islet-bundle-mutations": ["Allocations", "BundleMutations", "Foundation"],
    "islet-engine-benchmark": ["CDNNL", "Networks", "Foundation"],
    // C, C++ and system libraries: leaves.
    "Allocations": [], "islet-dicom": [], "CJPEG": [], "CHostSystem": [], "CIslet": [], "CDNNL": [],
    "CEngineLibrary": [],
    "CFilters": [], "CLZ4": [], "CZlib": [],
  ]

  /// Parts of the toolchain that every module may use.
  static let everywhere: Set<String> = ["Glibc", "Synchronization", "Swift"]

  /// The modules whose code is inside islet.so.
  static let plugin: Set<String> = [
    "Entry", "Bridge", "Isolation", "Segmentation", "CoarseToFine", "Confidence", "Networks", "ModelBundle",
    "Volumes",
  ]

  /// Names in a module's imports, or its declared dependencies, that the rules do not allow.
  static func violations(of module: String, importing imports: Set<String>) -> [String] {
    guard let allowed = allowed[module] else { return ["\(module) is unknown: give it a line in ImportRules"] }
    return imports.subtracting(allowed).subtracting(everywhere).sorted().map { "\(module) imports \($0)" }
  }

  /// Every module that `module` can reach through allowed imports.
  static func reachable(from module: String) -> Set<String> {
    var reached: Set<String> = []
    var open = [module]
    while let next = open.popLast() {
      for name in allowed[next] ?? [] where reached.insert(name).inserted { open.append(name) }
    }
    return reached
  }
}

extension ImportRules {
  /// The modules that a Swift source imports, whatever stands before `import`; comments and texts do not count.
  static func imports(ofSwift source: String) -> Set<String> {
    var names: Set<String> = []
    for line in source.split(separator: "\n") {
      var words = line.split(separator: " ")
      while let first = words.first,
        first.hasPrefix("@") || ["public", "package", "internal", "private"].contains(first)
      {
        words.removeFirst()
      }
      guard words.first == "import", words.count >= 2 else { continue }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let path = kinds.contains(words[1]) && words.count >= 3 ? words[2] : words[1]
      names.insert(String(path.split(separator: ".")[0]))
    }
    return names
  }

  /// The files that a C or C++ source includes.
  static func includes(ofC source: String) -> Set<String> {
    var names: Set<String> = []
    for line in source.split(separator: "\n") where line.hasPrefix("#include") {
      let name = line.dropFirst("#include".count).split(whereSeparator: { " <>\"".contains($0) }).first
      if let name { names.insert(String(name)) }
    }
    return names
  }
}
