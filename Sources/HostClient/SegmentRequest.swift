import CIslet

/// What a host asks of one run; everything left nil is the bundle's or the plugin's choice.
public struct SegmentRequest: Hashable, Sendable {
  /// Label value of the organ; nil for the bundle's first.
  public var label: Int?
  /// Worker threads; nil for one per core. The result does not depend on it.
  public var threads: Int?
  /// Largest number of fine rounds T.
  public var rounds: Int?
  /// Threshold R of the stopping rule.
  public var threshold: Double?
  /// Frame around the mask in pixels of the working grid.
  public var margin: Int?
  /// Whether the result says which views found the organ.
  public var wantsViewMasks: Bool

  /// A request of defaults.
  public init(
    label: Int? = nil, threads: Int? = nil, rounds: Int? = nil, threshold: Double? = nil, margin: Int? = nil,
    wantsViewMasks: Bool = false
  ) {
    self.label = label
    self.threads = threads
    self.rounds = rounds
    self.threshold = threshold
    self.margin = margin
    self.wantsViewMasks = wantsViewMasks
  }

  /// The C struct; numbers that do not fit become the largest, which the plugin refuses with its own sentence.
  var cRequest: islet_request {
    var request = islet_request()
    request.struct_size = UInt32(MemoryLayout<islet_request>.size)
    request.label = UInt32(exactly: label ?? 0) ?? .max
    request.threads = UInt32(exactly: threads ?? 0) ?? .max
    if let rounds {
      request.overrides |= ISLET_OVERRIDE_ROUNDS
      request.rounds = UInt32(exactly: rounds) ?? .max
    }
    if let threshold {
      request.overrides |= ISLET_OVERRIDE_THRESHOLD
      request.threshold = threshold
    }
    if let margin {
      request.overrides |= ISLET_OVERRIDE_MARGIN
      request.margin = UInt32(exactly: margin) ?? .max
    }
    return request
  }
}
