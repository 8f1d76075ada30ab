"""Geometry against nibabel and SimpleITK, over all 48 ways to store a volume."""

import itertools

import islet
import nibabel
import numpy as np
import pytest
import SimpleITK
from nibabel import orientations

SHAPE = (3, 4, 5)
# A rotation about no axis in particular: every direction has three components.
ROTATION = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
AFFINE_RAS = np.eye(4)
AFFINE_RAS[:3, :3] = ROTATION @ np.diag([0.7, 0.9, 2.5])
AFFINE_RAS[:3, 3] = (-30.0, 12.5, 400.0)

ORIENTATIONS = [
    np.column_stack([order, signs])
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]


def lps_of(geometry, index):
    """The formula of islet.h, written out: origin plus steps along the array's axes."""
    place = np.array(geometry.origin_lps_mm)
    for axis in range(3):
        place = place + index[axis] * geometry.spacing_mm[axis] * np.array(geometry.direction_lps[axis])
    return place


def reoriented(orientation):
    voxels = np.arange(60, dtype=np.int16).reshape(SHAPE)
    affine = AFFINE_RAS @ orientations.inv_ornt_aff(orientation, SHAPE)
    return orientations.apply_orientation(voxels, orientation), affine


def test_there_are_48():
    assert len({tuple(orientation.ravel()) for orientation in ORIENTATIONS}) == 48


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: "".join(map(str, o.ravel().astype(int))))
def test_every_voxel_keeps_its_place_in_each_orientation(orientation):
    voxels, affine = reoriented(orientation)
    geometry = islet.Geometry.from_affine(affine, space="RAS", axes="ijk")
    reversed_axes = islet.Geometry.from_affine(affine, space="RAS", axes="kji")
    worst = 0.0
    for index in itertools.product(*map(range, voxels.shape)):
        original = np.unravel_index(int(voxels[index]), SHAPE)
        x, y, z = (AFFINE_RAS @ [*original, 1])[:3]
        for place in (lps_of(geometry, index), lps_of(reversed_axes, index[::-1])):
            worst = max(worst, float(np.abs(place - (-x, -y, z)).max()))
    assert worst < 1e-12, f"worst error {worst} mm"


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: "".join(map(str, o.ravel().astype(int))))
def test_affine_and_geometry_turn_into_each_other(orientation):
    _, affine = reoriented(orientation)
    for space, axes in itertools.product(("RAS", "LPS"), ("ijk", "kji")):
        back = islet.Geometry.from_affine(affine, space=space, axes=axes).affine(space=space, axes=axes)
        np.testing.assert_allclose(back, affine, rtol=0, atol=1e-12)
    lps = islet.Geometry.from_affine(affine, space="RAS", axes="ijk").affine(space="LPS", axes="ijk")
    np.testing.assert_allclose(lps, np.diag([-1, -1, 1, 1]) @ affine, rtol=0, atol=1e-12)


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: "".join(map(str, o.ravel().astype(int))))
def test_permuted_and_flipped_follow_the_array(orientation):
    geometry = islet.Geometry.from_affine(AFFINE_RAS, space="RAS", axes="ijk")
    _, affine = reoriented(orientation)
    # nibabel flips first, then sends axis n to orientation[n, 0].
    for axis in range(3):
        if orientation[axis, 1] < 0:
            geometry = geometry.flipped(axis, SHAPE[axis])
    geometry = geometry.permuted(np.argsort(orientation[:, 0]))
    np.testing.assert_allclose(geometry.affine(space="RAS", axes="ijk"), affine, rtol=0, atol=1e-12)


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: "".join(map(str, o.ravel().astype(int))))
def test_images_of_both_packages_keep_voxels_and_place(fake, orientation):
    voxels, affine = reoriented(orientation)
    volume = islet.Volume(voxels, islet.Geometry.from_affine(affine, space="RAS", axes="ijk"))
    itk = islet.to_simpleitk(voxels, volume.geometry)
    nifti = islet.to_nibabel(voxels, volume.geometry)
    np.testing.assert_allclose(nifti.affine, affine, rtol=0, atol=1e-12)
    for index in itertools.product(*map(range, voxels.shape)):
        # Of an array, SimpleITK calls the last axis i.
        place = itk.TransformIndexToPhysicalPoint(tuple(map(int, index[::-1])))
        np.testing.assert_allclose(place, lps_of(volume.geometry, index), rtol=0, atol=1e-9)
        assert itk[index[::-1]] == voxels[index]
    with islet.PluginInstance(fake, bundle="echo") as echo:
        for image in (itk, nifti):
            found = echo.segment(image)
            np.testing.assert_array_equal(found.mask, voxels.astype(np.uint8))
            # What the plugin was told, by its own axes, is what the volume says.
            told = found.trace
            order = islet.as_volume(image).packing.order
            np.testing.assert_allclose(told["spacing"], [volume.geometry.spacing_mm[a] for a in order], atol=1e-12)
            np.testing.assert_allclose(told["origin"], volume.geometry.origin_lps_mm, atol=1e-9)
            rows = [volume.geometry.direction_lps[a] for a in order]
            np.testing.assert_allclose(np.reshape(told["direction"], (3, 3)), rows, atol=1e-12)


