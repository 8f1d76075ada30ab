import Foundation
public import Volumes

/// Volume and HU of a mask.
public struct MaskStatistics: Hashable, Sendable {
  /// Voxels of the mask.
  public let voxels: Int
  /// Their volume, mL.
  public let millilitres: Double
  /// Mean of their HU; nil when there are none.
  public let meanHU: Double?
  /// Sample standard deviation of their HU; nil with fewer than two.
  public let sdHU: Double?
  /// Whether the mask has a voxel in the outermost layer of the volume: the organ may go on beyond.
  public let touchesBorder: Bool

  /// Cost: one pass over the mask. Nil when mask and volume differ in size.
  public init?(mask: LabelMap, volume: Volume) {
    guard mask.size == volume.size, mask.labels.count == volume.voxels.count else { return nil }
    let size = mask.size
    var (count, sum, squares) = (0, 0, 0)
    var touches = false
    mask.forEachForegroundRun { run in
      let row = (run.z * size.y + run.y) * size.x
      for voxel in volume.voxels[(row + run.x.lowerBound)..<(row + run.x.upperBound)] {
        sum += Int(voxel)
        squares += Int(voxel) * Int(voxel)
      }
      count += run.x.count
      touches =
        touches || run.x.lowerBound == 0 || run.x.upperBound == size.x || run.y == 0 || run.y == size.y - 1
        || run.z == 0 || run.z == size.z - 1
    }
    voxels = count
    millilitres = Double(count) * volume.geometry.voxelMillilitres
    touchesBorder = touches
    let mean = Double(sum) / Double(max(count, 1))
    meanHU = count > 0 ? mean : nil
    // Sums of whole numbers are exact, so the difference of two large ones loses nothing that matters here.
    sdHU = count > 1 ? (max(0, Double(squares) - Double(sum) * mean) / Double(count - 1)).squareRoot() : nil
  }

  /// One header line and one line of values; numbers with a point, nothing where there is no value.
  public func csv(label: Int, name: String) -> String {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "" }
    let quoted = "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    let values = [
      "\(label)", quoted, "\(voxels)", number(millilitres), number(meanHU), number(sdHU), touchesBorder ? "1" : "0",
      "\"research use, not for diagnosis\"",
    ]
    return "label,name,voxels,volume_ml,mean_hu,sd_hu,touches_border,purpose\n\(values.joined(separator: ","))\n"
  }
}
