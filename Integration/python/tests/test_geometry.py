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


#: Corners in LPS mm; the grids of the next test reach from about -14 to 34.
BOXES = [
    ((10.1, 10.2, 10.3), (14.9, 15.3, 13.2)),
    ((14.9, 10.2, 13.2), (10.1, 15.3, 10.3)),
    ((-100, -100, -100), (100, 100, 100)),
    ((9, 8, 7), (9, 8, 7)),
    ((10, 10, 10), (10.0001, 30, 10.2)),
    ((8, -1e9, 9), (30, 1e9, 10)),
    ((60, 60, 60), (80, 80, 80)),
]


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=lambda o: "".join(map(str, o.ravel().astype(int))))
def test_box_holds_the_voxels_that_it_touches(orientation):
    """Against every voxel's cell, along the patient's axes."""
    shape = (7, 5, 6)
    direction = np.zeros((3, 3))
    for axis in range(3):
        direction[axis, int(orientation[axis, 0])] = orientation[axis, 1]
    geometry = islet.Geometry((1.5, 3, 0.75), (10, 9, 8), direction)
    half = np.abs(direction * np.asarray(geometry.spacing_mm)[:, None]).sum(axis=0) / 2
    for corner, opposite in BOXES:
        low, high = np.minimum(corner, opposite), np.maximum(corner, opposite)
        touched = np.zeros(shape, dtype=bool)
        for index in itertools.product(*map(range, shape)):
            centre = lps_of(geometry, index)
            touched[index] = (centre + half > low).all() and (centre - half < high).all()
        found = np.zeros(shape, dtype=bool)
        try:
            found[geometry.box(corner, opposite, space="LPS", shape=shape)] = True
        except ValueError as reason:
            assert "lies outside the volume" in str(reason)
        np.testing.assert_array_equal(found, touched)
        if found.any():
            ras = [np.array(end) * (-1, -1, 1) for end in (corner, opposite)]
            assert geometry.box(*ras, space="RAS", shape=shape) == geometry.box(
                corner, opposite, space="LPS", shape=shape
            )


def test_box_ends_with_the_voxel_whose_edge_it_reaches():
    geometry = islet.Geometry((0.7, 0.9, 2.5), (-30, 12.5, 400), ROTATION.T)
    low, high = lps_of(geometry, (0.5, 0.5, 0.5)), lps_of(geometry, (0.5, 0.5, 0.5))
    assert geometry.box(low, high, space="LPS", shape=SHAPE) == np.s_[1:2, 1:2, 1:2]
    # Of a tilted grid: the smallest box of voxels that holds all of it, here by a thousand of its points.
    low, high = lps_of(geometry, (1, 2, 2)), lps_of(geometry, (1.6, 2.2, 2.4))
    shares = np.stack(np.meshgrid(*[np.linspace(0, 1, 10)] * 3), axis=-1).reshape(-1, 3)
    points = low + shares * (high - low)
    index = ((points - geometry.origin_lps_mm) @ np.array(geometry.direction_lps).T) / geometry.spacing_mm
    first, last = np.rint(index).min(axis=0).astype(int), np.rint(index).max(axis=0).astype(int)
    assert (last >= first).all()
    expected = tuple(slice(max(f, 0), min(e + 1, n)) for f, e, n in zip(first, last, SHAPE))
    assert geometry.box(low, high, space="LPS", shape=SHAPE) == expected


def test_box_without_a_place_is_refused():
    geometry = islet.Geometry((1, 1, 1))
    for corner in ((np.nan, 0, 0), (0, np.inf, 0)):
        with pytest.raises(ValueError, match="expected finite"):
            geometry.box(corner, (1, 1, 1), space="LPS", shape=SHAPE)
    with pytest.raises(ValueError, match="lies outside the volume"):
        geometry.box((-9, 0, 0), (-5, 1, 1), space="LPS", shape=SHAPE)
    with pytest.raises(ValueError, match="space is 'ITK'"):
        geometry.box((0, 0, 0), (1, 1, 1), space="ITK", shape=SHAPE)
    with pytest.raises(ValueError, match="corner has the shape"):
        geometry.box((0, 0), (1, 1, 1), space="LPS", shape=SHAPE)
    with pytest.raises(ValueError, match="expected three lengths"):
        geometry.box((0, 0, 0), (1, 1, 1), space="LPS", shape=(3, 4))


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
