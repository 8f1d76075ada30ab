import ModelBundle

extension Manifest {
  /// The value of the label that `--label` means: its name or its value.
  func labelValue(of wanted: String) throws(CommandFailure) -> Int {
    guard let label = labels.first(where: { $0.name == wanted || "\($0.value)" == wanted }) else {
      let known = labels.map { "\($0.name) (\($0.value))" }.joined(separator: ", ")
      throw CommandFailure(
        exitCode: .usage, sentence: "--label \(wanted): bundle \(name) segments \(known); name one of these")
    }
    return label.value
  }
}
