import CIslet
import Glibc

private let stages = ["load", "prepare", "coarse", "fine", "finish"]

/// Callbacks.
let progressTests: [ConformanceTest] = [
  ConformanceTest("progress-law", "progress rises from 0 to 1 through the stages, on the calling thread") { subject in
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let volume = try TestVolume()
    for run in ["the first run", "the second run", "a run in process"] {
      host.forget()
      let isolation = run == "a run in process" ? ISLET_ISOLATION_NONE : ISLET_ISOLATION_DEFAULT
      _ = try instance.result(volume, request { $0.isolation = isolation })
      try followsTheLaw(host.reports, run)
    }
  },
  ConformanceTest("callbacks-missing", "each callback may be NULL, and all of them, and the host") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    let changes: [(String, (inout islet_host) -> Void)] = [
      ("log", { $0.log = nil }), ("progress", { $0.progress = nil }), ("is_cancelled", { $0.is_cancelled = nil }),
      ("get_extension", { $0.get_extension = nil }), ("host_data", { $0.host_data = nil }),
      (
        "all",
        {
          $0 = islet_host(); $0.struct_size = UInt32(MemoryLayout<islet_host>.size)
        }
      ),
    ]
    for (what, change) in changes {
      let host = RecordingHost()
      var table = host.table
      change(&table)
      let instance = try TestInstance(of: plugin, host: host, table: table)
      try subject.load(instance)
      try promise(instance.load("/nonexistent/bundle") != ISLET_OK, "load_bundle of a missing file: ISLET_OK")
      for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
        let result = try instance.result(volume, request { $0.isolation = isolation })
        try expectSame(result, expected, "\(what) NULL in the host's table")
      }
    }
  },
  ConformanceTest("log-on-calling-thread", "log is called on the thread of the call alone") { subject in
    let host = RecordingHost()
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: host)
    try promise(instance.load("/nonexistent/bundle") != ISLET_OK, "load_bundle of a missing file: ISLET_OK")
    try subject.load(instance)
    _ = try instance.result(TestVolume())
    try expect(instance.status(TestVolume(), request { $0.threads = 999 }), ISLET_ERROR_REQUEST, "threads 999")
    if host.lines.isEmpty { throw Finding.warning("two calls failed and the host's log heard nothing of it") }
    try promise(host.logThreads == [UInt(pthread_self())], "log was called on another thread than that of the call")
  },
]

private func followsTheLaw(_ reports: [RecordingHost.Report], _ run: String) throws(Finding) {
  guard let last = reports.last else { throw .failed("\(run): no progress was reported") }
  var (fraction, stage, round) = (0.0, 0, UInt32(0))
  for report in reports {
    try promise(
      report.fraction >= fraction && report.fraction <= 1,
      "\(run): fraction \(report.fraction) after \(fraction), expected to rise and to stay within 0 and 1")
    guard let place = stages.firstIndex(of: report.stage) else {
      throw .failed("\(run): unknown stage \"\(report.stage)\"")
    }
    try promise(place >= stage, "\(run): stage \"\(report.stage)\" after \"\(stages[stage])\"")
    try promise(
      report.stage == "fine" ? report.iteration >= 1 : report.iteration == 0,
      "\(run): iteration \(report.iteration) in stage \"\(report.stage)\"")
    if report.stage == "fine" {
      try promise(report.iteration >= round, "\(run): iteration \(report.iteration) after \(round)")
      round = report.iteration
    }
    try promise(report.thread == UInt(pthread_self()), "\(run): progress was called on another thread")
    (fraction, stage) = (report.fraction, place)
  }
  try promise(last.fraction == 1, "\(run): progress ended at \(last.fraction), expected 1")
}

