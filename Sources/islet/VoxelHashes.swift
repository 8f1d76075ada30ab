import Cohort
import Crypto
import Volumes

extension CohortCase.Hashes {
  /// Of voxels and labels themselves: how a file was compressed leaves no trace.
  init(volume: Volume, labels: LabelMap) {
    self.init(
      voxels: volume.voxels.map(\.littleEndian).withUnsafeBytes { Self.sha256($0) },
      labels: labels.labels.withUnsafeBytes { Self.sha256($0) })
  }

  private static func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
    var function = SHA256()
    function.update(bufferPointer: bytes)
    return function.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
