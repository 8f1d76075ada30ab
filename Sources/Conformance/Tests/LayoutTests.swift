import CIslet

/// The same HU at the same places in the patient, in every way in which a host may hold them: the same mask.
let layoutTests: [ConformanceTest] = [
  ConformanceTest("element-types", "the four element types give the same bits") { subject in
    try givesSameBits(subject) { expectSame in
      for type in [ISLET_ELEMENT_UINT16, ISLET_ELEMENT_INT32, ISLET_ELEMENT_FLOAT32] {
        try expectSame("element_type \(type)", try TestVolume(element: type, intercept: -1024))
      }
    }
  },
  ConformanceTest("rescale", "slope and intercept are applied; slope 0 means 1") { subject in
    try givesSameBits(subject) { expectSame in
      try expectSame("slope 2", try TestVolume(slope: 2, intercept: 0))
      try expectSame("slope 0.5, intercept -1000", try TestVolume(slope: 0.5, intercept: -1000))
      try expectSame("slope -1", try TestVolume(slope: -1, intercept: 10))
      var zero = try TestVolume()
      zero.islet.rescale_slope = 0
      try expectSame("slope 0", zero)
    }
  },
  ConformanceTest("packed-by-default", "strides of 0 mean packed, a direction of 0 the identity") { subject in
    try givesSameBits(subject) { expectSame in
      var plain = try TestVolume(layout: .init(statesStrides: false))
      try expectSame("strides 0", plain)
      plain.islet.direction_lps = (0, 0, 0, 0, 0, 0, 0, 0, 0)
      try expectSame("direction 0", plain)
    }
  },
  ConformanceTest("padded-strides", "padding after voxels, rows and slices is skipped") { subject in
    try givesSameBits(subject) { expectSame in
      for padding in [[0, 6, 0], [0, 0, 100], [2, 0, 0], [6, 10, 34]] {
        try expectSame("padding \(padding)", try TestVolume(layout: .init(padding: padding)))
      }
    }
  },
  ConformanceTest("negative-strides", "axes may run towards lower addresses") { subject in
    try givesSameBits(subject) { expectSame in
      for bits in 1..<8 {
        let reversed = (0..<3).map { bits >> $0 & 1 == 1 }
        for side in GuardedMemory.Side.allCases {
          try expectSame("reversed \(reversed)", try TestVolume(layout: .init(isReversed: reversed, side: side)))
        }
      }
    }
  },
  ConformanceTest("transposed-strides", "any axis may be the fastest") { subject in
    try givesSameBits(subject) { expectSame in
      for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        try expectSame("fastest axes \(order)", try TestVolume(layout: .init(order: order)))
      }
    }
  },
  ConformanceTest("unaligned-voxels", "voxels need not be aligned") { subject in
    try givesSameBits(subject) { expectSame in
      for type in [ISLET_ELEMENT_INT16, ISLET_ELEMENT_INT32, ISLET_ELEMENT_FLOAT32] {
        // Odd steps put every second voxel on an odd address.
        try expectSame("element_type \(type)", try TestVolume(element: type, layout: .init(padding: [1, 3, 0])))
      }
    }
  },
  ConformanceTest("random-layouts", "any mixture of the above, drawn from the seed") { subject in
    var numbers = subject.numbers
    try givesSameBits(subject) { expectSame in
      for _ in 0..<20 {
        let layout = TestVolume.Layout(
          order: [0, 1, 2].shuffled(using: &numbers),
          isReversed: (0..<3).map { _ in Bool.random(using: &numbers) },
          padding: (0..<3).map { _ in Int.random(in: 0...9, using: &numbers) },
          side: Bool.random(using: &numbers) ? .start : .end)
        let orientation = TestVolume.Orientation.all.randomElement(using: &numbers) ?? .init()
        let type = UInt32.random(in: ISLET_ELEMENT_INT16...ISLET_ELEMENT_FLOAT32, using: &numbers)
        try expectSame(
          "\(layout), \(orientation), element_type \(type)",
          try TestVolume(element: type, layout: layout, orientation: orientation, intercept: -1024))
      }
    }
  },
  ConformanceTest("orientations", "the 48 orientations of the array give the same mask in the patient", seconds: 120) {
    subject in
    try givesSameBits(subject) { expectSame in
      for orientation in TestVolume.Orientation.all {
        try expectSame("\(orientation)", try TestVolume(orientation: orientation))
      }
    }
  },
  ConformanceTest("reads-only-the-volume", "nothing but the voxels is read, and nothing of them written") { subject in
    // Forbidden pages before and behind: a read outside ends this process.
    let instance = try subject.loadedInstance()
    for side in GuardedMemory.Side.allCases {
      let volume = try TestVolume(layout: .init(side: side))
      let before = volume.memory.bytes
      volume.memory.forbidWriting()
      for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
        _ = try instance.result(volume, request { $0.isolation = isolation })
      }
      try promise(volume.memory.bytes == before, "the voxels were changed")
    }
  },
]

/// Segments a plain volume, then others that must give the same mask, maps and summary on the patient's grid.
private func givesSameBits(
  _ subject: Subject, _ body: ((String, TestVolume) throws -> Void) throws -> Void
) throws {
  let instance = try subject.loadedInstance()
  let reference = try instance.result(TestVolume())
  try promiseTelling(reference)
  try body { what, volume in
    var result = try instance.result(volume, of: what)
    result.mask = volume.inPatientOrder(result.mask)
    result.probability = result.probability.map { volume.inPatientOrder($0) }
    result.viewMasks = result.viewMasks.map { volume.inPatientOrder($0) }
    try Conformance.expectSame(result, reference, what)
  }
}

/// Skips the test when the result is the same everywhere, so that no two could be told apart.
private func promiseTelling(_ result: SegmentationResult) throws(Finding) {
  guard Set(result.mask).count < 2, Set(result.probability ?? []).count < 2 else { return }
  throw .skipped("the bundle says the same of every voxel of the test's volume, so that layouts cannot be told apart")
}