def test_simpleitk_images_are_not_copied():
    image = SimpleITK.GetImageFromArray(np.arange(60, dtype=np.int16).reshape(SHAPE))
    volume = islet.as_volume(image)
    assert volume.notes == () and volume.shape == SHAPE and volume.source is image
    assert islet.as_volume(volume) is volume


def test_simpleitk_images_of_other_forms_are_refused():
    with pytest.raises(ValueError, match="2 dimensions and 1 components"):
        islet.as_volume(SimpleITK.Image(4, 4, SimpleITK.sitkInt16))
    with pytest.raises(ValueError, match="3 dimensions and 3 components"):
        islet.as_volume(SimpleITK.Image([4, 4, 4], SimpleITK.sitkVectorInt16, 3))


def test_nifti_scaling_is_left_to_the_plugin(tmp_path, fake):
    image = nibabel.Nifti1Image(np.arange(60, dtype=np.int16).reshape(SHAPE), AFFINE_RAS)
    image.header.set_slope_inter(2, -24)
    nibabel.save(image, tmp_path / "scaled.nii.gz")
    loaded = nibabel.load(tmp_path / "scaled.nii.gz")
    volume = islet.as_volume(loaded)
    assert (volume.voxels.dtype, volume.slope, volume.intercept) == (np.int16, 2.0, -24.0)
    with islet.PluginInstance(fake, bundle="echo") as echo:
        np.testing.assert_array_equal(
            echo.segment(loaded).mask, np.asarray(loaded.dataobj).astype(np.int64).astype(np.uint8)
        )


def test_nifti_units_and_a_fourth_axis_of_one():
    image = nibabel.Nifti1Image(np.zeros((3, 4, 5, 1), dtype=np.int16), np.diag([0.001, 0.002, 0.003, 1]))
    image.header.set_xyzt_units("meter")
    volume = islet.as_volume(image)
    assert volume.shape == SHAPE
    np.testing.assert_allclose(volume.geometry.spacing_mm, (1, 2, 3))


@pytest.mark.parametrize(
    ("affine", "word"),
    [(np.eye(3), "4 x 4"), (np.diag([1, 1, np.nan, 1]), "finite"), (np.diag([1, 0, 1, 1]), "no length")],
)
def test_affines_without_a_place_are_refused(affine, word):
    with pytest.raises(ValueError, match=word):
        islet.Geometry.from_affine(affine, space="RAS", axes="ijk")


def test_wrong_words_and_shapes_are_refused():
    with pytest.raises(ValueError, match="space is 'ITK'"):
        islet.Geometry.from_affine(np.eye(4), space="ITK", axes="ijk")
    with pytest.raises(ValueError, match="axes is 'xyz'"):
        islet.Geometry((1, 1, 1)).affine(space="LPS", axes="xyz")
    with pytest.raises(ValueError, match="spacing_mm"):
        islet.Geometry((1, 1))
    with pytest.raises(ValueError, match="direction_lps"):
        islet.Geometry((1, 1, 1), (0, 0, 0), (1, 0, 0))
