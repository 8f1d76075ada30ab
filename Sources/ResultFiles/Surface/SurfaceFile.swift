public import ImageFiles
public import Volumes

/// The surface of a mask as PLY (binary, little endian, LPS mm), which 3D Slicer, MeshLab and Blender read.
public enum SurfaceFile {
  /// Writes the surface. Returns false, and writes nothing, when the mask is empty.
  public static func write(mask: LabelMap, geometry: VolumeGeometry, to path: String) throws(ImageError) -> Bool {
    guard mask.size == geometry.size, mask.labels.count == mask.size.voxelCount else {
      throw ImageError(.invalidGeometry, "\(path): the mask has another size than its geometry; nothing was written")
    }
    let net = SurfaceNet(mask: mask, geometry: geometry)
    guard !net.triangles.isEmpty else { return false }
    let file = try OutputFile(path)
    try file.write(Array(header(net).utf8))
    try file.write(
      net.corners.flatMap { corner in
        (0..<3).flatMap { axis in bytes(of: Float(corner[axis]).bitPattern) }
      })
    try file.write(
      net.triangles.flatMap { triangle in
        [3] + (0..<3).flatMap { bytes(of: UInt32(bitPattern: triangle[$0])) }
      })
    try file.finish()
    return true
  }

  private static func header(_ net: SurfaceNet) -> String {
    """
    ply
    format binary_little_endian 1.0
    comment Islet: research use, not for diagnosis
    comment SPACE=LPS
    comment unit: mm
    element vertex \(net.corners.count)
    property float x
    property float y
    property float z
    element face \(net.triangles.count)
    property list uchar int vertex_indices
    end_header

    """
  }

  private static func bytes(of word: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
  }
}
