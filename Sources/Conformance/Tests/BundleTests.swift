import CIslet
import Foundation

/// load_bundle and describe_bundle: good files, bad files, files that change.
let bundleTests: [ConformanceTest] = [
  ConformanceTest("bundle-loads", "the bundle loads; the other tests stand on it") { subject in
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
    try expect(instance.load(subject.bundle), ISLET_OK, "load_bundle(\(subject.bundle))", instance)
  },
  ConformanceTest("bundle-description", "describe_bundle gives a JSON object that names labels") { subject in
    let instance = try subject.loadedInstance()
    var json: UnsafePointer<CChar>?
    try expect(instance.plugin.table.pointee.describe_bundle(instance.pointer, &json), ISLET_OK, "describe_bundle")
    let object = try jsonObject(json, "describe_bundle")
    try promise((object["labels"] as? [Any])?.isEmpty == false, "describe_bundle's JSON has no \"labels\"")
    let first = json
    _ = try instance.result(TestVolume())
    try promise(first.map { String(cString: $0).hasPrefix("{") } ?? false, "the text of describe_bundle has changed")
  },
  ConformanceTest("bundle-missing", "a bundle that is not there, or is a folder, is refused") { subject in
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
    let refused: Set<Int32> = [ISLET_ERROR_BUNDLE_UNREADABLE]
    try expectRefusal(instance.load("/nonexistent/bundle"), refused, "load_bundle of a missing file", instance)
    try expectRefusal(instance.load("/"), refused, "load_bundle of a folder", instance)
    try expectRefusal(instance.load(""), refused, "load_bundle of \"\"", instance)
  },
  ConformanceTest("bundle-foreign-file", "files that are no bundles are refused") { subject in
    let folder = try ScratchFolder()
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
    var numbers = subject.numbers
    let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    for (what, bytes) in [
      ("an empty file", []), ("one byte", [0x49]), ("5000 random bytes", noise),
      ("zeros", [UInt8](repeating: 0, count: 4096)), ("the plugin itself", try ScratchFolder.bytes(of: subject.plugin)),
    ] {
      let file = try folder.write(bytes, "foreign")
      try expectRefusal(instance.load(file), StatusNames.ofBundles, "load_bundle of \(what)", instance)
    }
  },
  ConformanceTest("bundle-truncated", "a bundle that was cut off anywhere is refused") { subject in
    let folder = try ScratchFolder()
    let instance = try subject.loadedInstance()
    let reference = try instance.result(TestVolume())
    let whole = try ScratchFolder.bytes(of: subject.bundle)
    var numbers = subject.numbers
    let lengths =
      [1, 16, whole.count / 2, whole.count - 1] + (0..<12).map { _ in Int.random(in: 0..<whole.count, using: &numbers) }
    for length in lengths {
      let file = try folder.write(Array(whole[..<length]), "cut")
      try refusesDamage(
        file, "the first \(length) of \(whole.count) bytes", instance, reference: reference, mayBeHarmless: false)
    }
  },
  ConformanceTest("bundle-damaged", "a bundle with changed bytes is refused, or harmlessly changed", seconds: 120) {
    subject in
    let folder = try ScratchFolder()
    let instance = try subject.loadedInstance()
    let reference = try instance.result(TestVolume())
    let whole = try ScratchFolder.bytes(of: subject.bundle)
    var numbers = subject.numbers
    for _ in 0..<40 {
      var bytes = whole
      // The beginning has structure: half of the damage goes there.
      let end = Bool.random(using: &numbers) ? min(bytes.count, 8192) : bytes.count
      let places = (0..<Int.random(in: 1...3, using: &numbers)).map { _ in Int.random(in: 0..<end, using: &numbers) }
      for place in places { bytes[place] ^= UInt8.random(in: 1...255, using: &numbers) }
      let file = try folder.write(bytes, "damaged")
      try refusesDamage(
        file, "other bytes at \(places)", instance, reference: reference, mayBeHarmless: true)
    }
  },
  ConformanceTest("failed-load-keeps-bundle", "a bundle that is refused leaves the one before in place") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let before = try instance.result(volume)
    try promise(instance.load("/nonexistent/bundle") != ISLET_OK, "load_bundle of a missing file: ISLET_OK")
    try expectSame(try instance.result(volume), before, "after a load_bundle that failed")
  },
  ConformanceTest("bundle-replaced", "a bundle can be loaded again and again") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let before = try instance.result(volume)
    for _ in 0..<3 { try expect(instance.load(subject.bundle), ISLET_OK, "load_bundle, again", instance) }
    try expectSame(try instance.result(volume), before, "after the bundle was loaded again")
  },
  ConformanceTest("bundle-vanishes", "a bundle's file may be deleted between load_bundle and segment") { subject in
    try withChangedBundle(subject, "the file was deleted") { file in try FileManager.default.removeItem(atPath: file) }
  },
  ConformanceTest("bundle-shrinks", "a bundle's file that is cut off after load_bundle is an error at most") {
    subject in
    try withChangedBundle(subject, "the file was cut in half") { file in
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      try handle.truncate(atOffset: handle.seekToEnd() / 2)
      try handle.close()
    }
  },
  ConformanceTest("bundle-overwritten", "a bundle's file that is overwritten after load_bundle gives no other mask") {
    subject in
    var numbers = subject.numbers
    let whole = try ScratchFolder.bytes(of: subject.bundle)
    let noise = (0..<whole.count / 2).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    try withChangedBundle(subject, "its second half was overwritten") { file in
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
      try handle.seek(toOffset: UInt64(whole.count - noise.count))
      try handle.write(contentsOf: noise)
      try handle.close()
    }
  },
  ConformanceTest(
    "bundle-from-memory", "a bundle may come from memory, which may go once load_bundle_memory has returned"
  ) {
    subject in
    let volume = try TestVolume()
    let expected = try subject.loadedInstance().result(volume)
    let bytes = try ScratchFolder.bytes(of: subject.bundle)
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
    let load = instance.plugin.table.pointee.load_bundle_memory
    do {
      let memory = try GuardedMemory(byteCount: bytes.count)
      memory.base.copyMemory(from: bytes, byteCount: bytes.count)
      memory.forbidWriting()
      let status = load?(instance.pointer, memory.base, UInt64(bytes.count)) ?? -1
      try expect(status, ISLET_OK, "load_bundle_memory", instance)
    }
    for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
      try expectSame(try instance.result(volume, request { $0.isolation = isolation }), expected, "from memory")
    }
    for count in [0, 1, bytes.count - 1] {
      let status = load?(instance.pointer, bytes, UInt64(count)) ?? -1
      try expectRefusal(
        status, StatusNames.ofBundles, "load_bundle_memory of \(count) of \(bytes.count) bytes", instance)
    }
    try expectSame(try instance.result(volume), expected, "after bytes that were refused")
  },
  ConformanceTest("bundle-acceptance", "what was accepted of a bundle is a flag in the result, and only that") {
    subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let volume = try TestVolume()
    var strict = TestInstance.acceptingConfig
    strict.accepted_flags = 0
    let careful = try TestInstance(of: plugin, host: RecordingHost(), config: strict)
    let doubts = [
      ISLET_ERROR_BUNDLE_UNSIGNED, ISLET_ERROR_BUNDLE_FOREIGN, ISLET_ERROR_BUNDLE_CHANGED,
      ISLET_ERROR_BUNDLE_ROLLED_BACK,
    ]
    let status = careful.load(subject.bundle)
    if status == ISLET_OK {
      let flags = try careful.result(volume).summary.flags & TestInstance.acceptedFlags
      try promise(flags == 0, "nothing was accepted, yet the result has the flags \(flags)")
      return
    }
    try expectRefusal(status, Set(doubts), "load_bundle that accepts nothing", careful)
    let flags = try subject.loadedInstance().result(volume).summary.flags & TestInstance.acceptedFlags
    try promise(flags != 0, "the bundle is accepted by name only (\(status)), but the result does not say so")
  },
]

