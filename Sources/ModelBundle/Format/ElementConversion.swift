/// Stored numbers <-> Float, by integer arithmetic that compilers vectorise on every processor.
///
/// Swift's own Float16 conversion is a library call per number on a baseline x86-64. Exact in the direction to Float, also for
/// subnormal numbers and when the host lets the processor flush them to zero; to nearest, ties to even, in the other direction.
enum ElementConversion {
  /// Writes the numbers of `raw` (little endian) to `values`; returns false when one of them is NaN or infinite.
  static func decode(
    _ raw: UnsafeRawBufferPointer, as type: Manifest.Section.ElementType, into values: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    precondition(raw.count == values.count * type.byteCount && type != .int8)
    switch type {
    case .float32:
      return convert(raw, into: values, infinity: 0x7F80_0000, magnitude: 0x7FFF_FFFF) { (bits: UInt32) in bits }
    case .float16:
      return convert(raw, into: values, infinity: 0x7C00, magnitude: 0x7FFF, binary32(fromBinary16:))
    case .bfloat16:
      return convert(raw, into: values, infinity: 0x7F80, magnitude: 0x7FFF) { (bits: UInt16) in UInt32(bits) << 16 }
    case .int8: return false
    }
  }

  /// The same for numbers whose bytes lie in planes (`ByteShuffle`): one pass in place of two.
  static func decode(
    planes: UnsafeRawBufferPointer, as type: Manifest.Section.ElementType,
    into values: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    precondition(planes.count == values.count * type.byteCount && type != .int8)
    guard let source = planes.baseAddress?.assumingMemoryBound(to: UInt8.self), let target = values.baseAddress else {
      return true
    }
    let count = values.count
    switch type {
    case .float32:
      var largest: UInt32 = 0
      for index in 0..<count {
        let low = UInt32(source[index]) | UInt32(source[count &+ index]) << 8
        let high = UInt32(source[2 &* count &+ index]) | UInt32(source[3 &* count &+ index]) << 8
        let bits = low | high << 16
        largest = max(largest, bits & 0x7FFF_FFFF)
        target[index] = Float(bitPattern: bits)
      }
      return largest < 0x7F80_0000
    case .float16:
      var largest: UInt16 = 0
      for index in 0..<count {
        let bits = UInt16(source[index]) | UInt16(source[count &+ index]) << 8
        largest = max(largest, bits & 0x7FFF)
        target[index] = Float(bitPattern: binary32(fromBinary16: bits))
      }
      return largest < 0x7C00
    case .bfloat16:
      var largest: UInt16 = 0
      for index in 0..<count {
        let bits = UInt16(source[index]) | UInt16(source[count &+ index]) << 8
        largest = max(largest, bits & 0x7FFF)
        target[index] = Float(bitPattern: UInt32(bits) << 16)
      }
      return largest < 0x7F80
    case .int8: return false
    }
  }

  @inline(__always) private static func convert<Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ raw: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>, infinity: Bits, magnitude: Bits,
    _ binary32: (Bits) -> UInt32
  ) -> Bool {
    guard let source = raw.baseAddress, let target = values.baseAddress else { return true }
    var largest: Bits = 0
    for index in 0..<values.count {
      let stored = (source + index &* MemoryLayout<Bits>.size).loadUnaligned(as: Bits.self)
      let bits = Bits(littleEndian: stored)
      largest = max(largest, bits & magnitude)
      target[index] = Float(bitPattern: binary32(bits))
    }
    return largest < infinity
  }

  /// Writes `values`, rounded to nearest, to `raw` (little endian); returns false when one of them does not fit.
  static func encode(
    _ values: UnsafeBufferPointer<Float>, as type: Manifest.Section.ElementType, into raw: UnsafeMutableRawBufferPointer
  ) -> Bool {
    precondition(raw.count == values.count * type.byteCount && type != .int8)
    guard let target = raw.baseAddress else { return true }
    // From half a step above the largest finite number on, rounding to nearest gives infinity.
    let limit: UInt32 =
      switch type {
      case .float16: Float(65520).bitPattern
      case .bfloat16: 0x7F7F_8000
      case .float32, .int8: 0x7F80_0000
      }
    var largest: UInt32 = 0
    for index in 0..<values.count {
      let value = values[index]
      largest = max(largest, value.bitPattern & 0x7FFF_FFFF)
      switch type {
      case .float16:
        target.storeBytes(of: binary16(from: value).littleEndian, toByteOffset: 2 &* index, as: UInt16.self)
      case .bfloat16:
        target.storeBytes(of: bfloat16(from: value).littleEndian, toByteOffset: 2 &* index, as: UInt16.self)
      case .float32, .int8:
        target.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 &* index, as: UInt32.self)
      }
    }
    return largest < limit
  }

  /// The bits of the Float that equals a finite binary16 number.
  @inline(__always) static func binary32(fromBinary16 bits: UInt16) -> UInt32 {
    let wide = UInt32(bits)
    let magnitude = (wide & 0x7FFF) << 13
    // A subnormal m * 2^-24 is (2^-14 + m * 2^-24) - 2^-14, where both operands are normal.
    let subnormal = Float(bitPattern: magnitude | 0x3880_0000) - Float(bitPattern: 0x3880_0000)
    let normal = magnitude &+ 0x3800_0000
    return (magnitude < 0x0080_0000 ? subnormal.bitPattern : normal) | (wide & 0x8000) << 16
  }

  /// The binary16 number nearest to a Float of magnitude below 65520.
  @inline(__always) static func binary16(from value: Float) -> UInt16 {
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    // Below 2^-14: adding 0.5 rounds the sum to multiples of 2^-24, whose count is then in the low bits.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
    let normal = (magnitude &- 0x3800_0000 &+ 0x0FFF &+ (magnitude >> 13 & 1)) >> 13
    let bits = magnitude < 0x3880_0000 ? subnormal : normal
    return UInt16(truncatingIfNeeded: bits | (value.bitPattern & 0x8000_0000) >> 16)
  }

  /// The bfloat16 number nearest to a finite Float.
  @inline(__always) static func bfloat16(from value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }
}
