import CDNNL
import Glibc
import Networks

/// Time per slice of the paper's FCN-8s against the sum of oneDNN's own convolutions, interleaved in one run.
///
/// usage: islet-engine-benchmark [--rows 512] [--columns 512] [--box ROWS COLUMNS] [--threads 2] [--rounds 3]
/// [--slim | --eighth] [--bfloat16 | --int8 | --onednn] [--no-rectangles] [--json] [--profile | --plans | --logits]
/// --profile prints a table of the layers with and without rectangles, --plans what new crop sizes cost.
///
/// Every thread computes slices of its own. Wall ms per slice is a thread's time over the number of threads (slices
/// that pass in that time); processor ms per slice is what one slice costs one core. The best of all rounds counts on
/// both sides, because other programs may share the cores.
@main struct EngineBenchmark {
  static func main() throws {
    let options = Options(CommandLine.arguments.dropFirst())
    let description = try options.network()
    var random = RandomTensors()
    let pixels = options.image(random.tensor([description.inputChannels, options.rows, options.columns]).values)
    var maxima: [String: Float] = [:]
    func load(_ engine: FCN8s.Options) throws -> FCN8s {
      try FCN8s(description: description, options: engine, activationMaxima: maxima) { name in
        description.weightShapes.first { $0.name == name }.map { random.tensor($0.shape) }
      }
    }
    if options.engine.precision == .int8 {
      try load(FCN8s.Options()).noteActivations(
        of: pixels, rows: options.rows, columns: options.columns, in: &maxima, workspace: Workspace())
    }
    let network = try load(options.engine)
    switch options.mode {
    case .slices: try compare(network, pixels, options)
    case .profile:
      var plain = options.engine
      plain.usesRectangles = false
      let whole = try LayerTable.profile(try load(plain), pixels, options)
      print(LayerTable(whole: whole, rectangles: try LayerTable.profile(network, pixels, options)).text)
    case .plans: print(try PlanningCost(options) { try load(options.engine) }.text)
    case .logits: try Self.writeProbabilities(network, pixels, options)
    }
  }

  /// Raw float32 to standard output, for a test that compares processes; to standard error the instruction set, the
  /// precisions that Islet offers, and those that oneDNN has instructions for.
  private static func writeProbabilities(_ network: FCN8s, _ pixels: [Float], _ options: Options) throws {
    let values = try network.predict(pixels, rows: options.rows, columns: options.columns, workspace: Workspace())
    // One thread computed; OpenMP workers, if any were started, would be threads of this process.
    let offered = Precision.allCases.filter(\.isOffered).map(\.rawValue).joined(separator: "+")
    let instructions = dnnl_get_effective_cpu_isa().rawValue
    let needed = [(Precision.bfloat16, dnnl_cpu_isa_avx512_core_bf16), (.int8, dnnl_cpu_isa_avx512_core_vnni)]
    let known = needed.filter { instructions & $0.1.rawValue == $0.1.rawValue }.map(\.0.rawValue)
    let name =
      "\(network.instructionSet), \(threadCount()) threads, offered \(offered), "
      + "oneDNN \((["float32"] + known).joined(separator: "+"))\n"
    _ = name.withCString { write(STDERR_FILENO, $0, name.utf8.count) }
    try values.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(STDOUT_FILENO, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        guard count > 0 else { throw WriteFailure() }
        done += count
      }
    }
  }

  private struct WriteFailure: Error {}

  /// Threads of this process.
  private static func threadCount() -> Int {
    guard let tasks = opendir("/proc/self/task") else { return 0 }
    defer { closedir(tasks) }
    var count = 0
    while let entry = readdir(tasks) { count += entry.pointee.d_name.0 == 46 ? 0 : 1 }
    return count
  }

  private static func compare(_ network: FCN8s, _ pixels: [Float], _ options: Options) throws {
    let description = network.description
    let bare = BareLayers(try convolutions(description, options), threads: options.threads)
    let workers = SliceWorkers(threads: options.threads)

    var ours = Elapsed(wall: .infinity, processor: .infinity)
    var layers = [Elapsed](repeating: ours, count: bare.names.count)
    for round in 0...options.rounds {
      let slice = try meanOverThreads(workers) { _, workspace in
        let start = Elapsed.now
        _ = try network.predict(pixels, rows: options.rows, columns: options.columns, workspace: workspace)
        return [Elapsed.now - start]
      }
      let alone = try meanOverThreads(workers) { thread, _ in bare.run(thread: thread) }
      // Round 0 warms up.
      guard round > 0 else { continue }
      ours = .best(ours, slice[0])
      layers = zip(layers, alone).map { .best($0, $1) }
    }
    let report = Report(
      options: options, names: bare.names, ours: ours, layers: layers, bytes: workers.workspaceByteCount)
    print(options.json ? report.json : report.text)
  }

  /// Runs `measure` once on every thread at the same time; per measured thing, time per slice.
  private static func meanOverThreads(
    _ workers: SliceWorkers, _ measure: @Sendable (Int, Workspace) throws -> [Elapsed]
  ) throws -> [Elapsed] {
    var sums: [Elapsed] = []
    let threads = Double(workers.threads)
    _ = try workers.forEachOrdered(count: workers.threads, shouldStop: { false }, work: measure) { _, times in
      if sums.isEmpty { sums = times.map { _ in Elapsed() } }
      for (index, time) in times.enumerated() {
        sums[index] =
          sums[index] + Elapsed(wall: time.wall / (threads * threads), processor: time.processor / threads)
      }
    }
    return sums
  }

  /// The convolutions of the network with the sizes of their inputs.
  private static func convolutions(
    _ description: NetworkDescription, _ options: Options
  ) throws -> [BareLayers.Convolution] {
    let weights = Dictionary(uniqueKeysWithValues: description.weightShapes.map { ($0.name, $0.shape) })
    let shapes = try description.shapes(rows: options.rows, columns: options.columns)
    var trunk: LayerShape?
    return shapes.compactMap { shape in
      defer { if !shape.name.hasPrefix("score") { trunk = shape } }
      guard let input = trunk, let sizes = weights["\(shape.name).weight"] else { return nil }
      return BareLayers.Convolution(
        name: shape.name, inChannels: sizes[1], outChannels: sizes[0], kernel: sizes[2],
        padding: (shape.rows - input.rows + sizes[2] - 1) / 2, rows: input.rows, columns: input.columns,
        hasReLU: !shape.name.hasPrefix("score"))
    }
  }
}

/// Tensors of pseudo-random values that neither grow nor vanish from layer to layer.
private struct RandomTensors {
  private var state: UInt64 = 1

  mutating func tensor(_ shape: [Int]) -> WeightTensor {
    let bound = 1 / Float(max(shape.dropFirst().reduce(1, *), 1)).squareRoot()
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    for index in values.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      values[index] = (Float(state >> 40) * 0x1p-23 - 1) * bound
    }
    return WeightTensor(shape: shape, values: values)
  }
}
