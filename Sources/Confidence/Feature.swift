/// One number measured in a run or in its image; the names are those of traces and of a bundle's calibration table.
///
/// Shares and DSC lie in 0...1. "Mask" is Z*, "views" are the three views' own masks in the last pass.
public enum Feature: String, CaseIterable, Hashable, Sendable {
  // What the views say of each other.
  /// Mean DSC of the three pairs of final views.
  case viewAgreementMean = "view_agreement_mean"
  /// DSC of the worst pair of final views.
  case viewAgreementMinimum = "view_agreement_minimum"
  /// Voxels that all three views found / voxels that any found.
  case unanimity
  /// Mean DSC of the three pairs of coarse views; absent without a coarse pass.
  case coarseViewAgreementMean = "coarse_view_agreement_mean"
  /// DSC of the worst pair of coarse views; absent without a coarse pass.
  case coarseViewAgreementMinimum = "coarse_view_agreement_minimum"
  /// DSC(Z(0), Z*); absent without a coarse pass.
  case coarseFineDice = "coarse_fine_dsc"

  // What the probabilities say.
  /// Soft DSC of mean probability and mask: 2 sum(p in mask) / (sum(p) + voxels of the mask).
  case softDice = "soft_dsc"
  /// Entropy of the mean probability, summed over the volume, per voxel of the mask, nats.
  case entropy = "entropy_per_voxel"
  /// Mean probability inside the mask.
  case meanProbability = "mean_probability"

  // How the iteration went.
  /// d(1); absent when no round ran.
  case firstRoundDice = "first_round_dsc"
  /// d(T); absent when no round ran.
  case lastRoundDice = "last_round_dsc"
  /// Fine rounds.
  case rounds
  /// Share of the last round's boxes that were those of the round before.
  case boxesReused = "boxes_reused"

  // What the mask looks like.
  /// Volume of the mask on the working grid, mL.
  case volume = "volume_ml"
  /// Share of the mask's voxels in an outermost layer of the image.
  case borderContact = "border_contact"
  /// Share of the mask's voxels in its largest component.
  case largestComponent = "largest_component"
  /// Share of the mask's voxels with a face towards the outside.
  case surfaceShare = "surface_share"
  /// Mean HU inside the mask.
  case hounsfieldMean = "hu_mean"
  /// Standard deviation of HU inside the mask.
  case hounsfieldSpread = "hu_sd"

  // What the image looks like.
  /// Extent of the image from right to left, mm.
  case extentAcross = "extent_across_mm"
  /// Extent of the image from front to back, mm.
  case extentDeep = "extent_deep_mm"
  /// Extent of the image from feet to head, mm.
  case extentAlong = "extent_along_mm"
  /// Mean width of the body's cross-sections, mm.
  case bodyWidth = "body_width_mm"
  /// Mean depth of the body's cross-sections, mm.
  case bodyDepth = "body_depth_mm"
  /// Share of the body above 400 HU.
  case boneShare = "bone_share"
  /// Share of the body that looks like lung.
  case lungShare = "lung_share"
  /// Share of the body in blocks of soft tissue as large as organs.
  case solidShare = "solid_share"
  /// Where the bone near the middle lies: 0 front of the body, 1 back. Absent without bone.
  case bonePosterior = "bone_posterior"
  /// Lung in the upper half against the lower one, -1...1. Absent without lung.
  case lungSuperior = "lung_superior"
  /// Organ-sized soft tissue in front, right half against left, -1...1: the liver's side. Absent without any.
  case solidRight = "solid_right"
  /// Noise in soft tissue, HU.
  case noise = "noise_hu"
  /// HU below which a tenth of the body's tissue (-300 to 300 HU) lies: fat, about -100 in everybody. Shifts with the scale.
  case fat = "fat_hu"
  /// Volume above 2,000 HU, mL.
  case metal = "metal_ml"
  /// Axial slices of one value only, between slices that show a body.
  case constantSlices = "constant_slices"
  /// Axial slices that repeat the slice before.
  case repeatedSlices = "repeated_slices"
  /// The largest change between neighbouring axial slices, in units of the changes beside it.
  case sliceJump = "slice_jump"

  // What follows from the above and the bundle's reference ranges (`DerivedFeatures`).
  /// The largest DSC that a mask of this volume can have with an organ of the reference range.
  case volumePlausibility = "volume_plausibility"
  /// How far the mean HU lies outside the reference range, in widths of the range.
  case hounsfieldOutside = "hu_outside"
  /// Kinds of doubt that the input checks raise.
  case inputFindings = "input_findings"
}

/// What was measured in one run. A feature that could not be measured is absent.
public struct RunFeatures: Hashable, Sendable {
  private var values: [Feature: Double] = [:]

  /// No feature at all.
  public init() {}

  /// A feature's value, nil when absent; a value that is not finite counts as absent.
  public subscript(feature: Feature) -> Double? {
    get { values[feature] }
    set { values[feature] = newValue.flatMap { $0.isFinite ? $0 : nil } }
  }

  /// Takes over every feature that `other` has.
  public mutating func merge(_ other: RunFeatures) { values.merge(other.values) { $1 } }

  /// Values by the features' names in files.
  public var byName: [String: Double] {
    Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
  }
}
