import Glibc
import Synchronization
import Testing

@testable import Networks

@Suite struct SliceWorkersTests {
  struct Failure: Error, Equatable {
    let index: Int
  }

  @Test(arguments: [1, 2, 4, 9], [0, 1, 2, 57]) func resultsComeInOrder(_ threads: Int, _ count: Int) throws {
    var seen: [Int] = []
    let ending = try SliceWorkers(threads: threads).forEachOrdered(count: count, shouldStop: { false }) { index, _ in
      // Early slices take longest, so that order does not come by itself.
      usleep(UInt32(max(0, 60 - index)))
      return index * index
    } consume: { index, square in
      #expect(square == index * index)
      seen.append(index)
    }
    #expect(ending == .finished)
    #expect(seen == Array(0..<count))
  }

  @Test(arguments: [1, 3]) func firstErrorByIndexIsThrown(_ threads: Int) {
    var consumed = 0
    #expect(throws: Failure(index: 7)) {
      _ = try SliceWorkers(threads: threads).forEachOrdered(count: 50, shouldStop: { false }) { index, _ in
        if index >= 7 { throw Failure(index: index) }
      } consume: { _, _ in
        consumed += 1
      }
    }
    #expect(consumed == 7)
  }

  @Test(arguments: [1, 3]) func errorOfTheConsumerEndsTheRun(_ threads: Int) {
    #expect(throws: Failure(index: 2)) {
      _ = try SliceWorkers(threads: threads).forEachOrdered(count: 50, shouldStop: { false }) { _, _ in
      } consume: { index, _ in
        if index == 2 { throw Failure(index: index) }
      }
    }
  }

  @Test(arguments: [1, 2, 4]) func stopsWhenAsked(_ threads: Int) throws {
    let started = Atomic(0)
    var consumed = 0
    let ending = try SliceWorkers(threads: threads).forEachOrdered(count: 1000, shouldStop: { consumed == 5 }) { _, _ in
      started.add(1, ordering: .relaxed)
    } consume: { _, _ in
      consumed += 1
    }
    #expect(ending == .stopped)
    #expect(consumed == 5)
    #expect(started.load(ordering: .relaxed) <= 5 + 2 * threads)
  }

  @Test func stopIsSeenWhileASliceIsComputed() throws {
    let asked = Atomic(0)
    let ending = try SliceWorkers(threads: 2).forEachOrdered(
      count: 2, shouldStop: { asked.add(1, ordering: .relaxed).newValue >= 2 }
    ) { index, _ in
      // Under way until the caller was asked again; ten seconds, should that never happen.
      for _ in 0..<10_000 where asked.load(ordering: .relaxed) < 2 { usleep(1000) }
      return index
    } consume: { _, _ in
      Issue.record("no slice can be ready")
    }
    #expect(ending == .stopped)
  }

  @Test func onlyAFewResultsWaitForASlowConsumer() throws {
    let computed = Atomic(0)
    var farthest = 0
    _ = try SliceWorkers(threads: 3).forEachOrdered(count: 60, shouldStop: { false }) { index, _ in
      computed.add(1, ordering: .relaxed)
    } consume: { index, _ in
      usleep(300)
      farthest = max(farthest, computed.load(ordering: .relaxed) - index)
    }
    #expect(farthest <= 2 * 3 + 1)
  }

  @Test func costliestOfTheLastSlicesStartFirst() {
    let queue = SliceQueue<Int>(count: 8, lookAhead: 4, costs: [1, 1, 1, 1, 3, 1, 9, 3])
    // Four are handed out in order while none is consumed; the tail waits for room.
    #expect((0..<4).compactMap { _ in queue.claim() } == [0, 1, 2, 3])
    for index in 0..<4 { queue.deliver(.success(index), of: index) }
    for _ in 0..<4 { #expect(queue.waitForNext() != nil) }
    #expect((0..<5).map { _ in queue.claim() } == [6, 4, 7, 5, nil])
  }

  @Test(arguments: [(-5, 1), (0, 1), (3, 3), (100_000, 256)]) func threadsAreLimited(_ asked: Int, _ given: Int) {
    #expect(SliceWorkers(threads: asked).threads == given)
  }
}
