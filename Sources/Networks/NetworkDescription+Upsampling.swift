/// One step from deep scores towards the input: upsample, crop, add the scores of a shallower block.
struct UpsamplingStage: Hashable, Sendable {
  /// upscore2, upscore_pool4 or upscore8, as the published networks call them whatever their factor is.
  let name: String
  /// Factor f (transposed convolution per channel, kernel 2f, stride f); 1 leaves the map as it is.
  let factor: Int
  /// First row and column kept of the upsampled map.
  let crop: Int
  /// First row and column kept of the score map that is added; 0 where none is added.
  let skipCrop: Int
  /// Factor on the score map that is added; nil for the last stage, which ends at the input's size.
  let skipScale: Float?

  /// [channels, 1, 2f, 2f].
  func kernelShape(channels: Int) -> [Int] { [channels, 1, 2 * factor, 2 * factor] }

  /// Rows (or columns) of the whole upsampled map of `size` rows, before any crop.
  func upsampledSize(_ size: Int) -> Int {
    factor == 1 ? size : (size + 1) * factor
  }
}

extension NetworkDescription {
  /// The three stages, crops chosen so that maps lie centre on centre: 5, 9 and 31 in the paper's network.
  ///
  /// Position i of a map sits at a*i + b in input pixels. A convolution of kernel k and padding p adds a*((k-1)/2 - p)
  /// to b; a pool adds a/2 to b and doubles a; upsampling by f > 1 divides a by f and then subtracts a*(2f-1)/2 from b.
  /// The offset between two maps is the difference of their b over their common a. Offsets are whole; they are kept
  /// doubled until the end because the terms are not.
  var upsamplingStages: [UpsamplingStage] {
    let factors = [pools[4] ? 2 : 1, pools[3] ? 2 : 1, pools[..<3].reduce(1) { $1 ? $0 * 2 : $0 }]
    var crops = factors.map { $0 / 2 }
    var skipCrops = [0, 0, 0]
    if case .crop(let pad) = family {
      var doubled = fc6Kernel - 1
      let doubledOffsets = factors.map { factor in
        if factor > 1 { doubled = (factor - 1) + factor * doubled - (2 * factor - 1) }
        return doubled
      }
      crops = [0, 0, pad - 1 - doubledOffsets[2] / 2]
      skipCrops = [doubledOffsets[0] / 2, doubledOffsets[1] / 2, 0]
    }
    let names = ["upscore2", "upscore_pool4", "upscore8"]
    let scales = [skipScale4, skipScale3, nil]
    return (0..<3).map {
      UpsamplingStage(
        name: names[$0], factor: factors[$0], crop: crops[$0], skipCrop: skipCrops[$0], skipScale: scales[$0])
    }
  }
}
