import ArgumentParser
import HostClient

/// Where the plugin computes, as an option says it.
enum IsolationOption: String, CaseIterable, ExpressibleByArgument {
  case process, none

  /// The same for a request.
  var isolation: SegmentRequest.Isolation {
    switch self {
    case .process: .process
    case .none: .none
    }
  }
}
