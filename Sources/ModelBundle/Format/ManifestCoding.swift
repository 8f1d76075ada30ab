import FoundationEssentials

/// JSON text <-> values: the structure is checked before a decoder sees it, and equal values give equal bytes.
enum ManifestCoding {
  /// Decodes a value from text of an untrusted file.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], largestSize: Int, bytesPerValue: Int? = nil, file: String,
    code: BundleError.Code = .invalidManifest
  ) throws(BundleError) -> Value {
    if let flaw = JSONStructure.flaw(in: bytes, largestSize: largestSize, bytesPerValue: bytesPerValue) {
      throw BundleError(code: code, message: "\(file): the JSON text is damaged: \(flaw)")
    }
    do {
      // The decoder looks at the text and keeps nothing of it, so that no copy is needed.
      return try bytes.withUnsafeBytes { text in
        guard let start = UnsafeMutableRawPointer(mutating: text.baseAddress) else {
          throw BundleError(code: code, message: "\(file): no JSON text")
        }
        return try JSONDecoder().decode(
          type, from: Data(bytesNoCopy: start, count: text.count, deallocator: .none))
      }
    } catch let error as BundleError {
      throw error
    } catch let error as DecodingError {
      throw BundleError(code: code, message: "\(file): \(explain(error))")
    } catch {
      throw BundleError(code: code, message: "\(file): the JSON text cannot be decoded")
    }
  }

  /// Encodes with sorted keys; the same value gives the same bytes.
  static func encode(_ value: some Encodable, forReading: Bool = false) throws(BundleError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if forReading { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return Array(try encoder.encode(value))
    } catch {
      throw BundleError(code: .invalidManifest, message: "a number in the manifest is NaN or infinite")
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      return path.isEmpty ? "the top object" : "field \(quoted(path))"
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(place(context)) lacks \(quoted(key.stringValue))"
    case .typeMismatch(let type, let context): "\(place(context)) should hold \(type)"
    case .valueNotFound(let type, let context): "\(place(context)) is null and should hold \(type)"
    case .dataCorrupted(let context): "\(place(context)) holds a value that is not allowed there"
    @unknown default: "a field cannot be decoded"
    }
  }
}

extension Manifest {
  /// The manifest as indented JSON, for people.
  public func json() throws(BundleError) -> String {
    String(decoding: try ManifestCoding.encode(self, forReading: true), as: UTF8.self)
  }
}
