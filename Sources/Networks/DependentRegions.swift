/// Which positions of every map depend on the image, and which are read: the rectangles that a network computes.
///
/// Outside the image's dependents every map holds what it holds for an image of zeros (`ZeroImage`), so only the
/// dependents are computed; what the next layer reads beside them, the halo, is filled in. Exact: no approximation.
struct DependentRegions: Hashable, Sendable {
  /// One map: the padded input, or the output of a step.
  struct Map: Hashable, Sendable {
    /// Positions that depend on the image.
    var computed: MapRegion
    /// Positions that lie in memory: the computed ones and the halo that later steps read.
    var held: MapRegion
  }

  /// The padded input first, then one per step.
  private(set) var maps: [Map]
  /// Index into `maps` of what each step reads.
  let sources: [Int]

  /// `image` is the box of the input's non-zero pixels in padded coordinates; empty when there is none.
  init(_ steps: [NetworkStep], shapes: NetworkShapes, image: MapRegion) {
    var trunk = 0
    var sources: [Int] = []
    maps = [Map(computed: image, held: image)]
    let inputs = ([shapes.paddedInput] + shapes.steps).map(\.size)
    for (index, step) in steps.enumerated() {
      let computed = step.window.dependents(of: maps[trunk].computed, in: inputs[trunk])
      maps.append(Map(computed: computed, held: computed))
      sources.append(trunk)
      if step.isTrunk { trunk = index + 1 }
    }
    self.sources = sources
    for (index, step) in steps.enumerated() {
      let source = sources[index]
      let read = step.window.inputs(of: maps[index + 1].computed, in: inputs[source])
      maps[source].held = maps[source].held.hull(read)
    }
  }
}
