import Foundation

/// A colour as DICOM stores it (PS3.3, C.10.7.1.1): L* 0...100 as 0...65535, a* and b* -128...127 as 0...65535.
///
/// From sRGB with the white point D65, as DCMTK computes it back; the standard's D50 would shift the colours there.
struct CIELab {
  /// L*, a*, b*.
  let components: SIMD3<Double>

  init(_ colour: SIMD3<UInt8>) {
    let linear = (0..<3).map { channel -> Double in
      let share = Double(colour[channel]) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    let (red, green, blue) = (linear[0], linear[1], linear[2])
    let x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.950456
    let y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    let z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.088754
    func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
    components = SIMD3(116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z)))
  }

  /// The three numbers of RecommendedDisplayCIELabValue (0062,000D).
  var stored: [Int] {
    [
      Int((components.x / 100 * 65535).rounded()), Int(((components.y + 128) / 255 * 65535).rounded()),
      Int(((components.z + 128) / 255 * 65535).rounded()),
    ].map { min(max($0, 0), 65535) }
  }
}
