/// Runs one slice through a plan on the calling thread, in the arena of one workspace.
struct SliceExecution {
  private let plan: SlicePlan
  /// One per upsampling stage; nil for a stage of factor 1.
  private let upsamplingKernels: [[Float]?]
  private let precision: Precision
  private let inputStep: Float
  private let workspace: Workspace
  private let arena: UnsafeMutableRawPointer

  init(
    plan: SlicePlan, upsamplingKernels: [[Float]?], precision: Precision, inputStep: Float, workspace: Workspace
  ) throws(NetworkError) {
    (self.plan, self.upsamplingKernels, self.precision) = (plan, upsamplingKernels, precision)
    (self.inputStep, self.workspace) = (inputStep, workspace)
    arena = try workspace.arena.reserve(bytes: plan.arenaBytes)
  }

  /// Logits [outputChannels, rows, columns] from `input` [inputChannels, rows, columns], both row-major, both of the
  /// plan's size. `didRun` sees the trunk after each of its steps.
  func run(
    _ input: UnsafePointer<Float>, rows: Int, columns: Int, on engine: OneDNN.Engine,
    into logits: UnsafeMutablePointer<Float>, didRun: ((_ step: Int, Activation) -> Void)? = nil
  ) throws(NetworkError) {
    defer { withExtendedLifetime((workspace, plan)) {} }
    if let map = plan.maps[0], let target = activation(0), !map.regions.held.isEmpty {
      let box = MapRegion(
        rows: plan.leadingZeros..<plan.leadingZeros + rows, columns: plan.leadingZeros..<plan.leadingZeros + columns)
      InputPacking(precision: precision, step: inputStep, image: box).pack(input, into: target)
    }
    let stream = try OneDNN.Stream(engine)
    for (index, step) in plan.steps.enumerated() {
      try run(step, on: stream)
      if let didRun, case .map(let map) = step.target, let activation = activation(map) { didRun(index, activation) }
    }
    try upsample(into: ScoreMap(values: logits, rows: rows, columns: columns))
  }

  private func run(_ step: SlicePlan.Step, on stream: OneDNN.Stream) throws(NetworkError) {
    switch step.target {
    case .map(let index):
      guard let map = plan.maps[index], let target = activation(index) else { return }
      try run(step, into: target, on: stream)
      map.surroundings?.fill(target, outside: map.regions.computed, size: map.size)
    case .score(let index):
      let score = plan.scores[index]
      let staging = Activation(
        memory: arena + plan.stagingOffset, region: score.computed,
        positionBytes: SlicePlan.Score.positionBytes(channels: score.shape.channels))
      try run(step, into: staging, on: stream)
      gather(index, computed: staging)
    }
  }

  private func run(_ step: SlicePlan.Step, into target: Activation, on stream: OneDNN.Stream) throws(NetworkError) {
    guard let run = step.run, let source = activation(step.source) else { return }
    try run.run(from: source, to: target, on: stream, scratch: arena + plan.scratchOffset)
  }

  /// Brings a score map into row-major order, with what an image of zeros has outside the computed rectangle.
  private func gather(_ index: Int, computed: Activation) {
    let (score, map) = (plan.scores[index], scoreMap(index))
    let size = score.shape.size
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        let position: UnsafeMutableRawPointer?
        if computed.region.rows.contains(row), computed.region.columns.contains(column) {
          position = computed.address(row: row, column: column)
        } else {
          position = score.surroundings?.address(row: row, column: column, size: size)
        }
        guard let values = position?.assumingMemoryBound(to: Float.self) else { continue }
        for channel in 0..<score.shape.channels {
          map.values[(channel * size.rows + row) * size.columns + column] = values[channel]
        }
      }
    }
  }

  private func activation(_ index: Int) -> Activation? {
    plan.maps[index].map { map in
      Activation(
        memory: arena + plan.trunkOffset + map.offset, region: map.regions.held, positionBytes: map.positionBytes)
    }
  }

  private func scoreMap(_ index: Int) -> ScoreMap {
    let score = plan.scores[index]
    return map(at: score.offset, score.shape)
  }

  private func map(at offset: Int, _ shape: LayerShape) -> ScoreMap {
    let values = (arena + offset).assumingMemoryBound(to: Float.self)
    return ScoreMap(values: values, rows: shape.rows, columns: shape.columns)
  }

  private func upsample(into logits: ScoreMap) throws(NetworkError) {
    let skips: [ScoreMap?] = [scoreMap(1), scoreMap(0), nil]
    var map = scoreMap(2)
    let channels = plan.scores[2].shape.channels
    for (index, stage) in plan.upsamplingStages.enumerated() {
      var next = logits
      if index < plan.upsampled.count {
        next = self.map(at: plan.upsampled[index].offset, plan.upsampled[index].shape)
      }
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
