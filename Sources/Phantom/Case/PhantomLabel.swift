/// The label values of every synthetic case; 0 is everything else.
public enum PhantomLabel: UInt8, CaseIterable, Sendable {
  /// The gland with the lesions and cysts inside it.
  case pancreas = 1
  case liver, spleen, leftKidney, rightKidney, aorta, inferiorVenaCava, portalAndSplenicVein, stomach, duodenum, colon
  case smallBowel, bone, muscle, gallbladder, lung

  /// The name in phantom.json and cohort.json.
  public var name: String {
    switch self {
    case .leftKidney: "left kidney"
    case .rightKidney: "right kidney"
    case .inferiorVenaCava: "inferior vena cava"
    case .portalAndSplenicVein: "portal and splenic vein"
    case .smallBowel: "small bowel"
    case .pancreas, .liver, .spleen, .aorta, .stomach, .duodenum, .colon, .bone, .muscle, .gallbladder, .lung:
      "\(self)"
    }
  }
}
