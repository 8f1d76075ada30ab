import Glibc
import Networks

/// Time per slice of the paper's FCN-8s against the sum of oneDNN's own convolutions, interleaved in one run.
///
/// usage: islet-engine-benchmark [--rows 512] [--columns 512] [--threads 2] [--rounds 3] [--slim] [--json]
///
/// Every thread computes a slice of its own; ms per slice is the wall time of a round over the number of slices.
/// The best round counts on both sides, because other programs may share the cores.
@main struct EngineBenchmark {
  static func main() throws {
    let options = Options(CommandLine.arguments.dropFirst())
    let description = try options.network()
    var state: UInt64 = 1
    let network = try FCN8s(description: description) { name in
      description.weightShapes.first { $0.name == name }.map { randomTensor($0.shape, &state) }
    }
    let pixels = randomTensor([description.inputChannels, options.rows, options.columns], &state).values
    let bare = BareLayers(try convolutions(description, options), threads: options.threads)
    let workers = SliceWorkers(threads: options.threads)

    var ours = Double.infinity
    var layers = [Double](repeating: .infinity, count: bare.names.count)
    for round in 0...options.rounds {
      let start = seconds()
      _ = try workers.forEachOrdered(count: options.threads, shouldStop: { false }) { _, workspace in
        try network.predict(pixels, rows: options.rows, columns: options.columns, workspace: workspace)
      } consume: { _, _ in
      }
      let elapsed = (seconds() - start) / Double(options.threads)
      var sums = [Double](repeating: 0, count: layers.count)
      _ = try workers.forEachOrdered(count: options.threads, shouldStop: { false }) { thread, _ in
        bare.run(thread: thread)
      } consume: { _, times in
        // Seconds of one thread; `threads` slices pass in that time.
        for (layer, time) in times.enumerated() { sums[layer] += time / Double(options.threads * options.threads) }
      }
      // Round 0 warms up.
      guard round > 0 else { continue }
      ours = min(ours, elapsed)
      for layer in layers.indices { layers[layer] = min(layers[layer], sums[layer]) }
    }
    report(options, names: bare.names, ours: ours, layers: layers, workers: workers)
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

  private static func report(
    _ options: Options, names: [String], ours: Double, layers: [Double], workers: SliceWorkers
  ) {
    let sum = layers.reduce(0, +)
    let milliseconds = { (value: Double) in ((value * 100_000).rounded() / 100).description }
    let ratio = ((ours / sum * 1000).rounded() / 1000).description
    guard !options.json else {
      let list = zip(names, layers).map { "\"\($0)\": \(milliseconds($1))" }.joined(separator: ", ")
      print(
        "{\"rows\": \(options.rows), \"columns\": \(options.columns), \"threads\": \(options.threads), "
          + "\"network\": \"\(options.slim ? "slim" : "paper")\", \"msPerSlice\": \(milliseconds(ours)), "
          + "\"msSumOfLayers\": \(milliseconds(sum)), \"ratio\": \(ratio), "
          + "\"workspaceBytes\": \(workers.workspaceByteCount), \"msLayers\": {\(list)}}")
      return
    }
    for (name, time) in zip(names, layers) { print("  \(name)  \(milliseconds(time))") }
    print("sum of oneDNN's convolutions  \(milliseconds(sum)) ms per slice")
    print("Islet                         \(milliseconds(ours)) ms per slice")
    print("ratio                         \(ratio)")
  }

  private static func randomTensor(_ shape: [Int], _ state: inout UInt64) -> WeightTensor {
    let bound = 1 / Float(max(shape.dropFirst().reduce(1, *), 1)).squareRoot()
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    for index in values.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      values[index] = (Float(state >> 40) * 0x1p-23 - 1) * bound
    }
    return WeightTensor(shape: shape, values: values)
  }
}

/// What the command line asks for.
struct Options: Sendable {
  var rows = 512, columns = 512, threads = 2, rounds = 3
  var json = false, slim = false

  init(_ arguments: some Sequence<String>) {
    var iterator = arguments.makeIterator()
    while let argument = iterator.next() {
      switch argument {
      case "--json": json = true
      case "--slim": slim = true
      case "--rows": rows = Self.number(after: argument, iterator.next())
      case "--columns": columns = Self.number(after: argument, iterator.next())
      case "--threads": threads = Self.number(after: argument, iterator.next())
      case "--rounds": rounds = Self.number(after: argument, iterator.next())
      default: Self.refuse(argument)
      }
    }
  }

  /// The paper's network, or one of the size that the shipped bundles hold.
  func network() throws -> NetworkDescription {
    guard slim else { return try .paper() }
    return try NetworkDescription(
      family: .samePadding, outputChannels: 1, blockChannels: [16, 16, 32, 64, 64],
      pools: [false, true, true, true, true], fc6Channels: 128, fc6Kernel: 3, fc7Channels: 128)
  }

  private static func number(after option: String, _ text: String?) -> Int {
    guard let text, let number = Int(text), number > 0 else { refuse(option) }
    return number
  }

  private static func refuse(_ argument: String) -> Never {
    let message =
      "islet-engine-benchmark: \(argument) is not understood; options: --rows N --columns N --threads N --rounds N "
      + "--slim --json\n"
    write(STDERR_FILENO, message, message.utf8.count)
    exit(2)
  }
}

/// Seconds of a clock that only goes forward.
func seconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
