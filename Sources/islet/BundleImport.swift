import ArgumentParser
import ModelBundle

/// `islet bundle import`: weights of other frameworks and a recipe become a bundle.
struct BundleImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a bundle from Caffe or safetensors weights, as a recipe says.",
    usage: "islet bundle import RECIPE.json --weights DIR --output FILE [--dtype float16]",
    discussion: """
      Example: islet bundle import Models/import/organsegc2f-nih.json --weights caffemodels --output pancreas-nih.islet
      Reads .caffemodel and .safetensors files; Models/import/pytorch_to_safetensors.py makes the latter from .pkl \
      and .pth. Every tensor must be named by the recipe and have its network's shape, and fixed upsampling must be \
      bilinear. Files of any size need the same memory. Research use only; the licence of weights stays their own.
      """)

  @Argument(help: "The recipe: manifest, weight files, names of the layers (Models/FORMAT.md).")
  var recipe: String

  @Option(help: "The folder that holds the recipe's weight files.")
  var weights: String

  @Option(help: "The bundle to write.")
  var output: String

  @Option(help: "Round all weights to float32, float16 or bfloat16; default: as in the files.")
  var dtype: Manifest.Section.ElementType?

  @Flag(help: "Compress less hard: a bundle of a few percent more, in a tenth of the time.")
  var fast = false

  @Flag(inversion: .prefixedNo, help: "Sort the bytes of numbers into planes before compression.")
  var shuffle = true

  func validate() throws {
    guard dtype != .int8 else { throw ValidationError("--dtype int8 is not supported yet") }
  }

  func run() throws {
    let manifest = try BundlePacker.pack(
      Recipe(path: recipe), weightsFolder: weights, output: output, dtype: dtype,
      compression: fast ? .fast : .high, shuffle: shuffle, checkpoint: reportProgress)
    reportProgress(1)
    print("\(output): \(manifest.name) \(manifest.version), \(manifest.sections.count) tensors")
  }
}
