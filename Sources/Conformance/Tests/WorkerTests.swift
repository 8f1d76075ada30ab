import CHostSystem
import CIslet
import Glibc

/// The worker process, whatever ends it, and the host's end.
let workerTests: [ConformanceTest] = [
  ConformanceTest("worker-killed", "a worker that is killed during a run is a status, and the next run works") {
    subject in
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let volume = try TestVolume()
    let expected = try instance.result(volume)
    let reports = host.reports.count
    var numbers = subject.numbers
    var kills = 0
    for _ in 0..<8 {
      let chosen = Int.random(in: 1...max(1, reports / 2), using: &numbers)
      let victims = Answers()
      host.forget()
      host.onReport = { [unowned host] _ in
        guard host.reports.count == chosen else { return }
        for child in ProcessState.children where kill(child, SIGKILL) == 0 { victims.add("kill", child) }
      }
      let status = try instance.status(volume)
      host.onReport = { _ in }
      guard !victims.all.isEmpty else { continue }
      kills += 1
      try expectRefusal(status, [ISLET_ERROR_WORKER], "segment whose worker was killed at report \(chosen)", instance)
      try promise(ProcessState.children.isEmpty, "the dead worker is left as a zombie")
      try expectSame(try instance.result(volume), expected, "the run after a killed worker")
    }
    if kills == 0 { throw Finding.skipped("this plugin computes in the host's process: no child could be killed") }
  },
  ConformanceTest("worker-killed-while-idle", "a worker that is killed between two runs is not missed") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let expected = try instance.result(volume)
    let idle = ProcessState.children
    if idle.isEmpty { throw Finding.skipped("this plugin keeps no child process between two runs") }
    for _ in 0..<5 {
      for child in ProcessState.children { kill(child, SIGKILL) }
      try expectSame(try instance.result(volume), expected, "the run after the idle worker was killed")
    }
  },
  ConformanceTest("worker-stopped", "a worker that hangs is given up when the host cancels") { subject in
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let volume = try TestVolume(patientSize: [64, 64, 64])
    let victims = Answers()
    host.onReport = { _ in
      guard victims.all.isEmpty else { return }
      for child in ProcessState.children where kill(child, SIGSTOP) == 0 { victims.add("stop", child) }
    }
    host.isCancelled = { _ in !victims.all.isEmpty }
    let status = try instance.status(volume)
    if victims.all.isEmpty { throw Finding.skipped("this plugin computes in the host's process: no child to stop") }
    try expect(status, ISLET_CANCELLED, "segment whose worker hangs, cancelled", instance)
    host.isCancelled = { _ in false }
    _ = try instance.result(TestVolume())
  },
  ConformanceTest("worker-ends-with-instance", "destroy and load_bundle leave no child process") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    _ = try instance.result(volume)
    try subject.load(instance)
    _ = try instance.result(volume)
    instance.destroy()
    try promise(ProcessState.children.isEmpty, "after destroy the children \(ProcessState.children) are left")
  },
  ConformanceTest("worker-ends-with-host", "a host that dies in the middle of a run leaves no process") { subject in
    let before = ProcessState.othersOfGroup
    for ends in [SIGKILL, SIGSEGV] {
      let volume = try TestVolume()
      let child = chostsystem_fork()
      if child == 0 {
        let host = RecordingHost()
        let reports = Answers()
        host.onReport = { _ in
          reports.add("report", 0)
          if reports.all.count == 3 {
            signal(ends, SIG_DFL)
            kill(getpid(), ends)
          }
        }
        let instance = try? subject.loadedInstance(host: host)
        _ = try? instance?.result(volume)
        _exit(1)
      }
      guard child > 0 else { throw Finding.skipped("this machine gave no child process") }
      var status: Int32 = 0
      waitpid(child, &status, 0)
      if status & 0x7F == 0 { throw Finding.skipped("the run was over before its host could die") }
      var left: Set<Int32> = []
      for _ in 0..<50 {
        left = ProcessState.othersOfGroup.subtracting(before)
        if left.isEmpty { break }
        usleep(100_000)
      }
      for process in left { kill(process, SIGKILL) }
      try promise(
        left.isEmpty, "5 seconds after its host died of signal \(ends) a process of the plugin is still there")
    }
  },
  ConformanceTest("sigchld-ignored", "a host that ignores SIGCHLD, or waits for any child, does no harm") { subject in
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    signal(SIGCHLD, SIG_IGN)
    try expectSame(try subject.loadedInstance().result(volume), expected, "with SIGCHLD ignored")
    signal(SIGCHLD) { _ in
      var status: Int32 = 0
      while waitpid(-1, &status, WNOHANG) > 0 {}
    }
    let instance = try subject.loadedInstance()
    try expectSame(try instance.result(volume), expected, "with a host that waits for any child")
    for child in ProcessState.children { kill(child, SIGKILL) }
    usleep(50_000)
    try expectSame(try instance.result(volume), expected, "after such a host took the worker's end")
  },
  ConformanceTest("standard-descriptors-closed", "a host without standard input, output and error does no harm") {
    subject in
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    let saved = (0..<3).map { fcntl(Int32($0), F_DUPFD_CLOEXEC, 100) }
    for descriptor in Int32(0)..<3 { close(descriptor) }
    defer { for (number, copy) in saved.enumerated() where copy >= 0 { dup2(copy, Int32(number)) } }
    let instance = try subject.loadedInstance()
    try expectSame(try instance.result(volume), expected, "without standard descriptors")
  },
]

