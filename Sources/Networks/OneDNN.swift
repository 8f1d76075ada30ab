import CDNNL
import CEngineLibrary

/// Everything that Islet asks of oneDNN: the one file that knows its C interface (2.6, the v2 API).
///
/// Thin owners of the C objects with typed errors. Scratch memory is always ours (`scratchpad_mode_user`), because
/// Debian's build does not promise that a primitive with memory of its own may run on two threads at once.
enum OneDNN {
  // Argument numbers of oneDNN whose macros Swift does not import.
  private static let source: Int32 = 1, destination: Int32 = 17, weights: Int32 = 33, bias: Int32 = 41
  private static let scratchpad: Int32 = 80

  /// Runs `body` with OpenMP set to one thread on the calling thread, then restores the caller's own setting.
  ///
  /// oneDNN reads the setting when it creates a primitive (blocking) and when it runs one, so both happen in here.
  static func onThisThreadAlone<Value>(_ body: () throws(NetworkError) -> Value) throws(NetworkError) -> Value {
    let before = omp_get_max_threads()
    omp_set_num_threads(1)
    defer { omp_set_num_threads(before) }
    return try body()
  }

  /// Held while a primitive is planned and compiled.
  ///
  /// With AVX-512 kernels of 2.6, two threads that compiled convolutions at the same time got primitives that computed
  /// wrong numbers, about one in two hundred (`RectangleTests` shows it without this lock). Running them needs none.
  /// A count, because a value of no size has the address of its object's header, whose reading looks like a data race.
  private static let compiling = Locked(0)

  private static func check(_ status: dnnl_status_t, _ what: String) throws(NetworkError) {
    guard status != dnnl_success else { return }
    let reason = dnnl_status2str(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
    throw NetworkError(
      code: status == dnnl_out_of_memory ? .outOfMemory : .engineFailure,
      message: "oneDNN could not \(what): \(reason)")
  }

  /// Version and instruction set of the library, once it is open.
  static var version: String {
    let version = dnnl_version().map { "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.patch)" } ?? "unknown"
    return "oneDNN \(version) for instruction set \(dnnl_get_effective_cpu_isa().rawValue)"
  }

  /// The CPU as oneDNN sees it; shared by everything of one network.
  final class Engine: @unchecked Sendable {  // Immutable after init; oneDNN's engines may be used by all threads.
    fileprivate let handle: dnnl_engine_t

    init() throws(NetworkError) {
      if let reason = cenginelibrary_open() {
        throw NetworkError(
          code: .engineMissing,
          message: "oneDNN 2.6 is needed to compute and cannot be had: \(String(cString: reason)); "
            + "install it (Debian: libdnnl2)")
      }
      var handle: dnnl_engine_t?
      try check(dnnl_engine_create(&handle, dnnl_cpu, 0), "open the CPU")
      guard let handle else { throw NetworkError(code: .engineFailure, message: "oneDNN returned no engine") }
      self.handle = handle
    }

    deinit { dnnl_engine_destroy(handle) }
  }

  /// The order in which a thread runs primitives; each prediction has its own.
  final class Stream {
    fileprivate let handle: dnnl_stream_t
    fileprivate let engine: Engine

    init(_ engine: Engine) throws(NetworkError) {
      var handle: dnnl_stream_t?
      try check(dnnl_stream_create(&handle, engine.handle, UInt32(dnnl_stream_default_flags.rawValue)), "open a stream")
      guard let handle else { throw NetworkError(code: .engineFailure, message: "oneDNN returned no stream") }
      (self.handle, self.engine) = (handle, engine)
    }

    deinit { dnnl_stream_destroy(handle) }
  }

  /// How one number of a tensor is stored.
  enum Element: Hashable, Sendable {
    case float32, bfloat16, uint8, int8

    fileprivate var type: dnnl_data_type_t {
      switch self {
      case .float32: dnnl_f32
      case .bfloat16: dnnl_bf16
      case .uint8: dnnl_u8
      case .int8: dnnl_s8
      }
    }
  }

  /// Sizes, data type and memory order of one tensor.
  struct Layout: Sendable {
    fileprivate var descriptor: dnnl_memory_desc_t

    /// Bytes of a buffer in this layout, padding included.
    var byteCount: Int { withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) } }

    /// A tensor whose order oneDNN may choose.
    static func any(_ sizes: [Int], _ element: Element) throws(NetworkError) -> Layout {
      try Layout(sizes, dnnl_format_tag_any, element)
    }

    /// Row-major: [out] or [out, in, kernel rows, kernel columns].
    static func rowMajor(_ sizes: [Int], _ element: Element = .float32) throws(NetworkError) -> Layout {
      try Layout(sizes, sizes.count == 1 ? dnnl_a : dnnl_abcd, element)
    }

    /// A map as `Activation` stores it: [rows, columns, channels], channels fastest.
    static func map(channels: Int, rows: Int, columns: Int, _ element: Element) throws(NetworkError) -> Layout {
      try Layout([1, channels, rows, columns], dnnl_acdb, element)
    }

