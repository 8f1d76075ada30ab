import CIslet

/// What a host may ask for.
let requestTests: [ConformanceTest] = [
  ConformanceTest("request-out-of-range", "wishes that are unknown or out of range are refused, never guessed") {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let wishes: [(String, (inout islet_request) -> Void)] = [
      ("label 200000", { $0.label = 200_000 }), ("label UINT32_MAX", { $0.label = .max }),
      ("quality 9", { $0.quality = 9 }), ("precision 9", { $0.precision = 9 }), ("isolation 9", { $0.isolation = 9 }),
      ("threads 257", { $0.threads = 257 }), ("threads UINT32_MAX", { $0.threads = .max }),
      ("override bit 31", { $0.overrides = 1 << 31 }),
      ("rounds 101", { ($0.overrides, $0.rounds) = (ISLET_OVERRIDE_ROUNDS, 101) }),
      ("margin 513", { ($0.overrides, $0.margin) = (ISLET_OVERRIDE_MARGIN, 513) }),
      ("threshold 1.5", { ($0.overrides, $0.threshold) = (ISLET_OVERRIDE_THRESHOLD, 1.5) }),
      ("threshold -0.5", { ($0.overrides, $0.threshold) = (ISLET_OVERRIDE_THRESHOLD, -0.5) }),
      (
        "a component ratio of 1.5",
        {
          ($0.overrides, $0.component_ratio) = (ISLET_OVERRIDE_COMPONENT_RATIO, 1.5)
        }
      ),
      ("coarse fusion 9", { $0.coarse_fusion = 9 }), ("fine fusion 9", { $0.fine_fusion = 9 }),
      ("threshold NaN", { ($0.overrides, $0.threshold) = (ISLET_OVERRIDE_THRESHOLD, .nan) }),
    ]
    for (what, change) in wishes {
      try expectRefusal(
        instance.status(volume, request(change)), [ISLET_ERROR_REQUEST], "segment with \(what)", instance)
    }
    _ = try instance.result(volume)
  },
  ConformanceTest("request-null", "a NULL request and one of zeros mean the same") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    try expectSame(try instance.result(volume, request()), try instance.result(volume), "a request of zeros")
  },
  ConformanceTest("overrides-need-their-bit", "rounds, margin and threshold without their bit change nothing") {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let ignored = request {
      ($0.rounds, $0.margin, $0.threshold, $0.component_ratio) = (1000, 100_000, .nan, 7)
    }
    try expectSame(try instance.result(volume, ignored), try instance.result(volume), "fields without their bit")
  },
  ConformanceTest("rounds-override", "rounds 0 leaves the coarse mask, rounds 1 runs one round at most") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    func rounds(_ count: UInt32) -> islet_request {
      request { ($0.overrides, $0.rounds, $0.threshold) = (ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_THRESHOLD, count, 1) }
    }
    let none = try instance.result(volume, rounds(0)).summary
    try promise(none.rounds == 0, "rounds 0: \(none.rounds) rounds were run")
    try promise(Double(bitPattern: none.toPrevious).isNaN, "rounds 0: dsc_to_previous is not NaN")
    let one = try instance.result(volume, rounds(1)).summary
    try promise(one.rounds <= 1, "rounds 1: \(one.rounds) rounds were run")
  },
  ConformanceTest("initial-mask", "a first mask of the right size is taken, of another size refused, and only read") {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let mask = try GuardedMemory(byteCount: volume.voxelCount)
    let bytes = mask.base.assumingMemoryBound(to: UInt8.self)
    for index in 0..<volume.voxelCount { bytes[index] = index % 24 > 6 && index % 24 < 16 ? 1 : 0 }
    mask.forbidWriting()
    _ = try instance.result(
      volume, request { ($0.initial_mask, $0.initial_mask_bytes) = (UnsafePointer(bytes), UInt64(volume.voxelCount)) })
    for size in [0, volume.voxelCount - 1, volume.voxelCount + 1] {
      let wish = request { ($0.initial_mask, $0.initial_mask_bytes) = (UnsafePointer(bytes), UInt64(size)) }
      try expectRefusal(
        instance.status(volume, wish), [ISLET_ERROR_REQUEST], "segment with an initial mask of \(size) bytes", instance)
    }
  },
  ConformanceTest("initial-box", "a box inside the volume is taken like the mask that it is, another one refused") {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let inside: (UInt64, UInt64, UInt64) = (6, 5, 4)
    let extent: (UInt64, UInt64, UInt64) = (10, 9, 8)
    var mask = [UInt8](repeating: 0, count: volume.voxelCount)
    for index in mask.indices {
      let place = [index % 24, index / 24 % 21, index / 24 / 21]
      let isInside = (6..<16).contains(place[0]) && (5..<14).contains(place[1]) && (4..<12).contains(place[2])
      mask[index] = isInside ? 1 : 0
    }
    let boxed = try instance.result(volume, request { ($0.initial_box_first, $0.initial_box_size) = (inside, extent) })
    let masked = try mask.withUnsafeBufferPointer { bytes in
      try instance.result(
        volume, request { ($0.initial_mask, $0.initial_mask_bytes) = (bytes.baseAddress, UInt64(bytes.count)) })
    }
    try expectSame(boxed, masked, "a box in place of its mask")
    let boxes: [(String, (UInt64, UInt64, UInt64), (UInt64, UInt64, UInt64))] = [
      ("reaches outside", (20, 5, 4), (10, 9, 8)), ("begins outside", (24, 0, 0), (1, 1, 1)),
      ("has no height", (6, 5, 4), (10, 0, 8)), ("has a size that overflows", (1, 1, 1), (.max, 1, 1)),
    ]
    for (what, first, size) in boxes {
      let wish = request { ($0.initial_box_first, $0.initial_box_size) = (first, size) }
      try expectRefusal(
        instance.status(volume, wish), [ISLET_ERROR_REQUEST], "segment with a box that \(what)", instance)
    }
    let both = try mask.withUnsafeBufferPointer { bytes in
      try instance.status(
        volume,
        request {
          ($0.initial_box_first, $0.initial_box_size) = (inside, extent)
          ($0.initial_mask, $0.initial_mask_bytes) = (bytes.baseAddress, UInt64(bytes.count))
        })
    }
    try expectRefusal(both, [ISLET_ERROR_REQUEST], "segment with a box and a mask", instance)
  },
]

