@testable import DicomSeries
import Foundation
import Testing
import Volumes

extension DicomTests {
  /// Helpers that fail in every way a process can; the caller goes on and nothing stays.
  @Suite struct ReaderProcessTests {
    let folder: TemporaryFolder
    let file: String
    init() throws {
      folder = try TemporaryFolder()
      file = try folder.write(fileBytes(syntaxFolder + "/jpeg-ls-slice-0.dcm"), "slice")
    }

    /// Reads with the helper and checks the code, the named file, and that no descriptor stays.
    func expectFailure(
      _ code: DicomError.Code, _ word: String, executable: String, seconds: Double = 10,
      isCancelled: @escaping @Sendable () -> Bool = { false }, _ location: SourceLocation = #_sourceLocation
    ) throws {
      let before = try openMemoryFilesAndPipes()
      let reader = DicomSeriesReader(executable: executable, secondsOfSilence: seconds, isCancelled: isCancelled)
      do throws(DicomError) {
        _ = try reader.read(file)
        Issue.record("the helper succeeded", sourceLocation: location)
      } catch {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        #expect(error.message.contains(word), "\(error)", sourceLocation: location)
      }
      #expect(try openMemoryFilesAndPipes() == before, sourceLocation: location)
    }

    func openMemoryFilesAndPipes() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
        let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) ?? ""
        return target.contains("islet-dicom") || target.hasPrefix("pipe:")
      }
    }

    @Test func missingHelperIsNotStarted() throws {
      try expectFailure(.readerNotStarted, "/none/islet-dicom", executable: "/none/islet-dicom")
    }

    @Test func helperThatCannotRunIsNotStarted() throws {
      try expectFailure(.readerNotStarted, file, executable: file)
    }

    @Test func helperThatEndsWithAnErrorDied() throws {
      try expectFailure(.readerDied, "exit code 1", executable: "/bin/false")
      try expectFailure(.readerDied, file, executable: "/bin/false")
    }

    @Test func helperThatEndsWithoutAnAnswerDied() throws {
      try expectFailure(.readerDied, "ended early", executable: "/bin/true")
    }

    @Test(arguments: ["SEGV", "ABRT", "KILL"])
    func helperThatCrashesDied(_ signal: String) throws {
      try expectFailure(.readerDied, "signal", executable: folder.script("kill -\(signal) $$"))
    }

    @Test func helperThatCrashesAfterItsFirstMessageDiedOnThatFile() throws {
      let begin = #"printf 'ISDM\001\000\000\000\000\000\000\000\000\000\000\000'"#
      try expectFailure(.readerDied, file, executable: folder.script("\(begin); kill -SEGV $$"))
    }

    @Test func helperThatHangsIsEndedAfterTheTimeOut() throws {
      let note = folder.path + "/pid"
      try expectFailure(
        .readerSilent, file, executable: folder.script("echo $$ > \(note); exec sleep 60"), seconds: 0.5)
      let number = String(decoding: try fileBytes(note), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      let child = try #require(pid_t(number))
      #expect(kill(child, 0) == -1 && errno == ESRCH, "neither running nor a zombie")
    }

    @Test func helperThatClosesItsPipeAndHangsIsEnded() throws {
      try expectFailure(.readerDied, file, executable: folder.script("exec sleep 60 >&-"), seconds: 0.5)
    }

    @Test(arguments: [
      "printf 'hello, I am not the protocol'", "head -c 300000 /dev/zero", "cat /bin/sh",
      // begin with a length
      #"printf 'ISDM\001\000\000\000\000\000\000\000\004\000\000\000abcd'"#,
      // a frame before any begin
      #"printf 'ISDM\002\000\000\000\000\000\000\000\040\000\000\000'; head -c 32 /dev/zero"#,
      // the wrong file
      #"printf 'ISDM\001\000\000\000\005\000\000\000\000\000\000\000'"#,
      // the end before all files
      #"printf 'ISDM\005\000\000\000\001\000\000\000\000\000\000\000'"#,
      // a frame of zeros: no columns, no rows
      #"printf 'ISDM\001\000\000\000\000\000\000\000\000\000\000\000ISDM\002\000\000\000\000\000\000\000\040\000\000\000'; head -c 32 /dev/zero"#,
    ])
    func helperThatBabblesIsMalformed(_ script: String) throws {
      try expectFailure(.readerMalformed, file, executable: folder.script(script))
    }

    @Test func cancellingEndsTheHelper() throws {
      let start = Date()
      try expectFailure(
        .cancelled, "cancelled", executable: folder.script("exec sleep 60"),
        isCancelled: { Date().timeIntervalSince(start) > 0.2 })
      #expect(Date().timeIntervalSince(start) < 5)
    }

    @Test func successLeavesNoDescriptor() throws {
      let before = try openMemoryFilesAndPipes()
      let series = try DicomSeriesReader(executable: builtReader).read(file)
      #expect(series.volume.voxels.count == 48 * 40)
      #expect(try openMemoryFilesAndPipes() == before)
    }

    @Test func textsCannotSteerATerminal() {
      let bytes = Array("a\u{1b}[31mb\n\0hidden".utf8)
      #expect(printable(bytes) == "a[31mb")
    }
  }
}
