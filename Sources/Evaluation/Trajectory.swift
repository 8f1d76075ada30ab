/// DSC against the truth and d(t) of every round of a run that no threshold stops: Z(0), Z(1), ... Z(10).
///
/// One such run says what any threshold and any number of rounds would have given.
public struct Trajectory: Codable, Hashable, Sendable {
  /// Fine rounds of the longest run; the paper's T.
  public static let longestRun = 10

  /// One pass: the coarse one, or a fine round.
  public struct Pass: Codable, Hashable, Sendable {
    /// 0, then t.
    public var round: Int
    /// DSC against the truth.
    public var dice: Double
    /// d(t); nil for the coarse pass.
    public var diceToPrevious: Double?
    /// Voxels of the mask on the image's grid.
    public var voxels: Int

    enum CodingKeys: String, CodingKey {
      case round, voxels
      case dice = "dsc"
      case diceToPrevious = "dsc_to_previous"
    }

    /// Takes the fields as they are.
    public init(round: Int, dice: Double, diceToPrevious: Double?, voxels: Int) {
      (self.round, self.dice, self.diceToPrevious, self.voxels) = (round, dice, diceToPrevious, voxels)
    }
  }

  /// How the rounds came to their end before the last one.
  public enum End: String, Codable, Hashable, Sendable {
    /// All rounds were run.
    case ranOut = "rounds-used-up"
    /// The mask did not change any more: later rounds are the same.
    case fixedPoint = "fixed-point"
    /// A round found nothing: the masks from there on are the one before.
    case collapsed
    /// The coarse pass found nothing: there are no rounds.
    case empty
    /// The run's own threshold or number of rounds ended it: what later rounds would have given is not known.
    case ownSettings = "own-settings"
  }

  /// The coarse pass and the fine rounds in order. A round that found nothing is not among them.
  public let passes: [Pass]
  /// How the rounds ended.
  public let end: End

  /// Whether it says what every threshold and every number of rounds would have given.
  public var isWhole: Bool { end != .ownSettings }

  /// Takes the passes of a run with the bundle's own settings; nil without a coarse pass.
  public init?(heardOfOwnSettings heard: [Pass]) {
    guard let coarse = heard.first, coarse.round == 0 else { return nil }
    passes = [coarse] + heard.dropFirst().prefix { $0.voxels > 0 }
    end = .ownSettings
  }

  /// Takes the passes of a run that nothing stops as a host hears of them; nil without a coarse pass.
  public init?(heard: [Pass]) {
    guard let coarse = heard.first, coarse.round == 0 else { return nil }
    var kept = [coarse]
    kept += heard.dropFirst().prefix { $0.voxels > 0 }
    passes = kept
    end =
      if coarse.voxels == 0 {
        .empty
      } else if kept.count < heard.count {
        .collapsed
      } else if kept.count <= Self.longestRun {
        .fixedPoint
      } else {
        .ranOut
      }
  }

  /// The mask after `rounds` rounds, or the last one before when there were fewer.
  public func pass(after rounds: Int) -> Pass { passes[min(max(rounds, 0), passes.count - 1)] }

  /// The paper's stop: the first round with d(t) > `threshold`, else the last one.
  public func pass(stoppingAbove threshold: Double) -> Pass {
    passes.dropFirst().first { ($0.diceToPrevious ?? 0) > threshold } ?? pass(after: Self.longestRun)
  }

  /// The best fine round, the earliest of equals; the coarse pass when there is no round.
  public var best: Pass {
    passes.dropFirst().reduce(nil as Pass?) { best, pass in
      best.map { $0.dice >= pass.dice ? $0 : pass } ?? pass
    } ?? pass(after: 0)
  }

  /// d(t); 1 after a fixed point, nil where a run has no such round.
  public func diceToPrevious(_ round: Int) -> Double? {
    guard round >= passes.count else { return passes[max(round, 0)].diceToPrevious }
    return end == .fixedPoint ? 1 : nil
  }
}
