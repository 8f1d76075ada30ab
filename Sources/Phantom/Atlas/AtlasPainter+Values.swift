extension AtlasPainter {
  /// The HU of voxel x of a row.
  @inline(__always)
  func value(_ row: AtlasRow, _ x: Int) -> Float {
    let id = Int(row.ids[x])
    let (mean, texture) = (tissues.means[id], tissues.textures[id])
    let (medium, fine, depth) = (row.medium[x], row.fine[x], row.depths[x])
    switch tissues.roles[id] {
    case .air: return -1000
    case .fat:
      return mean + texture * fine + 6 * medium + tissues.skinRise * clamped(1 - depth / tissues.skinDepth)
    case .soft: return mean + tissues.softTextureHU * min(max(fine, -0.6), 3) - 10 * abs(medium)
    case .muscle:
      return mean + texture * fine - 14 * abs(medium) - tissues.muscleFat * min(max(abs(fine) - 0.3, 0), 1.5)
    case .bone:
      return mean + texture * fine + 50 * medium + tissues.boneShell * clamped(1 - depth / tissues.boneShellDepth)
    case .lung: return mean + texture * fine
    case .organ, .gallbladder, .artery, .portalVein: return mean + texture * fine + 3 * medium
    case .liver:
      let vessel =
        clamped(1 - abs(row.smallVessels[x]) * (1 / 0.12)) * clamped(1 - abs(row.largeVessels[x]) * (1 / 0.3))
      return mean + texture * fine + 3 * medium + tissues.liverVesselRise * vessel
    case .kidney:
      if depth > tissues.sinusDepth, medium > -0.4 { return tissues.sinusHU }
      return mean + texture * fine + 3 * medium + (depth < 6 ? tissues.cortexRise : 0)
    case .pancreas:
      let point = SIMD3(row.points.x[x], row.points.y[x], row.points.z[x])
      if let lesion = pancreas.lesion(at: point) {
        return (lesion.isCyst ? tissues.cystHU : tissues.lesionHU) + texture * fine
      }
      let lobule = min(max(abs(fine) - 0.3, 0), 1.5)
      return mean + texture * fine + 3 * medium - tissues.infiltration * lobule
    case .hollow:
      guard let filling = tissues.fillings[id], depth > filling.wall else { return mean + texture * fine + 3 * medium }
      return filling.value(fine: fine, medium: medium, coarse: row.coarse[x], height: row.heights[x])
        ?? mean + texture * fine + 3 * medium
    }
  }

  @inline(__always)
  private func clamped(_ value: Float) -> Float { min(max(value, 0), 1) }
}

extension AtlasPancreas {
  /// The lesion that holds a point of the atlas.
  @inline(__always)
  func lesion(at point: SIMD3<Float>) -> Lesion? {
    guard !lesions.isEmpty else { return nil }
    return lesions.first { lesion in
      let offset = point - lesion.centre
      return offset.x * offset.x + offset.y * offset.y + offset.z * offset.z < lesion.radius * lesion.radius
    }
  }
}

extension AtlasTissues.Filling {
  /// HU of the lumen; nil where it is empty and the wall goes on.
  ///
  /// `height` is 0 at the front of a loop and 1 at its back; gas lies above the level, which differs from loop to loop.
  func value(fine: Float, medium: Float, coarse: Float, height: Float) -> Float? {
    let isAboveLevel = height < level + 0.25 * coarse
    switch content {
    case .gas: return -900
    case .fluid: return isAboveLevel || medium > 0.4 + 0.8 * bubbles ? -900 : fluidHU
    case .contrast: return isAboveLevel || medium > 0.6 + 0.6 * bubbles ? -900 : contrastHU
    case .food: return isAboveLevel ? -900 : fine > 0.6 + 0.6 * bubbles ? -500 : foodHU + 30 * fine
    case .empty: return nil
    case .mixed:
      if coarse < -0.4 { return -900 }
      return coarse < 0.4 ? fluidHU + 20 * fine : solidHU + 35 * fine
    }
  }
}
