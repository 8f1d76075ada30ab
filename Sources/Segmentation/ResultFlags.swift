/// What a reader of a result must know before trusting it.
public struct ResultFlags: OptionSet, Hashable, Sendable {
  /// One bit per flag, the same bits as ISLET_FLAG_* of islet.h (a test compares them).
  public let rawValue: UInt64
  /// A set of flags from its bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The mask touches the border of the volume: the organ may be cut.
  public static let touchesBorder = ResultFlags(rawValue: 1 << 0)
  /// The HU range of the volume is not one the bundle names.
  public static let hounsfieldOutOfRange = ResultFlags(rawValue: 1 << 1)
  /// The spacing is not one the bundle names.
  public static let spacingOutOfRange = ResultFlags(rawValue: 1 << 2)
  /// Array axes lie more than `obliqueDegrees` off the patient's.
  public static let oblique = ResultFlags(rawValue: 1 << 3)
  /// The rounds were used up before the mask stopped changing.
  public static let notConverged = ResultFlags(rawValue: 1 << 4)
  /// A fine round lost the organ.
  public static let collapsed = ResultFlags(rawValue: 1 << 5)
  /// Nothing was found.
  public static let empty = ResultFlags(rawValue: 1 << 6)
  /// The bundle is not signed: nobody vouches for the weights.
  public static let unsignedBundle = ResultFlags(rawValue: 1 << 7)
  /// The bundle carries no calibration, so there is no predicted DSC.
  public static let noConfidence = ResultFlags(rawValue: 1 << 8)
  /// The bundle asks for a body box and none was found: the whole volume was searched.
  public static let noBody = ResultFlags(rawValue: 1 << 9)

  /// The anatomy does not lie as the volume's orientation says.
  public static let orientationDoubtful = ResultFlags(rawValue: 1 << 10)
  /// The volume does not look like the part of the body that the bundle is for.
  public static let wrongBodyPart = ResultFlags(rawValue: 1 << 11)
  /// The volume shows less or more of the body than the bundle was calibrated for.
  public static let fieldOfView = ResultFlags(rawValue: 1 << 12)
  /// The predicted DSC is low.
  public static let lowConfidence = ResultFlags(rawValue: 1 << 13)
  /// Slices are constant, repeated, or seem to be missing.
  public static let slicesDoubtful = ResultFlags(rawValue: 1 << 14)
  /// The volume is noisier, smoother, darker or brighter than what the bundle was calibrated for, or holds much metal.
  public static let imageQuality = ResultFlags(rawValue: 1 << 15)
  /// The bundle is signed with a key that the host does not trust.
  public static let foreignBundle = ResultFlags(rawValue: 1 << 16)
  /// The bundle's signature does not fit it: one of them was changed.
  public static let changedBundle = ResultFlags(rawValue: 1 << 17)
  /// The bundle is older than the oldest version that the host accepts.
  public static let rolledBackBundle = ResultFlags(rawValue: 1 << 18)

  /// Array axes may lie this far off the patient's before `oblique` is set: the networks saw no larger rotation.
  public static let obliqueDegrees = 10.0

  /// The names that results use, in the order of the bits.
  public var names: [String] {
    Self.allNames.filter { contains($0.flag) }.map(\.name)
  }

  private static let allNames: [(flag: ResultFlags, name: String)] = [
    (.touchesBorder, "touches-border"), (.hounsfieldOutOfRange, "hu-out-of-range"),
    (.spacingOutOfRange, "spacing-out-of-range"), (.oblique, "oblique"), (.notConverged, "not-converged"),
    (.collapsed, "collapsed"), (.empty, "empty"), (.unsignedBundle, "unsigned-bundle"),
    (.noConfidence, "no-confidence"), (.noBody, "no-body"), (.orientationDoubtful, "orientation-doubtful"),
    (.wrongBodyPart, "wrong-body-part"), (.fieldOfView, "field-of-view"), (.lowConfidence, "low-confidence"),
    (.slicesDoubtful, "slices-doubtful"), (.imageQuality, "image-quality"),
    (.foreignBundle, "foreign-bundle"), (.changedBundle, "changed-bundle"),
    (.rolledBackBundle, "rolled-back-bundle"),
  ]
}
