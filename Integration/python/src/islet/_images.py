"""Images of SimpleITK and nibabel as volumes, and results as images. Neither is needed for arrays."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ._geometry import Geometry
from ._volume import Volume

_MILLIMETRES = {"mm": 1.0, "unknown": 1.0, "meter": 1000.0, "micron": 0.001}


def as_volume(image: Any) -> Volume:
    """A volume of a `Volume` (itself), a `SimpleITK.Image`, or an image of nibabel.

    Voxels are not copied where they need no conversion. Raises TypeError for anything else, a bare array too: an array
    does not say where it lies, and the networks know left from right by that alone.
    """
    if isinstance(image, Volume):
        return image
    # Who has such an image has imported its package.
    simpleitk = sys.modules.get("SimpleITK")
    if simpleitk is not None and isinstance(image, simpleitk.Image):
        return _from_simpleitk(image, simpleitk)
    nibabel = sys.modules.get("nibabel")
    if nibabel is not None and isinstance(image, nibabel.spatialimages.SpatialImage):
        return _from_nibabel(image, nibabel)
    hint = (
        "; give an array its place: islet.Volume(array, islet.Geometry(...))" if isinstance(image, np.ndarray) else ""
    )
    raise TypeError(
        f"a volume cannot be made of {type(image).__module__}.{type(image).__qualname__}; "
        f"expected islet.Volume, SimpleITK.Image or an image of nibabel{hint}"
    )


def _from_simpleitk(image: Any, simpleitk: Any) -> Volume:
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ValueError(
            f"the image has {image.GetDimension()} dimensions and {image.GetNumberOfComponentsPerPixel()} components, "
            "expected 3 and 1"
        )
    # numpy's view of an ITK image is [k, j, i]; the direction's columns belong to i, j, k.
    columns: Any = np.reshape(image.GetDirection(), (3, 3)).T
    geometry = Geometry(image.GetSpacing()[::-1], image.GetOrigin(), columns[::-1])
    return Volume(simpleitk.GetArrayViewFromImage(image), geometry, source=image)


def _from_nibabel(image: Any, nibabel: Any) -> Volume:
    if image.affine is None:
        raise ValueError("the image has no affine: it does not say where it lies in the patient")
    data, slope, intercept = image.dataobj, 1.0, 0.0
    if isinstance(data, nibabel.arrayproxy.ArrayProxy):
        # As stored, with the scaling left to the plugin: nibabel would make float64 of it.
        voxels, slope, intercept = np.asanyarray(data.get_unscaled()), data.slope, data.inter
    else:
        voxels = np.asanyarray(data)
    while voxels.ndim > 3 and voxels.shape[-1] == 1:
        voxels = voxels[..., 0]
    affine = np.array(image.affine, dtype=np.float64)
    get_units = getattr(image.header, "get_xyzt_units", None)
    if get_units is not None:
        affine[:3] *= _MILLIMETRES[get_units()[0]]
    geometry = Geometry.from_affine(affine, space="RAS", axes="ijk")
    return Volume(voxels, geometry, slope=slope, intercept=intercept, source=image)


def to_simpleitk(array: Any, geometry: Geometry) -> Any:
    """A `SimpleITK.Image` of an array and its geometry; needs SimpleITK. Copies."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.asarray(array))
    image.SetSpacing(geometry.spacing_mm[::-1])
    image.SetOrigin(geometry.origin_lps_mm)
    image.SetDirection(np.array(geometry.direction_lps[::-1]).T.ravel().tolist())
    return image


def to_nibabel(array: Any, geometry: Geometry) -> Any:
    """A `nibabel.Nifti1Image` of an array and its geometry, in millimetres; needs nibabel. Does not copy."""
    import nibabel

    image = nibabel.Nifti1Image(np.asarray(array), geometry.affine(space="RAS", axes="ijk"))
    image.header.set_xyzt_units("mm")
    return image
