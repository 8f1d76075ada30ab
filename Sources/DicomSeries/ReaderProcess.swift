import CHostSystem
import Glibc

/// Runs the helper `islet-dicom` over compressed files: it decodes their pixels, and nothing else is asked of it.
///
/// Files go in through an anonymous memory file on descriptor 0; messages and stored values come back through a pipe,
/// which holds the helper up when the caller is slower, so that no series is ever in memory twice.
struct ReaderProcess: Sendable {
  /// Takes the stored values of one frame: file, frame, and the call that fills a buffer of the frame's size.
  typealias Receiver = (Int, Int, (UnsafeMutableRawBufferPointer) throws(DicomError) -> Void) throws(DicomError) -> Void

  let executable: String
  let secondsOfSilence: Double
  let isCancelled: @Sendable () -> Bool

  /// Address space of the helper: itself and its libraries, and what codecs need per byte of pixels.
  private static let addressSpace = (fixed: 512 << 20, perPixelByte: 8)

  /// Starts the helper, hands every frame on and waits for its end; no child and no descriptor stays.
  ///
  /// Throws `unreadableFile` for a file that the helper refuses, `readerNotStarted`, `readerDied`, `readerSilent`,
  /// `readerMalformed`, `cancelled`, and what `receive` throws.
  func decode(_ headers: [DicomHeader], _ receive: Receiver) throws(DicomError) {
    let largest = headers.map(\.pixels.byteCount).max() ?? 0
    let request = MemoryFile(try memoryFile("islet-dicom-files"))
    try write(
      ["\(Self.addressSpace.fixed + Self.addressSpace.perPixelByte * largest)"] + headers.map(\.path),
      to: request.descriptor)
    var readEnd: Int32 = -1
    var writeEnd: Int32 = -1
    guard chostsystem_pipe(&readEnd, &writeEnd) == 0 else { throw notStarted("a pipe", errno) }
    defer { close(readEnd) }
    var child: pid_t = 0
    let error = chostsystem_spawn(executable, [request.descriptor, writeEnd, -1], 3, &child)
    close(writeEnd)
    guard error == 0 else { throw notStarted("the process", error) }

    var answer = ReaderAnswer(
      pipe: readEnd, headers: headers, secondsOfSilence: secondsOfSilence, isCancelled: isCancelled)
    do throws(DicomError) {
      try answer.read(receive)
    } catch {
      // A helper that has ended by itself says more by how it ended than by where its answer stops.
      let status = end(child)
      if error.code == .readerDied { throw died(status, at: answer.currentFile) }
      throw error
    }
    try checkExit(of: child, at: answer.currentFile)
  }

  func cancelled(at file: String) -> DicomError { DicomError(.cancelled, "reading was cancelled at \(file)") }

  func outOfTurn(_ file: String) -> DicomError {
    DicomError(
      .readerMalformed, "\(file): the helper islet-dicom answered other frames than the file has; reinstall it")
  }

  /// Waits for the end of a helper that has said everything, and looks how it ended.
  private func checkExit(of child: pid_t, at file: String) throws(DicomError) {
    let start = monotonicSeconds()
    var status: Int32 = 0
    while true {
      let ended = waitpid(child, &status, WNOHANG)
      // In a host that ignores SIGCHLD the system reaps the child itself: then only the answer counts.
      if ended < 0, errno == ECHILD { return }
      if ended == child { break }
      guard monotonicSeconds() - start <= secondsOfSilence else {
        _ = end(child)
        throw ReaderAnswer.silent(file, secondsOfSilence)
      }
      usleep(200)
    }
    if status != 0 { throw died(status, at: file) }
  }

  /// Ends the helper if it still runs and waits for it, so that no zombie stays; its status, 0 when unknown.
  private func end(_ child: pid_t) -> Int32 {
    var status: Int32 = 0
    // One that closed its pipe is about to end by itself: its own status tells what happened.
    for _ in 0..<50 {
      let ended = waitpid(child, &status, WNOHANG)
      if ended == child { return status }
      if ended < 0 { return 0 }
      usleep(1000)
    }
    kill(child, SIGKILL)
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return 0
  }

  private func memoryFile(_ name: String) throws(DicomError) -> Int32 {
    let descriptor = chostsystem_memory_file(name)
    guard descriptor >= 0 else { throw notStarted("shared memory", errno) }
    return descriptor
  }

  /// Texts, each ended by a zero byte, which no path can hold.
  private func write(_ texts: [String], to descriptor: Int32) throws(DicomError) {
    let bytes = Array(texts.map { $0 + "\0" }.joined().utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        Glibc.write(descriptor, raw.baseAddress.map { $0 + written }, raw.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw notStarted("shared memory", errno) }
      written += count
    }
    lseek(descriptor, 0, SEEK_SET)
  }

  private func notStarted(_ what: String, _ error: Int32) -> DicomError {
    DicomError(
      .readerNotStarted,
      "\(executable): \(what) for decoding DICOM could not be had (\(String(cString: strerror(error)))); check the installation"
    )
  }

  private func died(_ status: Int32, at file: String) -> DicomError {
    let signal = status & 0x7f
    let code = status >> 8 & 0xff
    var how = code != 0 ? "it ended with exit code \(code)" : "it ended early"
    if signal != 0 { how = "it was ended by signal \(signal)" }
    return DicomError(
      .readerDied,
      "\(file): the helper islet-dicom failed on this file (\(how)); it may be damaged: remove or re-export it")
  }
}

/// A descriptor that goes with its owner.
private final class MemoryFile {
  let descriptor: Int32
  init(_ descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }
}

/// Seconds since some fixed moment.
func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
