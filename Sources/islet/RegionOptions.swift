import ArgumentParser
import HostClient
import ImageFiles
import Volumes

/// The options that start a run from a region in place of the coarse pass.
struct RegionOptions: ParsableArguments {
  @Option(
    help: """
      Start from this mask instead of the coarse pass: a NIfTI or NRRD label map on the CT's grid, in which every value \
      but 0 is organ.
      """)
  var initialMask: String?

  @Option(
    help: """
      Start from this box of voxels instead of the coarse pass: first:last along x, y and z of the CT's grid, counted \
      from 0, both ends inside, such as 120:199,80:149,30:61.
      """, transform: BoxBounds<Int>.init)
  var initialBox: BoxBounds<Int>?

  @Option(
    name: .customLong("initial-box-mm"), parsing: .unconditional,
    help: """
      The same in LPS millimetres (x+ left, y+ posterior, z+ superior), such as -80:40,-20:60,-900:-780: every voxel \
      that the box touches; what lies outside the CT is cut off.
      """, transform: BoxBounds<Double>.init)
  var initialBoxMillimetres: BoxBounds<Double>?

  func validate() throws {
    let given = [
      ("--initial-mask", initialMask != nil), ("--initial-box", initialBox != nil),
      ("--initial-box-mm", initialBoxMillimetres != nil),
    ].filter(\.1).map(\.0)
    if given.count > 1 {
      throw ValidationError("\(given.joined(separator: " and ")): a run starts from one region; give one of them")
    }
  }

  /// The region on the grid of `input`; nil when none is given.
  func region(on grid: VolumeGeometry, of input: String) throws(CommandFailure) -> InitialRegion? {
    if let initialMask { return try mask(initialMask, on: grid, of: input) }
    if let initialBox { return .box(try box(initialBox, in: grid.size)) }
    if let initialBoxMillimetres { return .box(try box(initialBoxMillimetres, in: grid)) }
    return nil
  }

  private func mask(_ path: String, on grid: VolumeGeometry, of input: String) throws(CommandFailure) -> InitialRegion {
    let mask: LabelMap
    let geometry: VolumeGeometry
    do throws(ImageError) {
      (mask, geometry) = try ImageFile.readLabels(path)
    } catch {
      throw CommandFailure(exitCode: CommandFailure(error).exitCode, sentence: "--initial-mask \(error.message)")
    }
    if let difference = geometry.difference(from: grid, names: (own: path, other: input)) {
      throw CommandFailure(exitCode: .input, sentence: "--initial-mask: \(difference)")
    }
    guard let box = VoxelBox(enclosing: mask) else {
      throw CommandFailure(
        exitCode: .input, sentence: "--initial-mask \(path): every voxel is 0; mark the organ, or leave the option out")
    }
    return .mask(mask, enclosedBy: box)
  }

  private func box(_ wanted: BoxBounds<Int>, in size: VolumeSize) throws(CommandFailure) -> VoxelBox {
    for axis in Axis.allCases {
      let bounds = wanted.bounds[axis.rawValue]
      guard bounds.lowerBound >= 0, bounds.upperBound < size[axis] else {
        throw CommandFailure(
          exitCode: .usage,
          sentence: "--initial-box \(wanted.text): \(bounds.lowerBound):\(bounds.upperBound) along \(axis), expected "
            + "voxels from 0:\(size[axis] - 1), the CT has \(size.x) x \(size.y) x \(size.z)")
      }
    }
    let (x, y, z) = (Range(wanted.bounds[0]), Range(wanted.bounds[1]), Range(wanted.bounds[2]))
    guard let box = VoxelBox(x: x, y: y, z: z) else {
      throw CommandFailure(exitCode: .usage, sentence: "--initial-box \(wanted.text): has no voxels")
    }
    return box
  }

  private func box(_ wanted: BoxBounds<Double>, in grid: VolumeGeometry) throws(CommandFailure) -> VoxelBox {
    let bounds = wanted.bounds
    let low = SIMD3(bounds[0].lowerBound, bounds[1].lowerBound, bounds[2].lowerBound)
    let high = SIMD3(bounds[0].upperBound, bounds[1].upperBound, bounds[2].upperBound)
    if let box = VoxelBox(between: low, and: high, in: grid) { return box }
    let size = grid.size
    let far = grid.position(ofIndex: SIMD3(Double(size.x - 1), Double(size.y - 1), Double(size.z - 1)))
    let extent = (0..<3).map { axis in
      let ends = [grid.origin[axis], far[axis]].map { ($0 * 10).rounded() / 10 }
      return "\(min(ends[0], ends[1])):\(max(ends[0], ends[1]))"
    }
    throw CommandFailure(
      exitCode: .usage,
      sentence: "--initial-box-mm \(wanted.text): lies outside the CT, whose first and last voxel span "
        + "\(extent.joined(separator: ",")) (LPS mm); in RAS, as 3D Slicer shows it, x and y have the other sign")
  }
}
