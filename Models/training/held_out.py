"""What a network does on cases that it has not seen: Dice coefficients, and the temperature of its probabilities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from grid import WorkingVolume
from sampling import framed, slices_of, union_boxes, with_repeated_ends
from settings import Settings

JITTER_SEED = 20_170_911
"""Seed of the margins around the truth; the same for every network."""


@dataclass(frozen=True)
class HeldOutResult:
    """Of one network, over all held-out cases."""

    dice: list[float]
    """Mean over the cases of the view's 3D Dice coefficient, an organ each; fine: within boxes around the truth."""
    temperature: float | None
    """Fine only: T for which sigmoid(logit / T) fits the truth best."""


@torch.no_grad()
def measure(
    network: torch.nn.Module,
    volumes: Sequence[WorkingVolume],
    values: Sequence[int],
    settings: Settings,
    device: torch.device,
) -> HeldOutResult:
    """Runs the network (in evaluation) over held-out cases."""
    network.eval()
    coefficients: list[list[float]] = [[] for _ in values]
    logits_seen: list[np.ndarray] = []
    truth_seen: list[np.ndarray] = []
    for case, volume in enumerate(volumes):
        overlap, total = np.zeros(len(values)), np.zeros(len(values))
        for images, truth in _samples(volume, values, settings, case):
            logits = network(torch.from_numpy(images).to(device)).float().cpu().numpy()
            mask = logits > 0
            overlap += 2 * (mask & truth).sum((0, 2, 3))
            total += mask.sum((0, 2, 3)) + truth.sum((0, 2, 3))
            if settings.stage == "fine":
                logits_seen.append(logits.ravel())
                truth_seen.append(truth.ravel())
        for organ in np.flatnonzero(total > 0):
            coefficients[organ].append(overlap[organ] / total[organ])
    temperature = None
    if logits_seen:
        temperature = fit_temperature(np.concatenate(logits_seen), np.concatenate(truth_seen))
    return HeldOutResult([round(float(np.mean(one)), 4) if one else 0.0 for one in coefficients], temperature)


def _samples(
    volume: WorkingVolume, values: Sequence[int], settings: Settings, case: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Inputs [n, 3, rows, columns] and masks [n, organs, rows, columns]: whole slices, or jittered boxes."""
    images = with_repeated_ends(slices_of(volume.levels, settings.view)).astype(np.float32) / np.float32(255)
    labels = slices_of(volume.labels, settings.view)
    table = np.array(values)[:, None, None]
    if settings.stage == "coarse":
        for first in range(0, len(labels), 8):
            places = range(first, min(first + 8, len(labels)))
            yield (
                np.stack([images[place : place + 3] for place in places]),
                np.stack([labels[place] == table for place in places]),
            )
        return
    rng = np.random.default_rng([JITTER_SEED, case])
    boxes = union_boxes(labels == values[0])
    for place in np.flatnonzero(boxes[:, 0] >= 0):
        margins = rng.integers(0, settings.largest_margin + 1, 4)
        top, left, bottom, right = framed(boxes[place], margins, *labels.shape[1:])
        yield (
            images[None, place : place + 3, top:bottom, left:right],
            (labels[place, top:bottom, left:right] == table)[None],
        )


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """T > 0 that minimises the mean of -log p(truth) with p = sigmoid(logit / T); golden section over log T."""
    signed = np.where(truth, logits, -logits).astype(np.float64)

    def cost(log_temperature: float) -> float:
        return float(np.logaddexp(0, -signed / np.exp(log_temperature)).mean())

    low, high = np.log(0.05), np.log(50.0)
    ratio = (5**0.5 - 1) / 2
    inner = [high - ratio * (high - low), low + ratio * (high - low)]
    costs = [cost(point) for point in inner]
    while high - low > 1e-4:
        if costs[0] < costs[1]:
            high, inner[1], costs[1] = inner[1], inner[0], costs[0]
            inner[0] = high - ratio * (high - low)
            costs[0] = cost(inner[0])
        else:
            low, inner[0], costs[0] = inner[0], inner[1], costs[1]
            inner[1] = low + ratio * (high - low)
            costs[1] = cost(inner[1])
    return round(float(np.exp((low + high) / 2)), 4)
