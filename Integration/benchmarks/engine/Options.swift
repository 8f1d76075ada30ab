import Glibc
import Networks

/// What the command line asks for.
struct Options: Sendable {
  var rows = 512, columns = 512, threads = 2, rounds = 3
  var json = false
  /// What is measured; slices against oneDNN's own layers unless another mode is asked for.
  enum Mode: Hashable { case slices, profile, plans, logits }
  var mode = Mode.slices
  /// `paper`, `eighth` (its channels / 8), or `slim` (the size that the shipped bundles hold).
  enum Network: Hashable { case paper, eighth, slim }
  var which = Network.paper
  var engine = FCN8s.Options()
  /// Rows and columns of the box of non-zero pixels in the middle; nil where the whole image is non-zero.
  var box: (rows: Int, columns: Int)?

  init(_ arguments: some Sequence<String>) {
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      switch argument {
      case "--json": json = true
      case "--slim": which = .slim
      case "--eighth": which = .eighth
      case "--profile": mode = .profile
      case "--plans": mode = .plans
      case "--logits": mode = .logits
      case "--bfloat16": engine = FCN8s.Options(precision: .bfloat16)
      case "--int8": engine = FCN8s.Options(precision: .int8)
      case "--onednn": engine = FCN8s.Options(kernels: .oneDNN)
      case "--no-rectangles": engine.usesRectangles = false
      case "--box": box = (Self.number(after: argument, iterator.next()), Self.number(after: argument, iterator.next()))
      case "--rows": rows = Self.number(after: argument, iterator.next())
      case "--columns": columns = Self.number(after: argument, iterator.next())
      case "--threads": threads = Self.number(after: argument, iterator.next())
      case "--rounds": rounds = Self.number(after: argument, iterator.next())
      default: Self.refuse(argument)
      }
    }
  }

  /// The network that is measured.
  func network() throws -> NetworkDescription {
    switch which {
    case .paper: try .paper()
    case .eighth:
      try NetworkDescription(
        family: .crop(pad: 100), outputChannels: 3, blockChannels: [8, 16, 32, 64, 64], fc6Channels: 512, fc6Kernel: 7,
        fc7Channels: 512)
    case .slim:
      try NetworkDescription(
        family: .samePadding, outputChannels: 1, blockChannels: [16, 16, 32, 64, 64],
        pools: [false, true, true, true, true], fc6Channels: 128, fc6Kernel: 3, fc7Channels: 128)
    }
  }

  /// `values` where the box is, zeros around it.
  func image(_ values: [Float]) -> [Float] {
    guard let box else { return values }
    let (top, left) = (max(0, rows - box.rows) / 2, max(0, columns - box.columns) / 2)
    return values.indices.map { index in
      let (row, column) = (index / columns % rows, index % columns)
      let isInside = (top..<top + box.rows).contains(row) && (left..<left + box.columns).contains(column)
      return isInside ? values[index] : 0
    }
  }

  private static func number(after option: String, _ text: String?) -> Int {
    guard let text, let number = Int(text), number > 0 else { refuse(option) }
    return number
  }

  private static func refuse(_ argument: String) -> Never {
    let message =
      "islet-engine-benchmark: \(argument) is not understood; options: --rows N --columns N --box ROWS COLUMNS "
      + "--threads N --rounds N --slim --eighth --bfloat16 --int8 --onednn --no-rectangles --json, and one of "
      + "--profile --plans --logits\n"
    write(STDERR_FILENO, message, message.utf8.count)
    exit(2)
  }
}
