import CIslet

/// What must not change a single bit.
let sameBitsTests: [ConformanceTest] = [
  ConformanceTest("determinism", "the same call gives the same bits, ten times and in a new instance") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let first = try instance.result(volume)
    for repetition in 2...10 { try expectSame(try instance.result(volume), first, "run \(repetition)") }
    try expectSame(try subject.loadedInstance().result(volume), first, "another instance")
  },
  ConformanceTest("thread-counts", "the bits do not depend on the number of threads") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let one = try instance.result(volume, request { $0.threads = 1 })
    for threads: UInt32 in [2, 3, 8, 0] {
      try expectSame(try instance.result(volume, request { $0.threads = threads }), one, "threads \(threads)")
    }
  },
  ConformanceTest("isolation-modes", "in process and in a worker process: the same bits") { subject in
    let volume = try TestVolume()
    let instance = try subject.loadedInstance()
    let inProcess = try instance.result(volume, request { $0.isolation = ISLET_ISOLATION_NONE })
    for isolation in [ISLET_ISOLATION_PROCESS, ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
      try expectSame(
        try instance.result(volume, request { $0.isolation = isolation }), inProcess, "isolation \(isolation)")
    }
  },
  ConformanceTest("earlier-calls", "a run does not depend on what the instance did before") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let first = try instance.result(volume)
    _ = try instance.result(TestVolume(patientSize: [31, 9, 40]))
    try expect(instance.status(volume, request { $0.threads = 1000 }), ISLET_ERROR_REQUEST, "threads 1000")
    _ = try instance.result(volume, request { ($0.overrides, $0.rounds) = (ISLET_OVERRIDE_ROUNDS, 0) })
    try expectSame(try instance.result(volume), first, "after other volumes, an error and another request")
  },
]
