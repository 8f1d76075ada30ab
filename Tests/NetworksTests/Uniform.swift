@testable import Networks

/// splitmix64; the top 24 bits of each number as Float in [0, 1). The golden script draws the same numbers.
struct Uniform {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Float(z >> 40) * 0x1p-24
  }

  mutating func draw(_ count: Int) -> [Float] {
    (0..<count).map { _ in next() }
  }

  /// In [-bound, bound).
  mutating func draw(_ count: Int, bound: Float) -> [Float] {
    (0..<count).map { _ in (next() * 2 - 1) * bound }
  }
}

/// Weights that keep activations of order one: uniform in +-sqrt(6 / fan in), biases in +-0.1.
func randomTensors(for description: NetworkDescription, seed: UInt64) -> [String: WeightTensor] {
  var uniform = Uniform(seed: seed)
  var tensors: [String: WeightTensor] = [:]
  for (name, shape) in description.weightShapes {
    let fanIn = shape.dropFirst().reduce(1, *)
    let bound = shape.count == 1 ? 0.1 : Float((6 / Double(fanIn)).squareRoot())
    tensors[name] = WeightTensor(shape: shape, values: uniform.draw(shape.reduce(1, *), bound: bound))
  }
  return tensors
}

func randomSlice(_ description: NetworkDescription, rows: Int, columns: Int) -> [Float] {
  var uniform = Uniform(seed: UInt64(1000 * rows + columns))
  return uniform.draw(description.inputChannels * rows * columns)
}

/// Largest difference over the largest expected magnitude.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count, !found.isEmpty else { return .infinity }
  let difference = zip(found, expected).map { ($0 - $1).magnitude }.max() ?? .infinity
  return difference / (expected.map(\.magnitude).max() ?? 0)
}

extension FCN8s {
  /// Logits of a slice in an array, with a workspace of their own.
  func logits(_ slice: [Float], rows: Int, columns: Int) throws -> [Float] {
    try slice.withUnsafeBufferPointer { try logits($0, rows: rows, columns: columns, workspace: Workspace()) }
  }
}
