import CIslet
import Glibc
import Isolation
import Segmentation

/// The worker process of one instance: started by the first call that needs it, kept for the next ones.
///
/// Used by one call at a time. Whatever happens to the process is a status here, and the next call starts another one.
final class InstanceWorker {
  /// How long a worker that was asked to stop may take before it is ended: it then computes a slice that cannot wait.
  private static let patience = Duration.milliseconds(150)
  private static let pollMilliseconds: Int32 = 20
  /// A host hears of a long run at least so often; the same fraction again when there is nothing new.
  private static let heartbeat = Duration.milliseconds(400)

  /// Where the program is: beside the library, as that was named when the instance was made.
  private var executable = WorkerProcess.executableBesideThisLibrary()
  private var process: WorkerProcess?
  /// What this instance has of the weights that workers share.
  private var weights = WeightLending()
  /// Whether the process has said anything in the present call.
  private var hasAnswered = false

  /// The worker's process number; nil while there is none.
  var identifier: Int32? { process?.identifier }

  /// Ends the process, if there is one, and gives its weights back.
  func end() { (process, weights) = (nil, WeightLending()) }

  /// What a finished call leaves for the host.
  struct Done {
    let output: islet_output
    let trace: String
  }

  /// Runs one call in the worker and fills the host's buffers; nil when the host cancelled.
  ///
  /// A worker of an earlier call that was ended since then is replaced, also when that shows only while it is spoken to.
  func segment(
    _ call: IsolatedCall, with segmenter: Segmenter, host: Host
  ) throws(BridgeError) -> Done? {
    let isReused = process != nil
    do throws(BridgeError) {
      return try attempt(call, with: segmenter, host: host)
    } catch {
      guard isReused, !hasAnswered, error.status == ISLET_ERROR_WORKER else { throw error }
      return try attempt(call, with: segmenter, host: host)
    }
  }

  private func attempt(
    _ call: IsolatedCall, with segmenter: Segmenter, host: Host
  ) throws(BridgeError) -> Done? {
    hasAnswered = false
    if host.isCancelled { return nil }
    let observer = host.passObserver
    let process = try readyProcess(for: segmenter)
    // A budget counts what this run takes: nothing of an earlier one may lie beside it.
    if call.request.memory_budget_bytes != 0 { weights.giveBackLeft() }
    guard let layout = CallMemory(call.sizes(observes: observer != nil)) else {
      throw BridgeError(status: ISLET_ERROR_VOLUME, message: "volume: its parts do not fit an address space together")
    }
    if let error = process.memory.reserve(layout.byteCount) {
      throw BridgeError(
        status: ISLET_ERROR_RESOURCES,
        message: "the system refused \(layout.byteCount) bytes of memory for the worker process (\(systemWords(error)))"
      )
    }
    defer { process.memory.giveBack() }
    guard let stop = StopFlag(in: process.memory, at: layout.control) else {
      throw BridgeError(status: ISLET_ERROR_INTERNAL, message: "shared memory lost its first page")
    }
    stop.lower()
    guard call.write(to: process.memory, layout, isCancelled: { host.isCancelled }) else { return nil }
    guard process.channel.send(.segment, call.message(observes: observer != nil)) else {
      throw death(budget: call.request.memory_budget_bytes)
    }
    let done = try follow(process, stop: stop, layout: layout, host: host, observer: observer, call: call)
    if done != nil { weights.giveBackLeft() }
    guard var reader = done.map({ MessageReader($0.body) }) else { return nil }
    guard let status = reader.read(islet_status.self), let sentence = reader.readText(),
      let summary = reader.read(islet_output.self), let trace = reader.readText()
    else { throw garbled() }
    switch status {
    case ISLET_OK:
      return Done(output: call.take(from: process.memory, layout, summary: summary), trace: trace)
    case ISLET_CANCELLED: return nil
    default: throw BridgeError(status: status, message: sentence)
    }
  }

  /// The running worker, or a new one that was told which bundle it is for.
  private func readyProcess(for segmenter: Segmenter) throws(BridgeError) -> WorkerProcess {
    if let process, !process.hasEnded { return process }
    if process != nil { end() }
    // Once more where the system had no memory for the path then.
    executable = executable ?? WorkerProcess.executableBesideThisLibrary()
    guard let executable else {
      throw BridgeError(
        status: ISLET_ERROR_WORKER,
        message: "the plugin's own file is not known, so islet-worker beside it is not found; use ISLET_ISOLATION_NONE")
    }
    guard let (bundle, descriptor) = segmenter.handover else {
      throw BridgeError(status: ISLET_ERROR_INTERNAL, message: "the bundle has no file that a worker could read")
    }
    let fresh: WorkerProcess
    do throws(WorkerProcess.NotStarted) {
      fresh = try WorkerProcess(executable: executable, bundle: descriptor)
    } catch {
      throw BridgeError(
        status: ISLET_ERROR_WORKER,
        message: "\(executable): \(error.what) could not be had (\(systemWords(error.errorNumber))); "
          + "install it beside the plugin, or use ISLET_ISOLATION_NONE")
    }
    process = fresh
    var body = MessageBytes()
    body.append(text: bundle.path)
    body.append(text: bundle.sha256)
    body.append(text: bundle.signedBy)
    body.append(bundle.doubts)
    guard fresh.channel.send(.open, body) else { throw death(budget: 0) }
    return fresh
  }

