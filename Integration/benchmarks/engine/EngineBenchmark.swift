import Glibc
import Networks

/// Time per slice of the paper's FCN-8s against the sum of oneDNN's own convolutions, interleaved in one run.
///
/// usage: islet-engine-benchmark [--rows 512] [--columns 512] [--threads 2] [--rounds 3] [--slim] [--json]
///
/// Every thread computes slices of its own. Wall ms per slice is a thread's time over the number of threads (slices
/// that pass in that time); processor ms per slice is what one slice costs one core. The best of all rounds counts on
/// both sides, because other programs may share the cores.
@main struct EngineBenchmark {
  static func main() throws {
    let options = Options(CommandLine.arguments.dropFirst())
    let description = try options.network()
    var random = RandomTensors()
    let network = try FCN8s(description: description) { name in
      description.weightShapes.first { $0.name == name }.map { random.tensor($0.shape) }
    }
    let pixels = random.tensor([description.inputChannels, options.rows, options.columns]).values
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
