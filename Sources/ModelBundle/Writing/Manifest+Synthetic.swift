extension Manifest {
  /// A manifest for random weights of one topology: native grid, the paper's profile, views and window.
  public static func synthetic(topology: Topology) -> Manifest {
    let networks = Network.Stage.allCases.flatMap { stage in
      Network.View.allCases.map { view in
        Network(stage: stage, view: view, tensors: "\(stage.rawValue)-\(view.rawValue)", topology: topology)
      }
    }
    return Manifest(
      name: "synthetic", version: "0.0.0", task: "none: random weights",
      description: "Random weights for benchmarks and tests. The masks mean nothing.", authors: [], licence: "CC0-1.0",
      intendedUse: "Benchmarks and tests of the software only.", dataSource: "No data: random numbers.", references: [],
      changelog: [:], training: "None.",
      labels: [
        Label(
          value: 1, name: "pancreas",
          category: Code(scheme: "SCT", code: "123037004", meaning: "Anatomical Structure"),
          type: Code(scheme: "SCT", code: "15776009", meaning: "Pancreas"), colour: [249, 180, 111])
      ],
      intensity: Intensity(window: [-100, 240]),
      grid: Grid(axes: [.left, .posterior, .superior], minimumSize: [1, 1, 1]),
      views: Views(
        coronal: SliceAxes(rows: .x, columns: .z), sagittal: SliceAxes(rows: .y, columns: .z),
        axial: SliceAxes(rows: .y, columns: .x)),
      networks: networks, profile: .paper,
      inputRange: InputRange(
        spacingMillimetres: .init(minimum: [0.1, 0.1, 0.1], maximum: [20, 20, 20]),
        hu: .init(minimum: -32768, maximum: 32767), phases: "any"),
      quality: [])
  }
}

extension Manifest.Topology {
  /// The smallest useful FCN-8s: a few thousand weights, for tests and for trying plugins.
  public static let tiny = Manifest.Topology(
    family: .samePadding, pad: nil, inputChannels: 3, outputChannels: 3, blockChannels: [4, 4, 4, 4, 4],
    convolutions: [1, 1, 1, 1, 1], pools: [true, true, true, false, false],
    fc6: .init(channels: 8, kernel: 3), fc7: .init(channels: 8))

  /// Reads a topology from a JSON file, with the names that a manifest uses.
  public init(path: String) throws(BundleError) {
    let file = try OpenFile(path: path)
    guard file.size <= 1 << 16 else {
      throw BundleError(code: .invalidManifest, message: "\(path): too large for a topology")
    }
    let text = try ByteSource.file(file).bytes(at: 0, count: file.size, file: path, code: .cannotOpen)
    self = try ManifestCoding.decode(Self.self, from: text, largestSize: 1 << 16, file: path)
  }
}
