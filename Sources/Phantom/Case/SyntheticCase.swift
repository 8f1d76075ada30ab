public import Volumes

/// A synthetic CT with the truth that it was made from. Research use only, not for diagnosis.
public struct SyntheticCase: Sendable {
  /// The image, HU.
  public let volume: Volume
  /// `PhantomLabel` values on the same grid.
  public let labels: LabelMap
  /// How it was made.
  public let record: PhantomRecord

  /// The label map has the size of the volume.
  public init(volume: Volume, labels: LabelMap, record: PhantomRecord) {
    precondition(volume.size == labels.size, "one label per voxel")
    (self.volume, self.labels, self.record) = (volume, labels, record)
  }
}
