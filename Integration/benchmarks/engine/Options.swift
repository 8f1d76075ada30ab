import Glibc
import Networks

/// What the command line asks for.
struct Options: Sendable {
  var rows = 512, columns = 512, threads = 2, rounds = 3
  var json = false, slim = false

  init(_ arguments: some Sequence<String>) {
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      switch argument {
      case "--json": json = true
      case "--slim": slim = true
      case "--rows": rows = Self.number(after: argument, iterator.next())
      case "--columns": columns = Self.number(after: argument, iterator.next())
      case "--threads": threads = Self.number(after: argument, iterator.next())
      case "--rounds": rounds = Self.number(after: argument, iterator.next())
      default: Self.refuse(argument)
      }
    }
  }

  /// The paper's network, or one of the size that the shipped bundles hold.
  func network() throws -> NetworkDescription {
    guard slim else { return try .paper() }
    return try NetworkDescription(
      family: .samePadding, outputChannels: 1, blockChannels: [16, 16, 32, 64, 64],
      pools: [false, true, true, true, true], fc6Channels: 128, fc6Kernel: 3, fc7Channels: 128)
  }

  private static func number(after option: String, _ text: String?) -> Int {
    guard let text, let number = Int(text), number > 0 else { refuse(option) }
    return number
  }

  private static func refuse(_ argument: String) -> Never {
    let message =
      "islet-engine-benchmark: \(argument) is not understood; options: --rows N --columns N --threads N --rounds N "
      + "--slim --json\n"
    write(STDERR_FILENO, message, message.utf8.count)
    exit(2)
  }
}
