"""What a run found."""

from __future__ import annotations

import enum
import json
import math
from dataclasses import dataclass
from typing import Any, Optional

import numpy as np

from . import _interface as c
from ._geometry import Geometry

Array = np.ndarray[Any, Any]


class End(enum.IntEnum):
    """How the fixed-point iteration ended, ISLET_END_* of islet.h."""

    #: The mask stopped changing.
    CONVERGED = 1
    #: T rounds were run and the mask still changed.
    ROUNDS_USED_UP = 2
    #: A fine round lost the organ: the mask is that of the round before.
    COLLAPSED = 3
    #: Nothing was found: the mask is empty.
    EMPTY = 4


class Grade(enum.IntEnum):
    """The predicted DSC in one word, ISLET_GRADE_* of islet.h."""

    #: Nothing is said: no calibration, or nothing found.
    NONE = 0
    #: Not to be used without correction.
    LOW = 1
    #: Look closely.
    MODERATE = 2
    #: As good as the bundle gets.
    HIGH = 3


class View(enum.IntFlag):
    """Bits of `Segmentation.view_masks`, ISLET_VIEW_* of islet.h."""

    CORONAL = 1
    SAGITTAL = 2
    AXIAL = 4


class Flag(enum.IntFlag):
    """What a reader of the result must know, ISLET_FLAG_* of islet.h. docs/result.md says what each means."""

    TOUCHES_BORDER = 1 << 0
    HU_OUT_OF_RANGE = 1 << 1
    SPACING_OUT_OF_RANGE = 1 << 2
    OBLIQUE = 1 << 3
    NOT_CONVERGED = 1 << 4
    COLLAPSED = 1 << 5
    EMPTY = 1 << 6
    UNSIGNED_BUNDLE = 1 << 7
    NO_CONFIDENCE = 1 << 8
    NO_BODY = 1 << 9
    ORIENTATION_DOUBTFUL = 1 << 10
    WRONG_BODY_PART = 1 << 11
    FIELD_OF_VIEW = 1 << 12
    LOW_CONFIDENCE = 1 << 13
    SLICES_DOUBTFUL = 1 << 14
    IMAGE_QUALITY = 1 << 15
    FOREIGN_BUNDLE = 1 << 16
    CHANGED_BUNDLE = 1 << 17
    ROLLED_BACK_BUNDLE = 1 << 18

    @property
    def names(self) -> tuple[str, ...]:
        """The names that result.json uses ("touches-border"), in the order of their bits.

        A bit that this package does not know is "bit-N": a newer plugin has more to say.
        """
        known = {flag.value: flag.name for flag in type(self)}
        bits = [1 << n for n in range(64) if int(self) >> n & 1]
        return tuple((known.get(bit) or f"bit_{bit.bit_length() - 1}").lower().replace("_", "-") for bit in bits)


@dataclass(frozen=True)
class SegmentationSummary:
    """A run in numbers, as islet.h fills them. What islet.h calls NaN is None here."""

    #: How the iteration ended; None for a value that this package does not know.
    end: Optional[End]
    #: Fine rounds run.
    rounds: int
    flags: Flag
    #: Voxels of the mask, and their volume in millilitres.
    voxels: int
    volume_ml: float
    #: d(T), the DSC of the last two masks; None when no round ran.
    dsc_to_previous: Optional[float]
    #: Mean DSC of the three pairs of views in the last round; None when nothing was found.
    view_agreement: Optional[float]
    #: Predicted DSC against a careful reader; None without a calibration and when nothing was found.
    predicted_dsc: Optional[float]
    #: What nine of ten cases like those of the calibration reach at least.
    predicted_dsc_lower: Optional[float]
    #: The prediction in one word; None for a value that this package does not know.
    grade: Optional[Grade]

    @property
    def is_empty(self) -> bool:
        """Nothing was found. Say so to the user: it is a result, not a failure."""
        return self.end is End.EMPTY


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What a run found, on the grid of the volume it was given. Research use only, not for diagnosis."""

    #: The organ's label value per voxel, or 0; uint8, the volume's shape.
    mask: Array
    #: Mean probability of the three views, float32 0...1 or uint8 0...255; None when not asked for.
    probability: Optional[Array]
    #: Which views found the organ in the last round, bits of `View`; uint8; None when not asked for.
    view_masks: Optional[Array]
    summary: SegmentationSummary
    #: The run in detail: docs/result.md, schema org.islet.trace.
    trace: dict[str, Any]
    #: The volume's geometry, which is that of all arrays here.
    geometry: Geometry


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    #: Share of the work done, 0...1, never falling within one run.
    fraction: float
    #: "load", "prepare", "coarse", "fine" or "finish".
    stage: str
    #: Fine round, counted from 1; 0 in the other stages.
    round: int


@dataclass(frozen=True, eq=False)
class SegmentationPass:
    """A finished pass of a run: what a viewer would draw while the iteration goes on."""

    #: 0 for the coarse pass, then the fine rounds from 1.
    round: int
    #: d(t); None for the coarse pass.
    dsc_to_previous: Optional[float]
    #: The organ's label value per voxel, or 0; a copy.
    mask: Array
    #: What each view found on its own, bits of `View`; a copy; None when the plugin did not say.
    view_masks: Optional[Array]


def summary_of(output: c.Output) -> SegmentationSummary:
    """The second block of the C struct."""
    return SegmentationSummary(
        end=_known(End, output.end),
        rounds=output.rounds,
        flags=Flag(output.flags),
        voxels=output.voxels,
        volume_ml=output.volume_ml,
        dsc_to_previous=number(output.dsc_to_previous),
        view_agreement=number(output.view_agreement),
        predicted_dsc=number(output.predicted_dsc),
        predicted_dsc_lower=number(output.predicted_dsc_lower),
        grade=_known(Grade, output.grade),
    )


def number(value: float) -> Optional[float]:
    """None for islet.h's NaN, "nothing can be said"."""
    return None if math.isnan(value) else value


def json_object(text: str) -> dict[str, Any]:
    """The JSON object that the plugin gives as a text. Raises ValueError if it is none."""
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError(f"found {type(document).__name__}")
    return document


def _known(kind: Any, value: int) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
