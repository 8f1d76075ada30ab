/// A caller's memory for one number per voxel of its grid, packed, x fastest, filled slab by slab. Borrowed.
public struct HostMap {
  /// How a value of 0 to 255 is stored.
  public enum Element: Sendable {
    /// As it is, in one byte.
    case uint8
    /// value / 255 as IEEE single precision, at any address.
    case float32

    /// Bytes of one number.
    public var byteCount: Int {
      switch self {
      case .uint8: 1
      case .float32: 4
      }
    }
  }

  private let memory: UnsafeMutableRawBufferPointer
  private let element: Element

  /// Memory that is there for as long as it is used: the caller's word.
  public init(_ memory: UnsafeMutableRawBufferPointer, element: Element = .uint8) {
    (self.memory, self.element) = (memory, element)
  }

  /// Numbers that fit.
  public var count: Int { memory.count / element.byteCount }

  /// Makes every number 0; `checkpoint` is called for every few megabytes.
  func clear<Failure: Error>(checkpoint: () throws(Failure) -> Void) throws(Failure) {
    let part = 4 << 20
    for start in stride(from: 0, to: memory.count, by: part) {
      try checkpoint()
      UnsafeMutableRawBufferPointer(rebasing: memory[start..<min(start + part, memory.count)])
        .initializeMemory(as: UInt8.self, repeating: 0)
    }
  }

  /// Stores a slab, [z, y, x] with x fastest, in its places.
  func store(_ slab: UnsafeBufferPointer<UInt8>, _ layout: SlabLayout) {
    precondition(slab.count == layout.voxelCount, "one value per voxel")
    guard let source = slab.baseAddress, let base = memory.baseAddress else { return }
    switch element {
    case .uint8:
      let bytes = base.assumingMemoryBound(to: UInt8.self)
      layout.forEachLine { line in
        if line.indexStep == 1, line.offsetStep == 1 {
          (bytes + line.offset).update(from: source + line.index, count: line.count)
        } else {
          for step in 0..<line.count {
            bytes[line.offset &+ step &* line.offsetStep] = source[line.index &+ step &* line.indexStep]
          }
        }
      }
    case .float32:
      layout.forEachLine { line in
        for step in 0..<line.count {
          base.storeBytes(
            of: Float(source[line.index &+ step &* line.indexStep]) / 255,
            toByteOffset: (line.offset &+ step &* line.offsetStep) &* 4, as: Float.self)
        }
      }
    }
  }
}
