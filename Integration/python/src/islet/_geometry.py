"""Where an array's voxels lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Sequence

import numpy as np

Vector = tuple[float, float, float]
#: A box of voxels as numpy indexes with: a slice per array axis, the last voxel not inside.
Box = tuple[slice, slice, slice]
#: Coordinates in millimetres: LPS as DICOM, ITK and islet.h; RAS as NIfTI and 3D Slicer.
Space = Literal["LPS", "RAS"]
#: Order of an array's axes: "ijk" as nibabel's, "kji" as SimpleITK's, Slicer's and napari's (slices first).
Axes = Literal["ijk", "kji"]

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
# What positions lose on their way through a header, voxels.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Geometry:
    """Where a volume's voxels lie, in LPS millimetres (x+ left, y+ posterior, z+ superior), **by array axis**.

    Entry n of `spacing_mm` and of `direction_lps` belongs to axis n of the array, in whatever order the array has its
    axes: `voxels[a, b, c]` lies at `origin_lps_mm + a * spacing_mm[0] * direction_lps[0] + b * ... + c * ...`.
    """

    #: Distance between voxel centres along each array axis, mm.
    spacing_mm: Vector
    #: Centre of voxel [0, 0, 0].
    origin_lps_mm: Vector = (0.0, 0.0, 0.0)
    #: One unit vector per array axis: the columns of an ITK direction matrix, not its rows.
    direction_lps: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

    def __post_init__(self) -> None:
        """Makes plain tuples of float of what was given; raises ValueError on other shapes."""
        object.__setattr__(self, "spacing_mm", _vector(self.spacing_mm, "spacing_mm"))
        object.__setattr__(self, "origin_lps_mm", _vector(self.origin_lps_mm, "origin_lps_mm"))
        rows = np.asarray(self.direction_lps, dtype=np.float64)
        if rows.shape != (3, 3):
            raise ValueError(f"direction_lps has the shape {rows.shape}, expected (3, 3): a unit vector per array axis")
        object.__setattr__(self, "direction_lps", tuple(_vector(row, "direction_lps") for row in rows))

    @classmethod
    def from_affine(cls, affine: Any, *, space: Space, axes: Axes) -> Geometry:
        """The geometry of a 4 x 4 matrix from voxel index (i, j, k, 1) to millimetres.

        `space` is that of the millimetres, `axes` the order in which the *array* is indexed: nibabel is
        ("RAS", "ijk"), `slicer.util.arrayFromVolume` with `GetIJKToRASMatrix` is ("RAS", "kji").
        Raises ValueError when the matrix is not finite or an axis has no length.
        """
        matrix = np.asarray(affine, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise ValueError(f"the affine must be 4 x 4 and finite, found the shape {matrix.shape}:\n{matrix}")
        if _is_ras(space):
            matrix = matrix.copy()
            matrix[:3] = _RAS_TO_LPS @ matrix[:3]
        steps = matrix[:3, :3].T[_order(axes)]
        spacing = np.linalg.norm(steps, axis=1)
        if not (spacing > 0).all():
            raise ValueError(f"the affine gives an array axis no length: spacing {spacing.tolist()} mm")
        directions: Any = steps / spacing[:, None]
        return cls(tuple(spacing), tuple(matrix[:3, 3]), directions)

    def affine(self, *, space: Space, axes: Axes) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The 4 x 4 matrix from voxel index (i, j, k, 1) to millimetres; the inverse of `from_affine`."""
        steps = np.asarray(self.direction_lps) * np.asarray(self.spacing_mm)[:, None]
        matrix = np.eye(4)
        matrix[:3, :3] = steps[_order(axes)].T
        matrix[:3, 3] = self.origin_lps_mm
        if _is_ras(space):
            matrix[:3] = _RAS_TO_LPS @ matrix[:3]
        return matrix

    def box(self, corner: Any, opposite: Any, *, space: Space, shape: Sequence[int]) -> Box:
        """The voxels of an array of `shape` that the box with two opposite corners, in millimetres, touches.

        For `SegmentRequest.initial_box`. A voxel reaches half a spacing from its centre to each side; what lies outside
        the array is cut off. Where the array's axes are not the patient's, it is the smallest box of voxels that holds
        all eight corners. Raises ValueError when no voxel is touched, and for a corner that is not finite.
        """
        ends = np.asarray([_vector(corner, "corner"), _vector(opposite, "opposite")])
        if not np.isfinite(ends).all():
            raise ValueError(f"the box has the corners {corner} and {opposite}, expected finite millimetres")
        if _is_ras(space):
            ends = ends @ _RAS_TO_LPS
        corners = np.stack(np.meshgrid(*ends.T, indexing="ij"), axis=-1).reshape(8, 3)
        places = (corners - self.origin_lps_mm) @ np.asarray(self.direction_lps).T / np.asarray(self.spacing_mm)
        # A box that ends where a voxel ends, but for rounding, does not touch the next one.
        first = np.floor(places.min(axis=0) + 0.5 + _ROUNDING)
        last = np.maximum(first, np.ceil(places.max(axis=0) - 0.5 - _ROUNDING))
        lengths = np.asarray(shape)
        if lengths.shape != (3,):
            raise ValueError(f"shape is {shape}, expected three lengths")
        if (first >= lengths).any() or (last < 0).any():
            raise ValueError(
                f"the box from {corner} to {opposite} mm ({space}) lies outside the volume: along the array's axes it "
                f"would be voxels {first.tolist()} to {last.tolist()}, the shape is {tuple(shape)}"
            )
        a, b, c = (slice(int(max(f, 0)), int(min(e + 1, n))) for f, e, n in zip(first, last, lengths))
        return a, b, c

    def permuted(self, order: Sequence[int]) -> Geometry:
        """The geometry of `array.transpose(order)`."""
        a, b, c = order
        spacing, direction = self.spacing_mm, self.direction_lps
        return Geometry(
            (spacing[a], spacing[b], spacing[c]), self.origin_lps_mm, (direction[a], direction[b], direction[c])
        )

    def flipped(self, axis: int, length: int) -> Geometry:
        """The geometry of `numpy.flip(array, axis)`, whose axis has `length` voxels."""
        step = (length - 1) * self.spacing_mm[axis]
        origin = np.asarray(self.origin_lps_mm) + step * np.asarray(self.direction_lps[axis])
        direction: Any = np.array(self.direction_lps)
        direction[axis] *= -1
        return Geometry(self.spacing_mm, tuple(origin), direction)


def _vector(values: Any, name: str) -> Vector:
    vector = np.asarray(values, dtype=np.float64)
    if vector.shape != (3,):
        raise ValueError(f"{name} has the shape {vector.shape}, expected 3 numbers")
    # + 0.0 turns -0.0 into 0.0, so that equal places compare and print equal.
    x, y, z = (float(value) + 0.0 for value in vector)
    return x, y, z


def _is_ras(space: str) -> bool:
    if space not in ("LPS", "RAS"):
        raise ValueError(f'space is {space!r}, expected "LPS" or "RAS"')
    return space == "RAS"


def _order(axes: str) -> list[int]:
    if axes not in ("ijk", "kji"):
        raise ValueError(f'axes is {axes!r}, expected "ijk" (nibabel) or "kji" (SimpleITK, Slicer, napari)')
    return [0, 1, 2] if axes == "ijk" else [2, 1, 0]
