import CHostSystem
import Glibc

/// One run of the helper `islet-dicom` over a list of files.
///
/// Files go in through an anonymous memory file on descriptor 0, messages come back on 1, stored values on 3.
struct ReaderProcess {
  let executable: String
  let secondsOfSilence: Double
  let isCancelled: @Sendable () -> Bool

  private static let pollMilliseconds: Int32 = 50

  /// Starts the helper, collects its answer and waits for its end; no child and no descriptor stays.
  func read(_ files: [String]) throws(DicomError) -> ReaderAnswer {
    let voxels = VoxelMemory(descriptor: try memoryFile("islet-dicom-voxels"))
    let list = VoxelMemory(descriptor: try memoryFile("islet-dicom-files"))
    try write(files, to: list.descriptor)
    var readEnd: Int32 = -1
    var writeEnd: Int32 = -1
    guard chostsystem_pipe(&readEnd, &writeEnd) == 0 else { throw notStarted("a pipe", errno) }
    defer { close(readEnd) }
    var child: pid_t = 0
    let error = chostsystem_spawn(executable, [list.descriptor, writeEnd, -1, voxels.descriptor], 4, &child)
    close(writeEnd)
    guard error == 0 else { throw notStarted("the process", error) }

    var parser = AnswerParser(files: files)
    do throws(DicomError) {
      try collect(from: readEnd, into: &parser)
    } catch {
      end(child)
      throw error
    }
    try checkExit(of: child, parser)
    return ReaderAnswer(frames: parser.frames, skipped: parser.skipped, voxels: voxels)
  }

  /// Reads messages until the helper closes its end.
  private func collect(from pipe: Int32, into parser: inout AnswerParser) throws(DicomError) {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    var lastSign = monotonicSeconds()
    while true {
      if isCancelled() { throw DicomError(.cancelled, "reading was cancelled at \(parser.currentFile)") }
      var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, Self.pollMilliseconds)
      if ready > 0 {
        let count = Glibc.read(pipe, &block, block.count)
        if count == 0 { return }
        if count > 0 {
          lastSign = monotonicSeconds()
          try parser.take(block.prefix(count))
        } else if errno != EINTR {
          throw died("its pipe failed", parser)
        }
      } else if monotonicSeconds() - lastSign > secondsOfSilence {
        throw silent(parser)
      }
    }
  }

  /// Waits for the end of a helper that has closed its pipe, and looks how it ended.
  private func checkExit(of child: pid_t, _ parser: AnswerParser) throws(DicomError) {
    let start = monotonicSeconds()
    var status: Int32 = 0
    while true {
      let ended = waitpid(child, &status, WNOHANG)
      // In a host that ignores SIGCHLD the system reaps the child itself: then only the answer counts.
      if ended < 0, errno == ECHILD { break }
      if ended == child {
        let signal = status & 0x7f
        if signal != 0 { throw died("it was ended by signal \(signal)", parser) }
        let code = status >> 8 & 0xff
        if code != 0 { throw died("it ended with exit code \(code)", parser) }
        break
      }
      guard monotonicSeconds() - start <= secondsOfSilence else {
        end(child)
        throw silent(parser)
      }
      usleep(1000)
    }
    guard parser.isComplete else { throw died("it ended early", parser) }
  }

  /// Ends the helper and waits for it, so that no zombie stays.
  private func end(_ child: pid_t) {
    kill(child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
  }

  private func memoryFile(_ name: String) throws(DicomError) -> Int32 {
    let descriptor = chostsystem_memory_file(name)
    guard descriptor >= 0 else { throw notStarted("shared memory", errno) }
    return descriptor
  }

  /// Paths, each ended by a zero byte, which no path can hold.
  private func write(_ files: [String], to descriptor: Int32) throws(DicomError) {
    let bytes = Array(files.map { $0 + "\0" }.joined().utf8)
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

  private func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func notStarted(_ what: String, _ error: Int32) -> DicomError {
    DicomError(
      .readerNotStarted,
      "\(executable): \(what) for reading DICOM could not be had (\(String(cString: strerror(error)))); check the installation"
    )
  }

  private func died(_ how: String, _ parser: AnswerParser) -> DicomError {
    DicomError(
      .readerDied,
      "\(parser.currentFile): the helper islet-dicom failed on this file (\(how)); it may be damaged: remove or re-export it"
    )
  }

  private func silent(_ parser: AnswerParser) -> DicomError {
    DicomError(
      .readerSilent,
      "\(parser.currentFile): the helper islet-dicom gave no sign for \(secondsOfSilence) s and was ended; the file may be damaged"
    )
  }
}