/// Loads a bundle that was damaged and, where that works, segments: an error, or the very same result.
private func refusesDamage(
  _ file: String, _ damage: String, _ instance: TestInstance, reference: SegmentationResult, mayBeHarmless: Bool
) throws(Finding) {
  var status = instance.load(file)
  guard status == ISLET_OK else {
    return try expectRefusal(status, StatusNames.ofBundles, "load_bundle of \(damage)", instance)
  }
  let volume = try TestVolume()
  var area = try OutputArea(voxelCount: volume.voxelCount)
  status = instance.run(volume, nil, &area)
  guard status == ISLET_OK else {
    return try expectRefusal(status, StatusNames.ofBundles, "segment with \(damage)", instance)
  }
  let difference = area.result.difference(to: reference)
  try promise(
    mayBeHarmless && difference == nil,
    "a bundle with \(damage) was taken for good\(difference.map { " and \($0)" } ?? "")")
}

/// Loads a copy of the bundle, changes the copy, segments: the same result or an error of the bundle; then a good bundle
/// works again.
private func withChangedBundle(_ subject: Subject, _ change: String, _ body: (String) throws -> Void) throws {
  let folder = try ScratchFolder()
  let volume = try TestVolume()
  let reference = try subject.loadedInstance().result(volume)
  let file = try folder.write(try ScratchFolder.bytes(of: subject.bundle), "bundle")
  let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
  try expect(instance.load(file), ISLET_OK, "load_bundle of a copy", instance)
  try body(file)
  var area = try OutputArea(voxelCount: volume.voxelCount)
  let status = instance.run(volume, nil, &area)
  if status == ISLET_OK {
    try expectSame(area.result, reference, "segment after \(change)")
  } else {
    try expectRefusal(status, StatusNames.ofBundles, "segment after \(change)", instance)
  }
  try expect(instance.load(subject.bundle), ISLET_OK, "load_bundle of a good bundle afterwards", instance)
  try expectSame(try instance.result(volume), reference, "segment with a good bundle afterwards")
}

/// Ends the test as failed unless two results have the same bits.
func expectSame(_ found: SegmentationResult, _ expected: SegmentationResult, _ when: String) throws(Finding) {
  if let difference = found.difference(to: expected) { throw .failed("\(when): \(difference)") }
}

/// The object that a text of the plugin's describes.
func jsonObject(_ text: UnsafePointer<CChar>?, _ call: String) throws(Finding) -> [String: Any] {
  guard let text else { throw .failed("\(call): ISLET_OK but the text is NULL") }
  guard let string = String(validatingCString: text) else { throw .failed("\(call): the text is not UTF-8") }
  guard let object = try? JSONSerialization.jsonObject(with: Data(string.utf8)) as? [String: Any] else {
    throw .failed("\(call): the text is no JSON object: \(string.prefix(60))")
  }
  return object
}
