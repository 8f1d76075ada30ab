import Foundation

/// C programs of the repository, compiled once a test run with every warning an error.
enum CompiledHost {
  private static let folder = Result { try TemporaryFolder(untilExit: true) }
  private static let status = Result { try build("Integration/conformance/status_host.c", "status_host") }
  private static let minimal = Result { try build("Plugin/examples/minimal_host.c", "minimal_host") }
  private static let layout = Result { try build("Integration/conformance/layout.c", "layout") }

  /// The host that reaches every status.
  static var statusHost: String { get throws { try status.get() } }
  /// The smallest useful host, which users copy.
  static var minimalHost: String { get throws { try minimal.get() } }
  /// The program that prints the layout of islet.h.
  static var layoutPrinter: String { get throws { try layout.get() } }

  private static func build(_ source: String, _ name: String) throws -> String {
    let program = try folder.get().path + "/" + name
    let include = Stage.package.appendingPathComponent("Plugin/include").path
    let compiler = try ChildProcess.runTool(
      "gcc",
      ["-std=c11", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I\(include)", try Stage.source(source)]
        + ["-o", program, "-ldl", "-lm", "-pthread"])
    guard compiler.status == 0 else {
      throw Stage.Missing(description: "\(source) does not compile: \(compiler.errors)")
    }
    return program
  }
}