/// What a guest leaves as it was.
let mannersTests: [ConformanceTest] = [
  ConformanceTest("prints-nothing", "nothing is written to standard output and standard error") { subject in
    fflush(nil)
    let captured = chostsystem_memory_file("captured")
    guard captured >= 0 else { throw Finding.skipped("this machine gave no memory file") }
    let saved = (Int32(1)...2).map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
    for descriptor in Int32(1)...2 { dup2(captured, descriptor) }
    defer {
      fflush(nil)
      for (index, copy) in saved.enumerated() where copy >= 0 { dup2(copy, Int32(index + 1)) }
    }
    let host = RecordingHost()
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: host)
    try promise(instance.load("/nonexistent/bundle") != ISLET_OK, "load_bundle of a missing file: ISLET_OK")
    try subject.load(instance)
    for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
      _ = try instance.result(TestVolume(), request { $0.isolation = isolation })
    }
    _ = try instance.status(TestVolume(), request { $0.threads = 999 })
    instance.destroy()
    fflush(nil)
    let bytes = lseek(captured, 0, SEEK_END)
    try promise(bytes == 0, "\(bytes) bytes were printed")
  },
  ConformanceTest(
    "process-state-kept", "signals, environment, locale, folder, rounding and file mask stay as they were"
  ) { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let instance = try TestInstance(of: plugin, host: RecordingHost())
    try subject.load(instance)
    var before = ProcessState()
    for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
      _ = try instance.result(TestVolume(), request { $0.isolation = isolation })
    }
    var after = ProcessState()
    // Files, threads and children are the next test's.
    (before.descriptors, before.threads, before.children) = (0, 0, [])
    (after.descriptors, after.threads, after.children) = (0, 0, [])
    if let difference = after.difference(from: before) { throw Finding.failed("after two runs \(difference)") }
  },
  ConformanceTest("leaves-nothing-behind", "no thread runs on after a call, no file or child stays after destroy") {
    subject in
    let volume = try TestVolume()
    // The first instance of a process may open what stays.
    _ = try subject.loadedInstance().result(volume, request { $0.isolation = ISLET_ISOLATION_NONE })
    let before = ProcessState()
    let instance = try subject.loadedInstance()
    for wish in [
      request(), request { $0.isolation = ISLET_ISOLATION_NONE }, request { $0.threads = 999 },
      request { $0.threads = 3 },
    ] {
      _ = try instance.status(volume, wish)
      let threads = ProcessState.threadCount
      try promise(threads == before.threads, "\(threads - before.threads) threads run on after segment")
    }
    instance.destroy()
    if let difference = ProcessState().difference(from: before) { throw Finding.failed("after destroy \(difference)") }
  },
]
