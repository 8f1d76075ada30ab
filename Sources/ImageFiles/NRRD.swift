public import Volumes

/// NRRD in one file (.nrrd): header and voxels together, as 3D Slicer and ITK write them.
///
/// A detached header (.nhdr) names another file to open, and a header of an attacker any file: it is refused.
public enum NRRD {
  /// Reads a CT: values rounded to whole HU (halves to even), clamped to Int16 (and then noted).
  ///
  /// Reads (u)int8 to (u)int64, float and double of both byte orders, encodings raw and gzip, spaces LPS, RAS and LAS.
  /// Cost: one pass; 2 bytes a voxel and 1 MiB.
  public static func read(_ path: String) throws(ImageError) -> LoadedImage {
    var opened = try open(path)
    let volume = try opened.voxels.readVolume(opened.geometry, notes: &opened.notes)
    return LoadedImage(
      volume: volume, format: .nrrd,
      source: "NRRD, \(opened.voxels.type)\(opened.isCompressed ? ", gzip" : "")", notes: opened.notes)
  }

  /// Reads a label map: every value must be a whole number from 0 to 255.
  public static func readLabels(_ path: String) throws(ImageError) -> (labels: LabelMap, geometry: VolumeGeometry) {
    let opened = try open(path)
    return (try opened.voxels.readLabels(), opened.geometry)
  }

  /// A file whose header was read and checked, before its first voxel.
  private struct Opened {
    let voxels: StoredVoxels
    let geometry: VolumeGeometry
    let isCompressed: Bool
    var notes: [String]
  }

  private static func open(_ path: String) throws(ImageError) -> Opened {
    let header = try NRRDHeader(try InputFile(path).peek(NRRDHeader.largestByteCount), path: path)
    let layout = try header.layout()
    var notes: [String] = []
    let geometry = try header.geometry(size: layout.size, notes: &notes)
    let file = try InputFile(path, from: header.byteCount)
    guard file.isCompressed == layout.isCompressed else {
      throw ImageError(
        .invalidHeader,
        "\(path): encoding is \(layout.isCompressed ? "gzip" : "raw"), but the voxels "
          + "\(layout.isCompressed ? "are no gzip stream" : "start like a gzip stream"); write the file again")
    }
    let voxels = StoredVoxels(
      file: file, offset: 0, size: layout.size, type: layout.type, isBigEndian: layout.isBigEndian,
      scale: VoxelScale(slope: 1, intercept: 0), announcedBy: "sizes and type", endsFile: true)
    try voxels.checkStoredLength()
    return Opened(voxels: voxels, geometry: geometry, isCompressed: layout.isCompressed, notes: notes)
  }
}
