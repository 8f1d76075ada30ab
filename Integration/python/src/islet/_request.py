"""What is asked of one run."""

from __future__ import annotations

import enum
import operator
from dataclasses import dataclass
from typing import Any, Literal, Mapping, Optional, Union

import numpy as np

from . import _interface as c
from ._geometry import Box
from ._volume import Volume

_LARGEST = 2**32 - 1
_LARGEST_LONG = 2**64 - 1


class Quality(enum.IntEnum):
    """What may be given up for speed, ISLET_QUALITY_* of islet.h."""

    #: Exact.
    DEFAULT = 0
    EXACT = 1
    #: The coarse pass takes one slice in three; AUTO may be bfloat16.
    FAST = 2


class Precision(enum.IntEnum):
    """Arithmetic of the networks, ISLET_PRECISION_* of islet.h. One that cannot be had is refused, RequestError."""

    #: The fastest that the processor has and the bundle's own record shows to give the same masks.
    AUTO = 0
    FLOAT32 = 1
    BFLOAT16 = 2
    INT8 = 3


class Isolation(enum.IntEnum):
    """Where the plugin computes, ISLET_ISOLATION_* of islet.h; the result has the same bits."""

    #: Process.
    DEFAULT = 0
    #: In this process.
    NONE = 1
    #: In a process of the plugin's, so that a crash there does this one no harm.
    PROCESS = 2


class Fusion(enum.IntEnum):
    """How the three views' answers become one mask, ISLET_FUSION_* of islet.h."""

    #: The bundle's choice.
    DEFAULT = 0
    MAJORITY = 1
    MEAN = 2


@dataclass(frozen=True)
class Plan:
    """What a run will take (`PluginInstance.plan`)."""

    #: Threads that will compute.
    threads: int
    #: Most bytes of memory at any moment.
    bytes: int
    #: The smallest `memory_budget` that is not refused.
    smallest_bytes: int
    #: Millions of multiplications, or what takes as long.
    work_units: int


@dataclass(frozen=True)
class SegmentRequest:
    """What a host asks of one run; everything left None is the bundle's or the plugin's choice."""

    #: The organ: its value in the mask or its name, as in `describe_bundle`; None for the bundle's first.
    label: Optional[Union[int, str]] = None
    #: Worker threads; None for one per core. The result does not depend on it.
    threads: Optional[int] = None
    #: Largest number of fine rounds T; 0 leaves the coarse mask.
    rounds: Optional[int] = None
    #: Threshold R of the stopping rule, 0...1.
    threshold: Optional[float] = None
    #: Frame around the mask in pixels of the working grid.
    margin: Optional[int] = None
    quality: Quality = Quality.DEFAULT
    precision: Precision = Precision.AUTO
    #: A mask of the volume's shape to start from in place of the coarse pass; not 0 (or True): organ.
    initial_mask: Any = None
    #: A box to start from in place of the coarse pass, as if it were a mask: a slice per array axis, as numpy indexes and
    #: `scipy.ndimage.find_objects` gives (`np.s_[30:62, 80:150, 120:200]`). `Geometry.box` makes one of millimetres.
    initial_box: Optional[Box] = None
    #: Bytes that the run may take; None: no limit. Leaner and slower where that suffices, else ResourcesError.
    memory_budget: Optional[int] = None
    isolation: Isolation = Isolation.DEFAULT
    #: Components of a fine mask below this part of the largest are removed; 0: none is.
    component_ratio: Optional[float] = None
    coarse_fusion: Fusion = Fusion.DEFAULT
    fine_fusion: Fusion = Fusion.DEFAULT
    #: Form of the probability map: "float32" 0...1, "uint8" 0...255, or None for no map.
    probability: Optional[Literal["float32", "uint8"]] = "float32"
    #: Whether the result says which views found the organ.
    view_masks: bool = False

    def described(self, volume: Volume, labels: Mapping[str, int]) -> tuple[c.Request, Any]:
        """The C struct, and what must live as long.

        A number that does not fit becomes the largest, which the plugin refuses in its own words. Raises ValueError
        for a label name that is not in `labels`, an initial mask of another shape than the volume, and an initial box
        that is empty or reaches outside it.
        """
        request = c.new_struct(
            c.Request, quality=_fitting(self.quality), precision=_fitting(self.precision), label=self._value(labels)
        )
        if self.threads is not None:
            request.threads = _fitting(self.threads)
        if self.rounds is not None:
            request.overrides |= c.OVERRIDE_ROUNDS
            request.rounds = _fitting(self.rounds)
        if self.threshold is not None:
            request.overrides |= c.OVERRIDE_THRESHOLD
            request.threshold = float(self.threshold)
        if self.margin is not None:
            request.overrides |= c.OVERRIDE_MARGIN
            request.margin = _fitting(self.margin)
        if self.component_ratio is not None:
            request.overrides |= c.OVERRIDE_COMPONENT_RATIO
            request.component_ratio = float(self.component_ratio)
        request.coarse_fusion, request.fine_fusion = _fitting(self.coarse_fusion), _fitting(self.fine_fusion)
        request.isolation = _fitting(self.isolation)
        if self.memory_budget is not None:
            request.memory_budget_bytes = min(max(operator.index(self.memory_budget), 1), _LARGEST_LONG)
        if self.initial_box is not None:
            ranges = _ranges(self.initial_box, volume.shape)
            by_memory = [ranges[axis] for axis in volume.packing.order]
            request.initial_box_first = tuple(part.start for part in by_memory)
            request.initial_box_size = tuple(len(part) for part in by_memory)
        if self.initial_mask is None:
            return request, None
        packed = _packed(self.initial_mask, volume)
        request.initial_mask = packed.ctypes.data
        request.initial_mask_bytes = packed.nbytes
        return request, packed

    def _value(self, labels: Mapping[str, int]) -> int:
        if self.label is None:
            return 0
        if not isinstance(self.label, str):
            # 0 would be "the first" in islet.h, which is not what somebody who writes 0 means.
            return _fitting(self.label) or _LARGEST
        if self.label not in labels:
            raise ValueError(f"the bundle has no label {self.label!r}; it has {', '.join(map(repr, labels))}")
        return labels[self.label]


def _fitting(number: int) -> int:
    number = operator.index(number)
    return number if 0 <= number <= _LARGEST else _LARGEST


def _ranges(box: Any, shape: tuple[int, int, int]) -> list[range]:
    parts = box if isinstance(box, tuple) else (box,)
    if len(parts) != 3 or not all(isinstance(part, slice) for part in parts):
        raise TypeError(f"the initial box is {box!r}, expected three slices such as np.s_[30:62, 80:150, 120:200]")
    ranges = []
    for axis, (part, length) in enumerate(zip(parts, shape)):
        start = 0 if part.start is None else operator.index(part.start)
        stop = length if part.stop is None else operator.index(part.stop)
        # numpy would count negative numbers from the end and cut what reaches outside: here both are mistakes.
        if part.step not in (None, 1) or not 0 <= start < stop <= length:
            raise ValueError(
                f"the initial box has {part} along array axis {axis}, expected 0 <= start < stop <= {length} "
                f"and no step: the volume has the shape {shape}"
            )
        ranges.append(range(start, stop))
    return ranges


def _packed(mask: Any, volume: Volume) -> np.ndarray[Any, np.dtype[np.uint8]]:
    array = np.asarray(mask)
    if array.shape != volume.shape:
        raise ValueError(f"the initial mask has the shape {array.shape}, expected the volume's, {volume.shape}")
    return volume.packing.pack(array != 0).view(np.uint8)