    private init(_ sizes: [Int], _ order: dnnl_format_tag_t, _ element: Element) throws(NetworkError) {
      descriptor = dnnl_memory_desc_t()
      let dims = sizes.map { dnnl_dim_t($0) }
      try check(
        dnnl_memory_desc_init_by_tag(&descriptor, Int32(dims.count), dims, element.type, order),
        "describe a tensor")
    }

    fileprivate init(_ descriptor: dnnl_memory_desc_t) { self.descriptor = descriptor }

    /// The outermost indices `part` alone, as they lie in a buffer of the whole; `part` must not cut through a block.
    func part(_ part: Range<Int>) throws(NetworkError) -> Layout {
      var result = dnnl_memory_desc_t()
      let rank = Int(descriptor.ndims)
      var sizes = withUnsafeBytes(of: descriptor.dims) { Array($0.bindMemory(to: dnnl_dim_t.self).prefix(rank)) }
      var offsets = [dnnl_dim_t](repeating: 0, count: rank)
      guard rank > 0 else { return self }
      (sizes[0], offsets[0]) = (dnnl_dim_t(part.count), dnnl_dim_t(part.lowerBound))
      let status = withUnsafePointer(to: descriptor) {
        dnnl_memory_desc_init_submemory(&result, $0, sizes, offsets)
      }
      try check(status, "describe a part of a tensor")
      return Layout(result)
    }

    func isSame(as other: Layout) -> Bool {
      withUnsafePointer(to: descriptor) { one in
        withUnsafePointer(to: other.descriptor) { two in dnnl_memory_desc_equal(one, two) != 0 }
      }
    }
  }

  /// Memory that a primitive reads or writes.
  struct Tensor {
    let layout: Layout
    let memory: UnsafeMutableRawPointer
  }

  /// One compiled operation with the layouts it settled on; may run on several threads at once.
  final class Primitive: @unchecked Sendable {  // Immutable after init; its scratch memory comes with each run.
    private let handle: dnnl_primitive_t
    let source: Layout, destination: Layout
    /// Layout of a convolution's weights.
    let weights: Layout?
    private let scratchpad: Layout
    /// oneDNN's name of the kernel it chose.
    let implementation: String

    /// Takes ownership of `plan`.
    fileprivate init(_ plan: dnnl_primitive_desc_t, _ what: String) throws(NetworkError) {
      defer { dnnl_primitive_desc_destroy(plan) }
      func layout(_ query: dnnl_query_t) -> Layout? {
        dnnl_primitive_desc_query_md(plan, query, 0).map { Layout($0.pointee) }
      }
      guard let source = layout(dnnl_query_src_md), let destination = layout(dnnl_query_dst_md),
        let scratchpad = layout(dnnl_query_scratchpad_md)
      else { throw NetworkError(code: .engineFailure, message: "oneDNN did not name the layouts of \(what)") }
      (self.source, self.destination, self.scratchpad) = (source, destination, scratchpad)
      weights = layout(dnnl_query_weights_md)
      var name: UnsafePointer<CChar>?
      dnnl_primitive_desc_query(plan, dnnl_query_impl_info_str, 0, &name)
      implementation = name.map { String(cString: $0) } ?? ""
      var handle: dnnl_primitive_t?
      try check(dnnl_primitive_create(&handle, plan), "compile \(what)")
      guard let handle else { throw NetworkError(code: .engineFailure, message: "oneDNN returned no \(what)") }
      self.handle = handle
    }

    deinit { dnnl_primitive_destroy(handle) }

    /// Bytes of scratch memory that each run needs.
    var scratchpadByteCount: Int { scratchpad.byteCount }

    /// Runs to the end on the calling thread; every pointer must hold what the layouts say.
    func run(
      on stream: Stream, from input: UnsafeMutableRawPointer, to output: UnsafeMutableRawPointer,
      weights packed: Tensor? = nil, bias: Tensor? = nil, scratch: UnsafeMutableRawPointer?
    ) throws(NetworkError) {
      var arguments: [dnnl_exec_arg_t] = []
      defer { for argument in arguments { dnnl_memory_destroy(argument.memory) } }
      func add(_ number: Int32, _ layout: Layout, _ pointer: UnsafeMutableRawPointer) throws(NetworkError) {
        var memory: dnnl_memory_t?
        let status = withUnsafePointer(to: layout.descriptor) {
          dnnl_memory_create(&memory, $0, stream.engine.handle, pointer)
        }
        try check(status, "bind a tensor")
        arguments.append(dnnl_exec_arg_t(arg: number, memory: memory))
      }
      try add(OneDNN.source, source, input)
      try add(OneDNN.destination, destination, output)
      if let packed { try add(OneDNN.weights, packed.layout, packed.memory) }
      if let bias { try add(OneDNN.bias, bias.layout, bias.memory) }
      if scratchpadByteCount > 0, let scratch { try add(OneDNN.scratchpad, scratchpad, scratch) }
      try check(dnnl_primitive_execute(handle, stream.handle, Int32(arguments.count), arguments), "run a layer")
      try check(dnnl_stream_wait(stream.handle), "finish a layer")
    }
  }
}

