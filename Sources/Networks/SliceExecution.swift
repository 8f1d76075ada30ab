/// Runs one slice through a plan on the calling thread, with the buffers of one workspace.
struct SliceExecution {
  let plan: SlicePlan
  /// One per upsampling stage; nil for a stage of factor 1.
  let upsamplingKernels: [[Float]?]
  let engine: OneDNN.Engine
  let workspace: Workspace
  /// Sees the activations of each layer with ReLU, in oneDNN's order, padding of channels included; for calibration.
  var didConvolve: ((_ layer: String, UnsafeBufferPointer<Float>) -> Void)?

  /// Logits [outputChannels, rows, columns] from `input` [inputChannels, rows, columns], both row-major, both of the
  /// plan's size.
  func run(
    _ input: UnsafePointer<Float>, rows: Int, columns: Int, into logits: UnsafeMutablePointer<Float>
  ) throws(NetworkError) {
    defer { withExtendedLifetime((workspace, plan)) {} }
    try padInput(input, rows: rows, columns: columns)
    let scores = try runLayers()
    try upsample(scores, into: ScoreMap(values: logits, rows: rows, columns: columns))
  }

  private func padInput(_ input: UnsafePointer<Float>, rows: Int, columns: Int) throws(NetworkError) {
    let padded = plan.paddedInput
    let zeros = plan.leadingZeros
    let count = padded.channels * padded.rows * padded.columns
    let values = try workspace.trunk[0].reserve(bytes: plan.trunkBytes[0]).bindMemory(to: Float.self, capacity: count)
    values.update(repeating: 0, count: count)
    for channel in 0..<padded.channels {
      for row in 0..<rows {
        let target = values + (channel * padded.rows + row + zeros) * padded.columns + zeros
        target.update(from: input + (channel * rows + row) * columns, count: columns)
      }
    }
  }

  /// Score maps of block 3, block 4 and fc7.
  private func runLayers() throws(NetworkError) -> [ScoreMap] {
    let stream = try OneDNN.Stream(engine)
    let scratch = try workspace.scratchpad.reserve(bytes: plan.scratchpadBytes)
    var trunk = try workspace.trunk[0].reserve(bytes: plan.trunkBytes[0])
    var spare = try workspace.trunk[1].reserve(bytes: plan.trunkBytes[1])
    var maps: [ScoreMap] = []
    for action in plan.actions {
      switch action {
      case .advance(let primitive):
        try primitive.run(on: stream, from: trunk, to: spare, scratch: scratch)
        swap(&trunk, &spare)
      case .convolve(let primitive, let packed, let layer):
        try primitive.run(
          on: stream, from: trunk, to: spare, weights: packed.tensor, bias: layer.bias, scratch: scratch)
        swap(&trunk, &spare)
        if let didConvolve {
          let count = primitive.destination.byteCount / MemoryLayout<Float>.stride
          didConvolve(
            layer.layer.name,
            UnsafeBufferPointer(start: trunk.bindMemory(to: Float.self, capacity: count), count: count))
        }
      case .score(let primitive, let packed, let layer, let toRowMajor):
        try primitive.run(
          on: stream, from: trunk, to: spare, weights: packed.tensor, bias: layer.bias, scratch: scratch)
        let shape = plan.scores[maps.count]
        let values = try workspace.scores[maps.count].reserve(floats: shape.channels * shape.rows * shape.columns)
        try toRowMajor.run(on: stream, from: spare, to: UnsafeMutableRawPointer(values), scratch: scratch)
        maps.append(ScoreMap(values: values, rows: shape.rows, columns: shape.columns))
      }
    }
    return maps
  }

  private func upsample(_ scores: [ScoreMap], into logits: ScoreMap) throws(NetworkError) {
    let skips: [ScoreMap?] = [scores[1], scores[0], nil]
    var map = scores[2]
    for (index, stage) in plan.upsamplingStages.enumerated() {
      var next = logits
      if index < workspace.upsampled.count {
        let shape = plan.upsampled[index]
        let values = try workspace.upsampled[index].reserve(floats: shape.channels * shape.rows * shape.columns)
        next = ScoreMap(values: values, rows: shape.rows, columns: shape.columns)
      }
      let channels = plan.scores[2].channels
      if let kernel = upsamplingKernels[index] {
        kernel.withUnsafeBufferPointer {
          stage.run(map, kernel: $0.baseAddress, channels: channels, adding: skips[index], into: next)
        }
      } else {
        stage.run(map, kernel: nil, channels: channels, adding: skips[index], into: next)
      }
      map = next
    }
  }
}
