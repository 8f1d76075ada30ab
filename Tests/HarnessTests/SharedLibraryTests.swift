import Testing

/// What the shipped islet.so shows to the process that loads it.
@Suite struct SharedLibraryTests {
  @Test func exportsTheEntryAlone() throws {
    let process = try ChildProcess.runTool("nm", ["-D", "--defined-only", try Stage.plugin])
    let names = process.output.split(separator: "\n").compactMap { $0.split(separator: " ").last }
    #expect(names == ["islet_plugin_entry"], "\(process.errors)")
  }

  @Test func needsNoSwiftRuntimeAndNoHostSideLibrary() throws {
    let process = try ChildProcess.runTool("readelf", ["-d", "--wide", try Stage.plugin])
    let needed = process.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.contains { $0.contains("liblz4") }, "\(process.errors)")
    // The engine is opened by the first run, so that the library loads where it is missing.
    for library in [
      "libdnnl", "libgomp", "libswift", "libFoundation", "libgdcm", "libjpeg", "libz.so", "lib_Foundation",
      "libdispatch",
    ] {
      #expect(!needed.contains { $0.contains(library) }, "\(library) in \(needed)")
    }
  }

  /// Host-side programs never bring the engine, and only the reader brings GDCM.
  @Test func commandLineLinksNoEngineAndNoGDCM() throws {
    let process = try ChildProcess.runTool("readelf", ["-d", "--wide", try Stage.islet])
    let needed = process.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.contains { $0.contains("libjpeg") }, "\(process.errors)")
    for library in ["libdnnl", "libgdcm"] {
      #expect(!needed.contains { $0.contains(library) }, "\(library) in \(needed)")
    }
  }
}
