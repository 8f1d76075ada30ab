extension Volume {
  /// Copies a host's voxels once into whole Hounsfield units: clamp(round(slope * value + intercept)), ties to even.
  ///
  /// Throws `sizeMismatch` when the two sizes differ and `nonFiniteVoxel`, naming the first such voxel, for NaN or
  /// infinity. Cost: one pass; a plain copy when the voxels are contiguous int16 with slope 1 and intercept 0.
  public init(copying source: StridedVoxels, geometry: VolumeGeometry) throws(VolumeError) {
    guard source.size == geometry.size else {
      throw VolumeError(
        .sizeMismatch,
        "the voxels are \(source.size.x) x \(source.size.y) x \(source.size.z), "
          + "the geometry says \(geometry.size.x) x \(geometry.size.y) x \(geometry.size.z)")
    }
    self.geometry = geometry
    voxels = try source.hounsfieldUnits()
  }

  /// The smallest and the largest HU. Cost: one pass.
  public var hounsfieldRange: ClosedRange<Int16> {
    var smallest = Int16.max
    var largest = Int16.min
    voxels.withUnsafeBufferPointer { values in
      for value in values {
        smallest = min(smallest, value)
        largest = max(largest, value)
      }
    }
    return smallest <= largest ? smallest...largest : 0...0
  }
}

extension StridedVoxels {
  /// All voxels in HU, [z, y, x] with x fastest.
  fileprivate func hounsfieldUnits() throws(VolumeError) -> [Int16] {
    let count = size.voxelCount
    var nonFinite: Int?
    let values = [Int16](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      if element == .int16, slope == 1, intercept == 0, isContiguous {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(start: base, count: count * element.byteCount))
      } else {
        nonFinite =
          switch element {
          case .int16: convert(Int16.self, into: buffer)
          case .uint16: convert(UInt16.self, into: buffer)
          case .int32: convert(Int32.self, into: buffer)
          case .float32: convert(Float.self, into: buffer)
          }
      }
      initializedCount = nonFinite == nil ? count : 0
    }
    if let nonFinite {
      let (x, y, z) = (nonFinite % size.x, nonFinite / size.x % size.y, nonFinite / (size.x * size.y))
      throw VolumeError(
        .nonFiniteVoxel, "voxel (\(x), \(y), \(z)) is NaN or infinite; replace such voxels, for instance by -1024 HU")
    }
    return values
  }

  /// Fills `output`; returns the array offset of the first voxel that is not finite, nil when there is none.
  ///
  /// The sums cannot overflow: the initialiser has computed every address.
  private func convert<Stored: StoredVoxel>(_: Stored.Type, into output: UnsafeMutableBufferPointer<Int16>) -> Int? {
    let (slope, intercept, columnStride) = (slope, intercept, byteStrides.x)
    var offset = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        let row = base + (z &* byteStrides.z &+ y &* byteStrides.y)
        for x in 0..<size.x {
          let value = (row + x &* columnStride).loadUnaligned(as: Stored.self)
          if Stored.mayBeNonFinite, !value.asDouble.isFinite { return offset }
          output[offset] = Int16(clampedRounding: slope * value.asDouble + intercept)
          offset &+= 1
        }
      }
    }
    return nil
  }
}

/// What a host may store for a voxel.
private protocol StoredVoxel: BitwiseCopyable {
  /// The stored number, exactly.
  var asDouble: Double { get }
  /// False for the integers, whose check then costs nothing.
  static var mayBeNonFinite: Bool { get }
}

extension StoredVoxel {
  @inline(__always) static var mayBeNonFinite: Bool { false }
}

extension Int16: StoredVoxel {
  @inline(__always) fileprivate var asDouble: Double { Double(self) }
}

extension UInt16: StoredVoxel {
  @inline(__always) fileprivate var asDouble: Double { Double(self) }
}

extension Int32: StoredVoxel {
  @inline(__always) fileprivate var asDouble: Double { Double(self) }
}

extension Float: StoredVoxel {
  @inline(__always) fileprivate var asDouble: Double { Double(self) }
  @inline(__always) fileprivate static var mayBeNonFinite: Bool { true }
}
