import Glibc

/// What the system says of this process's memory.
enum ProcessMemory {
  /// Largest resident memory so far, bytes; 0 where /proc does not say.
  ///
  /// Not getrusage: its figure of a process that was just started is that of the process that started it.
  static var peakBytes: Int {
    guard let file = fopen("/proc/self/status", "re") else { return 0 }
    defer { fclose(file) }
    var line = [UInt8](repeating: 0, count: 256)
    while line.withUnsafeMutableBytes({ fgets($0.baseAddress, Int32($0.count), file) != nil }) {
      let words = String(decoding: line.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if words.first == "VmHWM:", words.count > 1, let kilobytes = Int(words[1]) { return kilobytes * 1024 }
    }
    return 0
  }
}
