import Volumes

/// The pancreas of one case, as a distance to its border on the atlas grid: the labelled one, grown or shrunk, or drawn
/// anew as a tube along its course. Lesions and cysts are part of it.
struct AtlasPancreas: Sendable {
  /// Solid or cystic, a sphere.
  struct Lesion: Sendable {
    /// mm from the centre of the atlas.
    let centre: SIMD3<Float>
    /// mm.
    let radius: Float
    let isCyst: Bool
  }

  /// mm, negative inside, [z, y, x] of the atlas.
  private(set) var distances: [Float]
  private(set) var lesions: [Lesion] = []
  /// What was drawn.
  private(set) var choices: [String: PhantomRecord.ChoiceValue] = [:]

  /// Draws the gland of a seed.
  init(seed: UInt64, anatomy: AtlasAnatomy) {
    var random = RandomStream(seed: seed, name: "atlas.pancreas")
    distances = anatomy.pancreas
    switch random.choice(weights: [0.25, 0.45, 0.30]) {
    case 0: choices["pancreas_form"] = .text("kept")
    case 1: grow(&random, anatomy)
    default: drawTube(&random, anatomy)
    }
    addLesions(&random, anatomy)
  }

  /// Moves the labelled border outwards by -0.9 to 5.1 mm, unevenly.
  private mutating func grow(_ random: inout RandomStream, _ anatomy: AtlasAnatomy) {
    let growth = random.uniform(-0.9, 5.1)
    let uneven = SmoothField(
      random: &random, controlSpacing: 12, sd: 2.4 * AtlasPose.splineShare, low: -anatomy.reach, high: anatomy.reach)
    anatomy.forEachVoxel { index, point in
      guard abs(distances[index]) < 16 else { return }
      distances[index] += Float(uneven.value(at: point) - growth)
    }
    choices["pancreas_form"] = .text("grown")
    choices["pancreas_growth_mm"] = .number(growth)
  }

  /// Replaces the gland by balls along a curve through the jittered course, from the uncinate process to the tail.
  private mutating func drawTube(_ random: inout RandomStream, _ anatomy: AtlasAnatomy) {
    let common = SIMD3(random.normal(0, 4.5), random.normal(0, 4.5), random.normal(0, 4.5))
    var course = anatomy.pancreasCourse.map { point in
      point + common + SIMD3(random.normal(0, 5.1), random.normal(0, 5.1), random.normal(0, 5.1))
    }
    let head = course[0] + SIMD3(0, random.uniform(-3, 9), -random.uniform(9, 27))
    course.insert(head, at: 0)
    let bulk = random.uniform(0.65, 1.2)
    let radii = [9.9, 14.1, 13.8, 10.2, 9.3, 9.9, 9.3, 7.2].map { radius in
      radius * bulk * ElementaryFunctions.exp(random.normal(0, 0.12))
    }
    let balls = Self.curve(through: course, radii: radii, count: 60)
    let uneven = SmoothField(
      random: &random, controlSpacing: 9, sd: 2.4 * AtlasPose.splineShare, low: -anatomy.reach, high: anatomy.reach)
    let margin = 10.0
    let low = balls.reduce(SIMD3(repeating: Double.infinity)) { pointwiseMin($0, $1.centre - $1.radius) } - margin
    let high = balls.reduce(SIMD3(repeating: -Double.infinity)) { pointwiseMax($0, $1.centre + $1.radius) } + margin
    anatomy.forEachVoxel { index, point in
      distances[index] = Float(margin)
      guard all(point .>= low), all(point .<= high) else { return }
      var nearest = margin
      for ball in balls {
        let offset = point - ball.centre
        nearest = min(nearest, (offset * offset).sum().squareRoot() - ball.radius)
      }
      guard nearest < margin else { return }
      distances[index] = Float(nearest + uneven.value(at: point))
    }
    choices["pancreas_form"] = .text("tube")
    choices["pancreas_bulk"] = .number(bulk)
  }

  /// Balls along a Catmull-Rom curve through the points; radii are linear in between.
  private static func curve(
    through points: [SIMD3<Double>], radii: [Double], count: Int
  ) -> [(centre: SIMD3<Double>, radius: Double)] {
    (0..<count).map { step in
      let t = Double(step) / Double(count - 1) * Double(points.count - 1)
      let first = min(Int(t), points.count - 2)
      let u = t - Double(first)
      let (b, c) = (points[first], points[first + 1])
      let a = first > 0 ? points[first - 1] : b * 2 - c
      let d = first + 2 < points.count ? points[first + 2] : c * 2 - b
      let linear = (c - a) * u
      let square = (a * 2 - b * 5 + c * 4 - d) * (u * u)
      let cube = (b * 3 - a - c * 3 + d) * (u * u * u)
      let centre = (b * 2 + linear + square + cube) * 0.5
      return (centre, radii[first] + (radii[first + 1] - radii[first]) * u)
    }
  }

  /// One or two lesions or cysts in a fifth of the cases; where they bulge, the gland bulges with them.
  private mutating func addLesions(_ random: inout RandomStream, _ anatomy: AtlasAnatomy) {
    let count = random.chance(0.2) ? random.integer(in: 1..<3) : 0
    let inside = distances.indices.filter { distances[$0] < -1 }
    choices["pancreas_lesions"] = .number(Double(inside.isEmpty ? 0 : count))
    guard !inside.isEmpty else { return }
    for _ in 0..<count {
      let centre = anatomy.position(of: inside[random.integer(in: 0..<inside.count)])
      let radius = random.uniform(4, 14)
      let isCyst = random.chance(0.4)
      lesions.append(Lesion(centre: SIMD3<Float>(centre), radius: Float(radius), isCyst: isCyst))
      anatomy.forEachVoxel { index, point in
        let offset = point - centre
        let square = (offset * offset).sum()
        guard square < (radius + 10) * (radius + 10) else { return }
        distances[index] = min(distances[index], Float(square.squareRoot() - radius))
      }
    }
    if !lesions.isEmpty {
      choices["pancreas_lesion_radius_mm"] = .list(lesions.map { .number(Double($0.radius)) })
      choices["pancreas_lesion_is_cyst"] = .list(lesions.map { .bool($0.isCyst) })
    }
  }
}

extension AtlasAnatomy {
  /// mm from the centre of the map.
  func position(of index: Int) -> SIMD3<Double> {
    let voxel = SIMD3(Double(index % size.x), Double(index / size.x % size.y), Double(index / (size.x * size.y)))
    return voxel * spacing - reach
  }

  /// Every voxel with its position, in memory order.
  func forEachVoxel(_ body: (_ index: Int, _ point: SIMD3<Double>) -> Void) {
    var index = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          body(index, SIMD3(Double(x), Double(y), Double(z)) * spacing - reach)
          index += 1
        }
      }
    }
  }
}