// The three operations.
extension OneDNN {
  /// A convolution of stride 1 with bias, and ReLU where the layer has one, of a part of a map: `input` positions with
  /// as many zeros around them as `padding` says. `weights` nil lets oneDNN choose their order.
  ///
  /// `scales` multiply each stored output channel's sum with its bias, before the ReLU; empty for none.
  static func convolution(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic = .float32, scales: [Float] = [], input: PaddedPart,
    weights: Layout?, engine: Engine
  ) throws(NetworkError) -> Primitive {
    let output = input.outputSize(kernel: layer.kernel)
    let source = try Layout.map(
      channels: layer.storedInChannels, rows: input.rows, columns: input.columns, arithmetic.source)
    let kernel = if let weights { weights } else { try Layout.any(layer.storedWeightShape, arithmetic.weights) }
    let bias = try Layout.rowMajor([layer.storedOutChannels])
    let destination = try Layout.map(
      channels: layer.storedOutChannels, rows: output.rows, columns: output.columns, arithmetic.destination)
    let strides: [dnnl_dim_t] = [1, 1]
    let before = [dnnl_dim_t(input.top), dnnl_dim_t(input.left)]
    let after = [dnnl_dim_t(input.bottom), dnnl_dim_t(input.right)]
    var operation = dnnl_convolution_desc_t()
    var layouts = (source.descriptor, kernel.descriptor, bias.descriptor, destination.descriptor)
    try check(
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_convolution_direct, &layouts.0, &layouts.1, &layouts.2, &layouts.3,
        strides, before, after), "describe \(layer.name)")
    let attributes = try Attributes(relu: layer.hasReLU, scales: scales)
    return try primitive(layer.name) {
      dnnl_primitive_desc_create(&$0, &operation, attributes.handle, engine.handle, nil)
    }
  }

  /// 2x2 maximum with stride 2 of rows x columns positions; a last odd row or column counts alone.
  static func maximumPool(
    _ name: String, channels: Int, rows: Int, columns: Int, element: Element, engine: Engine
  ) throws(NetworkError) -> Primitive {
    let input = try Layout.map(channels: channels, rows: rows, columns: columns, element)
    let output = try Layout.map(channels: channels, rows: (rows + 1) / 2, columns: (columns + 1) / 2, element)
    let two: [dnnl_dim_t] = [2, 2]
    let before: [dnnl_dim_t] = [0, 0]
    let after = [dnnl_dim_t(rows % 2), dnnl_dim_t(columns % 2)]
    var operation = dnnl_pooling_desc_t()
    var layouts = (input.descriptor, output.descriptor)
    try check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_pooling_max, &layouts.0, &layouts.1, two, two, before, after),
      "describe \(name)")
    let attributes = try Attributes(relu: false)
    return try primitive(name) {
      dnnl_primitive_desc_create(&$0, &operation, attributes.handle, engine.handle, nil)
    }
  }

  /// A copy from one memory order to another.
  static func reorder(from input: Layout, to output: Layout, engine: Engine) throws(NetworkError) -> Primitive {
    let attributes = try Attributes(relu: false)
    var layouts = (input.descriptor, output.descriptor)
    return try primitive("a reorder") {
      dnnl_reorder_primitive_desc_create(
        &$0, &layouts.0, engine.handle, &layouts.1, engine.handle, attributes.handle)
    }
  }

  private static func primitive(
    _ what: String, plan: (inout dnnl_primitive_desc_t?) -> dnnl_status_t
  ) throws(NetworkError) -> Primitive {
    try compiling.withLock { compiled throws(NetworkError) in
      compiled += 1
      var planned: dnnl_primitive_desc_t?
      try check(plan(&planned), "plan \(what)")
      guard let planned else { throw NetworkError(code: .engineFailure, message: "oneDNN returned no plan of \(what)") }
      return try Primitive(planned, what)
    }
  }

  /// Scratch memory from the caller, scales of the channels, and ReLU behind the operation.
  private final class Attributes {
    let handle: dnnl_primitive_attr_t

    init(relu: Bool, scales: [Float] = []) throws(NetworkError) {
      var created: dnnl_primitive_attr_t?
      try check(dnnl_primitive_attr_create(&created), "create attributes")
      guard let created else { throw NetworkError(code: .engineFailure, message: "oneDNN returned no attributes") }
      handle = created
      try check(dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "set the scratch memory")
      if !scales.isEmpty {
        // Bit 1 of the mask: one scale for each channel.
        try check(
          dnnl_primitive_attr_set_output_scales(handle, dnnl_dim_t(scales.count), 1 << 1, scales), "set scales")
      }
      guard relu else { return }
      var operations: dnnl_post_ops_t?
      try check(dnnl_post_ops_create(&operations), "create a ReLU")
      defer { dnnl_post_ops_destroy(operations) }
      try check(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0), "append a ReLU")
      try check(dnnl_primitive_attr_set_post_ops(handle, operations), "set a ReLU")
    }

    deinit { dnnl_primitive_attr_destroy(handle) }
  }
}
