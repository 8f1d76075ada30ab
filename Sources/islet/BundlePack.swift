import ArgumentParser
import ModelBundle

/// `islet bundle pack`: safetensors files and a recipe become a bundle.
struct BundlePack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Pack safetensors files into a bundle, as a recipe says.",
    usage: "islet bundle pack RECIPE.json --weights DIR --output FILE",
    discussion: """
      Example: islet bundle pack Models/recipes/spleen.json --weights exports --output spleen-0.3.0.islet
      The same recipe and files give the same bytes. The bundle appears when it is complete.
      """)

  @Argument(help: "The recipe: manifest, weight files, names of the layers (Models/FORMAT.md).")
  var recipe: String

  @Option(help: "The folder that holds the recipe's weight files.")
  var weights: String

  @Option(help: "The bundle to write.")
  var output: String

  func run() throws {
    let manifest = try BundlePacker.pack(
      Recipe(path: recipe), weightsFolder: weights, output: output, checkpoint: reportProgress)
    reportProgress(1)
    print("\(output): \(manifest.name) \(manifest.version), \(manifest.sections.count) tensors")
  }
}
