"""The paper's network and training: FCN-8s from PASCAL weights, crop family with pad 100, three maps, SGD.

Needs a GPU to be of use: 134 million weights, 80,000 coarse and 60,000 fine iterations a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from loss import dice_loss
from networks import bilinear_kernel
from settings import Settings


@dataclass(frozen=True)
class PaperTopology:
    """FCN-8s of 2017; the tests make it narrow."""

    block_channels: tuple[int, ...] = (64, 128, 256, 512, 512)
    convolutions: tuple[int, ...] = (2, 2, 3, 3, 3)
    fc_channels: int = 4096
    fc6_kernel: int = 7
    maps: int = 3


class PaperFCN(nn.Module):
    """Three slices to three logits maps; layer names of Models/FORMAT.md.

    The first convolution pads by 100, pooling rounds sizes up, deconvolutions are fixed and bilinear, and the maps are
    cropped by 5, 9 and 31 pixels.
    """

    def __init__(self, topology: PaperTopology | None = None) -> None:
        super().__init__()
        self.topology = topology or PaperTopology()
        channels = 3
        self.blocks: list[list[str]] = []
        widths = zip(self.topology.block_channels, self.topology.convolutions, strict=True)
        for block, (width, count) in enumerate(widths, 1):
            names = [f"conv{block}_{index}" for index in range(1, count + 1)]
            for name in names:
                self.add_module(name, nn.Conv2d(channels, width, 3, padding=100 if name == "conv1_1" else 1))
                channels = width
            self.blocks.append(names)
        width = self.topology.fc_channels
        self.fc6 = nn.Conv2d(channels, width, self.topology.fc6_kernel)
        self.fc7 = nn.Conv2d(width, width, 1)
        self.score_fr = nn.Conv2d(width, self.topology.maps, 1)
        self.score_pool4 = nn.Conv2d(self.topology.block_channels[3], self.topology.maps, 1)
        self.score_pool3 = nn.Conv2d(self.topology.block_channels[2], self.topology.maps, 1)
        for score in (self.score_fr, self.score_pool4, self.score_pool3):
            nn.init.zeros_(score.weight)
            nn.init.zeros_(score.bias)
        self.register_buffer("kernel_2", self._kernel(2), persistent=False)
        self.register_buffer("kernel_8", self._kernel(8), persistent=False)

    def _kernel(self, factor: int) -> torch.Tensor:
        return bilinear_kernel(factor).expand(self.topology.maps, 1, -1, -1).clone()

    def _upsampled(self, maps: torch.Tensor, kernel: torch.Tensor, factor: int) -> torch.Tensor:
        return functional.conv_transpose2d(maps, kernel, None, factor, groups=self.topology.maps)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """[batch, 3, rows, columns], any size -> logits [batch, 3, rows, columns]."""
        rows, columns = images.shape[-2:]
        maps = images
        taps = []
        for names in self.blocks:
            for name in names:
                maps = functional.relu(getattr(self, name)(maps), inplace=True)
            maps = functional.max_pool2d(maps, 2, ceil_mode=True)
            taps.append(maps)
        for layer in (self.fc6, self.fc7):
            maps = functional.dropout(functional.relu(layer(maps), inplace=True), 0.5, self.training)
        scores = self._upsampled(self.score_fr(maps), self.kernel_2, 2)
        scores = scores + cropped(self.score_pool4(taps[3]), 5, *scores.shape[-2:])
        scores = self._upsampled(scores, self.kernel_2, 2)
        scores = scores + cropped(self.score_pool3(taps[2]), 9, *scores.shape[-2:])
        return cropped(self._upsampled(scores, self.kernel_8, 8), 31, rows, columns)


def cropped(maps: torch.Tensor, offset: int, rows: int, columns: int) -> torch.Tensor:
    """The maps from (offset, offset) on."""
    return maps[..., offset : offset + rows, offset : offset + columns]


def load_pascal(network: PaperFCN, file: Path) -> list[str]:
    """Takes every convolution but the score layers from a PASCAL FCN-8s; the names of what it took.

    `file`: .safetensors, or a PyTorch state_dict (read with weights_only=True: nothing in it is run), with the names of
    method.md, optionally behind "module.". Score layers and deconvolutions of 21 classes are left out.
    """
    if file.suffix == ".safetensors":
        found = load_file(file)
    else:
        found = torch.load(file, weights_only=True, map_location="cpu")
    found = {name.removeprefix("module."): tensor for name, tensor in found.items()}
    taken = []
    for name, parameter in network.named_parameters():
        if name.startswith("score_"):
            continue
        if name not in found or found[name].numel() != parameter.numel():
            shape = list(found[name].shape) if name in found else "none"
            raise ValueError(f"{file}: {name}: found {shape}, expected {list(parameter.shape)}; not a PASCAL FCN-8s")
        parameter.data.copy_(found[name].reshape(parameter.shape))
        taken.append(name)
    return taken


class PaperProfile:
    """The loss of one sample; SGD with momentum .99, weight decay 5e-4 on weights, twice the rate on biases."""

    stores_half = False

    def __init__(
        self, settings: Settings, device: torch.device, initial: Path | None, topology: PaperTopology | None = None
    ) -> None:
        self.settings = settings
        network = PaperFCN(topology)
        if initial is not None:
            load_pascal(network, initial)
        self.network = network.to(device)
        named = list(self.network.named_parameters())
        weights = [parameter for name, parameter in named if name.endswith("weight")]
        biases = [parameter for name, parameter in named if name.endswith("bias")]
        rate = settings.learning_rate
        groups = [
            {"params": weights, "weight_decay": 5e-4},
            {"params": biases, "lr": 2 * rate, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.SGD(groups, rate, momentum=0.99)

    def loss(self, logits: torch.Tensor, truth: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        """The paper's loss; a batch of one has nothing that is not counted."""
        return dice_loss(logits, truth)

    def before_step(self, iteration: int) -> None:
        """The rate is constant."""

    def tensors(self, organ: int) -> dict[str, torch.Tensor]:
        """All tensors, float32; the fixed deconvolutions are not stored."""
        return {name: parameter.detach().cpu() for name, parameter in self.network.named_parameters()}
