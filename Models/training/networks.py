"""The slim FCN-8s, trained from nothing: VGG-16's layout, few channels, zero padding, learned upsampling.

Layer names are those of Models/FORMAT.md. Batch normalisation exists in training only; export.py folds it.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from settings import Topology


class ConvolutionUnit(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.normalisation = nn.BatchNorm2d(outputs)
        nn.init.kaiming_normal_(self.convolution.weight, nonlinearity="relu")

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """[batch, inputs, rows, columns] -> [batch, outputs, rows, columns]."""
        return functional.relu(self.normalisation(self.convolution(maps)), inplace=True)


def bilinear_kernel(factor: int) -> torch.Tensor:
    """[2f, 2f] kernel that upsamples by f."""
    line = 1 - (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
    return line[:, None] * line[None, :]


class Upsampling(nn.Module):
    """Depthwise transposed convolution by a factor, from the bilinear kernel on learned; nothing for factor 1."""

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        if factor > 1:
            self.weight = nn.Parameter(bilinear_kernel(factor).expand(channels, 1, -1, -1).clone())

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """[batch, channels, rows, columns] -> the same times the factor."""
        if self.factor == 1:
            return maps
        groups = maps.shape[1]
        return functional.conv_transpose2d(
            maps, self.weight.to(maps.dtype), None, self.factor, self.factor // 2, groups=groups
        )


class SlimFCN(nn.Module):
    """Three slices to one map an organ; a trunk for all organs, a head row for each."""

    def __init__(self, topology: Topology, organs: int = 1) -> None:
        super().__init__()
        self.topology = topology
        channels = 3
        self.trunk: list[list[str]] = []
        for block, (width, count) in enumerate(zip(topology.block_channels, topology.convolutions, strict=True), 1):
            names = [f"conv{block}_{index}" for index in range(1, count + 1)]
            for name in names:
                self.add_module(name, ConvolutionUnit(channels, width))
                channels = width
            self.trunk.append(names)
        self.fc6 = ConvolutionUnit(channels, topology.fc6_channels, topology.fc6_kernel)
        self.fc7 = ConvolutionUnit(topology.fc6_channels, topology.fc7_channels, 1)
        self.score_fr = nn.Conv2d(topology.fc7_channels, organs, 1)
        self.score_pool4 = nn.Conv2d(topology.block_channels[3], organs, 1)
        self.score_pool3 = nn.Conv2d(topology.block_channels[2], organs, 1)
        for score in (self.score_fr, self.score_pool4, self.score_pool3):
            nn.init.normal_(score.weight, std=0.01)
            nn.init.zeros_(score.bias)
        nn.init.constant_(self.score_fr.bias, -1.0)
        last_factor = 2 ** sum(topology.pools[:3])
        self.upscore2 = Upsampling(organs, 2 if topology.pools[4] else 1)
        self.upscore_pool4 = Upsampling(organs, 2 if topology.pools[3] else 1)
        self.upscore8 = Upsampling(organs, last_factor)
        self.stride = self.upscore2.factor * self.upscore_pool4.factor * last_factor

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """[batch, 3, rows, columns] -> logits [batch, organs, rows, columns]."""
        rows, columns = images.shape[-2:]
        maps = functional.pad(images, (0, -columns % self.stride, 0, -rows % self.stride))
        taps = []
        for names, pools in zip(self.trunk, self.topology.pools, strict=True):
            for name in names:
                maps = getattr(self, name)(maps)
            if pools:
                maps = functional.max_pool2d(maps, 2)
            taps.append(maps)
        scores = self.upscore2(self.score_fr(self.fc7(self.fc6(maps)))) + self.score_pool4(taps[3])
        scores = self.upscore_pool4(scores) + self.score_pool3(taps[2])
        return self.upscore8(scores)[..., :rows, :columns]
