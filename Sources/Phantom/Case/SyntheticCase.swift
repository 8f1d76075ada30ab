public import Volumes

/// A synthetic CT with the truth that it was made from. Research use only, not for diagnosis.
public struct SyntheticCase: Sendable {
  /// The image, HU.
  public let volume: Volume
  /// `PhantomLabel` values on the same grid.
  public let labels: LabelMap
  /// How it was made.
  public let record: PhantomRecord

  /// A case of what was painted, [z, y, x] with x fastest: throws when there is not one HU and one label for every voxel.
  init(geometry: VolumeGeometry, voxels: [Int16], labels: [UInt8], record: PhantomRecord) throws(PhantomError) {
    guard let volume = Volume(geometry: geometry, voxels: voxels),
      let map = LabelMap(size: geometry.size, labels: labels)
    else {
      throw PhantomError(
        "the synthetic case has \(voxels.count) HU and \(labels.count) labels, expected one of each for "
          + "\(geometry.size.voxelCount) voxels; please report it with the seed")
    }
    self.init(volume: volume, labels: map, record: record)
  }

  /// The label map has the size of the volume.
  public init(volume: Volume, labels: LabelMap, record: PhantomRecord) {
    precondition(volume.size == labels.size, "one label per voxel")
    (self.volume, self.labels, self.record) = (volume, labels, record)
  }
}
