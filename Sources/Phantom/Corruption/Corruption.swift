import Volumes

/// What goes wrong with CT in practice, done on purpose to a synthetic case whose truth is known.
///
/// Confidence is calibrated and tested on such cases: on clean ones alone it learns nothing. Each is a function of the
/// case and its seed, so that it can be made again anywhere.
public enum Corruption: String, CaseIterable, Sendable {
  /// A dose that is far too low.
  case noise
  /// A rescale intercept that is wrong.
  case huShift = "hu-shift"
  /// A field of view that ends inside the organ; the truth ends there too.
  case organCut = "organ-cut"
  /// Slices that were lost, and a geometry that does not know it.
  case missingSlices = "missing-slices"
  /// Voxels along an axis in the reverse order, and a geometry that does not know it.
  case flippedOrientation = "flipped-orientation"
  /// A scan of the thorax or the pelvis, where the organ hardly shows or not at all.
  case wrongRegion = "wrong-region"
  /// Metal with its streaks.
  case metal

  /// The case with the corruption; what was drawn stands in the record, its names starting with "corruption".
  ///
  /// - Parameters:
  ///   - original: a case without corruption; its seed decides everything.
  ///   - organ: what organ-cut, missing-slices, wrong-region and metal aim at.
  ///   - threads: the result does not depend on it.
  /// Throws `CorruptionError` when the organ, or enough of the volume, is not there.
  public func applied(
    to original: SyntheticCase, organ: PhantomLabel = .pancreas, threads: Int
  ) throws -> SyntheticCase {
    var random = RandomStream(seed: original.record.seed, name: "corruption \(rawValue)")
    var change = try change(of: original, organ: organ, random: &random, threads: threads)
    change.choices["corruption"] = .text(rawValue)
    return SyntheticCase(
      volume: change.volume, labels: change.labels,
      record: original.record.adding(change.choices, geometry: change.volume.geometry))
  }

  private func change(
    of original: SyntheticCase, organ: PhantomLabel, random: inout RandomStream, threads: Int
  ) throws -> CorruptedImage {
    switch self {
    case .noise: try .noise(original, random: &random, threads: threads)
    case .huShift: try .shift(original, random: &random)
    case .organCut: try .cut(original, organ: OrganProfile(original, organ, for: self), random: &random)
    case .missingSlices: try .slicesLost(original, organ: OrganProfile(original, organ, for: self), random: &random)
    case .flippedOrientation: try .flipped(original, random: &random)
    case .wrongRegion: try .wrongRegion(original, organ: OrganProfile(original, organ, for: self), random: &random)
    case .metal: try .metal(original, organ: OrganProfile(original, organ, for: self), random: &random)
    }
  }
}

/// Why a case cannot be corrupted; the message is a sentence for people.
public struct CorruptionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was expected and what was found.
  public let message: String
  /// The message alone.
  public var description: String { message }
}

/// What a corruption made of a case.
struct CorruptedImage {
  var volume: Volume
  var labels: LabelMap
  var choices: [String: PhantomRecord.ChoiceValue]

  /// Voxels and labels on one grid, which may be another than the original's.
  init(
    geometry: VolumeGeometry, voxels: [Int16], labels: [UInt8], choices: [String: PhantomRecord.ChoiceValue]
  ) throws(CorruptionError) {
    guard let volume = Volume(geometry: geometry, voxels: voxels),
      let map = LabelMap(size: geometry.size, labels: labels)
    else { throw CorruptionError(message: "\(voxels.count) voxels for a grid of \(geometry.size.voxelCount)") }
    (self.volume, self.labels, self.choices) = (volume, map, choices)
  }
}

extension SyntheticCase {
  /// The same case with further choices in its record.
  public func recording(_ choices: [String: PhantomRecord.ChoiceValue]) -> SyntheticCase {
    SyntheticCase(volume: volume, labels: labels, record: record.adding(choices, geometry: volume.geometry))
  }
}

extension PhantomRecord {
  /// The same record with further choices, of an image on a grid.
  func adding(_ added: [String: ChoiceValue], geometry: VolumeGeometry) -> PhantomRecord {
    PhantomRecord(source: source, seed: seed, geometry: geometry, choices: choices.merging(added) { $1 })
  }
}