/// What a host gets.
let outputTests: [ConformanceTest] = [
  ConformanceTest("output-refused", "outputs that are missing, too small or of an unknown type are refused") {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let count = UInt64(volume.voxelCount)
    let spoils: [(String, (inout islet_output) -> Void)] = [
      ("no mask", { $0.mask = nil }), ("a mask of 0 bytes", { $0.mask_bytes = 0 }),
      ("a mask one byte short", { $0.mask_bytes = count - 1 }),
      ("a probability one byte short", { $0.probability_bytes = count - 1 }),
      ("a float probability of a byte a voxel", { $0.probability_type = ISLET_ELEMENT_FLOAT32 }),
      ("probability_type 0", { $0.probability_type = 0 }),
      ("probability_type int16", { $0.probability_type = ISLET_ELEMENT_INT16 }),
      ("view masks one byte short", { $0.view_masks_bytes = count - 1 }),
    ]
    for (what, change) in spoils {
      var area = try OutputArea(voxelCount: volume.voxelCount)
      change(&area.islet)
      try expectRefusal(instance.run(volume, nil, &area), [ISLET_ERROR_OUTPUT], "segment with \(what)", instance)
      try promise(area.isIntactAround, "segment with \(what): refused, but it wrote beside an output buffer")
    }
    _ = try instance.result(volume)
  },
  ConformanceTest("output-red-zones", "not a byte is written beside an output buffer") { subject in
    let instance = try subject.loadedInstance()
    for size in [[24, 21, 19], [17, 13, 11], [16, 16, 16]] {
      let volume = try TestVolume(patientSize: size)
      for type in [ISLET_ELEMENT_UINT8, ISLET_ELEMENT_FLOAT32] {
        for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
          for side in GuardedMemory.Side.allCases {
            var area = try OutputArea(voxelCount: volume.voxelCount, probabilityType: type, side: side)
            let status = instance.run(volume, request { $0.isolation = isolation }, &area)
            try expect(status, ISLET_OK, "segment of \(size) voxels", instance)
            try promise(area.isIntactAround, "segment of \(size) voxels wrote beside an output buffer")
          }
        }
      }
    }
  },
  ConformanceTest("output-is-whole", "every byte of every output is written, whatever was in it") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let first = try instance.result(volume)
    for filling: UInt8 in [0, 0xFF] {
      var area = try OutputArea(voxelCount: volume.voxelCount)
      for buffer in [area.mask, area.probability, area.viewMasks] {
        buffer?.base.initializeMemory(as: UInt8.self, repeating: filling, count: volume.voxelCount)
      }
      try expect(instance.run(volume, nil, &area), ISLET_OK, "segment", instance)
      try expectSame(area.result, first, "buffers that were full of \(filling)")
    }
  },
  ConformanceTest("output-fields-kept", "what the host has set in the output struct stays") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    var area = try OutputArea(voxelCount: volume.voxelCount)
    let before = area.islet
    try expect(instance.run(volume, nil, &area), ISLET_OK, "segment", instance)
    let after = area.islet
    try promise(after.struct_size == before.struct_size, "struct_size is \(after.struct_size) afterwards")
    try promise(after.probability_type == before.probability_type, "probability_type was changed")
    try promise(
      after.mask == before.mask && after.probability == before.probability && after.view_masks == before.view_masks,
      "the address of a buffer was changed")
    try promise(
      after.mask_bytes == before.mask_bytes && after.probability_bytes == before.probability_bytes
        && after.view_masks_bytes == before.view_masks_bytes, "the size of a buffer was changed")
  },
  ConformanceTest("optional-outputs", "without probability and view masks the mask is the same") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let whole = try instance.result(volume)
    for (type, views) in [(UInt32?.none, false), (.none, true), (ISLET_ELEMENT_UINT8, false)] {
      let lean = try instance.result(volume, probabilityType: type, wantsViewMasks: views)
      try expectSame(lean, whole, "fewer outputs")
    }
  },
  ConformanceTest("probability-types", "a float32 probability is the uint8 one divided by 255") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let bytes = try instance.result(volume).probability ?? []
    let floats = try instance.result(volume, probabilityType: ISLET_ELEMENT_FLOAT32).probability ?? []
    let values = floats.withUnsafeBytes { raw in
      (0..<volume.voxelCount).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    for (index, value) in values.enumerated() {
      try promise(value >= 0 && value <= 1, "probability \(value) at voxel \(index), expected 0 to 1")
      let byte = Float(bytes[index]) / 255
      try promise(abs(value - byte) <= 1 / 255, "voxel \(index): \(value) as float32, \(byte) as uint8")
    }
  },
  ConformanceTest("summary-fits-mask", "voxels, volume, end, flags and grade say what the mask says") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    var area = try OutputArea(voxelCount: volume.voxelCount)
    try expect(instance.run(volume, nil, &area), ISLET_OK, "segment", instance)
    let (output, mask) = (area.islet, area.mask.bytes)
    let marked = mask.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
    try promise(Set(mask).subtracting([0]).count <= 1, "the mask has more than one label: \(Set(mask).sorted())")
    try promise(output.voxels == UInt64(marked), "voxels is \(output.voxels), the mask has \(marked)")
    let millilitres = Double(marked) * 1 * 1.25 * 1.5 / 1000
    try promise(
      abs(output.volume_ml - millilitres) <= 1e-9 * max(1, millilitres),
      "volume_ml is \(output.volume_ml), the mask has \(millilitres)")
    try promise((ISLET_END_CONVERGED...ISLET_END_EMPTY).contains(output.end), "end is \(output.end)")
    try promise((output.end == ISLET_END_EMPTY) == (marked == 0), "end is \(output.end) with \(marked) voxels")
    let isFlaggedEmpty = output.flags & 1 << 6 != 0
    try promise(isFlaggedEmpty == (marked == 0), "ISLET_FLAG_EMPTY is \(isFlaggedEmpty) with \(marked) voxels")
    try promise(output.grade <= ISLET_GRADE_HIGH, "grade is \(output.grade)")
    for (what, value) in [
      ("dsc_to_previous", output.dsc_to_previous), ("view_agreement", output.view_agreement),
      ("predicted_dsc", output.predicted_dsc), ("predicted_dsc_lower", output.predicted_dsc_lower),
    ] where !value.isNaN {
      try promise(value >= 0 && value <= 1, "\(what) is \(value), expected 0 to 1 or NaN")
    }
    try promise(
      output.grade == ISLET_GRADE_NONE || !output.predicted_dsc.isNaN, "a grade without a predicted DSC")
  },
  ConformanceTest("border-flag", "a mask that touches the border is flagged, one that does not is not") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let result = try instance.result(volume)
    let size = volume.size
    let touches = result.mask.indices.contains { index in
      let place = [index % size[0], index / size[0] % size[1], index / size[0] / size[1]]
      return result.mask[index] != 0 && (0..<3).contains { place[$0] == 0 || place[$0] == size[$0] - 1 }
    }
    let isFlagged = result.summary.flags & 1 != 0
    try promise(isFlagged == touches, "ISLET_FLAG_TOUCHES_BORDER is \(isFlagged), the mask says \(touches)")
  },
  ConformanceTest("trace", "the trace of a run is a JSON object, and there only after a run that worked") { subject in
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let volume = try TestVolume()
    let table = instance.plugin.table.pointee
    _ = try instance.result(volume)
    var json: UnsafePointer<CChar>?
    try expect(table.trace(instance.pointer, &json), ISLET_OK, "trace", instance)
    try promise(!jsonObject(json, "trace").isEmpty, "the trace's JSON object is empty")
  },
]
