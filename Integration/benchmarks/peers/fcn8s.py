"""FCN-8s from a bundle's topology and tensors, once in PyTorch and once as an ONNX graph.

The topology is the JSON of a manifest; tensors carry the bundle's names (conv1_1.weight ...). Written for the peers of
`islet bench engine`: plain layers, nothing that an engine could not fuse by itself.
"""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F


def upsampling_stages(topology):
    """(name, factor, crop of the upsampled map, crop of the skip, scale of the skip or None), as islet computes them."""
    pools = topology["pools"]
    factors = [1 + pools[4], 1 + pools[3], 2 ** sum(pools[:3])]
    crops, skip_crops = [factor // 2 for factor in factors], [0, 0, 0]
    if topology["family"] == "crop":
        doubled, offsets = topology["fc6"]["kernel"] - 1, []
        for factor in factors:
            if factor > 1:
                doubled = (factor - 1) + factor * doubled - (2 * factor - 1)
            offsets.append(doubled)
        crops = [0, 0, topology["pad"] - 1 - offsets[2] // 2]
        skip_crops = [offsets[0] // 2, offsets[1] // 2, 0]
    scales = [topology["skip_scales"]["pool4"], topology["skip_scales"]["pool3"], None]
    return list(zip(("upscore2", "upscore_pool4", "upscore8"), factors, crops, skip_crops, scales))


def kernel(topology, tensors, name, factor):
    """[channels, 1, 2f, 2f]"""
    if topology["upsampling"] == "learned":
        return tensors[f"{name}.weight"]
    line = 1 - np.abs(np.arange(2 * factor) + 0.5 - factor) / factor
    plane = (line[:, None] * line[None, :]).astype(np.float32)
    return np.broadcast_to(plane, (topology["output_channels"], 1, *plane.shape)).copy()


def total_stride(topology):
    return 2 ** sum(topology["pools"])


class TorchNetwork(nn.Module):
    """[1, slices in, rows, columns] -> probabilities [1, slices out, rows, columns]."""

    def __init__(self, topology, tensors):
        super().__init__()
        self.topology = topology
        self.stages = upsampling_stages(topology)
        self.layers = nn.ModuleDict()
        for name, weight in tensors.items():
            layer, part = name.split(".")
            if part != "weight" or layer.startswith("upscore"):
                continue
            outputs, inputs, size = weight.shape[:3]
            convolution = nn.Conv2d(inputs, outputs, size, padding=self.padding(layer, size))
            convolution.weight.data = torch.from_numpy(weight)
            convolution.bias.data = torch.from_numpy(tensors[f"{layer}.bias"])
            self.layers[layer] = convolution
        for name, factor, *_ in self.stages:
            if factor == 1:
                continue
            channels = topology["output_channels"]
            deconvolution = nn.ConvTranspose2d(channels, channels, 2 * factor, factor, groups=channels, bias=False)
            deconvolution.weight.data = torch.from_numpy(kernel(topology, tensors, name, factor))
            self.layers[name] = deconvolution

    def padding(self, layer, size):
        crops = self.topology["family"] == "crop"
        if crops and layer == "conv1_1":
            return self.topology["pad"]
        if layer == "fc6":
            return 0 if crops else size // 2
        return size // 2

    def forward(self, x):
        rows, columns = x.shape[-2:]
        crops = self.topology["family"] == "crop"
        if not crops:
            stride = total_stride(self.topology)
            x = F.pad(x, (0, -columns % stride, 0, -rows % stride))
        taps = []
        for block, count in enumerate(self.topology["convolutions"], 1):
            for index in range(1, count + 1):
                x = F.relu(self.layers[f"conv{block}_{index}"](x))
            if self.topology["pools"][block - 1]:
                x = F.max_pool2d(x, 2, 2, ceil_mode=True)
            if block in (3, 4):
                taps.append(self.layers[f"score_pool{block}"](x))
        x = F.relu(self.layers["fc6"](x))
        x = self.layers["score_fr"](F.relu(self.layers["fc7"](x)))
        for (name, factor, crop, skip_crop, scale), tap in zip(self.stages, [taps[1], taps[0], None]):
            if factor > 1:
                x = self.layers[name](x)
            if tap is None:
                x = x[:, :, crop:crop + rows, crop:crop + columns]
            elif crops:
                height, width = x.shape[-2:]
                x = x + scale * tap[:, :, skip_crop:skip_crop + height, skip_crop:skip_crop + width]
            else:
                height, width = tap.shape[-2:]
                x = x[:, :, crop:crop + height, crop:crop + width] + scale * tap
        return torch.sigmoid(x)


def onnx_model(topology, tensors, rows, columns):
    """The same network as an ONNX graph for one input size (all shapes static, as engines like it best)."""
    reference = TorchNetwork(topology, {})
    nodes, constants = [], {}

    def constant(name, values):
        constants[name] = values
        return name

    def node(operation, *inputs, name, **attributes):
        nodes.append(helper.make_node(operation, list(inputs), [name], name=name, **attributes))
        return name

    def convolve(x, layer, relu):
        weight = tensors[f"{layer}.weight"]
        pad = reference.padding(layer, weight.shape[2])
        x = node("Conv", x, constant(f"{layer}.weight", weight), constant(f"{layer}.bias", tensors[f"{layer}.bias"]),
                 name=layer, pads=[pad] * 4, kernel_shape=list(weight.shape[2:]))
        return node("Relu", x, name=f"{layer}.relu") if relu else x

    def window(x, name, start, height, width):
        return node("Slice", x, constant(f"{name}.starts", np.array([start, start], np.int64)),
                    constant(f"{name}.ends", np.array([start + height, start + width], np.int64)),
                    constant(f"{name}.axes", np.array([2, 3], np.int64)), name=name)

    crops = topology["family"] == "crop"
    x, size = "input", (rows, columns)
    if not crops:
        stride = total_stride(topology)
        pads = np.array([0, 0, 0, 0, 0, 0, -rows % stride, -columns % stride], np.int64)
        x = node("Pad", x, constant("padding", pads), name="padded")
        size = (rows + pads[6], columns + pads[7])
    grown = 2 * topology["pad"] - 2 if crops else 0
    size = (size[0] + grown, size[1] + grown)
    taps = []
    for block, count in enumerate(topology["convolutions"], 1):
        for index in range(1, count + 1):
            x = convolve(x, f"conv{block}_{index}", relu=True)
        if topology["pools"][block - 1]:
            x = node("MaxPool", x, name=f"pool{block}", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
            size = tuple((side + 1) // 2 for side in size)
        if block in (3, 4):
            taps.append((convolve(x, f"score_pool{block}", relu=False), size))
    x = convolve(x, "fc6", relu=True)
    if crops:
        size = tuple(side - topology["fc6"]["kernel"] + 1 for side in size)
    x = convolve(convolve(x, "fc7", relu=True), "score_fr", relu=False)
    for (name, factor, crop, skip_crop, scale), tap in zip(upsampling_stages(topology), [taps[1], taps[0], None]):
        if factor > 1:
            x = node("ConvTranspose", x, constant(f"{name}.weight", kernel(topology, tensors, name, factor)),
                     name=name, strides=[factor] * 2, group=topology["output_channels"],
                     kernel_shape=[2 * factor] * 2)
            size = tuple((side + 1) * factor for side in size)
        if tap is None:
            x = window(x, f"{name}.window", crop, rows, columns)
            continue
        skip, skip_size = tap
        if crops:
            skip = window(skip, f"{name}.skip", skip_crop, *size)
        else:
            x, size = window(x, f"{name}.window", crop, *skip_size), skip_size
        if scale != 1:
            skip = node("Mul", skip, constant(f"{name}.scale", np.array(scale, np.float32)), name=f"{name}.scaled")
        x = node("Add", x, skip, name=f"{name}.sum")
    node("Sigmoid", x, name="probabilities")
    graph = helper.make_graph(
        nodes, "fcn8s",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, topology["input_channels"], rows, columns])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT,
                                       [1, topology["output_channels"], rows, columns])],
        [numpy_helper.from_array(np.ascontiguousarray(values), name) for name, values in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model
