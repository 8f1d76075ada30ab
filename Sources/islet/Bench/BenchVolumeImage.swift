import Foundation
import ImageFiles
import Volumes

/// A CT brought to the matrix that a benchmark asks for: resampled to its field of view, filled up with air.
struct BenchVolumeImage {
  /// The CT on the new grid.
  let volume: Volume
  /// What was done to which file, for the report.
  let source: String
  private let steps: (spacing: SIMD3<Double>, size: VolumeSize)

  /// Rows and columns get the spacing that spreads the longer of the two over the matrix; what is left of the shorter is
  /// air (-1024 HU). Slices get the spacing that makes them as many as asked for.
  init(path: String, size: VolumeSize) throws {
    let image = try Self.read(path)
    let geometry = image.geometry
    let extent = { (axis: Axis) in Double(geometry.size[axis]) * geometry.spacing[axis.rawValue] }
    let inPlane = max(extent(.x) / Double(size.x), extent(.y) / Double(size.y))
    steps = (SIMD3(inPlane, inPlane, extent(.z) / Double(size.z)), size)
    volume = try Self.brought(image, to: steps, air: -1024)
    let name = path.split(separator: "/").last ?? ""
    let from = geometry.size
    source =
      "\(name), \(from.x) x \(from.y) x \(from.z) voxels, resampled to \(size.x) x \(size.y) x \(size.z) at "
      + String(format: "%.3f x %.3f x %.3f mm", steps.spacing.x, steps.spacing.y, steps.spacing.z)
  }

  /// The voxels of one label of a label map on the same grid as the CT, brought the same way: at least half a voxel.
  func mask(path: String, value: Int16) throws -> LabelMap {
    let labels = try Self.read(path)
    let full: Int16 = 1000
    guard
      let organ = Volume(geometry: labels.geometry, voxels: labels.voxels.map { $0 == value ? full : 0 }),
      let mask = LabelMap(
        size: steps.size, labels: try Self.brought(organ, to: steps, air: 0).voxels.map { $0 >= full / 2 ? 1 : 0 }),
      !mask.isEmpty
    else {
      throw CommandFailure(exitCode: .input, sentence: "\(path): no voxel has the label \(value)")
    }
    return mask
  }

  /// An image with its axes towards left, posterior and superior, so that a CT and its labels lie alike.
  private static func read(_ path: String) throws -> Volume {
    let volume: Volume
    do throws(ImageError) {
      volume = try ImageFile.read(path, dicomReader: InstalledFiles.dicomSeriesReader()).volume
    } catch {
      throw CommandFailure(error)
    }
    return volume.reordered(by: AxisOrder(bringing: volume.geometry, to: .leftPosteriorSuperior))
  }

  private static func brought(
    _ volume: Volume, to steps: (spacing: SIMD3<Double>, size: VolumeSize), air: Int16
  ) throws -> Volume {
    let resampled = try volume.resampled(toSpacing: steps.spacing)
    let size = steps.size
    guard
      let geometry = try? VolumeGeometry(
        size: size, spacing: resampled.geometry.spacing, origin: resampled.geometry.origin,
        direction: resampled.geometry.direction)
    else { throw CommandFailure(exitCode: .usage, sentence: "the CT cannot be brought to \(size)") }
    var voxels = [Int16](repeating: air, count: size.voxelCount)
    // Centred in rows and columns, where the body is.
    let left = max(0, (size.x - resampled.size.x) / 2)
    let top = max(0, (size.y - resampled.size.y) / 2)
    let (columns, rows) = (min(size.x, resampled.size.x), min(size.y, resampled.size.y))
    for z in 0..<min(size.z, resampled.size.z) {
      for y in 0..<rows {
        let source = (z * resampled.size.y + y) * resampled.size.x
        let target = (z * size.y + y + top) * size.x + left
        voxels.replaceSubrange(target..<target + columns, with: resampled.voxels[source..<source + columns])
      }
    }
    guard let result = Volume(geometry: geometry, voxels: voxels) else {
      throw CommandFailure(exitCode: .usage, sentence: "the CT cannot be brought to \(size)")
    }
    return result
  }
}
