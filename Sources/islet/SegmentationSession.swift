import Foundation
import HostClient
import ModelBundle
import Volumes

/// A loaded plugin with a bundle: what one command needs to segment one or many volumes.
struct SegmentationSession {
  /// One segmented volume with everything that is known about the run.
  struct Outcome {
    let segmentation: Segmentation
    /// Where the run started; nil for the coarse pass.
    let initialRegion: InitialRegion?
    let trace: RunTrace
    let manifest: Manifest
    let pluginVersion: String
    let interfaceVersion: String
  }

  private let library: PluginLibrary
  private let instance: PluginInstance
  private let manifest: Manifest
  private let request: SegmentRequest

  /// Loads plugin and bundle.
  init(options: RunOptions, printer: ProgressPrinter) throws(CommandFailure) {
    let callbacks = HostCallbacks(
      progress: { printer.show($0) }, isCancelled: { Cancellation.isRequested })
    let trust = try options.trust.hostTrust()
    do throws(HostError) {
      library = try PluginLibrary(path: options.plugin ?? InstalledFiles.plugin)
      instance = try PluginInstance(
        of: library, hostName: "islet", hostVersion: harnessVersion, callbacks: callbacks, trust: trust)
      try instance.loadBundle(path: options.bundle ?? InstalledFiles.defaultBundle)
      let json = try instance.describeBundle()
      guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(json.utf8)) else {
        throw HostError(
          code: .incompatiblePlugin, description: "the plugin described its bundle in words this harness does not know")
      }
      self.manifest = manifest
    } catch {
      throw CommandFailure(error)
    }
    var request = options.request
    if let label = options.label { request.label = try manifest.labelValue(of: label) }
    self.request = request
  }

  /// What a run on a CT of this geometry would take.
  func plan(_ geometry: VolumeGeometry, from region: InitialRegion? = nil) throws(CommandFailure) -> RunForecast {
    var request = request
    region?.start(&request)
    do throws(HostError) {
      return try instance.plan(geometry, request: request)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Segments one volume, from a region if one is given.
  func segment(_ volume: Volume, from region: InitialRegion? = nil) throws(CommandFailure) -> Outcome {
    var request = request
    region?.start(&request)
    do throws(HostError) {
      let segmentation = try instance.segment(volume, request: request)
      return Outcome(
        segmentation: segmentation, initialRegion: region, trace: try RunTrace(json: try instance.trace()),
        manifest: manifest, pluginVersion: library.version, interfaceVersion: library.interfaceVersion)
    } catch {
      throw CommandFailure(error)
    }
  }
}
