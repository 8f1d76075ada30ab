import BundleMutations
import Testing

/// A short share of `make mutations`: hostile bundles from seeds, in this process.
struct MutationTests {
  @Test(arguments: [UInt64(1), 101]) func mutantsAreRefusedOrRightlyAccepted(first: UInt64) throws {
    let check = try MutationCheck()
    var kinds: Set<Mutation.Kind> = []
    for seed in first..<first + 100 {
      let mutation = try check.mutation(seed: seed)
      kinds.insert(mutation.kind)
      switch check.run(mutation) {
      case .refused, .accepted: break
      case .wronglyAccepted(let reason): Issue.record("seed \(seed), \(mutation.kind): wrongly accepted: \(reason)")
      case .otherError(let reason): Issue.record("seed \(seed), \(mutation.kind): \(reason)")
      }
    }
    #expect(kinds.count > 15, "only \(kinds.count) kinds of damage in 100 seeds")
  }

  @Test func aSeedGivesTheSameMutantAgain() throws {
    let (one, two) = (try MutationCheck(), try MutationCheck())
    for seed in UInt64(1)...20 {
      let same = try one.mutation(seed: seed).bytes == two.mutation(seed: seed).bytes
      #expect(same, "seed \(seed)")
    }
  }
}
