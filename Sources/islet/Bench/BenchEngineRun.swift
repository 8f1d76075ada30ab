import Foundation

/// Runs our engine and the peers of one precision in turn: round by round, every engine once.
struct BenchEngineRun {
  let bundle: String
  let network: String
  let folder: BenchModelFolder
  let inputs: BenchInputs
  let rounds: Int
  let threads: Int
  /// The helper process that has our engine.
  let engine: String
  /// Interpreter and script; nil runs without peers.
  let peers: (python: String, script: String)?

  /// A turn is repeated until it takes about so long, so that short slices are timed as well as long ones.
  private static let turnMilliseconds = 300.0

  private static let peerNames = [
    "float32": ["pytorch-eager", "pytorch-compiled", "onnxruntime", "openvino", "openvino-streams"],
    "bfloat16": ["pytorch-eager", "openvino", "openvino-streams"],
    "int8": ["onnxruntime", "openvino", "openvino-streams"],
  ]

  /// Every engine that has this precision on every size.
  func measure(precision: String) throws -> [BenchReport.Measurement] {
    var engines = [
      try LineProcess(
        name: BenchReport.ours, executable: engine,
        arguments: ["slices", bundle, network, precision, folder.path, "\(threads)"])
    ]
    if let peers {
      for name in Self.peerNames[precision] ?? [] {
        engines.append(
          try LineProcess(
            name: name, executable: "/usr/bin/env",
            arguments: [peers.python, peers.script, name, precision, folder.path, "\(threads)"]))
      }
    }
    return try inputs.sizes.flatMap { try measure($0, engines, precision: precision) }
  }

  private func measure(
    _ size: BenchInputs.Size, _ engines: [LineProcess], precision: String
  ) throws -> [BenchReport.Measurement] {
    var counts: [Int] = []
    for engine in engines {
      engine.forgetPeak()
      try engine.ask("prepare \(size.name)")
      let file = folder.file("\(engine.name)-\(precision)-\(size.name).f32")
      try engine.ask("write \(file)")
      let once = max(try milliseconds(engine, slices: threads), 0.01)
      let wanted = Int((Self.turnMilliseconds / once).rounded(.up))
      counts.append((max(wanted, 1) + threads - 1) / threads * threads)
    }
    var times = [[Double]](repeating: [], count: engines.count)
    for _ in 0..<rounds {
      if Cancellation.isRequested { throw CommandFailure(exitCode: .cancelled, sentence: "cancelled") }
      for (index, engine) in engines.enumerated() {
        times[index].append(try milliseconds(engine, slices: counts[index]))
      }
    }
    return try zip(engines, times).map { engine, times in
      BenchReport.Measurement(
        engine: engine.name, version: engine.version, precision: precision, size: size.name, milliseconds: times,
        median: median(times), peakBytes: engine.peakBytes,
        largestProbabilityDifference: try largestDifference(of: engine.name, precision, size))
    }
  }

  private func milliseconds(_ engine: LineProcess, slices: Int) throws(CommandFailure) -> Double {
    let answer = try engine.ask("run \(slices)")
    guard let time = Double(answer) else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(engine.name): answered \(answer) where a time was expected")
    }
    return time
  }

  /// Against what PyTorch computes in float32, when it has run: that every engine has the same network.
  private func largestDifference(of engine: String, _ precision: String, _ size: BenchInputs.Size) throws -> Double? {
    let reference = URL(fileURLWithPath: folder.file("pytorch-eager-float32-\(size.name).f32"))
    guard let expected = try? Data(contentsOf: reference) else { return nil }
    let found = try Data(contentsOf: URL(fileURLWithPath: folder.file("\(engine)-\(precision)-\(size.name).f32")))
    guard found.count == expected.count else {
      throw CommandFailure(
        exitCode: .plugin, sentence: "\(engine): \(found.count) bytes of probabilities, expected \(expected.count)")
    }
    return zip(found.floats, expected.floats).reduce(0) { max($0, Double(abs($1.0 - $1.1))) }
  }
}

extension Data {
  fileprivate var floats: [Float] {
    [Float](unsafeUninitializedCapacity: count / 4) { buffer, initialized in
      initialized = copyBytes(to: buffer) / 4
    }
  }
}
