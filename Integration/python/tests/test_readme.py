"""The README's Python runs; the viewers' parts with stand-ins that hold arrays as those viewers do."""

import shutil
import sys
import types

import islet
import nibabel
import numpy as np
import pytest
import readme


@pytest.fixture
def at_ct(tmp_path, monkeypatch, repository):
    shutil.copy(repository / "Integration/data/example_ct.nii.gz", tmp_path / "ct.nii.gz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_section_with_code_is_tried_here():
    tried = {"Example", "Starting from what a user marked", "SimpleITK", "Progress and cancelling"}
    assert set(readme.blocks()) == tried | {"Slicer", "napari", "InVesalius"}


def test_licence_is_the_repositorys(repository):
    # Copied, because a wheel takes no file from outside its folder.
    assert (repository / "Integration/python/LICENSE").read_bytes() == (repository / "LICENSE").read_bytes()


def test_example(at_ct, capsys):
    names = readme.run("Example")
    assert capsys.readouterr().out == readme.shown_output()
    assert nibabel.load("mask.nii.gz").get_fdata().sum() == names["found"].summary.voxels


def test_starting_from_what_a_user_marked(at_ct, pancreas):
    names = {"pancreas": pancreas, "islet": islet, "ct": nibabel.load("ct.nii.gz")}
    readme.run("Starting from what a user marked", names)
    found, corrected = names["found"], names["corrected"]
    assert found.mask.any() and found.trace["coarse"]["slices_computed"] == 0
    assert corrected.trace["coarse"]["slices_computed"] == 0


def test_simpleitk(at_ct, pancreas):
    names = readme.run("SimpleITK", {"pancreas": pancreas, "islet": islet})
    assert names["mask"].GetSize() == names["image"].GetSize() and names["found"].summary.voxels > 0


def test_progress_and_cancelling(at_ct, pancreas, capsys):
    ct = islet.as_volume(nibabel.load("ct.nii.gz"))
    readme.run("Progress and cancelling", {"pancreas": pancreas, "ct": ct, "islet": islet})
    assert "the user cancelled" in capsys.readouterr().out


@pytest.fixture
def found(at_ct, pancreas):
    return pancreas.segment(nibabel.load("ct.nii.gz"))


def ct_as(axes):
    image = nibabel.load("ct.nii.gz")
    voxels = np.asarray(image.dataobj)
    return (voxels if axes == "ijk" else voxels.T), image.affine


def test_slicer(found, pancreas, monkeypatch):
    voxels, affine = ct_as("kji")
    written = {}

    class Node:
        def GetIJKToRASMatrix(self, matrix):
            matrix.append(affine)

        def SetIJKToRASMatrix(self, matrix):
            written["affine"] = matrix[0]

    slicer = types.SimpleNamespace(
        util=types.SimpleNamespace(
            getNode=lambda name: Node(),
            arrayFromVolume=lambda node: voxels,
            arrayFromVTKMatrix=lambda matrix: matrix[0],
            updateVolumeFromArray=lambda node, array: written.update(mask=array),
        ),
        mrmlScene=types.SimpleNamespace(AddNewNodeByClass=lambda kind, name: Node()),
    )
    monkeypatch.setitem(sys.modules, "slicer", slicer)
    monkeypatch.setitem(sys.modules, "vtk", types.SimpleNamespace(vtkMatrix4x4=list))
    readme.run("Slicer", {"pancreas": pancreas, "islet": islet})
    np.testing.assert_array_equal(written["mask"], found.mask.T)
    np.testing.assert_array_equal(written["affine"], affine)


def test_napari(found, pancreas):
    voxels, affine = ct_as("kji")
    geometry = islet.Geometry.from_affine(affine, space="RAS", axes="kji")
    added = {}
    layer = types.SimpleNamespace(
        data=voxels, metadata={"geometry": geometry}, scale=geometry.spacing_mm, translate=(0,) * 3
    )
    viewer = types.SimpleNamespace(
        layers={"ct": layer},
        add_labels=lambda array, **options: added.update(labels=array),
        add_image=lambda array, **options: added.update(image=array),
    )
    readme.run("napari", {"pancreas": pancreas, "viewer": viewer, "islet": islet})
    np.testing.assert_array_equal(added["labels"], found.mask.T)
    assert added["image"].shape == voxels.shape


def test_invesalius(at_ct, pancreas, monkeypatch):
    """InVesalius has lost origin and direction: the CT here is axis-aligned, and its y is flipped as there."""
    voxels, affine = ct_as("ijk")
    geometry = islet.Geometry.from_affine(affine, space="RAS", axes="ijk")
    for axis, row in enumerate(geometry.direction_lps):
        assert abs(row[axis]) == 1
        if row[axis] < 0:
            geometry, voxels = geometry.flipped(axis, voxels.shape[axis]), np.flip(voxels, axis)
    expected = pancreas.segment(islet.Volume(voxels, geometry)).mask
    matrix = np.ascontiguousarray(np.flip(voxels, 1).T)
    mask = types.SimpleNamespace(matrix=np.zeros([n + 1 for n in matrix.shape], dtype=np.uint8), was_edited=False)
    viewer_slice = types.SimpleNamespace(
        matrix=matrix, spacing=geometry.spacing_mm, create_new_mask=lambda name: mask, current_mask=mask
    )
    monkeypatch.setitem(sys.modules, "invesalius", types.ModuleType("invesalius"))
    monkeypatch.setitem(sys.modules, "invesalius.data", types.ModuleType("invesalius.data"))
    slices = types.ModuleType("invesalius.data.slice_")
    slices.Slice = lambda: viewer_slice
    monkeypatch.setitem(sys.modules, "invesalius.data.slice_", slices)
    readme.run("InVesalius", {"pancreas": pancreas, "islet": islet})
    assert expected.any()
    np.testing.assert_array_equal(np.flip(mask.matrix[1:, 1:, 1:].T, 1) == 255, expected != 0)
