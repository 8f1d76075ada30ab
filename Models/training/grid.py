"""The bundle's working grid, as the plugin makes it: axes, resampling, body box, padding, intensity window.

Mirrors Sources/Segmentation/WorkingGrid.swift and what it calls. Arrays are [x, y, z]; x grows to the patient's left,
y to posterior, z to superior. Sums are float32; a voxel may differ from the plugin's by 1 HU where a sum lies at a half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

Array = np.ndarray


@dataclass(frozen=True)
class Grid:
    """What the manifest's `grid` and `intensity` say. Defaults: the shipped 3 mm bundles."""

    spacing: float | None = 3.0
    body_threshold: float | None = -300.0
    opening_radius: int = 3
    body_margin: int = 3
    minimum_size: tuple[int, int, int] = (1, 1, 32)
    window: tuple[float, float] = (-100.0, 240.0)
    levels: int = 255

    @property
    def key(self) -> str:
        """One line that changes with every field: caches made under another one are not used."""
        return repr(self)


def anti_alias_kernel(step: float) -> Array:
    """The Gaussian for a step of `step` input samples, cut at 4 sigma; adds up to 1."""
    sigma = 0.42 * max(step * step - 1.0, 0.0) ** 0.5
    radius = int(4 * sigma + 0.5)
    if radius == 0:
        return np.ones(1)
    offsets = np.arange(-radius, radius + 1)
    values = np.exp(-0.5 * offsets**2 / sigma**2)
    return values / values.sum()


def resampling_matrix(count: int, spacing: float, target: float) -> Array | None:
    """[outputs, inputs] weights of one axis, outer corners together; None where the axis keeps its samples."""
    if abs(spacing - target) <= 1e-6 * target:
        return None
    outputs = max(1, round(count * spacing / target))
    step = target / spacing
    kernel = anti_alias_kernel(step)
    positions = np.clip((np.arange(outputs) + 0.5) * step - 0.5, 0, count - 1)
    lower = np.floor(positions).astype(int)
    fraction = positions - lower
    matrix = np.zeros((outputs, count))
    rows = np.arange(outputs)
    for tap, value in enumerate(kernel):
        source = lower + tap - len(kernel) // 2
        np.add.at(matrix, (rows, np.clip(source, 0, count - 1)), (1 - fraction) * value)
        np.add.at(matrix, (rows, np.clip(source + 1, 0, count - 1)), fraction * value)
    return matrix.astype(np.float32)


def resample(volume: Array, spacing: tuple[float, float, float], target: float) -> Array:
    """The volume at `target` mm on every axis, float32, not yet rounded."""
    result = volume.astype(np.float32)
    # In the plugin's order: rows (y), columns (x), slices (z).
    for axis in (1, 0, 2):
        matrix = resampling_matrix(result.shape[axis], spacing[axis], target)
        if matrix is not None:
            result = np.moveaxis(np.tensordot(matrix, result, (1, axis)), 0, axis)
    return np.ascontiguousarray(result)


def resample_labels(labels: Array, spacing: tuple[float, float, float], target: float) -> Array:
    """A label map on the new grid: a voxel takes the label that fills at least half of it after the same filter."""
    if all(abs(value - target) <= 1e-6 * target for value in spacing):
        return labels
    result: Array | None = None
    values = np.flatnonzero(np.bincount(labels.ravel(), minlength=256)[1:256]) + 1
    for value in values:
        share = resample(labels == value, spacing, target)
        if result is None:
            result = np.zeros(share.shape, np.uint8)
        result[(share >= 0.5) & (result == 0)] = value
    return resample(labels, spacing, target).astype(np.uint8) if result is None else result


def body_box(volume: Array, grid: Grid) -> tuple[slice, slice, slice]:
    """The body in x and y (largest 6-connected component after opening, plus margin); everything when there is none."""
    whole = (slice(None),) * 3
    if grid.body_threshold is None:
        return whole
    above = volume > grid.body_threshold
    if grid.opening_radius > 0:
        above = ndimage.binary_opening(above, iterations=grid.opening_radius)
    # Memory order of the plugin is z, y, x: of components of one size its first counts.
    components, count = ndimage.label(above.transpose(2, 1, 0))
    if count == 0:
        return whole
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    found = ndimage.find_objects(components)[sizes.argmax() - 1]
    x, y = (
        slice(max(extent.start - grid.body_margin, 0), min(extent.stop + grid.body_margin, volume.shape[axis]))
        for axis, extent in enumerate((found[2], found[1]))
    )
    return x, y, slice(None)


def padding(shape: tuple[int, ...], minimum: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Voxels to repeat before and after each axis; half of the missing ones, rounded down, before."""
    missing = [max(0, wanted - have) for have, wanted in zip(shape, minimum, strict=True)]
    return [(count // 2, count - count // 2) for count in missing]


def window_levels(volume: Array, grid: Grid) -> Array:
    """HU as whole levels 0...grid.levels (uint8), ties to even; a network's input is level / levels."""
    low, high = grid.window
    return np.rint((np.clip(volume.astype(np.float64), low, high) - low) / (high - low) * grid.levels).astype(np.uint8)


@dataclass(frozen=True)
class WorkingVolume:
    """One case on the working grid."""

    levels: Array
    """Windowed voxels 0...255, uint8 [x, y, z]."""
    labels: Array
    """Label values, uint8 [x, y, z]; repeated in the padding like the voxels, so that networks learn no border there."""


def working_volume(hounsfield: Array, labels: Array, spacing: tuple[float, float, float], grid: Grid) -> WorkingVolume:
    """A case whose axes already point to left, posterior, superior, on the working grid."""
    if grid.spacing is not None:
        sums = resample(hounsfield, spacing, grid.spacing)
        hounsfield = np.clip(np.rint(sums), -32768, 32767).astype(np.int16)
        labels = resample_labels(labels, spacing, grid.spacing)
    box = body_box(hounsfield, grid)
    hounsfield, labels = hounsfield[box], labels[box]
    pads = padding(hounsfield.shape, grid.minimum_size)
    levels = np.pad(window_levels(hounsfield, grid), pads, mode="edge")
    return WorkingVolume(levels, np.pad(labels.astype(np.uint8), pads, mode="edge"))
