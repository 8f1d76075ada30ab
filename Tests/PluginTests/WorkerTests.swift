import CIslet
import Foundation
import Glibc
import ModelBundle
import Testing

/// The worker process through islet.h: same bits, one process per instance, its death a status and nothing more.
@Suite(.serialized) struct WorkerTests {
  // Other suites run in this process at the same time: workers and descriptors are told by the bundle that they hold.

  /// The numbers and targets of a process's descriptors.
  private static func descriptors(of process: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
    return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)") }
  }

  /// Children of this process that have the bundle open.
  private static func workers(of bundle: BundleFile) -> [pid_t] {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    let children = tasks.flatMap { task in
      ((try? String(contentsOfFile: "/proc/self/task/\(task)/children", encoding: .utf8)) ?? "").split(separator: " ")
    }
    return children.filter { descriptors(of: String($0)).contains(bundle.path) }.compactMap { pid_t($0) }.sorted()
  }

  /// Whether a process is there, be it as a zombie.
  private static func exists(_ process: pid_t) -> Bool { FileManager.default.fileExists(atPath: "/proc/\(process)") }

  /// A host whose calls go to a worker.
  private static func isolatedHost(_ bundle: BundleFile, _ callbacks: islet_host? = nil) throws -> TestHost {
    let host = try TestHost(callbacks)
    host.request.isolation = ISLET_ISOLATION_PROCESS
    try #require(host.load(bundle) == ISLET_OK, "\(host.lastError)")
    return host
  }

  /// The mask and every number of the second block, NaN and all.
  private static func bits(_ host: TestHost) -> [UInt8] {
    var output = host.output
    output.mask = nil
    return Array(UnsafeBufferPointer(start: host.output.mask, count: 120)) + withUnsafeBytes(of: output) { Array($0) }
  }

  @Test func sameBitsAsInProcess() throws {
    let bundle = try BundleFile()
    let (inside, outside) = (try TestHost(), try Self.isolatedHost(bundle))
    #expect(inside.load(bundle) == ISLET_OK && inside.segment() == ISLET_OK)
    #expect(outside.segment() == ISLET_OK, "\(outside.lastError)")
    #expect(Self.bits(inside) == Self.bits(outside))
    #expect(inside.output.voxels > 0, "an empty mask would prove nothing")
    outside.request.isolation = ISLET_ISOLATION_DEFAULT
    #expect(outside.segment() == ISLET_OK && Self.bits(inside) == Self.bits(outside))
  }

  @Test func voxelsInAnyLayoutArriveAsTheyAre() throws {
    let bundle = try BundleFile()
    let (inside, outside) = (try TestHost(), try Self.isolatedHost(bundle))
    #expect(inside.load(bundle) == ISLET_OK)
    // Backwards along every axis, as 6 x 5 x 4 voxels of two bytes.
    for host in [inside, outside] {
      host.volume.voxels += 119 * 2
      host.volume.stride_bytes = (-2, -12, -60)
    }
    #expect(inside.segment() == ISLET_OK && outside.segment() == ISLET_OK, "\(outside.lastError)")
    #expect(Self.bits(inside) == Self.bits(outside))
  }

  @Test func workerIsKeptBetweenCallsAndEndsWithTheInstance() throws {
    let bundle = try BundleFile()
    var started: [pid_t] = []
    do {
      let host = try Self.isolatedHost(bundle)
      #expect(Self.workers(of: bundle).isEmpty, "load_bundle starts none")
      #expect(host.segment() == ISLET_OK, "\(host.lastError)")
      started = Self.workers(of: bundle)
      #expect(started.count == 1)
      #expect(host.segment() == ISLET_OK && Self.workers(of: bundle) == started)
      #expect(host.load(bundle) == ISLET_OK && Self.workers(of: bundle).isEmpty, "another bundle is another worker's")
      #expect(host.segment() == ISLET_OK)
      started += Self.workers(of: bundle)
    }
    #expect(started.count == 2 && !started.contains(where: Self.exists), "no process stays, not as a zombie either")
    #expect(!Self.descriptors(of: "self").contains(bundle.path))
  }

  @Test func workerHasItsOwnFiveDescriptorsAlone() throws {
    let open = open("/dev/null", O_RDONLY)  // Not closed on exec, as in many hosts.
    defer { close(open) }
    let bundle = try BundleFile()
    let host = try Self.isolatedHost(bundle)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    let worker = try #require(Self.workers(of: bundle).first)
    #expect(Self.descriptors(of: "\(worker)").count == 5)
  }

  /// Files of packed weights that a process has mapped.
  private static func weightFiles(of process: pid_t) -> Set<Substring> {
    // Read to its end: a file of /proc has no size, and comes a page at a time.
    let bytes = try? FileHandle(forReadingAtPath: "/proc/\(process)/maps")?.readToEnd()
    let maps = String(decoding: bytes ?? Data(), as: UTF8.self)
    let lines = maps.split(separator: "\n").filter { $0.contains("memfd:islet-weights") }
    return Set(lines.compactMap { $0.split(separator: " ").dropFirst(4).first })
  }

  @Test func workersOfOneBundleMapTheSameWeights() throws {
    let bundle = try BundleFile()
    var (first, second) = (Optional(try Self.isolatedHost(bundle)), Optional(try Self.isolatedHost(bundle)))
    #expect(first?.segment() == ISLET_OK && second?.segment() == ISLET_OK)
    let bits = try Self.bits(#require(first))
    #expect(try Self.bits(#require(second)) == bits)
    let workers = Self.workers(of: bundle)
    try #require(workers.count == 2)
    let files = Self.weightFiles(of: workers[0])
    #expect(files.count == 6, "six networks")
    #expect(Self.weightFiles(of: workers[1]) == files)
    first = nil
    #expect(second?.segment() == ISLET_OK)
    #expect(try Self.bits(#require(second)) == bits, "what the first one packed stays with the second")
    let third = try Self.isolatedHost(bundle)
    second = nil
    #expect(third.segment() == ISLET_OK && Self.bits(third) == bits)
    #expect(Self.weightFiles(of: try #require(Self.workers(of: bundle).first)).isDisjoint(with: files))
  }

  @Test func workersThatStartTogetherPackEachNetworkOnce() throws {
    let bundle = try BundleFile()
    let hosts = try (0..<6).map { _ in try Self.isolatedHost(bundle) }
    let together = hosts.map { host in
      let thread = Thread { [host = Unchecked(host)] in
        #expect(host.value.segment() == ISLET_OK, "\(host.value.lastError)")
      }
      thread.start()
      return thread
    }
    while together.contains(where: { !$0.isFinished }) { usleep(1000) }
    let workers = Self.workers(of: bundle)
    #expect(workers.count == 6)
    #expect(Set(workers.map(Self.weightFiles)).count == 1 && Self.weightFiles(of: workers[0]).count == 6)
    #expect(Set(hosts.map(Self.bits)).count == 1)
  }

  @Test func whatACancelledWorkerHadIsThereForTheNextOne() throws {
    let bundle = try BundleFile()
    let (held, idle) = (KillingHost(signal: SIGSTOP), try Self.isolatedHost(bundle))
    #expect(idle.segment() == ISLET_OK)
    let bits = Self.bits(idle)
    let host = try Self.isolatedHost(bundle, held.table)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    let others = Self.workers(of: bundle)
    // The other instance ends: what is left is this one's alone.
    #expect(idle.load(bundle) == ISLET_OK)
    let first = try #require(Self.workers(of: bundle).first)
    #expect(others.count == 2 && Self.workers(of: bundle).count == 1)
    let files = Self.weightFiles(of: first)

    // A worker that does not stop when it is asked to is ended.
    held.victim = { first }
    #expect(host.segment() == ISLET_CANCELLED && held.killed == first && !Self.exists(first))
    held.victim = { nil }
    #expect(host.segment() == ISLET_OK && Self.bits(host) == bits, "\(host.lastError)")
    #expect(Self.weightFiles(of: try #require(Self.workers(of: bundle).first)) == files)

    // Nothing stays of it where it would lie beside what a budget allows.
    held.killed = nil
    held.victim = { Self.workers(of: bundle).first }
    #expect(host.segment() == ISLET_CANCELLED && held.killed != nil)
    held.victim = { nil }
    host.request.memory_budget_bytes = 1 << 30
    #expect(host.segment() == ISLET_OK && Self.bits(host) == bits, "\(host.lastError)")
    #expect(Self.weightFiles(of: try #require(Self.workers(of: bundle).first)).isDisjoint(with: files))
  }

  private struct Unchecked<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }

  @Test(arguments: [SIGSEGV, SIGILL, SIGKILL, SIGABRT, SIGTERM])
  func deathDuringACallIsAStatusAndTheNextCallWorks(_ signal: Int32) throws {
    let bundle = try BundleFile()
    let killer = KillingHost(signal: signal)
    let host = try Self.isolatedHost(bundle, killer.table)
    killer.victim = { Self.workers(of: bundle).first }
    #expect(host.segment() == ISLET_ERROR_WORKER)
    #expect(host.lastError.contains("signal \(signal)"), "\(host.lastError)")
    let killed = try #require(killer.killed)
    #expect(!Self.exists(killed), "no zombie stays")
    killer.victim = { nil }
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
  }

  @Test func deathBetweenCallsIsNotNoticed() throws {
    let bundle = try BundleFile()
    let host = try Self.isolatedHost(bundle)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    let bits = Self.bits(host)
    let worker = try #require(Self.workers(of: bundle).first)
    kill(worker, SIGKILL)
    var status = siginfo_t()
    waitid(P_PID, id_t(worker), &status, WEXITED | WNOWAIT)
    #expect(host.segment() == ISLET_OK && Self.bits(host) == bits, "\(host.lastError)")
    // Also when it is still dying while the next call speaks to it.
    for _ in 0..<20 {
      let worker = try #require(Self.workers(of: bundle).first)
      kill(worker, SIGKILL)
      #expect(host.segment() == ISLET_OK && Self.bits(host) == bits, "\(host.lastError)")
    }
  }

  @Test func bundleThatVanishedSinceItWasLoadedIsStillRead() throws {
    let bundle = try BundleFile()
    let host = try Self.isolatedHost(bundle)
    try FileManager.default.removeItem(atPath: bundle.path)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
  }

  @Test func errorOfTheWorkerKeepsItsStatusAndItsSentence() throws {
    let bundle = try BundleFile()
    let (inside, outside) = (try TestHost(), try Self.isolatedHost(bundle))
    #expect(inside.load(bundle) == ISLET_OK)
    (inside.request.label, outside.request.label) = (200, 200)
    #expect(inside.segment() == ISLET_ERROR_REQUEST && outside.segment() == ISLET_ERROR_REQUEST)
    #expect(inside.lastError == outside.lastError && outside.lastError.contains("200"))
  }

  @Test func unknownIsolationIsRefused() throws {
    let host = try Self.isolatedHost(try BundleFile())
    host.request.isolation = 3
    #expect(host.segment() == ISLET_ERROR_REQUEST && host.lastError.contains("isolation 3"))
  }
}

/// A host that ends the worker from its progress callback.
private final class KillingHost {
  let signal: Int32
  var victim: () -> pid_t? = { nil }
  var killed: pid_t?

  init(signal: Int32) { self.signal = signal }

  var table: islet_host {
    var host = islet_host()
    host.host_data = Unmanaged.passUnretained(self).toOpaque()
    host.progress = { data, _, _, _, _ in
      guard let data else { return }
      let host = Unmanaged<KillingHost>.fromOpaque(data).takeUnretainedValue()
      if let victim = host.victim(), kill(victim, host.signal) == 0 { host.killed = victim }
    }
    // Who stops a worker wants the run to end.
    host.is_cancelled = { data in
      guard let data else { return 0 }
      let host = Unmanaged<KillingHost>.fromOpaque(data).takeUnretainedValue()
      return host.signal == SIGSTOP && host.victim() != nil && host.killed != nil ? 1 : 0
    }
    return host
  }
}
