import Glibc

/// Wall time and processor time of the calling thread, in seconds.
///
/// On cores that other programs share, wall time counts their work too; processor time does not.
struct Elapsed: Sendable {
  var wall = 0.0, processor = 0.0

  /// The clocks' present values.
  static var now: Elapsed {
    func seconds(_ clock: clockid_t) -> Double {
      var now = timespec()
      clock_gettime(clock, &now)
      return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
    return Elapsed(wall: seconds(CLOCK_MONOTONIC), processor: seconds(CLOCK_THREAD_CPUTIME_ID))
  }

  /// Time that passed between two values of the clocks.
  static func - (end: Elapsed, start: Elapsed) -> Elapsed {
    Elapsed(wall: end.wall - start.wall, processor: end.processor - start.processor)
  }

  /// Sums, clock by clock.
  static func + (one: Elapsed, two: Elapsed) -> Elapsed {
    Elapsed(wall: one.wall + two.wall, processor: one.processor + two.processor)
  }

  /// The smaller of each clock.
  static func best(_ one: Elapsed, _ two: Elapsed) -> Elapsed {
    Elapsed(wall: min(one.wall, two.wall), processor: min(one.processor, two.processor))
  }
}
