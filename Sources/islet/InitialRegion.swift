import HostClient
import Volumes

/// Where a run starts in place of the coarse pass, on the grid of the CT.
enum InitialRegion {
  /// What somebody drew; every label but 0 is organ.
  case mask(LabelMap, enclosedBy: VoxelBox)
  case box(VoxelBox)

  /// "mask" or "box".
  var kind: String {
    switch self {
    case .mask: "mask"
    case .box: "box"
    }
  }

  /// The smallest box that holds it.
  var enclosingBox: VoxelBox {
    switch self {
    case .mask(_, let box), .box(let box): box
    }
  }

  /// Voxels inside.
  var voxels: Int {
    switch self {
    case .mask(let mask, _): mask.foregroundCount
    case .box(let box): box.x.count * box.y.count * box.z.count
    }
  }

  /// Makes a request start here.
  func start(_ request: inout SegmentRequest) {
    switch self {
    case .mask(let mask, _): request.initialMask = mask
    case .box(let box): request.initialBox = box
    }
  }
}
