public import Volumes

extension Segmenter {
  /// Segments one volume into arrays of its own; blocks. As the form that fills the caller's memory.
  public func segment(
    _ voxels: StridedVoxels, geometry: VolumeGeometry, request: SegmentationRequest, control: RunControl
  ) throws(SegmentationError) -> SegmentationOutcome {
    let count = geometry.size.voxelCount
    var mask = LabelMap(empty: geometry.size)
    var probability = [UInt8](repeating: 0, count: count)
    var viewMasks = request.wantsViewMasks ? [UInt8](repeating: 0, count: count) : []
    let outcome = try Self.borrow(&mask.labels) { (mask) throws(SegmentationError) in
      try Self.borrow(&probability) { (probability) throws(SegmentationError) in
        try Self.borrow(&viewMasks) { (viewMasks) throws(SegmentationError) in
          try request.withInitialRegion { (region) throws(SegmentationError) in
            try segment(
              voxels, geometry: geometry, from: region,
              into: ResultMaps(
                mask: mask, probability: probability, viewMasks: request.wantsViewMasks ? viewMasks : nil),
              request: request, control: control)
          }
        }
      }
    }
    guard case .finished(let summary) = outcome else { return .cancelled }
    return .finished(
      SegmentationResult(
        mask: mask, probability: probability, viewMasks: request.wantsViewMasks ? viewMasks : nil, summary: summary))
  }

  private static func borrow<Result>(
    _ values: inout [UInt8], _ body: (HostMap) throws(SegmentationError) -> Result
  ) throws(SegmentationError) -> Result {
    try values.withUnsafeMutableBufferPointer { (values) throws(SegmentationError) in
      try body(HostMap(UnsafeMutableRawBufferPointer(values)))
    }
  }
}

extension SegmentationRequest {
  /// Lends the initial mask, if there is one.
  fileprivate func withInitialRegion<Result>(
    _ body: (InitialRegion?) throws(SegmentationError) -> Result
  ) throws(SegmentationError) -> Result {
    guard let initialMask else { return try body(nil) }
    return try initialMask.labels.withUnsafeBufferPointer { (labels) throws(SegmentationError) in
      try body(.labels(labels, size: initialMask.size))
    }
  }
}
