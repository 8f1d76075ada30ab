"""Which slices and which frames a network sees.

A batch is a function of the seed and the iteration's number alone: an interrupted training needs no generator's state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grid import WorkingVolume
from settings import VIEWS, Settings

Array = np.ndarray

Frame = tuple[int, int, int, int]
"""First row, first column, end row, end column."""


def slices_of(array: Array, view: str) -> Array:
    """[slices, rows, columns] of a view of an [x, y, z] array, contiguous."""
    return np.ascontiguousarray(np.moveaxis(array, VIEWS[view], 0))


def with_repeated_ends(slices: Array) -> Array:
    """One slice more at both ends: slice j's three channels are j, j + 1, j + 2 of the result."""
    return np.concatenate([slices[:1], slices, slices[-1:]])


def union_boxes(masks: Array) -> Array:
    """[slices, 4] box of the mask over slices j-1, j, j+1 of every slice j; -1 where all three are empty.

    At the ends the slice that is not there counts as empty. (The authors' code looks at one slice too few there.)
    """
    boxes = np.full((len(masks), 4), -1, np.int32)
    for axis in (0, 1):
        lines = masks.any(2 - axis)
        union = lines.copy()
        union[1:] |= lines[:-1]
        union[:-1] |= lines[1:]
        found = union.any(1)
        boxes[found, axis] = union[found].argmax(1)
        boxes[found, axis + 2] = union.shape[1] - union[found, ::-1].argmax(1)
    return boxes


def framed(box: Array, margins: Array, rows: int, columns: int) -> Frame:
    """The box with its four margins (top, left, bottom, right), clipped at the slice's border."""
    top, left, bottom, right = (int(value) for value in margins)
    return (
        max(int(box[0]) - top, 0),
        max(int(box[1]) - left, 0),
        min(int(box[2]) + bottom, rows),
        min(int(box[3]) + right, columns),
    )


@dataclass(frozen=True)
class Placement:
    """Which point of the slice every pixel of a frame shows: the frame turned and scaled about its middle."""

    rows: Array
    columns: Array
    """[frame rows, frame columns], in pixels of the slice."""

    @staticmethod
    def of(frame: Frame, degrees: float, factor: float) -> Placement:
        """`factor` above 1 shows the organ smaller: the frame holds more of the slice."""
        top, left, bottom, right = frame
        down = np.arange(top, bottom, dtype=np.float32) - (top + bottom - 1) / 2
        across = np.arange(left, right, dtype=np.float32) - (left + right - 1) / 2
        cosine, sine = (np.float32(factor * f(np.deg2rad(degrees))) for f in (np.cos, np.sin))
        return Placement(
            cosine * down[:, None] - sine * across + (top + bottom - 1) / 2,
            sine * down[:, None] + cosine * across + (left + right - 1) / 2,
        )

    def is_inside(self, shape: tuple[int, int]) -> Array:
        """Whether the nearest pixel is one of the slice's."""
        rows, columns = np.rint(self.rows), np.rint(self.columns)
        return (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])

    def nearest(self, slices: Array) -> Array:
        """[..., rows, columns] of slices at the frame's points; at the slice's border its outermost pixel."""
        last_row, last_column = slices.shape[-2] - 1, slices.shape[-1] - 1
        rows = np.clip(np.rint(self.rows).astype(np.int32), 0, last_row)
        columns = np.clip(np.rint(self.columns).astype(np.int32), 0, last_column)
        return slices[..., rows, columns]

    def linear(self, slices: Array) -> Array:
        """The same between the four pixels around a point."""
        last_row, last_column = slices.shape[-2] - 1, slices.shape[-1] - 1
        rows = np.clip(self.rows, 0, last_row)
        columns = np.clip(self.columns, 0, last_column)
        row, column = rows.astype(np.int32), columns.astype(np.int32)
        below, beside = np.minimum(row + 1, last_row), np.minimum(column + 1, last_column)
        down, across = rows - row, columns - column
        upper = slices[..., row, column] * (1 - across) + slices[..., row, beside] * across
        lower = slices[..., below, column] * (1 - across) + slices[..., below, beside] * across
        return np.rint(upper * (1 - down) + lower * down)


