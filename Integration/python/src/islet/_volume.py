"""A CT volume: an array and its geometry."""

from __future__ import annotations

import logging
from typing import Any, Optional

import numpy as np

from . import _interface as c
from ._geometry import Geometry
from ._packing import Packing

_log = logging.getLogger("islet")

_ELEMENTS = {
    np.dtype(np.int16): c.ELEMENT_INT16,
    np.dtype(np.uint16): c.ELEMENT_UINT16,
    np.dtype(np.int32): c.ELEMENT_INT32,
    np.dtype(np.float32): c.ELEMENT_FLOAT32,
}


class Volume:
    """A CT volume for `PluginInstance.segment`: HU = `slope` * stored value + `intercept`.

    The array is borrowed where islet.h can describe it (int16, uint16, int32, float32 behind any strides, negative ones
    too) and converted otherwise; `notes` says so. Do not change it while a run is at work on it.
    """

    #: The voxels as the plugin will read them, three axes.
    voxels: np.ndarray[Any, Any]
    #: How its axes become those of islet.h.
    packing: Packing
    #: Where they lie; by array axis.
    geometry: Geometry
    slope: float
    intercept: float
    #: A sentence for each conversion that was made, for a careful reader; also in the log "islet".
    notes: tuple[str, ...]
    #: The image this volume was made from, or None; results can be given the same form.
    source: Any

    def __init__(
        self, voxels: Any, geometry: Geometry, *, slope: float = 1.0, intercept: float = 0.0, source: Any = None
    ) -> None:
        """Raises TypeError for voxels that are no numbers, ValueError for other than three axes or a slope of 0."""
        array = np.asanyarray(voxels)
        if isinstance(array, np.ma.MaskedArray):
            raise TypeError("the volume is a masked array: fill it first, such as volume.filled(-1024)")
        if array.ndim != 3:
            raise ValueError(f"the volume has the shape {array.shape}, expected three axes")
        if slope == 0:
            # islet.h reads 0 as "not given", which would silently be 1.
            raise ValueError("the rescale slope is 0: every voxel would have the same HU")
        self.voxels, note = _readable(np.asarray(array))
        self.packing = Packing(self.voxels)
        self.geometry = geometry
        self.slope = float(slope)
        self.intercept = float(intercept)
        self.notes = () if note is None else (note,)
        self.source = source

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each array axis."""
        a, b, d = self.voxels.shape
        return a, b, d

    def described(self) -> c.Volume:
        """The C struct; valid as long as this object."""
        order = self.packing.order
        place = self.geometry.permuted(order)
        return c.new_struct(
            c.Volume,
            element_type=_ELEMENTS[self.voxels.dtype],
            # Of voxel [0, 0, 0], also where strides are negative.
            voxels=self.voxels.ctypes.data,
            size=self.packing.size,
            stride_bytes=tuple(self.voxels.strides[axis] for axis in order),
            rescale_slope=self.slope,
            rescale_intercept=self.intercept,
            spacing_mm=place.spacing_mm,
            origin_lps_mm=place.origin_lps_mm,
            direction_lps=tuple(x for row in place.direction_lps for x in row),
        )

    def __repr__(self) -> str:
        return f"<islet.Volume {self.voxels.dtype} {self.shape} {self.geometry}>"


def _readable(array: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], Optional[str]]:
    """The array itself if islet.h can describe it, or a copy and the sentence that says so."""
    if array.dtype in _ELEMENTS:
        if all(stride != 0 or length == 1 for stride, length in zip(array.strides, array.shape)):
            return array, None
        # islet.h reads strides of 0 as "packed": a broadcast array would be read past its end.
        return _noted(np.ascontiguousarray(array), "the volume repeats voxels (a stride of 0) and was copied")
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind not in "iuf":
        raise TypeError(f"the volume has voxels of {array.dtype}, expected integers or floating point numbers")
    if kind == "f":
        target: Any = np.float32
    elif kind == "u" and size == 2:
        target = np.uint16
    elif size < 2 or (kind == "i" and size == 2):
        target = np.int16
    else:
        target = np.int32
        limits = np.iinfo(target)
        if array.size and not (limits.min <= array.min() and array.max() <= limits.max):
            raise ValueError(
                f"the volume holds {array.min()}...{array.max()} as {array.dtype}, expected values within int32"
            )
    converted = array.astype(target, order="K")
    loses = kind == "f" and size > 4
    return _noted(
        converted,
        f"the volume's {array.dtype.str} voxels were converted to {converted.dtype}"
        + (", rounded to 24 bits" if loses else ""),
    )


def _noted(array: np.ndarray[Any, Any], sentence: str) -> tuple[np.ndarray[Any, Any], str]:
    _log.info(sentence)
    return array, sentence
