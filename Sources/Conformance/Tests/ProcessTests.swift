import CHostSystem
import CIslet
import Foundation
import Glibc

/// Threads, instances, libraries and forks of the host.
let processTests: [ConformanceTest] = [
  ConformanceTest("parallel-instances", "eight instances in eight threads give the bits of one", seconds: 120) {
    subject in
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    let instances = try (0..<8).map { _ in try subject.loadedInstance() }
    let findings = Findings()
    try HostThread.run(
      instances.enumerated().map { number, instance in
        {
          findings.collect {
            for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE, ISLET_ISOLATION_DEFAULT] {
              let wish = request { ($0.isolation, $0.threads) = (isolation, UInt32(number % 3)) }
              try expectSame(try instance.result(volume, wish), expected, "instance \(number), all at work")
            }
          }
        }
      })
    try findings.throwFirst()
  },
  ConformanceTest("any-thread", "create, load_bundle, segment and destroy may each come from another thread") {
    subject in
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    let findings = Findings()
    let carried = Carried()
    let steps: [@Sendable () throws -> Void] = [
      { carried.instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost()) },
      { if let instance = carried.instance { try subject.load(instance) } },
      { try expectSame(try carried.result(volume), expected, "segment on a thread of its own") },
      { try expectSame(try carried.result(volume), expected, "segment on a second thread") },
      { carried.instance?.destroy() },
    ]
    for step in steps { try HostThread.run([{ findings.collect { try step() } }]) }
    try findings.throwFirst()
  },
  ConformanceTest("reload-200-times", "the library can be loaded and given back 200 times", seconds: 180) { subject in
    let volume = try TestVolume()
    var expected: SegmentationResult?
    var base: (descriptors: Int, threads: Int, bytes: Int)?
    for turn in 1...200 {
      let plugin = try LoadedPlugin(subject.plugin)
      let instance = try TestInstance(of: plugin, host: RecordingHost())
      try subject.load(instance)
      if turn % 20 == 1 {
        let result = try instance.result(volume)
        if let expected { try expectSame(result, expected, "load \(turn)") }
        expected = result
      }
      instance.destroy()
      plugin.close()
      if turn == 41 { base = (ProcessState.descriptorCount, ProcessState.threadCount, ProcessState.residentBytes) }
    }
    guard let base else { return }
    let files = ProcessState.descriptorCount - base.descriptors
    try promise(files == 0, "\(files) more files are open after 160 loads")
    let threads = ProcessState.threadCount - base.threads
    try promise(threads == 0, "\(threads) more threads run after 160 loads")
    try promise(ProcessState.children.isEmpty, "child processes are left")
    let growth = ProcessState.residentBytes - base.bytes
    if growth > 16 << 20 {
      throw Finding.warning("160 loads took \(growth >> 10) KiB of memory that did not come back")
    }
  },
  ConformanceTest("two-plugins", "two copies of the library work side by side in one process") { subject in
    let folder = try ScratchFolder()
    let volume = try TestVolume()
    let first = try subject.loadedInstance()
    let copy = try TestInstance(of: LoadedPlugin(folder.copyPlugin(subject.plugin)), host: RecordingHost())
    try promise(copy.plugin.table != first.plugin.table, "the copy has the same table: it was not loaded a second time")
    try subject.load(copy)
    let expected = try first.result(volume)
    try expectSame(try copy.result(volume), expected, "the copy")
    let findings = Findings()
    try HostThread.run(
      [first, copy].map { instance in
        { findings.collect { try expectSame(try instance.result(volume), expected, "both at the same time") } }
      })
    try findings.throwFirst()
    first.destroy()
    try expectSame(try copy.result(volume), expected, "the copy after the first one's end")
  },
  ConformanceTest("fork-before-load", "a child that the host forked can load and use the plugin") { subject in
    let volume = try TestVolume()
    let child = chostsystem_fork()
    if child == 0 {
      // The child's own verdict is its exit code.
      let result = try? subject.loadedInstance().result(volume)
      _exit(result.map { Int32($0.mask.reduce(0) { ($0 &* 31 &+ Int($1)) % 101 }) } ?? 102)
    }
    guard child > 0 else { throw Finding.skipped("this machine gave no child process") }
    var status: Int32 = 0
    waitpid(child, &status, 0)
    let expected = try subject.loadedInstance().result(volume)
    try promise(status & 0x7F == 0, "the forked child died of signal \(status & 0x7F)")
    try promise(status >> 8 != 102, "in the forked child the plugin did not work")
    let hash = Int32(expected.mask.reduce(0) { ($0 &* 31 &+ Int($1)) % 101 })
    try promise(status >> 8 == hash, "the forked child got another mask")
  },
  ConformanceTest("fork-after-segment", "a child that the host forks and that ends does not disturb the host") {
    subject in
    let volume = try TestVolume()
    let instance = try subject.loadedInstance()
    let expected = try instance.result(volume)
    for _ in 0..<3 {
      let child = chostsystem_fork()
      if child == 0 { _exit(0) }
      guard child > 0 else { throw Finding.skipped("this machine gave no child process") }
      var status: Int32 = 0
      waitpid(child, &status, 0)
      try expectSame(try instance.result(volume), expected, "after a fork of the host")
    }
  },
  ConformanceTest("low-memory", "where the system refuses memory the run ends with a status", seconds: 120) { subject in
    let instance = try subject.loadedInstance()
    let small = try TestVolume()
    let expected = try instance.result(small)
    let large = try TestVolume(patientSize: [200, 200, 150])
    var area = try OutputArea(voxelCount: large.voxelCount)
    let free = UInt64(ProcessState.addressSpaceBytes)
    var refusals = 0
    for mebibytes: UInt64 in [8, 16, 24, 32] {
      guard chostsystem_limit_address_space(free + mebibytes << 20) == 0 else {
        throw Finding.skipped("this machine sets no limit to the address space")
      }
      let status = instance.run(large, nil, &area)
      _ = chostsystem_limit_address_space(0)
      guard status != ISLET_OK else { continue }
      try expectRefusal(
        status, StatusNames.ofResources, "segment of 6 million voxels with \(mebibytes) MiB to spare", instance)
      refusals += 1
    }
    try expectSame(try instance.result(small), expected, "once there is memory again")
    if refusals == 0 { throw Finding.skipped("even 8 MiB to spare were enough, so that nothing was refused") }
  },
]

/// What was found on other threads.
private final class Findings: @unchecked Sendable {
  private let lock = NSLock()
  private var first: Finding?

  func collect(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      let finding = error as? Finding ?? .failed("\(error)")
      lock.withLock { if first == nil { first = finding } }
    }
  }

  func throwFirst() throws(Finding) { if let first = lock.withLock({ first }) { throw first } }
}

/// An instance on its way from thread to thread; only one of them runs at a time.
private final class Carried: @unchecked Sendable {
  var instance: TestInstance?

  func result(_ volume: TestVolume) throws(Finding) -> SegmentationResult {
    guard let instance else { throw .failed("there is no instance") }
    return try instance.result(volume)
  }
}
