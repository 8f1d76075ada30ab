extension Manifest {
  /// An axis of the voxel array; x changes fastest in memory.
  public enum ArrayAxis: String, Codable, CaseIterable, Hashable, Sendable {
    /// First axis.
    case x
    /// Second axis.
    case y
    /// Third axis.
    case z
  }

  /// A direction in the patient, towards which an array axis may grow.
  public enum PatientDirection: String, Codable, CaseIterable, Hashable, Sendable {
    /// Towards the patient's left.
    case left
    /// Towards the patient's right.
    case right
    /// Towards the front.
    case anterior
    /// Towards the back.
    case posterior
    /// Towards the head.
    case superior
    /// Towards the feet.
    case inferior
  }

  /// How Hounsfield units become the numbers that the networks see.
  public struct Intensity: Codable, Hashable, Sendable {
    /// HU mapped to 0 and to 1: [low, high], low < high; values outside are clipped.
    public var window: [Double]
    /// When n: the clipped value v in 0...1 is rounded to round(v * n) / n, ties to even; nil leaves it as it is.
    public var levels: Int?

    /// Makes an intensity mapping.
    public init(window: [Double], levels: Int? = nil) { (self.window, self.levels) = (window, levels) }
  }

  /// The grid that the networks work on. Steps, in this order: reorient, resample, cut the body box, pad.
  public struct Grid: Codable, Hashable, Sendable {
    /// Patient direction towards which x, y and z grow.
    public var axes: [PatientDirection]
    /// Isotropic working spacing in mm; nil works on the image's own grid.
    public var spacingMillimetres: Double?
    /// Cuts arms, table and air away first; nil keeps the whole image.
    public var bodyBox: BodyBox?
    /// Smallest number of voxels along x, y, z. A shorter axis is padded by repeating its end voxels: half of the missing
    /// voxels (rounded down) before, the rest after. The padding takes no part in masks and Dice coefficients.
    public var minimumSize: [Int]

    enum CodingKeys: String, CodingKey {
      case axes
      case spacingMillimetres = "spacing_mm"
      case bodyBox = "body_box"
      case minimumSize = "minimum_size"
    }

    /// Makes a grid.
    public init(
      axes: [PatientDirection], spacingMillimetres: Double? = nil, bodyBox: BodyBox? = nil, minimumSize: [Int]
    ) {
      (self.axes, self.spacingMillimetres) = (axes, spacingMillimetres)
      (self.bodyBox, self.minimumSize) = (bodyBox, minimumSize)
    }
  }

  /// The box around the body: voxels above a threshold, opened, largest 6-connected component, its extent plus a margin.
  public struct BodyBox: Codable, Hashable, Sendable {
    /// Voxels above this many HU are body.
    public var thresholdHU: Double
    /// Steps of 6-connected erosion, then as many of dilation, in voxels of the working grid; 0 leaves the opening out.
    public var openingRadius: Int
    /// Voxels added on each side, clipped to the image.
    public var margin: Int
    /// The axes that are cut; the others keep their full extent.
    public var axes: [ArrayAxis]

    enum CodingKeys: String, CodingKey {
      case thresholdHU = "threshold_hu"
      case openingRadius = "opening_radius"
      case margin, axes
    }

    /// Makes a body box.
    public init(thresholdHU: Double, openingRadius: Int, margin: Int, axes: [ArrayAxis]) {
      (self.thresholdHU, self.openingRadius, self.margin, self.axes) = (thresholdHU, openingRadius, margin, axes)
    }
  }

  /// The tensor axes of the three views. Slices run along y (coronal), x (sagittal) and z (axial).
  public struct Views: Codable, Hashable, Sendable {
    /// Slices along y.
    public var coronal: SliceAxes
    /// Slices along x.
    public var sagittal: SliceAxes
    /// Slices along z.
    public var axial: SliceAxes

    /// Makes the three views.
    public init(coronal: SliceAxes, sagittal: SliceAxes, axial: SliceAxes) {
      (self.coronal, self.sagittal, self.axial) = (coronal, sagittal, axial)
    }
  }

  /// Which array axes are the height and the width of a view's tensors.
  public struct SliceAxes: Codable, Hashable, Sendable {
    /// The tensor's height.
    public var rows: ArrayAxis
    /// The tensor's width.
    public var columns: ArrayAxis

    /// Makes the axes of one view.
    public init(rows: ArrayAxis, columns: ArrayAxis) { (self.rows, self.columns) = (rows, columns) }
  }

  /// The images that a model was made for.
  public struct InputRange: Codable, Hashable, Sendable {
    /// Lower and upper limits along x, y, z, in mm.
    public struct Spacing: Codable, Hashable, Sendable {
      /// Smallest spacing along x, y, z.
      public var minimum: [Double]
      /// Largest spacing along x, y, z.
      public var maximum: [Double]

      /// Makes the limits of the spacing.
      public init(minimum: [Double], maximum: [Double]) { (self.minimum, self.maximum) = (minimum, maximum) }
    }

    /// Lower and upper limits of the voxel values.
    public struct HounsfieldUnits: Codable, Hashable, Sendable {
      /// Smallest value expected in an image.
      public var minimum: Double
      /// Largest value expected in an image.
      public var maximum: Double

      /// Makes the limits of the values.
      public init(minimum: Double, maximum: Double) { (self.minimum, self.maximum) = (minimum, maximum) }
    }

    /// Voxel spacing of the image as it comes, in the axes of `Grid.axes`.
    public var spacingMillimetres: Spacing
    /// Voxel values.
    public var hu: HounsfieldUnits
    /// Contrast phases, in words.
    public var phases: String

    enum CodingKeys: String, CodingKey {
      case spacingMillimetres = "spacing_mm"
      case hu, phases
    }

    /// Makes an input range.
    public init(spacingMillimetres: Spacing, hu: HounsfieldUnits, phases: String) {
      (self.spacingMillimetres, self.hu, self.phases) = (spacingMillimetres, hu, phases)
    }
  }
}
