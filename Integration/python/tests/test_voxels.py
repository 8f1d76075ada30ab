"""Arrays on their way to the plugin and back: the fake plugin's mask is the low byte of each voxel's HU."""

import itertools
import logging

import islet
import numpy as np
import pytest

SHAPE = (3, 4, 5)


@pytest.fixture(scope="module")
def echo(fake):
    with islet.PluginInstance(fake, bundle="echo") as instance:
        yield instance


def expected(array, slope=1, intercept=0):
    return (np.asarray(array, dtype=np.float64) * slope + intercept).astype(np.int64).astype(np.uint8)


def views():
    """Arrays of the shape (3, 4, 5) behind every kind of strides."""
    count = np.arange(60, dtype=np.int16)
    yield "C order", count.reshape(SHAPE)
    yield "Fortran order", count.reshape(SHAPE, order="F")
    for order in itertools.permutations(range(3)):
        yield f"axes {order}", count.reshape([SHAPE[axis] for axis in order]).transpose(np.argsort(order))
    for signs in itertools.product((1, -1), repeat=3):
        yield f"signs {signs}", count.reshape(SHAPE)[tuple(slice(None, None, sign) for sign in signs)]
    padded = np.arange(6 * 9 * 11, dtype=np.int16).reshape(6, 9, 11)
    yield "every second voxel, cut out", padded[::2, 1::2, 1:-1:2]
    record = np.zeros(SHAPE, dtype=[("a", "u1"), ("hu", "i2"), ("b", "u1")])
    record["hu"] = count.reshape(SHAPE)
    yield "not aligned, 4 bytes apart", record["hu"]
    frozen = count.reshape(SHAPE).copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    yield "one row of a volume", np.arange(5, dtype=np.int16).reshape(1, 1, 5)
    yield "one column, negative", np.arange(5, dtype=np.int16)[::-1].reshape(5, 1, 1)
    yield "one voxel", np.array([[[7]]], dtype=np.int16)


@pytest.mark.parametrize(("name", "array"), list(views()), ids=lambda value: value if isinstance(value, str) else "")
def test_strided_views_are_read_in_place(echo, name, array):
    volume = islet.Volume(array, islet.Geometry((1, 1, 1)))
    assert volume.notes == () and np.shares_memory(volume.voxels, array)
    found = echo.segment(volume, islet.SegmentRequest(view_masks=True, probability="uint8"))
    np.testing.assert_array_equal(found.mask, expected(array))
    np.testing.assert_array_equal(found.probability, expected(array))
    np.testing.assert_array_equal(found.view_masks, expected(array) & 7)


def test_results_lie_in_memory_as_the_volume_does(echo):
    for order in "CF":
        array = np.zeros(SHAPE, dtype=np.int16, order=order)
        found = echo.segment(islet.Volume(array, islet.Geometry((1, 1, 1))))
        assert found.mask.flags["C_CONTIGUOUS" if order == "C" else "F_CONTIGUOUS"]
        assert found.mask.flags.writeable and found.probability.dtype == np.float32


@pytest.mark.parametrize("kind", ["int16", "uint16", "int32", "float32"])
def test_element_types_of_the_interface_are_not_copied(echo, kind):
    array = np.arange(60).reshape(SHAPE).astype(kind)
    volume = islet.Volume(array, islet.Geometry((1, 1, 1)), slope=2, intercept=-5)
    assert volume.voxels is array and volume.notes == ()
    np.testing.assert_array_equal(echo.segment(volume).mask, expected(array, 2, -5))


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("int8", "int16"),
        ("uint8", "int16"),
        ("uint32", "int32"),
        ("int64", "int32"),
        ("uint64", "int32"),
        (">i2", "int16"),
        (">u2", "uint16"),
        (">i4", "int32"),
        (">f4", "float32"),
        ("float16", "float32"),
        ("float64", "float32"),
        ("longdouble", "float32"),
    ],
)
def test_other_types_are_converted_with_a_word(echo, caplog, kind, becomes):
    array = np.asfortranarray(np.arange(60).reshape(SHAPE).astype(kind))
    with caplog.at_level(logging.INFO, logger="islet"):
        volume = islet.Volume(array, islet.Geometry((1, 1, 1)))
    assert volume.voxels.dtype == np.dtype(becomes) and volume.voxels.flags.f_contiguous
    assert len(volume.notes) == 1 and f"converted to {becomes}" in volume.notes[0] and volume.notes[0] in caplog.text
    assert ("rounded" in volume.notes[0]) == (kind in ("float64", "longdouble"))
    np.testing.assert_array_equal(echo.segment(volume).mask, expected(array))


def test_integers_beyond_int32_are_refused_with_both_ranges():
    with pytest.raises(ValueError, match=r"0\.\.\.4294967295 as uint32, expected values within int32"):
        islet.Volume(np.array([[[0, 2**32 - 1]]], dtype=np.uint32), islet.Geometry((1, 1, 1)))


def test_broadcast_arrays_are_copied_because_their_strides_would_mean_packed(echo):
    array = np.broadcast_to(np.int16(9), SHAPE)
    volume = islet.Volume(array, islet.Geometry((1, 1, 1)))
    assert "copied" in volume.notes[0] and 0 not in volume.voxels.strides
    assert (echo.segment(volume).mask == 9).all()


@pytest.mark.parametrize("kind", ["bool", "complex64", "U3", "M8[s]", "object"])
def test_voxels_that_are_no_numbers_are_refused(kind):
    with pytest.raises(TypeError, match="expected integers or floating point"):
        islet.Volume(np.zeros(SHAPE, dtype=kind), islet.Geometry((1, 1, 1)))


def test_other_forms_are_refused():
    with pytest.raises(ValueError, match="three axes"):
        islet.Volume(np.zeros((3, 4), dtype=np.int16), islet.Geometry((1, 1, 1)))
    with pytest.raises(TypeError, match="masked"):
        islet.Volume(np.ma.zeros(SHAPE), islet.Geometry((1, 1, 1)))
    with pytest.raises(ValueError, match="slope is 0"):
        islet.Volume(np.zeros(SHAPE, dtype=np.int16), islet.Geometry((1, 1, 1)), slope=0)


def test_bare_array_is_refused_because_it_has_no_place(echo):
    with pytest.raises(TypeError, match=r"numpy\.ndarray.*give an array its place"):
        echo.segment(np.zeros(SHAPE, dtype=np.int16))
    with pytest.raises(TypeError, match="builtins.str"):
        echo.segment("ct.nii.gz")
