public import DicomSeries
import Glibc
public import ImageFiles
import Volumes

/// What reading one damaged file led to.
public struct HostileCase: Sendable {
  /// The volume, when the file was read.
  public let image: LoadedImage?
  /// The code of the refusal, when it was not.
  public let refusal: String?
  /// The sentence of the refusal.
  public let sentence: String
  /// Wall time.
  public let seconds: Double
  /// Growth of this process' largest resident size over the case, bytes.
  public let memoryGrowth: Int
  /// Bytes of HU that the volume has; 0 for a refusal.
  public var declaredByteCount: Int { 2 * (image?.volume.voxels.count ?? 0) }

  /// Reads a file that stands at `path` and measures.
  public init(readingFile path: String, reader: DicomSeriesReader) {
    let before = Self.residentBytes(resettingPeak: true)
    let start = Self.now()
    var image: LoadedImage?
    var refusal: String?
    var sentence = ""
    do throws(ImageError) {
      image = try ImageFile.read(path, dicomReader: reader)
    } catch {
      refusal = error.dicom.map { "dicom.\($0.code)" } ?? "\(error.code)"
      sentence = error.message
    }
    (self.image, self.refusal, self.sentence) = (image, refusal, sentence)
    seconds = Self.now() - start
    memoryGrowth = max(0, Self.residentBytes(resettingPeak: false) - before)
  }

  /// What may be beside twice the declared bytes: buffers of zlib and of the checks, and the runtime's own.
  public static let fixedMemory = 32 << 20
  /// Longer is a hang.
  public static let longestSeconds = 5.0

  /// Why the case is a fault of the reader; nil when it is none.
  public var fault: String? {
    if seconds > Self.longestSeconds { return "took \(seconds) s" }
    if memoryGrowth > Self.fixedMemory + 2 * declaredByteCount { return "took \(memoryGrowth) bytes" }
    if refusal != nil, sentence.isEmpty { return "refused without a sentence" }
    return nil
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// VmHWM of this process, which writing 5 to clear_refs sets back to what is resident.
  private static func residentBytes(resettingPeak: Bool) -> Int {
    if resettingPeak {
      let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
      if descriptor >= 0 {
        write(descriptor, "5", 1)
        close(descriptor)
      }
    }
    let descriptor = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &text, text.count)
    let lines = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: "\n")
    let peak = lines.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").compactMap { Int($0) }.first
    return (peak ?? 0) << 10
  }
}
