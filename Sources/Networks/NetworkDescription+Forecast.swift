// What a network takes before it is loaded: from its description and a slice's size alone.
extension NetworkDescription {
  /// Bytes of all weights once they are packed for their kernels.
  ///
  /// float32: exactly what Islet's own kernels take; others: one packing in oneDNN's orders.
  public func packedWeightBytes(_ precision: Precision) -> Int {
    convolutions.reduce(0) { sum, layer in
      let weights =
        precision == .float32
        ? layer.filterFloats * 4 : layer.storedWeightShape.reduce(1, *) * precision.byteCount
      return sum + weights + layer.storedOutChannels * 4
    }
  }

  /// Bytes of a part of a tensor on its way from the bundle into its packing: decoded, filled up to whole vectors, and what
  /// oneDNN's orders are made from.
  public func loadingBytes(_ precision: Precision) -> Int {
    let largest = convolutions.reduce(0) { largest, layer in
      layer.loadingParts.reduce(largest) { max($0, $1.count * layer.weightCount / layer.outChannels) }
    }
    return largest * (precision == .float32 ? 8 : 13)
  }

  /// Bytes of one thread's arena for slices of up to rows x columns; throws `impossibleInput`.
  ///
  /// The arena of a slice without a pixel of 0, so that whole maps are computed: less is needed where there are zeros.
  /// oneDNN's own scratch memory is known only once a layer is compiled; an eighth of its maps is set aside for it.
  public func workspaceBytes(rows: Int, columns: Int, _ precision: Precision) throws(NetworkError) -> Int {
    let shapes = try networkShapes(rows: rows, columns: columns)
    return ArenaForecast(steps, shapes: shapes, inputChannels: inputChannels, precision).bytes
  }

  /// Bytes that the maps of an image of zeros take for slices of up to rows x columns in `sizes` different sizes;
  /// throws `impossibleInput`.
  public func zeroImageBytes(
    rows: Int, columns: Int, sizes: Int, _ precision: Precision
  ) throws(NetworkError) -> Int {
    let shapes = try networkShapes(rows: rows, columns: columns)
    let whole = MapRegion(wholeOf: MapSize(rows: rows, columns: columns))
    let sources = DependentRegions(steps, shapes: shapes, image: whole).sources
    let maps = ([shapes.paddedInput] + shapes.steps).map(\.size)
    func profile(_ sizes: [Int]) -> AxisProfile { AxisProfile(steps.map(\.window), sources: sources, sizes: sizes) }
    let (down, across) = (profile(maps.map(\.rows)), profile(maps.map(\.columns)))
    var channels = inputChannels
    var bytes = 0
    for (index, step) in steps.enumerated() {
      let positions = down.maps[index + 1].kept * across.maps[index + 1].kept
      switch step {
      case .convolution(let layer):
        channels = layer.storedOutChannels
        bytes += positions * channels * precision.byteCount
      case .score(let layer): bytes += positions * layer.storedOutChannels * 4
      case .pool: bytes += positions * channels * precision.byteCount
      }
    }
    return min(ZeroImage.mostBytes, bytes * min(sizes, differentPaddedSizes(rows: rows, columns: columns)))
  }

  /// How many sizes up to rows x columns do not share the maps of an image of zeros.
  ///
  /// Sizes equal modulo the total stride share them; those that are filled up to whole strides, one for each of these.
  private func differentPaddedSizes(rows: Int, columns: Int) -> Int {
    func strides(_ extent: Int) -> Int { family == .samePadding ? (extent - 1) / totalStride + 1 : totalStride }
    return strides(rows) * strides(columns)
  }

  /// Bytes of what is kept of `sizes` input sizes: the steps' places, many for large networks, whose maps are computed in
  /// strips; and with oneDNN their compiled kernels.
  public func planBytes(sizes: Int, _ precision: Precision) -> Int {
    let plans = min(sizes, FCN8s.plansKept)
    return plans * (isLarge ? 64_000 : 16_000)
      + (precision == .float32 ? 0 : min(plans * steps.count, LayerSet.mostCompiled) * 70_000)
  }

  /// Multiplications of one slice of rows x columns, in millions; throws `impossibleInput`.
  public func millionMultiplications(rows: Int, columns: Int) throws(NetworkError) -> Double {
    try networkShapes(rows: rows, columns: columns).steps.reduce(0) { $0 + Double($1.multiplyAccumulates) / 1e6 }
  }
}