@dataclass(frozen=True)
class Batch:
    """Slices of one window size; what lies outside an image or a frame is 0 and not counted."""

    images: Array
    """[batch, 3, rows, columns], float32 in 0...1."""
    truth: Array
    """[batch, organs, rows, columns], bool; in the paper's profile [batch, 3, ...], the three slices."""
    counted: Array
    """[batch, 1, rows, columns], bool."""


class Sampler:
    """Draws the batches of one network from the cases of one view."""

    def __init__(self, volumes: Sequence[WorkingVolume], values: Sequence[int], settings: Settings) -> None:
        """`values`: the label value of each organ."""
        self.settings = settings
        self.values = np.array(values)
        self.images = [with_repeated_ends(slices_of(volume.levels, settings.view)) for volume in volumes]
        self.labels = [slices_of(volume.labels, settings.view) for volume in volumes]
        self.has_three_maps = settings.profile == "paper"
        self.map_count = 3 if self.has_three_maps else len(values)
        self.weights = np.array(settings.organ_weights or [1.0] * len(values))
        self._list_slices()
        if settings.stage == "fine":
            self._list_boxes()

    def _list_slices(self) -> None:
        rows = [(case, index) for case, labels in enumerate(self.labels) for index in range(len(labels))]
        self.all_slices = np.array(rows, np.int32)
        self.organ_slices: list[Array] = []
        for value in self.values:
            pixels = np.concatenate([(labels == value).sum((1, 2)) for labels in self.labels])
            enough = self.all_slices[pixels >= self.settings.least_pixels]
            if len(enough) == 0:
                raise ValueError(f"no slice has {self.settings.least_pixels} pixels of label {value}")
            self.organ_slices.append(enough)

    def _list_boxes(self) -> None:
        """Every slice with a union box: case, slice, box, whether the organ has enough pixels in the slice itself."""
        value = self.values[0]
        rows: list[Array] = []
        for case, labels in enumerate(self.labels):
            masks = labels == value
            boxes = union_boxes(masks)
            found = np.flatnonzero(boxes[:, 0] >= 0)
            enough = masks[found].sum((1, 2)) >= self.settings.least_pixels
            rows.append(np.column_stack([np.full(len(found), case), found, boxes[found], enough]))
        table = np.concatenate(rows).astype(np.int32)
        self.boxes, self.outside_boxes = table[table[:, 6] == 1], table[table[:, 6] == 0]

    def batch(self, iteration: int) -> Batch:
        """The batch of an iteration."""
        rng = np.random.default_rng([self.settings.seed, iteration])
        return self._coarse_batch(rng) if self.settings.stage == "coarse" else self._fine_batch(rng)

    # Coarse: whole slices.

    def _coarse_batch(self, rng: np.random.Generator) -> Batch:
        settings = self.settings
        picks = []
        for _ in range(settings.batch):
            organ = rng.choice(len(self.values), p=self.weights / self.weights.sum())
            pool = self.all_slices if rng.random() < settings.empty_share else self.organ_slices[organ]
            picks.append(pool[rng.integers(len(pool))])
        slab = None
        if settings.view != "A" and rng.random() < settings.slab_share:
            slab = int(rng.integers(32, 49))
        frames = [self._coarse_frame(case, rng, slab) for case, _ in picks]
        return self._cut(picks, frames, rng)

    def _coarse_frame(self, case: int, rng: np.random.Generator, slab: int | None) -> Frame:
        """The whole slice, shifted by a few pixels (the body box of another patient); or a piece along z of it."""
        rows, columns = self.labels[case].shape[1:]
        if self.settings.brightness == 0:
            return 0, 0, rows, columns
        top, left = (int(value) for value in rng.integers(-4, 5, 2))
        if slab is not None and slab < columns:
            first = int(rng.integers(0, columns - slab + 1))
            return top, first, rows, first + slab
        return top, left if self.settings.view == "A" else 0, rows, columns

    # Fine: frames around the organ.

    def _fine_batch(self, rng: np.random.Generator) -> Batch:
        """Frames of like size: of 128 drawn ones the first and those nearest to it in size."""
        settings = self.settings
        pool = self.boxes[rng.integers(len(self.boxes), size=1 if settings.batch == 1 else 128)]
        if len(self.outside_boxes) > 0:
            swapped = rng.random(len(pool)) < settings.outside_share
            pool[swapped] = self.outside_boxes[rng.integers(len(self.outside_boxes), size=int(swapped.sum()))]
        margins = rng.integers(0, settings.largest_margin + 1, (len(pool), 4))
        shapes = [self.labels[case].shape[1:] for case in pool[:, 0]]
        frames = np.array(
            [framed(row[2:6], margin, *shape) for row, margin, shape in zip(pool, margins, shapes, strict=True)]
        )
        heights, widths = frames[:, 2] - frames[:, 0], frames[:, 3] - frames[:, 1]
        distance = np.abs(heights - heights[0]) + np.abs(widths - widths[0])
        nearest = np.argsort(distance, kind="stable")[: settings.batch]
        return self._cut(pool[nearest, :2], [tuple(frame) for frame in frames[nearest].tolist()], rng)

    # Both.

    def _cut(self, picks: Sequence[Array], frames: Sequence[Frame], rng: np.random.Generator) -> Batch:
        """The frames' voxels at the top left of one window that holds them all."""
        count = len(frames)
        height = max(frame[2] - frame[0] for frame in frames)
        width = max(frame[3] - frame[1] for frame in frames)
        levels = np.zeros((count, 3, height, width), np.uint8)
        truth = np.zeros((count, self.map_count, height, width), bool)
        counted = np.zeros((count, 1, height, width), bool)
        for index, ((case, place), frame) in enumerate(zip(picks, frames, strict=True)):
            stack, masks = self.images[case][place : place + 3], self._truth(case, place)
            top, left, bottom, right = frame
            if self.settings.rotation > 0 or self.settings.scaling > 0:
                degrees = self.settings.rotation * rng.standard_normal()
                factor = np.exp(self.settings.scaling * rng.standard_normal())
                placement = Placement.of(frame, degrees, factor)
                inside = placement.is_inside(masks.shape[1:])
                window = (slice(0, bottom - top), slice(0, right - left))
                levels[index, :, *window] = placement.linear(stack) * inside
                truth[index, :, *window] = placement.nearest(masks) & inside
                counted[index, 0, *window] = inside
            else:
                first_row, first_column = max(top, 0), max(left, 0)
                window = (slice(first_row - top, bottom - top), slice(first_column - left, right - left))
                levels[index, :, *window] = stack[:, first_row:bottom, first_column:right]
                truth[index, :, *window] = masks[:, first_row:bottom, first_column:right]
                counted[index, 0, *window] = True
            if rng.random() < self.settings.repeat_share:
                levels[index, 2 * int(rng.integers(2))] = levels[index, 1]
        images = levels.astype(np.float32) / np.float32(255)
        if self.settings.brightness > 0:
            factor = 1 + self.settings.brightness * rng.standard_normal((count, 1, 1, 1), np.float32)
            offset = self.settings.brightness / 2 * rng.standard_normal((count, 1, 1, 1), np.float32)
            images = np.clip(images * factor + offset, 0, 1) * counted
        return Batch(images, truth, counted)

    def _truth(self, case: int, place: int) -> Array:
        """Masks of a slice: one an organ, or those of the three slices that go in."""
        labels = self.labels[case]
        if not self.has_three_maps:
            return labels[place] == self.values[:, None, None]
        neighbours = np.clip([place - 1, place, place + 1], 0, len(labels) - 1)
        return labels[neighbours] == self.values[0]
