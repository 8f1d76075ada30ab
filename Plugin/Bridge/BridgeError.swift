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
      case .request: ISLET_ERROR_REQUEST
      case .resources: ISLET_ERROR_RESOURCES
      case .internal: ISLET_ERROR_INTERNAL
      case .bundle(.cannotOpen): ISLET_ERROR_BUNDLE_UNREADABLE
      case .bundle(.notABundle): ISLET_ERROR_BUNDLE_FORMAT
      case .bundle(.unsupportedVersion): ISLET_ERROR_BUNDLE_VERSION
      case .bundle(.corrupt): ISLET_ERROR_BUNDLE_CORRUPT
      case .bundle(.invalidManifest): ISLET_ERROR_BUNDLE_MANIFEST
      case .bundle(.invalidTensor): ISLET_ERROR_BUNDLE_TENSOR
      case .bundle: ISLET_ERROR_INTERNAL
      }
    message = error.description
  }
}
