#!/usr/bin/env python3
"""One peer engine as a process that `islet bench engine` drives: reads commands, answers a line each.

usage: peer.py ENGINE PRECISION FOLDER THREADS

ENGINE: pytorch-eager, pytorch-compiled, onnxruntime, openvino, openvino-streams. FOLDER holds topology.json,
weights.safetensors and inputs.safetensors (tensor ROWSxCOLUMNS: [slices, channels, rows, columns], windowed).
Commands: "prepare ROWSxCOLUMNS" builds the network for that size; "run COUNT" computes COUNT slices (the first ones, in
turn) and answers "ms X" for one; "write FILE" writes the probabilities of the first slice as raw float32; "quit".
Every answer starts with ready, ms, done or error.
"""

import gc
import json
import pathlib
import sys
import time

import numpy as np
from safetensors.numpy import load_file

import fcn8s


class PyTorch:
    def __init__(self, kind, precision, folder, threads):
        import torch
        torch.set_num_threads(threads)
        self.torch, self.version = torch, torch.__version__
        self.compiles = kind == "pytorch-compiled"
        self.type = torch.bfloat16 if precision == "bfloat16" else torch.float32
        network = fcn8s.TorchNetwork(folder.topology, folder.tensors).eval().to(self.type)
        # Channels last is the faster order for bfloat16, and for the compiled network; eager float32 gains nothing.
        self.last = precision == "bfloat16" or self.compiles
        self.network = network.to(memory_format=torch.channels_last) if self.last else network

    def prepare(self, inputs):
        torch = self.torch
        self.inputs = [torch.from_numpy(slice[None].copy()).to(self.type) for slice in inputs]
        if self.last:
            self.inputs = [slice.to(memory_format=torch.channels_last) for slice in self.inputs]
        self.call = self.network
        if self.compiles:
            torch._dynamo.reset()
            torch._inductor.config.freezing = True
            self.call = torch.compile(self.network, dynamic=False)
        self.run(0)

    def run(self, index):
        with self.torch.inference_mode() if not self.compiles else self.torch.no_grad():
            return self.call(self.inputs[index % len(self.inputs)])

    def output(self):
        return self.run(0).float().numpy()


class ONNXRuntime:
    def __init__(self, kind, precision, folder, threads):
        import onnxruntime
        self.library, self.version = onnxruntime, onnxruntime.__version__
        self.folder, self.precision, self.threads = folder, precision, threads

    def prepare(self, inputs):
        self.session = None
        gc.collect()
        options = self.library.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        self.session = self.library.InferenceSession(
            self.folder.onnx(inputs.shape[2:], self.precision), options, providers=["CPUExecutionProvider"])
        self.inputs = [slice[None].copy() for slice in inputs]
        self.run(0)

    def run(self, index):
        return self.session.run(None, {"input": self.inputs[index % len(self.inputs)]})[0]

    def output(self):
        return self.run(0)


class OpenVINO:
    """One slice on all threads, or ("openvino-streams") as many slices at once as threads, a thread each."""

    def __init__(self, kind, precision, folder, threads):
        import openvino
        self.library, self.version = openvino, openvino.__version__
        self.folder, self.precision, self.threads = folder, precision, threads
        self.streams = threads if kind == "openvino-streams" else 1
        self.compiled = None

    def prepare(self, inputs):
        self.compiled = self.queue = None
        gc.collect()
        core = self.library.Core()
        model = core.read_model(self.folder.onnx(inputs.shape[2:], self.precision))
        settings = {"INFERENCE_NUM_THREADS": self.threads, "NUM_STREAMS": self.streams,
                    "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bfloat16" else "f32"}
        self.compiled = core.compile_model(model, "CPU", settings)
        self.inputs = [slice[None].copy() for slice in inputs]
        self.request = self.compiled.create_infer_request()
        if self.streams > 1:
            self.queue = self.library.AsyncInferQueue(self.compiled, self.streams)
        self.run(0)

    def run(self, index):
        return self.request.infer({"input": self.inputs[index % len(self.inputs)]})["probabilities"]

    def run_all(self, count):
        if self.queue is None:
            for index in range(count):
                self.run(index)
            return
        for index in range(count):
            self.queue.start_async({"input": self.inputs[index % len(self.inputs)]})
        self.queue.wait_all()

    def output(self):
        return np.array(self.run(0))


class Folder:
    """The model and its inputs; ONNX files are made when first asked for and kept."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.topology = json.loads((self.path / "topology.json").read_text())
        self.inputs = load_file(self.path / "inputs.safetensors")

    @property
    def tensors(self):
        return load_file(self.path / "weights.safetensors")

    def onnx(self, size, precision):
        name = "x".join(map(str, size))
        if precision == "int8":
            return str(self.path / f"{name}-int8.onnx")
        return str(self.path / f"{name}.onnx")

    def write_onnx(self, with_int8):
        """Every size's model, and its static quantization: per-channel weights, activation ranges over the inputs."""
        import onnx
        for name, inputs in self.inputs.items():
            target = self.path / f"{name}.onnx"
            if not target.exists():
                onnx.save(fcn8s.onnx_model(self.topology, self.tensors, *inputs.shape[2:]), target)
            if with_int8 and not (self.path / f"{name}-int8.onnx").exists():
                quantize(target, self.path / f"{name}-int8.onnx", inputs[:2])


def quantize(source, target, inputs):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rest = [{"input": slice[None].copy()} for slice in inputs]

        def get_next(self):
            return self.rest.pop() if self.rest else None

    quantize_static(str(source), str(target), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                    op_types_to_quantize=["Conv", "MaxPool", "Relu"])


KINDS = {"pytorch-eager": PyTorch, "pytorch-compiled": PyTorch, "onnxruntime": ONNXRuntime, "openvino": OpenVINO,
         "openvino-streams": OpenVINO}


def answer(command, engine, folder):
    words = command.split()
    if words[0] == "prepare":
        engine.prepare(folder.inputs[words[1]])
        return "done"
    if words[0] == "run":
        count = int(words[1])
        start = time.perf_counter()
        if hasattr(engine, "run_all"):
            engine.run_all(count)
        else:
            for index in range(count):
                engine.run(index)
        return f"ms {1000 * (time.perf_counter() - start) / count:.3f}"
    if words[0] == "write":
        engine.output().astype("<f4").tofile(words[1])
        return "done"
    raise ValueError(f"{command}: not understood")


def main():
    if sys.argv[1:2] == ["write-models"]:
        Folder(sys.argv[2]).write_onnx(with_int8=sys.argv[3] == "int8")
        return
    kind, precision, path, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    folder = Folder(path)
    engine = KINDS[kind](kind, precision, folder, threads)
    print(f"ready {engine.version}", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        try:
            print(answer(line, engine, folder), flush=True)
        except Exception as error:  # one line, whatever happened: the other end reads lines
            print("error", repr(error).replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
