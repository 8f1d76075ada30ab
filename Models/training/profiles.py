"""What the training loop asks of a way to train, and the slim way; the paper's is in paper.py."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from export import slim_tensors
from loss import batch_dice_loss
from networks import SlimFCN
from settings import Settings


class Profile(Protocol):
    """What the training loop asks for."""

    network: nn.Module
    optimiser: torch.optim.Optimizer
    stores_half: bool
    """Whether safetensors hold float16."""

    def loss(self, logits: torch.Tensor, truth: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        """The loss of one batch."""

    def before_step(self, iteration: int) -> None:
        """Sets the learning rate and tames the gradients."""

    def tensors(self, organ: int) -> dict[str, torch.Tensor]:
        """The tensors of one organ's network, for export."""


class SlimProfile:
    """Batch Dice loss, Adam, 30 iterations of warm-up, then (1 - share of the iterations done)^0.9."""

    stores_half = True

    def __init__(self, settings: Settings, device: torch.device, initial: Path | None) -> None:
        """`initial`: another training's network.pt of the same organs."""
        self.settings = settings
        network = SlimFCN(settings.topology, len(settings.organs)).to(device)
        if initial is not None:
            network.load_state_dict(torch.load(initial, weights_only=True, map_location=device))
        self.network = network.to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(self.network.parameters(), settings.learning_rate, fused=True)
        weights = settings.organ_weights or (1.0,) * len(settings.organs)
        self.weights = torch.tensor(weights, device=device)

    def loss(self, logits: torch.Tensor, truth: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
        """The loss of one batch."""
        return batch_dice_loss(logits, truth, counted, self.weights)

    def before_step(self, iteration: int) -> None:
        """Sets the learning rate and cuts the gradients' norm at 5."""
        done = iteration / self.settings.iterations
        rate = self.settings.learning_rate * max(min(1.0, iteration / 30 + 0.03) * (1 - done) ** 0.9, 0.01)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)

    def tensors(self, organ: int) -> dict[str, torch.Tensor]:
        """The tensors of one organ's network, normalisation folded."""
        return slim_tensors(self.network, organ)
