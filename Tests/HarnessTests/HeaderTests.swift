import Foundation
import Testing

/// islet.h compiles wherever a viewer may include it, and its layout never changes.
@Suite struct HeaderTests {
  @Test(
    arguments: [
      ("gcc", "c", "c11"), ("gcc", "c", "c17"), ("g++", "c++", "c++11"), ("g++", "c++", "c++14"),
      ("g++", "c++", "c++17"), ("g++", "c++", "c++20"),
    ]) func compilesWithoutAWarning(_ compiler: String, _ language: String, _ standard: String) throws
  {
    let folder = try TemporaryFolder()
    let headers = ["islet.h", "ext/draft/pass_observer.h"].map { "#include \"\($0)\"\n" }.joined()
    let source =
      "\(headers)\(headers)int main() { return (int)(sizeof(islet_plugin) + sizeof(islet_pass)) == 0; }\n"
      .replacingOccurrences(of: "main()", with: language == "c" ? "main(void)" : "main()")
    let file = try folder.write(Array(source.utf8), "includes.txt")
    let include = Stage.package.appendingPathComponent("Plugin/include").path
    let process = try ChildProcess.runTool(
      compiler,
      ["-x", language, "-std=\(standard)", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
        + ["-I\(include)", file])
    #expect(process.status == 0, "\(process.errors)")
  }

  @Test func layoutIsThatOfTheGoldenFile() throws {
    let printed = try ChildProcess.run(try CompiledHost.layoutPrinter, [])
    let golden = try String(contentsOfFile: try Stage.source("Plugin/abi/islet-1.0.layout"), encoding: .utf8)
    #expect(printed.output == golden, "fields are only ever appended; see Integration/conformance/layout.c")
  }

  /// The golden file itself is complete: no gap between fields, and no constant of the header is missing.
  @Test func goldenFileCoversEveryByteAndConstant() throws {
    let golden = try String(contentsOfFile: try Stage.source("Plugin/abi/islet-1.0.layout"), encoding: .utf8)
    var end = 0
    var size = 0
    for line in golden.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words[0] == "struct" {
        #expect(end == size, "bytes \(end)..<\(size) before \(line) belong to no field")
        (end, size) = (0, try #require(Int(words[3])))
      } else if words.count == 5 {
        #expect(Int(words[2]) == end, "bytes before \(line) belong to no field")
        end = try #require(Int(words[2])) + #require(Int(words[4]))
      }
    }
    #expect(end == size && size > 0)
    let header = try String(contentsOfFile: try Stage.source("Plugin/include/islet.h"), encoding: .utf8)
    let defined = header.split(separator: "\n").filter { $0.hasPrefix("#define ISLET_") }
      .map { $0.split(separator: " ")[1] }.filter { $0 != "ISLET_H" }
    #expect(defined.count > 40)
    for name in defined { #expect(golden.contains("\n\(name) "), "\(name) is missing from the golden file") }
  }
}
