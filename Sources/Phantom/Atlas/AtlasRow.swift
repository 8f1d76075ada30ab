/// Memory for one row of a case: where its voxels lie in the atlas, what they are, and the textures there.
struct AtlasRow {
  /// One value per voxel of the row.
  typealias Values = UnsafeMutableBufferPointer<Float>

  /// Where the voxels lie in the patient, mm.
  let xs: UnsafeBufferPointer<Float>
  /// What they are.
  let ids: UnsafeMutableBufferPointer<UInt8>
  /// Where they lie in the atlas, mm from its centre.
  let points: (x: Values, y: Values, z: Values)
  /// Beneath the skin for fat, inside their own border for everything else, mm.
  let depths: Values
  /// In the loop, for hollow organs.
  let heights: Values
  /// Textures, named as in `AtlasTextures`.
  let medium: Values
  let fine: Values
  let coarse: Values
  let smallVessels: Values
  let largeVessels: Values
  let scratch: Values

  /// Lends the memory of one row.
  static func withMemory(xs: [Float], _ body: (AtlasRow) -> Void) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 11 * xs.count) { memory in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: xs.count) { ids in
        memory.initialize(repeating: 0)
        ids.initialize(repeating: 0)
        xs.withUnsafeBufferPointer { body(AtlasRow(xs: $0, ids: ids, memory: memory)) }
      }
    }
  }

  private init(xs: UnsafeBufferPointer<Float>, ids: UnsafeMutableBufferPointer<UInt8>, memory: Values) {
    (self.xs, self.ids) = (xs, ids)
    func part(_ index: Int) -> Values {
      Values(rebasing: memory[index * xs.count..<(index + 1) * xs.count])
    }
    points = (part(0), part(1), part(2))
    (depths, heights) = (part(3), part(4))
    (medium, fine, coarse) = (part(5), part(6), part(7))
    (smallVessels, largeVessels, scratch) = (part(8), part(9), part(10))
  }
}
