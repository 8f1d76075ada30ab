import Foundation
import ModelBundle

/// Runs the reader on mutants and says what came of it.
public struct MutationCheck {
  /// What the reader did.
  public enum Outcome: Sendable {
    /// Refused, with the code of its error.
    case refused(String)
    /// Accepted, and rightly: the bytes are as good as the original's, or those of another bundle that keeps every rule.
    case accepted
    /// Accepted, and wrongly: why.
    case wronglyAccepted(String)
    /// An error that is no BundleError.
    case otherError(String)
  }

  private let bundles: GoodBundles

  /// Makes the good bundles.
  public init() throws { bundles = try GoodBundles() }

  /// The mutant of a seed.
  public func mutation(seed: UInt64) throws -> Mutation { try Mutation(seed: seed, of: bundles) }

  /// Bytes that a mutant's file says it has or will have unpacked; what a reader may take twice of.
  public static func declaredBytes(of mutation: Mutation) -> Int {
    guard let reader = try? BundleReader(bytes: mutation.bytes) else { return mutation.bytes.count }
    let largest = reader.manifest.sections.map { $0.shape.reduce(4, *) + $0.chunkBytes }.max() ?? 0
    return mutation.bytes.count + largest
  }

  /// Opens the mutant, asks who signed it, reads every tensor. Its memory is measured around this call.
  public func run(_ mutation: Mutation) -> Outcome {
    var signatureRefusal: String?
    do {
      let reader = try BundleReader(bytes: mutation.bytes)
      do throws(BundleError) {
        _ = try reader.provenance(under: bundles.policy)
        guard reader.manifestBytes == mutation.good.manifestText else {
          return .wronglyAccepted("the signature of another manifest was accepted")
        }
      } catch {
        signatureRefusal = error.code.rawValue
      }
      // The weights are read whoever signed: this is about the reader.
      try reader.verify()
      for section in reader.manifest.sections {
        let tensor = try reader.tensor(named: section.name)
        if let flaw = Self.flaw(tensor, section) { return .wronglyAccepted(flaw) }
      }
      if let flaw = Self.layoutFlaw(reader) { return .wronglyAccepted(flaw) }
    } catch let error as BundleError {
      return .refused(error.code.rawValue)
    } catch {
      return .otherError("\(error)")
    }
    if let signatureRefusal { return isSignatureAlone(mutation) ? .refused(signatureRefusal) : accepted(mutation) }
    return accepted(mutation)
  }

  /// Kinds whose bundle is right in itself: it is the signature that must not be accepted.
  private func isSignatureAlone(_ mutation: Mutation) -> Bool {
    [.signature, .resigned].contains(mutation.kind)
  }

  private func accepted(_ mutation: Mutation) -> Outcome {
    mutation.mustBeRefused ? .wronglyAccepted("\(mutation.kind.rawValue) was not noticed") : .accepted
  }

  /// Every number finite, as many as the shape says.
  private static func flaw(_ tensor: BundleTensor, _ section: Manifest.Section) -> String? {
    guard tensor.values.count == section.shape.reduce(1, *) else { return "\(section.name) has another size" }
    return tensor.values.allSatisfy(\.isFinite) ? nil : "\(section.name) holds NaN or infinity"
  }

  /// Sections tile the file, names are unique.
  private static func layoutFlaw(_ reader: BundleReader) -> String? {
    var end = 128 + reader.manifestBytes.count
    for section in reader.manifest.sections {
      guard section.offset == (end + 63) / 64 * 64 else { return "\(section.name) leaves a hole or overlaps" }
      end = section.offset + section.storedBytes
    }
    let size = reader.signatureBytes.isEmpty ? end : (end + 63) / 64 * 64 + reader.signatureBytes.count
    guard size == reader.fileSize else { return "the parts do not fill the file" }
    return Set(reader.manifest.sections.map(\.name)).count == reader.manifest.sections.count ? nil : "a name twice"
  }
}
