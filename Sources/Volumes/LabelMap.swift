/// One label per voxel; 0 is background. Where a binary mask is meant, every other value is foreground.
public struct LabelMap: Hashable, Sendable {
  /// Voxels along each axis.
  public let size: VolumeSize
  /// Labels, [z, y, x] with x fastest.
  public var labels: [UInt8]

  /// A label map without any foreground.
  public init(empty size: VolumeSize) {
    self.size = size
    labels = [UInt8](repeating: 0, count: size.voxelCount)
  }

  /// Returns nil when the number of labels is not that of the size.
  public init?(size: VolumeSize, labels: [UInt8]) {
    guard labels.count == size.voxelCount else { return nil }
    self.size = size
    self.labels = labels
  }

  /// Number of voxels that are not background. Cost: one pass.
  public var foregroundCount: Int {
    labels.withUnsafeBufferPointer { labels in
      var count = 0
      for label in labels { count &+= label == 0 ? 0 : 1 }
      return count
    }
  }

  /// True when no voxel is foreground.
  public var isEmpty: Bool { !labels.contains { $0 != 0 } }
}
