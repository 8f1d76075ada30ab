import CIslet
import Segmentation

/// A status of islet.h and the sentence that `last_error` gives for it.
struct BridgeError: Error {
  let status: islet_status
  let message: String
}

extension BridgeError {
  /// Translates an error of the segmentation.
  init(_ error: SegmentationError) {
    status =
      switch error.code {
      case .volume: ISLET_ERROR_VOLUME
      case .config: ISLET_ERROR_CONFIG
      case .request: ISLET_ERROR_REQUEST
      case .resources: ISLET_ERROR_RESOURCES
      case .engineMissing: ISLET_ERROR_ENGINE
      case .internal: ISLET_ERROR_INTERNAL
      case .bundleUnreadable: ISLET_ERROR_BUNDLE_UNREADABLE
      case .bundleFormat: ISLET_ERROR_BUNDLE_FORMAT
      case .bundleVersion: ISLET_ERROR_BUNDLE_VERSION
      case .bundleCorrupt: ISLET_ERROR_BUNDLE_CORRUPT
      case .bundleManifest: ISLET_ERROR_BUNDLE_MANIFEST
      case .bundleTensor: ISLET_ERROR_BUNDLE_TENSOR
      case .bundleUnsigned: ISLET_ERROR_BUNDLE_UNSIGNED
      case .bundleForeign: ISLET_ERROR_BUNDLE_FOREIGN
      case .bundleChanged: ISLET_ERROR_BUNDLE_CHANGED
      case .bundleRolledBack: ISLET_ERROR_BUNDLE_ROLLED_BACK
      }
    message = error.description
  }
}
