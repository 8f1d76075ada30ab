import Foundation
import Testing

/// Hosts that were written for a released islet.h, built from that copy, on the plugin of today.
@Suite struct FrozenHostTests {
  @Test func hostsOfVersion1_0AgreeOnEveryByte() throws {
    let folder = try TemporaryFolder()
    let bundle = folder.path + "/tiny.islet"
    try TinyBundle.write(to: bundle)
    let include = try Stage.source("Plugin/frozen/1.0")
    var lines: [String] = []
    for (compiler, standard, source) in [("gcc", "c11", "host.c"), ("g++", "c++11", "host.cpp")] {
      let program = folder.path + "/" + source + ".out"
      let built = try ChildProcess.runTool(
        compiler,
        ["-std=\(standard)", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I\(include)", "\(include)/\(source)"]
          + ["-ldl", "-o", program])
      try #require(built.status == 0, "\(built.errors)")
      let host = try ChildProcess.run(program, [try Stage.plugin, bundle])
      #expect(host.status == 0, "signal \(host.signal ?? 0), \(host.errors)")
      lines.append(host.output)
    }
    // One in a worker and with the bundle's file, the other in process, on two threads, with the bundle from memory.
    #expect(lines[0] == lines[1])
    let voxels = try #require(Int(lines[0].split(separator: " ").first ?? ""))
    #expect(voxels > 100 && voxels < 24 * 22 * 19, "\(lines[0])")
  }

  /// As long as 1.0 is not tagged, its copy follows the header.
  @Test func copyOf1_0IsTheHeader() throws {
    let frozen = try String(contentsOfFile: try Stage.source("Plugin/frozen/1.0/islet.h"), encoding: .utf8)
    let header = try String(contentsOfFile: try Stage.source("Plugin/include/islet.h"), encoding: .utf8)
    #expect(frozen == header, "cp Plugin/include/islet.h Plugin/frozen/1.0/, or a new folder after the release")
  }
}
