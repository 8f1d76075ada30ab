import Glibc

/// A thread of the host that runs a closure and is waited for.
enum HostThread {
  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Runs each closure on a thread of its own, all at once, and waits for all.
  static func run(_ bodies: [@Sendable () -> Void]) throws(Finding) {
    var threads: [pthread_t] = []
    defer { for thread in threads { pthread_join(thread, nil) } }
    for body in bodies {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(Body(body))
      let status = pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, context.toOpaque())
      guard status == 0 else {
        context.release()
        throw .skipped("this machine gave no thread for the test")
      }
      threads.append(thread)
    }
  }
}
