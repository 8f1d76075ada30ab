import ArgumentParser

/// A number of bytes as people write it: 2GiB, 1500MiB, 64KiB or plain bytes.
struct ByteCount: ExpressibleByArgument, Hashable {
  let bytes: Int

  init?(argument: String) {
    let units: [(name: String, bytes: Int)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("", 1)]
    guard let unit = units.first(where: { argument.hasSuffix($0.name) }),
      let number = Int(argument.dropLast(unit.name.count)), number > 0
    else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
    guard !overflow else { return nil }
    self.bytes = bytes
  }
}
