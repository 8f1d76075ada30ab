import Glibc
public import Volumes

/// T of each network: the returned probability is the mean of sigmoid(logit(p) / T), so that of the voxels with p = 0.8
/// about 80 % belong to the organ. Masks, boxes and d(t) are made from the plain p.
public struct Temperatures: Hashable, Sendable {
  private struct Key: Hashable {
    let stage: Stage
    let view: View
  }

  private var values: [Key: Float] = [:]

  /// 1 everywhere: probabilities stay as they are, bit by bit.
  public static let none = Temperatures()

  /// 1 everywhere until set.
  public init() {}

  /// T of a network, above 0.
  public subscript(stage: Stage, view: View) -> Float {
    get { values[Key(stage: stage, view: view)] ?? 1 }
    set { values[Key(stage: stage, view: view)] = newValue == 1 ? nil : newValue }
  }

  /// Whether no probability changes.
  public var changesNothing: Bool { values.isEmpty }

  /// sigmoid(logit(p) / T) = p^a / (p^a + (1 - p)^a) with a = 1 / T; exact at 0, 1/2 and 1. NaN stays NaN.
  static func apply(_ temperature: Float, to probability: Float) -> Float {
    let exponent = 1 / temperature
    let inside = powf(probability, exponent)
    return inside / (inside + powf(1 - probability, exponent))
  }
}
