import CIslet
import Dispatch
import Testing

/// Several instances at once, and several threads at one instance.
@Suite struct ConcurrencyTests {
  /// Everything that a call leaves: the mask and the numbers of the second block.
  private struct Answer: Hashable, Sendable {
    let status: islet_status
    let mask: [UInt8]
    let numbers: [UInt64]

    init(_ host: TestHost, _ status: islet_status) {
      self.status = status
      mask = Array(UnsafeBufferPointer(start: host.output.mask, count: 120))
      let output = host.output
      numbers = [
        UInt64(output.end), UInt64(output.rounds), output.flags, output.voxels, output.volume_ml.bitPattern,
        output.dsc_to_previous.bitPattern, output.view_agreement.bitPattern,
      ]
    }
  }

  /// A host with voxels and a bundle of its own, so that a result that went to another instance shows.
  private static func host(_ number: Int, _ bundle: BundleFile, isolation: UInt32) throws -> TestHost {
    let host = try TestHost()
    host.request.isolation = isolation
    host.request.threads = UInt32(1 + number % 3)
    host.volume.rescale_intercept = Double(number) * 9
    try #require(host.load(bundle) == ISLET_OK)
    return host
  }

  @Test(arguments: [ISLET_ISOLATION_NONE, ISLET_ISOLATION_PROCESS])
  func eightInstancesInEightThreadsGiveTheBitsOfSerialRuns(_ isolation: UInt32) throws {
    let bundle = try BundleFile()
    let serial = try (0..<8).map { number in
      let host = try Self.host(number, bundle, isolation: ISLET_ISOLATION_NONE)
      return Answer(host, host.segment())
    }
    #expect(Set(serial).count > 4, "equal inputs would prove nothing")
    let hosts = try (0..<8).map { SendableHost(try Self.host($0, bundle, isolation: isolation)) }
    DispatchQueue.concurrentPerform(iterations: 8) { number in
      for _ in 0..<4 {
        let host = hosts[number].host
        let answer = Answer(host, host.segment())
        #expect(answer == serial[number], "instance \(number): \(host.lastError)")
      }
    }
  }

  /// Whoever comes second is refused at once and changes nothing.
  @Test func secondThreadAtAnInstanceIsRefused() throws {
    let bundle = try BundleFile()
    let first = try Self.host(0, bundle, isolation: ISLET_ISOLATION_NONE)
    let right = Answer(first, first.segment())
    let shared = SendableHost(first)
    let outputs = (0..<4).map { _ in
      SendableHost((try? Self.host(0, bundle, isolation: ISLET_ISOLATION_NONE)) ?? first)
    }
    DispatchQueue.concurrentPerform(iterations: 4) { number in
      // Buffers of their own, one instance.
      let mine = outputs[number].host
      for _ in 0..<25 {
        let status = mine.table.segment(shared.host.instance, &mine.volume, &mine.request, &mine.output)
        #expect(status == ISLET_OK || status == ISLET_ERROR_BUSY)
        if status == ISLET_OK { #expect(Answer(mine, status) == right) }
      }
    }
  }
}

/// A host that goes to another thread, where it is used alone.
private final class SendableHost: @unchecked Sendable {
  let host: TestHost
  init(_ host: TestHost) { self.host = host }
}