/// Stopping a run.
let cancelTests: [ConformanceTest] =
  [
    ConformanceTest("cancel-at-once", "a host that cancels from the start gets ISLET_CANCELLED") { subject in
      try cancels(subject, "from the start") { host in
        host.isCancelled = { _ in true }
        return { nil }
      }
    }
  ]
  + stages.map { stage in
    ConformanceTest("cancel-in-\(stage)", "a host that cancels in \"\(stage)\" is heard, and the next run works") {
      subject in
      // The last stage may be over before the question is asked.
      try cancels(subject, "in \"\(stage)\"", mayEndBefore: stage == "finish") { host in
        let isReached = Answers()
        host.onReport = { if $0.stage == stage { isReached.add(stage, 0) } }
        host.isCancelled = { _ in !isReached.all.isEmpty }
        return { isReached.all.isEmpty ? "this run never reported the stage \"\(stage)\"" : nil }
      }
    }
  } + [
    ConformanceTest("cancel-anywhere", "a host that cancels at any question is heard within a second", seconds: 120) {
      subject in
      let host = RecordingHost()
      let instance = try subject.loadedInstance(host: host)
      let volume = try TestVolume()
      let expected = try instance.result(volume)
      let questions = host.polls
      try promise(questions > 0, "is_cancelled was never asked")
      var numbers = subject.numbers
      var slowest = 0.0
      for _ in 0..<25 {
        // A share, because the number of questions differs a little from run to run.
        let chosen = 1 + Int(Double.random(in: 0..<1, using: &numbers) * Double(questions))
        host.forget()
        let moment = Answers()
        let start = seconds()
        host.isCancelled = { question in
          if question == chosen { moment.add("asked", Int32(clamping: Int((seconds() - start) * 1e6))) }
          return question >= chosen
        }
        let status = try instance.status(volume)
        let end = seconds() - start
        // Another run may ask fewer questions than the first.
        if status == ISLET_OK, moment.all.isEmpty { continue }
        if let asked = moment.all.first { slowest = max(slowest, end - Double(asked.status) / 1e6) }
        // Questions near the end may come too late to be heard.
        if status != ISLET_OK || chosen <= questions / 2 {
          try expect(status, ISLET_CANCELLED, "cancelled at question \(chosen) of about \(questions)", instance)
        }
      }
      host.isCancelled = { _ in false }
      try expectSame(try instance.result(volume), expected, "the run after the last cancelled one")
      if slowest > 1 { throw Finding.warning("a cancelled run went on for \(slowest) seconds") }
    },
    ConformanceTest("cancel-from-another-thread", "the wish may come at any moment from another thread") { subject in
      let host = RecordingHost()
      let instance = try subject.loadedInstance(host: host)
      let volume = try TestVolume(patientSize: [64, 64, 64])
      let wish = Answers()
      host.isCancelled = { _ in !wish.all.isEmpty }
      host.onReport = { _ in
        guard wish.all.isEmpty else { return }
        try? HostThread.run([{ wish.add("cancel", 0) }])
      }
      try expect(instance.status(volume), ISLET_CANCELLED, "segment, cancelled from another thread", instance)
    },
  ]

private func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// A first run that the host cancels: ISLET_CANCELLED, no trace; the next run is what it would have been.
///
/// `arrange` sets the callbacks and may return a question, asked after a run that was not cancelled, why that is so.
private func cancels(
  _ subject: Subject, _ moment: String, mayEndBefore: Bool = false,
  _ arrange: (RecordingHost) -> (() -> String?)
) throws {
  let volume = try TestVolume()
  let expected = try subject.loadedInstance().result(volume)
  for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let reason = arrange(host)
    let wish = request { $0.isolation = isolation }
    let status = try instance.status(volume, wish)
    if status == ISLET_OK, let why = reason() { throw Finding.skipped(why) }
    if !(mayEndBefore && status == ISLET_OK) {
      try expect(status, ISLET_CANCELLED, "segment, cancelled \(moment), isolation \(isolation)", instance)
      var json: UnsafePointer<CChar>?
      try expect(
        instance.plugin.table.pointee.trace(instance.pointer, &json), ISLET_ERROR_WRONG_ORDER,
        "trace after a cancelled run")
    }
    host.isCancelled = { _ in false }
    host.onReport = { _ in }
    host.forget()
    try expectSame(try instance.result(volume, wish), expected, "the run after one that was cancelled \(moment)")
    try followsTheLaw(host.reports, "the run after a cancelled one")
  }
}
