/// What a layer is made of: a mean HU and textures on top.
struct Material: Sendable {
  /// One random field of HU.
  struct Texture: Sendable {
    let field: SmoothField
    /// HU a unit of the field.
    let amplitude: Float
    /// Only the field above this counts (fat between lobules, vessels of the lung).
    var threshold: Float?
  }

  let hounsfield: Float
  var textures: [Texture] = []

  init(_ hounsfield: Double, _ textures: Texture...) {
    (self.hounsfield, self.textures) = (Float(hounsfield), textures)
  }

  /// The HU along a row.
  func fill(row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    output.update(repeating: hounsfield)
    guard !textures.isEmpty else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { values in
      for texture in textures {
        texture.field.fill(row: row.xs, y: row.y, z: row.z, into: values)
        let amplitude = texture.amplitude
        if let threshold = texture.threshold {
          for index in 0..<output.count { output[index] += amplitude * max(values[index] - threshold, 0) }
        } else {
          for index in 0..<output.count { output[index] += amplitude * values[index] }
        }
      }
    }
  }
}

/// One coat of paint: a material inside a shape that is made smaller or larger.
struct Layer: Sendable {
  let material: Material
  /// The label of the voxels whose centre lies inside; nil leaves the labels, 0 clears them.
  var label: UInt8?
  /// How far inside the stroke's surface it ends, mm; negative is outside.
  var inset: Float = 0
  /// Only the part inside this shape too.
  var cut: (any Shape)?
  /// 1 covers what was there.
  var opacity: Float = 1

  init(
    _ material: Material, label: PhantomLabel? = nil, inset: Double = 0, cut: (any Shape)? = nil, opacity: Double = 1
  ) {
    (self.material, self.label, self.cut) = (material, label?.rawValue, cut)
    (self.inset, self.opacity) = (Float(inset), Float(opacity))
  }

  /// The same layer, which takes all labels away.
  func clearingLabels() -> Layer {
    var layer = self
    layer.label = 0
    return layer
  }
}

/// A shape and the layers painted into it, in order.
struct Stroke: Sendable {
  /// Where a stroke may leave paint.
  enum Place: Sendable {
    case anywhere
    /// Inside the body wall.
    case cavity
    /// Inside the body wall, where no organ is.
    case cavityBackground
  }

  let shape: any Shape
  let layers: [Layer]
  let place: Place
  /// The shape's bounds, grown to the outermost layer.
  let bounds: Bounds

  init(_ shape: any Shape, _ layers: [Layer], in place: Place = .cavity) {
    (self.shape, self.layers, self.place) = (shape, layers, place)
    bounds = shape.bounds.grown(by: max(0, -(layers.map(\.inset).min() ?? 0)))
  }
}
