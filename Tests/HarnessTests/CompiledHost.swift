import Foundation

/// C programs of the repository, compiled once a test run with every warning an error.
enum CompiledHost {
  private static let folder = Result { try TemporaryFolder(untilExit: true) }
  private static let status = Result { try build("Integration/conformance/status_host.c", "status_host") }
  private static let minimal = Result { try build("Plugin/examples/minimal_host.c", "minimal_host") }
  private static let threshold = Result { try buildPlugin("faulty") }
  private static let exporting = Result { try buildPlugin("exporting", ["-DEXPORTS_MORE"]) }
  private static let layout = Result { try build("Integration/conformance/layout.c", "layout") }

  /// The host that reaches every status.
  static var statusHost: String { get throws { try status.get() } }
  /// The smallest useful host, which users copy.
  static var minimalHost: String { get throws { try minimal.get() } }
  /// The program that prints the layout of islet.h.
  static var layoutPrinter: String { get throws { try layout.get() } }
  /// A plugin that breaks the promise that ISLET_FAULT names.
  static var faultyPlugin: String { get throws { try threshold.get() } }
  /// The same, exporting a second symbol.
  static var exportingPlugin: String { get throws { try exporting.get() } }

  private static func buildPlugin(_ name: String, _ options: [String] = []) throws -> String {
    try build(
      "Integration/conformance/faulty_plugin.c", name + ".so",
      ["-std=gnu11", "-shared", "-fPIC", "-fvisibility=hidden"] + options)
  }

  private static func build(_ source: String, _ name: String, _ options: [String] = ["-std=c11"]) throws -> String {
    let program = try folder.get().path + "/" + name
    let include = Stage.package.appendingPathComponent("Plugin/include").path
    let compiler = try ChildProcess.runTool(
      "gcc",
      options + ["-O1", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I\(include)", try Stage.source(source)]
        + ["-o", program, "-ldl", "-lm", "-pthread"])
    guard compiler.status == 0 else {
      throw Stage.Missing(description: "\(source) does not compile: \(compiler.errors)")
    }
    return program
  }
}
