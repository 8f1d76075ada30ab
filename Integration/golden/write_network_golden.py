#!/usr/bin/env python3
"""Writes the golden logits of Tests/NetworksTests/Golden: PyTorch's answer for networks and slices that both sides draw
from one generator, so that only the answers are stored.

usage: write_network_golden.py [OUTPUT_FOLDER]      (needs numpy and torch)

Each file <case>-<rows>x<columns>.f32 is float32, little-endian, [output channels, rows, columns].
The cases stand once more in Tests/NetworksTests/GoldenTests.swift; both must be changed together.
Everything is computed in float64 and rounded once, so the files do not depend on PyTorch's kernels.
"""

import math
import pathlib
import sys
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F

SIZES = [(1, 1), (41, 41), (60, 37), (97, 131), (177, 91)]
PAPER_16TH = dict(pad=100, channels=[4, 8, 16, 32, 32], fc6=256, kernel=7, fc7=256)
CASES = {
    "paper": dict(PAPER_16TH, seed=1, inputs=3, outputs=3),
    "pool4-left-out": dict(PAPER_16TH, seed=2, inputs=3, outputs=1, pools=[1, 1, 1, 0, 1]),
    "one-slice": dict(PAPER_16TH, seed=3, inputs=1, outputs=1),
    "slim": dict(pad=None, seed=4, inputs=3, outputs=1, pools=[0, 1, 1, 1, 1], channels=[8, 16, 32, 64, 64],
                 fc6=128, kernel=3, fc7=128),
    "learned-upsampling": dict(pad=None, seed=6, inputs=3, outputs=3, pools=[0, 1, 1, 1, 1],
                               channels=[8, 16, 32, 64, 64], fc6=128, kernel=3, fc7=128, learned=True),
    "at-once": dict(PAPER_16TH, seed=5, inputs=3, outputs=1, scales=(0.01, 0.0001)),
}


class Uniform:
    """splitmix64; the top 24 bits of each number as float32 in [0, 1)."""

    def __init__(self, seed):
        self.state = np.uint64(seed)

    def draw(self, count):
        step = np.uint64(0x9E3779B97F4A7C15)
        with np.errstate(over="ignore"):
            z = self.state + step * np.arange(1, count + 1, dtype=np.uint64)
            self.state = self.state + step * np.uint64(count)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
        return (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def around_zero(self, count, bound):
        return (self.draw(count) * np.float32(2) - np.float32(1)) * np.float32(bound)


class Network:
    """FCN-8s in plain torch functions; the crops come from the centres of the maps, exactly, in fractions."""

    def __init__(self, case):
        self.case = case
        self.pools = case.get("pools", [1, 1, 1, 1, 1])
        self.scales = case.get("scales", (1.0, 1.0))
        uniform = Uniform(case["seed"])
        self.tensors = {}

        def layer(name, inputs, outputs, kernel):
            fan_in = inputs * kernel * kernel
            weight = uniform.around_zero(outputs * fan_in, np.float32(math.sqrt(6 / fan_in)))
            bias = uniform.around_zero(outputs, 0.1)
            shape = (outputs, inputs, kernel, kernel)
            self.tensors[name] = (torch.from_numpy(weight.reshape(shape)).double(), torch.from_numpy(bias).double())

        inputs = case["inputs"]
        for block, (outputs, count) in enumerate(zip(case["channels"], (2, 2, 3, 3, 3)), 1):
            for index in range(count):
                layer(f"conv{block}_{index + 1}", inputs, outputs, 3)
                inputs = outputs
            if block in (3, 4):
                layer(f"score_pool{block}", inputs, case["outputs"], 1)
        layer("fc6", inputs, case["fc6"], case["kernel"])
        layer("fc7", case["fc6"], case["fc7"], 1)
        layer("score_fr", case["fc7"], case["outputs"], 1)
        factors = (1 + self.pools[4], 1 + self.pools[3], 2 ** sum(self.pools[:3]))
        for name, factor in zip(("upscore2", "upscore_pool4", "upscore8"), factors):
            side = 2 * factor
            line = 1 - np.abs(np.arange(side) + 0.5 - factor) / factor
            kernel = np.broadcast_to(line[:, None] * line[None, :], (case["outputs"], 1, side, side))
            if case.get("learned"):
                bound = np.float32(math.sqrt(6 / side**2))
                kernel = uniform.around_zero(kernel.size, bound).reshape(kernel.shape)
            self.tensors[name] = torch.from_numpy(np.array(kernel)).double()

    def convolve(self, x, name, padding=0):
        weight, bias = self.tensors[name]
        return F.conv2d(x, weight, bias, padding=padding)

    def logits(self, image):
        crops = self.case["pad"] is not None
        rows, columns = image.shape[-2:]
        stride = 2 ** sum(self.pools)
        x = image if crops else F.pad(image, (0, -columns % stride, 0, -rows % stride))
        # Position i of a map sits at step * i + start in input pixels.
        step, start = Fraction(1), Fraction(0)
        taps = {}
        for block, count in enumerate((2, 2, 3, 3, 3), 1):
            for index in range(count):
                padding = self.case["pad"] if crops and (block, index) == (1, 0) else 1
                x = F.relu(self.convolve(x, f"conv{block}_{index + 1}", padding))
                start += step * (1 - padding)
            if self.pools[block - 1]:
                x = F.max_pool2d(x, 2, 2, ceil_mode=True)
                start, step = start + step / 2, step * 2
            taps[block] = x, step, start
        padding = 0 if crops else self.case["kernel"] // 2
        x = F.relu(self.convolve(x, "fc6", padding))
        start += step * (Fraction(self.case["kernel"] - 1, 2) - padding)
        x = self.convolve(F.relu(self.convolve(x, "fc7")), "score_fr")
        for block, scale, name in ((4, self.scales[0], "upscore2"), (3, self.scales[1], "upscore_pool4")):
            tap, tap_step, tap_start = taps[block]
            x, step, start = self.upsample(x, name, step, start, int(step / tap_step))
            score = scale * self.convolve(tap, f"score_pool{block}")
            offset = (start - tap_start) / step
            assert offset.denominator == 1
            if crops:
                score = score[..., int(offset):int(offset) + x.shape[-2], int(offset):int(offset) + x.shape[-1]]
            else:
                x = x[..., -int(offset):-int(offset) + score.shape[-2], -int(offset):-int(offset) + score.shape[-1]]
                start = tap_start
            x = x + score
        x, step, start = self.upsample(x, "upscore8", step, start, int(step))
        assert start.denominator == 1 and step == 1
        return x[..., -int(start):-int(start) + rows, -int(start):-int(start) + columns]

    def upsample(self, x, name, step, start, factor):
        if factor == 1:
            return x, step, start
        x = F.conv_transpose2d(x, self.tensors[name], stride=factor, groups=x.shape[1])
        step = step / factor
        return x, step, start - step * Fraction(2 * factor - 1, 2)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "Tests/NetworksTests/Golden"
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        network = Network(case)
        for rows, columns in SIZES:
            pixels = Uniform(1000 * rows + columns).draw(case["inputs"] * rows * columns)
            image = torch.from_numpy(pixels.reshape(1, case["inputs"], rows, columns)).double()
            logits = network.logits(image)[0].numpy().astype("<f4")
            assert logits.shape == (case["outputs"], rows, columns)
            logits.tofile(folder / f"{name}-{rows}x{columns}.f32")
            print(f"{name} {rows} x {columns}: {logits.min():.4f} ... {logits.max():.4f}")


if __name__ == "__main__":
    with torch.no_grad():
        torch.set_num_threads(1)
        main()
