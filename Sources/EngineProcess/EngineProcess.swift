import Glibc
import ModelBundle

/// `islet-engine`: the engine as a process that the harness drives, because the harness itself links no engine.
///
/// usage: islet-engine slices BUNDLE NETWORK PRECISION FOLDER THREADS
///        islet-engine volume BUNDLE PRECISION VOXELS MASK SIZE THREADS
///        islet-engine ranges BUNDLE
///
/// Says "ready VERSION", then reads one command a line and answers each with one line that starts with "ms", "done",
/// "passed", "ranges" or "error". Ends at "quit" or at the end of its input. Commands: see `SliceRuns`, `VolumePasses` and `RangeMeasurement`.
@main struct EngineProcess {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      let answer: (Substring, [Substring]) throws -> String
      switch (arguments.first, arguments.count) {
      case ("slices", 6):
        let runs = try SliceRuns(
          bundle: arguments[1], network: arguments[2], precision: arguments[3], folder: arguments[4],
          threads: arguments[5])
        answer = runs.answer
      case ("volume", 7):
        let passes = try VolumePasses(
          bundle: arguments[1], precision: arguments[2], voxels: arguments[3], mask: arguments[4], size: arguments[5],
          threads: arguments[6])
        answer = passes.answer
      case ("ranges", 2):
        answer = try RangeMeasurement(bundle: arguments[1]).answer
      default:
        throw EngineProcessError("expected slices, volume or ranges with their arguments")
      }
      say("ready oneDNN")
      while let line = readLine() {
        let words = line.split(separator: " ")
        guard let command = words.first, command != "quit" else { return }
        do { say(try answer(command, Array(words.dropFirst()))) } catch { say("error \(error)") }
      }
    } catch {
      say("error \(error)")
      exit(1)
    }
  }

  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }
}

/// Why a command was refused: one sentence.
struct EngineProcessError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Seconds of a clock that never jumps.
func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

/// A positive number of a command.
func number(_ text: some StringProtocol) throws -> Int {
  guard let value = Int(text), value > 0 else { throw EngineProcessError("\(text): expected a positive number") }
  return value
}

/// All bytes of a file.
func bytes(ofFile path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else { throw EngineProcessError("\(path): \(String(cString: strerror(errno)))") }
  defer { fclose(file) }
  fseek(file, 0, SEEK_END)
  let count = ftell(file)
  rewind(file)
  return [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
    initialized = fread(buffer.baseAddress, 1, buffer.count, file)
  }
}
