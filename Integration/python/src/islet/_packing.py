"""Between the axes of a numpy array and axis 0, 1, 2 of islet.h."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class Packing:
    """Which array axis is axis 0, 1, 2 of islet.h, and the way there and back.

    The axes go as they lie in memory, nearest neighbours first. The plugin packs its results with axis 0 fastest, so a
    mask comes back in the memory order of its volume: C order for SimpleITK's arrays, Fortran order for nibabel's.
    """

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        """The packing of a volume's voxels, three axes."""
        self.shape = array.shape
        # Equal strides belong to axes of one voxel, which have no neighbours: they keep C order.
        self.order = tuple(sorted(range(3), key=lambda axis: (abs(array.strides[axis]), -axis)))
        self.size = tuple(array.shape[axis] for axis in self.order)
        self.count = math.prod(self.size)

    def pack(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """An array of the volume's shape as islet.h wants it: one dimension, axis 0 fastest."""
        return array.transpose(self.order).ravel(order="F")

    def unpack(self, packed: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What the plugin packed, in the volume's shape; no copy."""
        return packed.reshape(self.size, order="F").transpose(np.argsort(self.order))
