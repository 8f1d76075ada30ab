"""The Dice loss of the paper, for one sample and for a batch."""

from __future__ import annotations

import torch

EPSILON = 1e-6


def dice_loss(logits: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """The paper's loss of one sample, all its maps together: 1 - (2 sum(y s) + e) / (sum(y) + sum(s) + e).

    s = sigmoid(logits). Without e, its gradient to s_j is -2 (y_j (sum(s) + sum(y)) - sum(s y)) / (sum(s) + sum(y))^2,
    which the paper writes with z for s.
    """
    return dice_loss_of_probabilities(torch.sigmoid(logits), truth)


def dice_loss_of_probabilities(probabilities: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """`dice_loss` of sigmoid outputs."""
    overlap = (probabilities * truth).sum()
    return 1 - (2 * overlap + EPSILON) / (probabilities.sum() + truth.sum() + EPSILON)


def batch_dice_loss(
    logits: torch.Tensor, truth: torch.Tensor, counted: torch.Tensor, weights: torch.Tensor, fewest: float = 20
) -> torch.Tensor:
    """The same loss over a whole batch, organ by organ: empty slices count too, which a loss a slice cannot do.

    `logits`, `truth`: [batch, organs, rows, columns]; `counted`: [batch, 1, rows, columns], 0 outside the image. The
    mean over organs by `weights` [organs], of those with at least `fewest` pixels in the batch.
    """
    probabilities = torch.sigmoid(logits.float()) * counted
    pixels = truth.sum((0, 2, 3))
    overlap = (probabilities * truth).sum((0, 2, 3))
    losses = 1 - (2 * overlap + EPSILON) / (probabilities.sum((0, 2, 3)) + pixels + EPSILON)
    shares = weights * (pixels >= fewest)
    return (losses * shares).sum() / shares.sum().clamp(min=EPSILON)
