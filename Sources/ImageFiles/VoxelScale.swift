/// What a conversion met.
struct VoxelTally: Equatable {
  /// Values that have no place in the result: not finite, or not a label.
  var refused = 0
  /// Finite values beyond the range of the result.
  var clamped = 0
}

/// stored * slope + intercept, for whole blocks of voxels.
struct VoxelScale {
  let slope: Double
  let intercept: Double

  /// To whole HU, halves away from zero; `bytes` holds `output.count` values of `type`.
  func convertToHU(
    _ bytes: UnsafeRawBufferPointer, _ type: VoxelDataType, _ isBigEndian: Bool,
    into output: UnsafeMutableBufferPointer<Int16>
  ) -> VoxelTally {
    var tally = VoxelTally()
    forEachValue(bytes, type, isBigEndian, count: output.count) { index, value in
      let rounded = value.rounded(.toNearestOrEven)
      if rounded >= -32768, rounded <= 32767 {
        output[index] = Int16(rounded)
      } else if rounded.isFinite {
        tally.clamped += 1
        output[index] = rounded < 0 ? .min : .max
      } else {
        tally.refused += 1
      }
    }
    return tally
  }

  /// To labels 0...255.
  func convertToLabels(
    _ bytes: UnsafeRawBufferPointer, _ type: VoxelDataType, _ isBigEndian: Bool,
    into output: UnsafeMutableBufferPointer<UInt8>
  ) -> VoxelTally {
    var tally = VoxelTally()
    forEachValue(bytes, type, isBigEndian, count: output.count) { index, value in
      if value >= 0, value <= 255, value == value.rounded() {
        output[index] = UInt8(value)
      } else {
        tally.refused += 1
      }
    }
    return tally
  }

  @inline(__always)
  private func forEachValue(
    _ bytes: UnsafeRawBufferPointer, _ type: VoxelDataType, _ isBigEndian: Bool, count: Int,
    _ body: (Int, Double) -> Void
  ) {
    precondition(bytes.count == count * type.byteCount)
    switch type {
    case .uint8: forEach(UInt8.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .int8: forEach(Int8.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .uint16: forEach(UInt16.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .int16: forEach(Int16.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .uint32: forEach(UInt32.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .int32: forEach(Int32.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .int64: forEach(Int64.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .uint64: forEach(UInt64.self, bytes, isBigEndian, count, { Double($0) }, body)
    case .float32: forEach(UInt32.self, bytes, isBigEndian, count, { Double(Float(bitPattern: $0)) }, body)
    case .float64: forEach(UInt64.self, bytes, isBigEndian, count, { Double(bitPattern: $0) }, body)
    }
  }

  @inline(__always)
  private func forEach<Bits: FixedWidthInteger & BitwiseCopyable>(
    _: Bits.Type, _ bytes: UnsafeRawBufferPointer, _ isBigEndian: Bool, _ count: Int, _ number: (Bits) -> Double,
    _ body: (Int, Double) -> Void
  ) {
    for index in 0..<count {
      let stored = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
      body(index, number(isBigEndian ? stored.bigEndian : stored.littleEndian) * slope + intercept)
    }
  }
}
