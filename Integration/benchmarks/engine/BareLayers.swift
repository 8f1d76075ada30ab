import CDNNL
import Glibc

/// The convolutions of a network as oneDNN runs them alone: same kernels, same memory orders, nothing between them.
///
/// Written against oneDNN's C interface directly, so that the figure does not depend on the code it judges. Failures
/// end the benchmark: it has no host to protect.
final class BareLayers: @unchecked Sendable {  // Immutable after init; threads write to buffers of their own.
  struct Convolution {
    let name: String
    let inChannels: Int, outChannels: Int
    let kernel: Int, padding: Int
    let rows: Int, columns: Int
    let hasReLU: Bool
  }

  private struct Compiled {
    let primitive: dnnl_primitive_t
    var source: dnnl_memory_desc_t, weights: dnnl_memory_desc_t, bias: dnnl_memory_desc_t
    var destination: dnnl_memory_desc_t, scratchpad: dnnl_memory_desc_t
  }

  let names: [String]
  private let engine: dnnl_engine_t
  private let layers: [Compiled]
  private let weights: UnsafeMutableRawPointer, bias: UnsafeMutableRawPointer
  private let sources: [UnsafeMutableRawPointer], destinations: [UnsafeMutableRawPointer]
  private let scratchpads: [UnsafeMutableRawPointer]

  init(_ convolutions: [Convolution], threads: Int) {
    omp_set_num_threads(1)
    names = convolutions.map(\.name)
    var opened: dnnl_engine_t?
    expect(dnnl_engine_create(&opened, dnnl_cpu, 0))
    let engine = unwrap(opened)
    self.engine = engine
    let layers = convolutions.map { Self.compile($0, engine) }
    self.layers = layers
    func largest(_ descriptor: (Compiled) -> dnnl_memory_desc_t) -> Int {
      layers.map { withUnsafePointer(to: descriptor($0)) { dnnl_memory_desc_get_size($0) } }.max() ?? 0
    }
    weights = filled(largest(\.weights), with: 0.001)
    bias = filled(largest(\.bias), with: 0.1)
    sources = (0..<threads).map { [size = largest(\.source)] _ in filled(size, with: 0.5) }
    destinations = (0..<threads).map { [size = largest(\.destination)] _ in filled(size, with: 0) }
    scratchpads = (0..<threads).map { [size = largest(\.scratchpad)] _ in filled(size, with: 0) }
  }

  /// Runs every layer once on the calling thread, with the buffers of one thread; time per layer.
  func run(thread: Int) -> [Elapsed] {
    omp_set_num_threads(1)
    var opened: dnnl_stream_t?
    expect(dnnl_stream_create(&opened, engine, UInt32(dnnl_stream_default_flags.rawValue)))
    let stream = unwrap(opened)
    defer { dnnl_stream_destroy(stream) }
    return layers.map { layer in
      // The numbers of oneDNN's source, weights, bias, destination and scratchpad arguments.
      let tensors: [(Int32, dnnl_memory_desc_t, UnsafeMutableRawPointer)] = [
        (1, layer.source, sources[thread]), (33, layer.weights, weights), (41, layer.bias, bias),
        (17, layer.destination, destinations[thread]), (80, layer.scratchpad, scratchpads[thread]),
      ]
      let arguments = tensors.map { number, descriptor, pointer in
        var memory: dnnl_memory_t?
        var descriptor = descriptor
        expect(dnnl_memory_create(&memory, &descriptor, engine, pointer))
        return dnnl_exec_arg_t(arg: number, memory: memory)
      }
      defer { for argument in arguments { dnnl_memory_destroy(argument.memory) } }
      let start = Elapsed.now
      expect(dnnl_primitive_execute(layer.primitive, stream, Int32(arguments.count), arguments))
      expect(dnnl_stream_wait(stream))
      return Elapsed.now - start
    }
  }

  private static func compile(_ layer: Convolution, _ engine: dnnl_engine_t) -> Compiled {
    func describe(_ sizes: [Int], _ order: dnnl_format_tag_t) -> dnnl_memory_desc_t {
      var descriptor = dnnl_memory_desc_t()
      expect(
        dnnl_memory_desc_init_by_tag(&descriptor, Int32(sizes.count), sizes.map { dnnl_dim_t($0) }, dnnl_f32, order))
      return descriptor
    }
    let shrinks = layer.kernel - 1 - 2 * layer.padding
    var source = describe([1, layer.inChannels, layer.rows, layer.columns], dnnl_format_tag_any)
    var weights = describe([layer.outChannels, layer.inChannels, layer.kernel, layer.kernel], dnnl_format_tag_any)
    var bias = describe([layer.outChannels], dnnl_a)
    var destination = describe(
      [1, layer.outChannels, layer.rows - shrinks, layer.columns - shrinks], dnnl_format_tag_any)
    let strides: [dnnl_dim_t] = [1, 1]
    let padding = [dnnl_dim_t](repeating: dnnl_dim_t(layer.padding), count: 2)
    var operation = dnnl_convolution_desc_t()
    expect(
      dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_inference, dnnl_convolution_direct, &source, &weights, &bias, &destination, strides,
        padding, padding))
    var attributes: dnnl_primitive_attr_t?
    expect(dnnl_primitive_attr_create(&attributes))
    defer { dnnl_primitive_attr_destroy(attributes) }
    expect(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
    var operations: dnnl_post_ops_t?
    expect(dnnl_post_ops_create(&operations))
    defer { dnnl_post_ops_destroy(operations) }
    if layer.hasReLU { expect(dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0)) }
    expect(dnnl_primitive_attr_set_post_ops(attributes, operations))
    var created: dnnl_primitive_desc_t?
    expect(dnnl_primitive_desc_create(&created, &operation, attributes, engine, nil))
    let plan = unwrap(created)
    defer { dnnl_primitive_desc_destroy(plan) }
    func layout(_ query: dnnl_query_t) -> dnnl_memory_desc_t {
      unwrap(dnnl_primitive_desc_query_md(plan, query, 0)).pointee
    }
    var primitive: dnnl_primitive_t?
    expect(dnnl_primitive_create(&primitive, plan))
    return Compiled(
      primitive: unwrap(primitive), source: layout(dnnl_query_src_md), weights: layout(dnnl_query_weights_md),
      bias: bias, destination: layout(dnnl_query_dst_md), scratchpad: layout(dnnl_query_scratchpad_md))
  }
}

private func expect(_ status: dnnl_status_t) {
  if status != dnnl_success { fatalError("oneDNN: \(status2name(status))") }
}

private func status2name(_ status: dnnl_status_t) -> String {
  dnnl_status2str(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
}

private func unwrap<Value>(_ value: Value?) -> Value {
  guard let value else { fatalError("oneDNN returned nothing") }
  return value
}

private func filled(_ bytes: Int, with value: Float) -> UnsafeMutableRawPointer {
  var memory: UnsafeMutableRawPointer?
  guard posix_memalign(&memory, 64, max(bytes, 64)) == 0, let memory else { fatalError("out of memory") }
  memory.bindMemory(to: Float.self, capacity: bytes / 4).update(repeating: value, count: bytes / 4)
  return memory
}