  /// Hands callbacks on until the call is done; nil when the host cancelled and the worker had to be ended.
  private func follow(
    _ process: WorkerProcess, stop: StopFlag, layout: CallMemory, host: Host,
    observer: ((Host.PassInMemory) -> Void)?, call: IsolatedCall
  ) throws(BridgeError) -> Message? {
    var deadline: ContinuousClock.Instant?
    var last = Report(fraction: 0, stage: "load", iteration: 0)
    var lastTime = ContinuousClock.now
    func lookForCancellation() {
      guard deadline == nil, host.isCancelled else { return }
      stop.raise()
      deadline = .now + Self.patience
    }
    while true {
      do throws(MessageChannel.Silence) {
        try weights.answer(on: process.channel)
        let message = try process.channel.receive(milliseconds: Self.pollMilliseconds)
        hasAnswered = true
        switch message.kind {
        case .done: return message
        case .claimWeights, .shareWeights, .releaseWeights:
          try weights.take(message, channel: process.channel)
          continue
        default: break
        }
        if let report = Report(message) { (last, lastTime) = (report, .now) }
        try answer(message, process: process, layout: layout, host: host, observer: observer) {
          // A host that cancels in its callback is heard before the worker goes on.
          lookForCancellation()
        }
      } catch {
        switch error {
        case .nothingYet:
          // Its connection may outlive it in a process that it started: what the system says of it counts.
          if process.hasEnded { throw death(budget: call.request.memory_budget_bytes) }
          if .now - lastTime > Self.heartbeat {
            host.report(last.fraction, stage: last.stage, iteration: last.iteration)
            lastTime = .now
          }
          lookForCancellation()
        case .closed: throw death(budget: call.request.memory_budget_bytes)
        case .garbled: throw garbled()
        }
      }
      if let deadline, .now > deadline {
        self.process = nil
        weights.leaveToNextWorker()
        return nil
      }
    }
  }

  /// Calls the host's callback for a message, then lets the worker go on.
  private func answer(
    _ message: Message, process: WorkerProcess, layout: CallMemory, host: Host,
    observer: ((Host.PassInMemory) -> Void)?, beforeGoingOn: () -> Void
  ) throws(MessageChannel.Silence) {
    var body = MessageReader(message.body)
    switch message.kind {
    case .log:
      guard let severity = body.read(Int32.self), let line = body.readText() else { throw .garbled }
      host.log(severity, line)
      return
    case .progress:
      guard let report = Report(message) else { throw .garbled }
      host.report(report.fraction, stage: report.stage, iteration: report.iteration)
    case .pass:
      guard let round = body.read(UInt32.self), let dice = body.read(Double.self), let stage = body.readText(),
        let mask = process.memory.bytes(layout.passMask), let views = process.memory.bytes(layout.passViewMasks)
      else { throw .garbled }
      observer?(
        Host.PassInMemory(
          round: round, stage: stage, diceToPrevious: dice,
          mask: UnsafeBufferPointer(mask.bindMemory(to: UInt8.self)),
          viewMasks: UnsafeBufferPointer(views.bindMemory(to: UInt8.self))))
    case .open, .segment, .acknowledge, .weights, .claimWeights, .shareWeights, .releaseWeights, .done: throw .garbled
    }
    beforeGoingOn()
    guard process.channel.send(.acknowledge) else { throw .closed }
  }

  /// The error for a worker that is gone, in words of how it ended.
  private func death(budget: UInt64) -> BridgeError {
    let how: String
    switch process?.end() {
    case .signal(let number):
      how = "was ended by signal \(number) (\(strsignal(number).map { String(cString: $0) } ?? "unknown"))"
    case .exit(WorkerProcess.foreignMessageCode): return garbled()
    case .exit(let code): how = "ended by itself with code \(code)"
    case .unknown, nil: how = "ended for a reason that the host's own SIGCHLD handling took"
    }
    end()
    let why =
      budget == 0
      ? "if the machine was short of memory, set memory_budget_bytes"
      : "the memory budget of \(budget) bytes may have been too small"
    return BridgeError(
      status: ISLET_ERROR_WORKER,
      message: "the worker process \(how) and the run is lost; \(why); the next call starts another one")
  }

  private func garbled() -> BridgeError {
    end()
    return BridgeError(
      status: ISLET_ERROR_WORKER,
      message: "the worker process said what this plugin does not understand: "
        + "islet-worker is of another version; install the two together")
  }

  private func systemWords(_ error: Int32) -> String { String(cString: strerror(error)) }
}

/// What a `progress` message says.
private struct Report {
  var fraction: Double
  var stage: String
  var iteration: UInt32
}

extension Report {
  /// Nil for any other message.
  fileprivate init?(_ message: Message) {
    var body = MessageReader(message.body)
    guard message.kind == .progress, let fraction = body.read(Double.self), let iteration = body.read(UInt32.self),
      let stage = body.readText()
    else { return nil }
    self.init(fraction: fraction, stage: stage, iteration: iteration)
  }
}
