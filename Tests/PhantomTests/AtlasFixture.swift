import Foundation
import Phantom
import Volumes

/// A body of a few ellipsoids as a label map, and the table that goes with it.
enum AtlasFixture {
  /// Value of each tissue in the map.
  enum Value {
    static let fat: UInt8 = 200, air: UInt8 = 203, liver: UInt8 = 5, kidney: UInt8 = 2, aorta: UInt8 = 52
    static let stomach: UInt8 = 6, pancreas: UInt8 = 7, bone: UInt8 = 27, rib: UInt8 = 92, gallbladder: UInt8 = 4
    static let portalVein: UInt8 = 64, muscle: UInt8 = 86, soft: UInt8 = 201
  }

  /// 31 x 27 x 21 voxels of 6 mm.
  static func labels() throws -> LabelMap {
    guard let size = VolumeSize(x: 31, y: 27, z: 21) else { throw Missing() }
    var map = LabelMap(size: size, labels: [UInt8](repeating: Value.air, count: size.voxelCount))
    let solids: [(UInt8, centre: SIMD3<Double>, radii: SIMD3<Double>)] = [
      (Value.fat, SIMD3(15, 13, 10), SIMD3(14, 11, 40)), (Value.soft, SIMD3(15, 4, 10), SIMD3(8, 1, 9)),
      (Value.liver, SIMD3(8, 12, 13), SIMD3(5, 6, 6)), (Value.gallbladder, SIMD3(11, 8, 8), SIMD3(2, 2, 2)),
      (Value.kidney, SIMD3(8, 19, 7), SIMD3(3, 2, 4)), (Value.stomach, SIMD3(21, 9, 13), SIMD3(4, 4, 4)),
      (Value.muscle, SIMD3(10, 22, 10), SIMD3(4, 1.5, 40)), (Value.bone, SIMD3(15, 20, 10), SIMD3(2, 2, 40)),
      (Value.rib, SIMD3(25, 17, 12), SIMD3(1, 2, 1)), (Value.aorta, SIMD3(17, 17, 10), SIMD3(1.2, 1.2, 40)),
      (Value.pancreas, SIMD3(16, 13, 9), SIMD3(6, 1.6, 1.6)), (Value.portalVein, SIMD3(14, 15, 10), SIMD3(1, 1, 5)),
    ]
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          for (value, centre, radii) in solids {
            let offset = (SIMD3(Double(x), Double(y), Double(z)) - centre) / radii
            if (offset * offset).sum() <= 1 { map?.labels[(z * size.y + y) * size.x + x] = value }
          }
        }
      }
    }
    guard let map else { throw Missing() }
    return map
  }

  /// The map's place: 6 mm, x+ left, y+ posterior, z+ superior.
  static func geometry() throws -> VolumeGeometry {
    try VolumeGeometry(
      size: labels().size, spacing: SIMD3(repeating: 6), origin: .zero, direction: VolumeGeometry.identityDirection)
  }

  /// One class as JSON.
  static func entry(
    _ id: Int, _ name: String, label: Int = 0, role: String = "organ", native: Double = 40, portal: Double = 80,
    sd: Double = 10, texture: Double = 4, extra: String = ""
  ) -> String {
    """
    {"id": \(id), "name": "\(name)", "label": \(label), "role": "\(role)", "native_hu": \(native), \
    "portal_hu": \(portal), "sd_hu": \(sd), "texture_hu": \(texture)\(extra)}
    """
  }

  /// The classes of the map.
  static func entries(liverHU: Double = 55) -> [String] {
    [
      entry(2, "right kidney", label: 5, role: "kidney", native: 33, portal: 175),
      entry(4, "gallbladder", label: 15, role: "gallbladder", native: 8, portal: 10, sd: 6),
      entry(5, "liver", label: 2, role: "liver", native: liverHU, portal: liverHU + 48),
      entry(6, "stomach", label: 9, role: "hollow", extra: #", "content": {"fluid": 1, "gas": 0.5, "mixed": 1}"#),
      entry(7, "pancreas", label: 1, role: "pancreas", native: 34, portal: 95, sd: 14, texture: 8),
      entry(27, "vertebra", label: 13, role: "bone", native: 180, portal: 180, sd: 40, texture: 90),
      entry(52, "aorta", label: 6, role: "artery", portal: 155, sd: 14),
      entry(64, "portal vein", label: 8, role: "portal-vein", portal: 145, sd: 14),
      entry(86, "back muscle", label: 14, role: "muscle", native: 56, portal: 62, sd: 8, texture: 10),
      entry(92, "rib", label: 13, role: "bone", native: 180, portal: 180, sd: 40, texture: 90),
      entry(200, "fat", role: "fat", native: -102, portal: -102, sd: 7, texture: 9),
      entry(201, "soft tissue", role: "soft", native: 45, portal: 63, sd: 9, texture: 15),
      entry(203, "air", role: "air", native: -1000, portal: -1000, sd: 0, texture: 0),
    ]
  }

  /// A table of classes as JSON.
  static func json(_ entries: [String], schema: String = AtlasTable.schema) -> Data {
    Data(#"{"schema": "\#(schema)", "name": "test table", "classes": [\#(entries.joined(separator: ", "))]}"#.utf8)
  }

  /// The synthesis of the map.
  static func synthesis(liverHU: Double = 55) throws -> AtlasSynthesis {
    try AtlasSynthesis(
      labels: labels(), geometry: geometry(), table: AtlasTable(json: json(entries(liverHU: liverHU))))
  }

  struct Missing: Error {}
}

extension SyntheticCase {
  /// 64-bit FNV-1a over the voxels (little endian) and the labels.
  var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    for voxel in volume.voxels {
      add(UInt8(truncatingIfNeeded: voxel))
      add(UInt8(truncatingIfNeeded: voxel >> 8))
    }
    for label in labels.labels { add(label) }
    return hash
  }

  /// HU of the voxels with a label.
  func meanHU(of label: PhantomLabel) -> Double {
    let values = zip(volume.voxels, labels.labels).filter { $0.1 == label.rawValue }.map { Double($0.0) }
    return values.reduce(0, +) / Double(values.count)
  }

  /// A recorded number.
  func number(_ name: String) -> Double? {
    if case .number(let value)? = record.choices[name] { value } else { nil }
  }

  /// A recorded text.
  func text(_ name: String) -> String? {
    if case .text(let value)? = record.choices[name] { value } else { nil }
  }
}
