import Glibc

/// A descriptor that is closed with the last one who holds it.
public final class OpenFile: Sendable {
  /// The descriptor.
  public let descriptor: Int32

  /// Takes ownership of an open descriptor.
  public init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}
