import CoarseToFine
import ModelBundle
public import Volumes

/// Where a run puts its maps: memory for one number per voxel of the volume, packed, x fastest.
public struct ResultMaps {
  /// Takes the organ's label value per voxel, or 0.
  public let mask: HostMap
  /// Takes the mean probability of the three views; nil when nobody asks.
  public let probability: HostMap?
  /// Takes which views found the organ in the last round, bits 1 coronal, 2 sagittal, 4 axial; nil when nobody asks.
  public let viewMasks: HostMap?

  /// Memory that is there while the run lasts.
  public init(mask: HostMap, probability: HostMap?, viewMasks: HostMap?) {
    (self.mask, self.probability, self.viewMasks) = (mask, probability, viewMasks)
  }

  /// Brings a run's maps to the host's grid; what was counted of the mask.
  ///
  /// `checkpoint` gets the share of the work done and may throw to end it. After a run of no round from a given region
  /// there are no views; their masks are then 0.
  func fill(
    from outcome: FixedPointResult, label: Manifest.Label, grid: WorkingGrid, checkpoint: (Double) throws -> Void
  ) throws -> ForegroundTally {
    let total = Double(1 + [probability, viewMasks].count { $0 != nil })
    var done = 0.0
    func bring(_ map: ReturningMap, into memory: HostMap) throws -> ForegroundTally {
      defer { done += 1 }
      return try grid.bringBack(map, into: memory) { share in try checkpoint((done + share) / total) }
    }
    let found = try bring(.mask(outcome.mask, as: UInt8(clamping: label.value)), into: mask)
    if let probability { _ = try bring(.probability(outcome.probability), into: probability) }
    if let viewMasks {
      _ = try bring(.views(outcome.viewMasks, size: outcome.mask.size), into: viewMasks)
    }
    return found
  }
}

/// Where a run starts in place of the coarse pass, on the host's grid. Borrowed.
public enum InitialRegion {
  /// All voxels of a box.
  case box(VoxelBox)
  /// Voxels whose label is not 0: one byte each of a grid of that size, packed, x fastest.
  case labels(UnsafeBufferPointer<UInt8>, size: VolumeSize)
}
