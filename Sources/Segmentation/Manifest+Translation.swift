import CoarseToFine
package import ModelBundle
package import Networks
import Volumes

// The manifest's words in the types of the modules that know nothing of bundles.

extension View {
  init(_ view: Manifest.Network.View) {
    self =
      switch view {
      case .coronal: .coronal
      case .sagittal: .sagittal
      case .axial: .axial
      }
  }
}

extension Axis {
  init(_ axis: Manifest.ArrayAxis) {
    self =
      switch axis {
      case .x: .x
      case .y: .y
      case .z: .z
      }
  }
}

extension PatientDirection {
  init(_ direction: Manifest.PatientDirection) {
    self =
      switch direction {
      case .left: .left
      case .right: .right
      case .anterior: .anterior
      case .posterior: .posterior
      case .superior: .superior
      case .inferior: .inferior
      }
  }
}

extension NetworkDescription {
  /// A manifest's topology; refuses what cannot be computed.
  package init(_ topology: Manifest.Topology) throws(NetworkError) {
    let family: Family =
      switch topology.family {
      case .crop: .crop(pad: topology.pad ?? 0)
      case .samePadding: .samePadding
      }
    try self.init(
      family: family, inputChannels: topology.inputChannels, outputChannels: topology.outputChannels,
      blockChannels: topology.blockChannels, blockConvolutions: topology.convolutions, pools: topology.pools,
      fc6Channels: topology.fc6.channels, fc6Kernel: topology.fc6.kernel, fc7Channels: topology.fc7.channels,
      skipScale4: Float(topology.skipScales.pool4), skipScale3: Float(topology.skipScales.pool3),
      upsampling: topology.upsampling == .learned ? .learned : .bilinear)
  }
}

extension Manifest {
  /// How the slices of the three views lie in the networks' tensors.
  func slicePlanes() throws(SegmentationError) -> [SlicePlane] {
    var planes: [SlicePlane] = []
    for (view, axes) in [(View.coronal, views.coronal), (.sagittal, views.sagittal), (.axial, views.axial)] {
      guard let plane = SlicePlane(view: view, rowAxis: Axis(axes.rows), columnAxis: Axis(axes.columns)) else {
        throw SegmentationError(
          code: .bundleManifest,
          description:
            "\(name): the \(view) view's rows \(axes.rows) and columns \(axes.columns) do not span its slices")
      }
      planes.append(plane)
    }
    return planes
  }
}
