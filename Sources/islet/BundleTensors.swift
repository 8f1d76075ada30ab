import ArgumentParser
import ModelBundle

/// `islet bundle tensors`: what a weight file holds, to write a recipe for it.
struct BundleTensors: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensors", abstract: "List the tensors of a .caffemodel or .safetensors file; reads no weights.",
    discussion: "Example: islet bundle tensors coarse_axial.caffemodel")

  @Argument(help: "The weight file.")
  var file: String

  func run() throws {
    let weights = try openWeightFile(path: file)
    for (name, tensor) in weights.tensors.sorted(by: { $0.key < $1.key }) {
      let extents = tensor.shape.map(String.init).joined(separator: " x ")
      print("\(printable(name))  \(tensor.dtype.rawValue)  \(extents)")
    }
  }
}

/// Text of a file on one line, without control characters, which could steer a terminal.
func printable(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
}
