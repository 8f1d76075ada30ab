public import Volumes

/// What each view alone calls foreground (p >= 0.5), one byte a voxel.
public struct ViewMasks: Hashable, Sendable {
  /// Voxels along each axis.
  public let size: VolumeSize
  /// A bit for each view, [z, y, x]: 1 coronal, 2 sagittal, 4 axial.
  public let bits: [UInt8]

  /// The bit that stands for a view.
  public static func bit(of view: View) -> UInt8 {
    switch view {
    case .coronal: 1
    case .sagittal: 2
    case .axial: 4
    }
  }

  /// Returns nil when the number of bytes is not that of the size.
  public init?(size: VolumeSize, bits: [UInt8]) {
    guard bits.count == size.voxelCount else { return nil }
    (self.size, self.bits) = (size, bits)
  }

  /// One view's mask, 0 or 1. Cost: one pass.
  public func mask(of view: View) -> LabelMap {
    let bit = Self.bit(of: view)
    var mask = LabelMap(empty: size)
    mask.labels.withUnsafeMutableBufferPointer { labels in
      bits.withUnsafeBufferPointer { bits in
        for index in labels.indices { labels[index] = bits[index] & bit == 0 ? 0 : 1 }
      }
    }
    return mask
  }

  /// How much the views agree with each other. Cost: one pass.
  public var agreement: ViewAgreement {
    var counts = [Int](repeating: 0, count: 8)
    counts.withUnsafeMutableBufferPointer { counts in
      bits.withUnsafeBufferPointer { bits in
        for value in bits where value != 0 { counts[Int(value & 7)] += 1 }
      }
    }
    /// Voxels that all the views of `bits` call foreground.
    func voxels(_ bits: UInt8) -> Int {
      counts.indices.reduce(0) { sum, code in UInt8(code) & bits == bits ? sum + counts[code] : sum }
    }
    func dice(_ a: View, _ b: View) -> Double {
      let (bitA, bitB) = (Self.bit(of: a), Self.bit(of: b))
      return diceCoefficient(shared: voxels(bitA | bitB), total: voxels(bitA) + voxels(bitB))
    }
    return ViewAgreement(
      coronalSagittal: dice(.coronal, .sagittal), coronalAxial: dice(.coronal, .axial),
      sagittalAxial: dice(.sagittal, .axial))
  }
}

/// DSC between the masks of each pair of views: the best single sign of a segmentation's quality without a truth.
public struct ViewAgreement: Hashable, Sendable {
  /// DSC(coronal, sagittal), 0 ... 1; 1 when both are empty.
  public let coronalSagittal: Double
  /// DSC(coronal, axial), 0 ... 1; 1 when both are empty.
  public let coronalAxial: Double
  /// DSC(sagittal, axial), 0 ... 1; 1 when both are empty.
  public let sagittalAxial: Double

  /// Mean of the three.
  public var mean: Double { (coronalSagittal + coronalAxial + sagittalAxial) / 3 }
  /// The worst of the three.
  public var minimum: Double { min(coronalSagittal, coronalAxial, sagittalAxial) }
}
