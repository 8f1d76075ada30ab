extension StridedVoxels {
  /// Whole Hounsfield units of some slices, [z, y, x]: clamp(round(slope * value + intercept)), ties to even.
  ///
  /// `rows` are read of each slice, all unless given; they and `slices` must lie inside, and `output` must hold a value
  /// for each voxel. Throws `nonFiniteVoxel`, naming the first such voxel, for NaN or infinity.
  /// Cost: one pass in the order of the host's memory; plain copies of rows of int16 with slope 1 and intercept 0.
  public func readHounsfieldUnits(
    rows: Range<Int>? = nil, slices: Range<Int>, into output: UnsafeMutableBufferPointer<Int16>
  ) throws(VolumeError) {
    let rows = rows ?? 0..<size.y
    precondition(rows.lowerBound >= 0 && rows.upperBound <= size.y, "rows of the volume")
    precondition(slices.lowerBound >= 0 && slices.upperBound <= size.z, "slices of the volume")
    // The sums cannot overflow: the initialiser has computed every address.
    let slab = SlabLayout(
      columns: size.x, rows: rows.count, slices: slices.count,
      start: slices.lowerBound &* byteStrides.z &+ rows.lowerBound &* byteStrides.y, steps: byteStrides)
    precondition(output.count == slab.voxelCount, "one value per voxel")
    let nonFinite =
      switch element {
      case .int16 where slope == 1 && intercept == 0: copy(slab, to: output)
      case .int16: convert(Int16.self, slab, to: output)
      case .uint16: convert(UInt16.self, slab, to: output)
      case .int32: convert(Int32.self, slab, to: output)
      case .float32: convert(Float.self, slab, to: output)
      }
    guard let nonFinite else { return }
    let (x, y, z) = (nonFinite % size.x, nonFinite / size.x % rows.count, nonFinite / (size.x * rows.count))
    throw VolumeError(
      .nonFiniteVoxel,
      "voxel (\(x), \(y + rows.lowerBound), \(z + slices.lowerBound)) is NaN or infinite; replace such voxels, for "
        + "instance by -1024 HU")
  }

  /// Int16 as they are. Returns nil: each of them is finite.
  private func copy(_ slab: SlabLayout, to output: UnsafeMutableBufferPointer<Int16>) -> Int? {
    guard let target = output.baseAddress else { return nil }
    let width = MemoryLayout<Int16>.size
    slab.forEachLine { line in
      if line.indexStep == 1, line.offsetStep == width {
        UnsafeMutableRawPointer(target + line.index).copyMemory(
          from: base + line.offset, byteCount: line.count &* width)
      } else {
        for step in 0..<line.count {
          target[line.index &+ step &* line.indexStep] =
            (base + (line.offset &+ step &* line.offsetStep)).loadUnaligned(as: Int16.self)
        }
      }
    }
    return nil
  }

  /// Returns the array offset of the first voxel that is not finite, nil when there is none.
  private func convert<Stored: StoredVoxel>(
    _: Stored.Type, _ slab: SlabLayout, to output: UnsafeMutableBufferPointer<Int16>
  ) -> Int? {
    guard let target = output.baseAddress else { return nil }
    let (slope, intercept) = (slope, intercept)
    var nonFinite = Int.max
    slab.forEachLine { line in
      if line.indexStep == 1, line.offsetStep == MemoryLayout<Stored>.size {
        // Steps known to the compiler: several voxels an instruction.
        let (source, target) = (base + line.offset, target + line.index)
        for x in 0..<line.count {
          let value = (source + x &* MemoryLayout<Stored>.size).loadUnaligned(as: Stored.self).asDouble
          if Stored.mayBeNonFinite, !value.isFinite { nonFinite = min(nonFinite, line.index &+ x) }
          target[x] = Int16(clampedRounding: slope * value + intercept)
        }
      } else {
        for step in 0..<line.count {
          let index = line.index &+ step &* line.indexStep
          let value = (base + (line.offset &+ step &* line.offsetStep)).loadUnaligned(as: Stored.self).asDouble
          if Stored.mayBeNonFinite, !value.isFinite { nonFinite = min(nonFinite, index) }
          target[index] = Int16(clampedRounding: slope * value + intercept)
        }
      }
    }
    return nonFinite == .max ? nil : nonFinite
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
