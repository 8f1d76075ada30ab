public import Volumes

/// NIfTI in one file (.nii, .nii.gz): positions are RAS in the file and LPS everywhere else.
public enum NIfTI {
  /// Reads a CT: stored * scl_slope + scl_inter, rounded to whole HU (halves to even), clamped to Int16 (and then noted).
  ///
  /// Reads NIfTI-1 and NIfTI-2 with (u)int8 to (u)int64, float32 and float64 of both byte orders, plain or gzip.
  /// Cost: one pass; 2 bytes a voxel and 1 MiB.
  public static func read(_ path: String) throws(ImageError) -> LoadedImage {
    try read(InputFile(path))
  }

  static func read(_ file: InputFile) throws(ImageError) -> LoadedImage {
    var opened = try open(file)
    let volume = try opened.voxels.readVolume(opened.geometry, notes: &opened.notes)
    return LoadedImage(
      volume: volume, format: .nifti,
      source: "NIfTI-\(opened.version), \(opened.voxels.type)\(file.isCompressed ? ", gzip" : "")", notes: opened.notes)
  }

  /// Reads a label map: every value, after scaling, must be a whole number from 0 to 255.
  public static func readLabels(_ path: String) throws(ImageError) -> (labels: LabelMap, geometry: VolumeGeometry) {
    let opened = try open(InputFile(path))
    return (try opened.voxels.readLabels(), opened.geometry)
  }

  /// A file whose header was read and checked, before its first voxel.
  private struct Opened {
    let version: Int
    let voxels: StoredVoxels
    let geometry: VolumeGeometry
    var notes: [String]
  }

  private static func open(_ file: InputFile) throws(ImageError) -> Opened {
    let header = try NIfTIHeader(file.peek(NIfTIHeader.largestByteCount), path: file.path)
    let layout = try header.layout(path: file.path)
    var notes: [String] = []
    let geometry = try header.geometry(size: layout.size, path: file.path, notes: &notes)
    let voxels = StoredVoxels(
      file: file, offset: layout.voxelOffset, size: layout.size, type: layout.type, isBigEndian: header.isBigEndian,
      scale: VoxelScale(slope: layout.slope, intercept: layout.intercept), announcedBy: "dim and datatype",
      endsFile: false)
    try voxels.checkStoredLength()
    return Opened(version: header.version, voxels: voxels, geometry: geometry, notes: notes)
  }
}
