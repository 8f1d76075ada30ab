import Testing

@testable import Networks

/// Blocks computed in strips against the same blocks computed at once.
@Suite struct StripTests {
  @Test(arguments: try RectangleTests.networks()) func stripsEqualTheWholeBlock(_ network: RectangleTests.Network)
    throws
  {
    let description = network.description
    let tensors = randomTensors(for: description, seed: 23)
    var maxima: [String: Float] = [:]
    let float32 = try FCN8s(description: description) { tensors[$0] }
    try float32.noteActivations(
      of: randomSlice(description, rows: 60, columns: 50), rows: 60, columns: 50, in: &maxima, workspace: Workspace())
    func load(stripBytes: Int) throws -> FCN8s {
      var options = network.options
      options.stripBytes = stripBytes
      return try FCN8s(description: description, options: options, activationMaxima: maxima) { tensors[$0] }
    }
    let (strips, whole) = (try load(stripBytes: 0), try load(stripBytes: .max))
    var worst: Float = 0
    for (rows, columns, box) in [
      (150, 97, 0..<97), (131, 64, 20..<50), (33, 200, 10..<12), (66, 66, 0..<66), (1, 1, 0..<1),
    ] {
      var slice = randomSlice(description, rows: rows, columns: columns)
      for index in slice.indices where !box.contains(index % columns) { slice[index] = 0 }
      let expected = try whole.logits(slice, rows: rows, columns: columns)
      let found = try strips.logits(slice, rows: rows, columns: columns)
      let error = relativeError(found, expected)
      #expect(error <= (network.options.precision == .float32 ? 1e-4 : 0.02), "\(rows) x \(columns), \(box)")
      worst = max(worst, error)
    }
    print("strips, \(network.testDescription): worst relative error \(worst)")
    let profile = { (network: FCN8s) in
      try network.stepCount(randomSlice(description, rows: 150, columns: 97), rows: 150, columns: 97)
    }
    #expect(try profile(strips) > profile(whole), "no strips were computed")
  }
}

extension FCN8s {
  fileprivate func stepCount(_ slice: [Float], rows: Int, columns: Int) throws -> Int {
    var count = 0
    _ = try slice.withUnsafeBufferPointer {
      try logits($0, rows: rows, columns: columns, workspace: Workspace()) { _, _ in count += 1 }
    }
    return count
  }
}
