import Testing

@testable import Networks

/// What a plan computes, and where it puts it.
@Suite struct PlanTests {
  private static func network(_ options: FCN8s.Options = FCN8s.Options()) throws -> FCN8s {
    let description = try GoldenCase.paper16th(outputs: 1)
    let tensors = randomTensors(for: description, seed: 9)
    return try FCN8s(description: description, options: options) { tensors[$0] }
  }

  private static func multiplications(_ network: FCN8s, _ slice: [Float], rows: Int, columns: Int) throws -> Int {
    try network.profile(slice, rows: rows, columns: columns, workspace: Workspace(), clock: { 0 })
      .reduce(0) { $0 + $1.multiplyAccumulates }
  }

  /// What a host is told before a run holds what a whole slice then takes, and not far more: with strips and without.
  @Test(arguments: [(512, 512), (301, 177), (64, 40)], [Precision.float32, .bfloat16])
  func announcedArenaHoldsThePlansOne(_ size: (Int, Int), _ precision: Precision) throws {
    let (rows, columns) = size
    let network = try Self.network(FCN8s.Options(precision: precision))
    let padded = try network.description.paddedSize(rows: rows, columns: columns)
    let plan = try SlicePlan(
      network.layers, zeroImage: ZeroImage(network.layers), rows: rows, columns: columns,
      image: MapRegion(wholeOf: padded))
    let announced = try network.description.workspaceBytes(rows: rows, columns: columns, precision)
    print("\(rows) x \(columns), \(precision.rawValue): announced \(announced), the plan takes \(plan.arenaBytes)")
    #expect(plan.arenaBytes <= announced && announced <= 2 * plan.arenaBytes)
  }

  @Test func sliceOfZerosIsNotComputed() throws {
    let network = try Self.network()
    let zeros = [Float](repeating: 0, count: 3 * 90 * 70)
    #expect(try Self.multiplications(network, zeros, rows: 90, columns: 70) == 0)
    let whole = try Self.network(FCN8s.Options(usesRectangles: false))
    let expected = try whole.logits(zeros, rows: 90, columns: 70)
    #expect(relativeError(try network.logits(zeros, rows: 90, columns: 70), expected) < 1e-5)
  }

  /// Pad 100 alone: the paper's own count (method.md section 2) of what depends on the image.
  @Test(arguments: [(512, 512, 0.70), (512, 240, 0.60), (150, 150, 0.40), (120, 90, 0.32)])
  func shareThatDependsOnTheImage(_ rows: Int, _ columns: Int, _ share: Double) throws {
    let description = try NetworkDescription.paper()
    let shapes = try description.networkShapes(rows: rows, columns: columns)
    let image = MapRegion(rows: 100..<100 + rows, columns: 100..<100 + columns)
    let regions = DependentRegions(description.steps, shapes: shapes, image: image)
    var computed = 0
    for (step, map) in zip(description.steps, regions.maps.dropFirst()) {
      guard let layer = step.layer else { continue }
      computed += map.computed.positionCount * layer.weightCount
    }
    let all = shapes.steps.reduce(0) { $0 + $1.multiplyAccumulates }
    #expect(abs(Double(computed) / Double(all) - share) < 0.015, "\(Double(computed) / Double(all))")
  }

  /// Positions that depend on a pixel are those whose windows reach it, counted step by step.
  @Test func dependentsAreThoseThatSeeTheRange() {
    for window in [WindowGeometry.convolution(kernel: 3, padding: 1), .convolution(kernel: 7, padding: 0), .pool] {
      for size in 7..<20 {
        for lower in 0..<size {
          for upper in lower + 1...size {
            let seen = (0..<window.outputSize(size)).filter { output in
              window.inputs(of: output..<output + 1, size: size).overlaps(lower..<upper)
            }
            let dependents = window.dependents(of: lower..<upper, size: size)
            #expect(Array(dependents) == seen, "\(window) of \(size): \(lower)..<\(upper)")
          }
        }
      }
    }
  }

  @Test func buffersThatLiveTogetherDoNotOverlap() {
    var uniform = Uniform(seed: 4)
    func below(_ limit: Int) -> Int { Int(uniform.next() * Float(limit)) }
    var arena = ArenaLayout()
    var buffers: [(bytes: Int, life: ClosedRange<Int>)] = []
    for _ in 0..<60 {
      let (bytes, start) = (below(5000), below(40))
      let life = start...start + below(6)
      let buffer = arena.add(bytes: bytes, at: life.lowerBound)
      arena.use(buffer, at: life.upperBound)
      buffers.append((bytes, life))
    }
    let (offsets, total) = arena.solve()
    for one in buffers.indices {
      #expect(offsets[one].isMultiple(of: 64) && offsets[one] + buffers[one].bytes <= total)
      for two in buffers.indices where two < one && buffers[one].life.overlaps(buffers[two].life) {
        let apart =
          offsets[one] + buffers[one].bytes <= offsets[two] || offsets[two] + buffers[two].bytes <= offsets[one]
        #expect(apart)
      }
    }
    #expect(total < buffers.reduce(0) { $0 + $1.bytes } / 2)
  }
}
