"""What independent readers make of our files: the places of the mask's voxels, or its centroid, in LPS mm."""

import subprocess
import tempfile
from pathlib import Path

import highdicom
import nibabel
import nrrd
import numpy as np
import pydicom
import SimpleITK
import slicerio


def places(mask, affine):
    """LPS mm of every voxel that is not 0, sorted; `mask` is [i, j, k] and `affine` its index to LPS mm."""
    index = np.argwhere(mask != 0)
    points = index @ affine[:3, :3].T + affine[:3, 3]
    return points[np.lexsort(np.round(points, 3).T)]


def with_nibabel(path):
    image = nibabel.load(path)
    return places(np.asarray(image.dataobj), np.diag([-1, -1, 1, 1]) @ image.affine)


def with_simpleitk(path):
    image = SimpleITK.ReadImage(str(path))
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return places(SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0), affine)


def with_pynrrd(path):
    voxels, header = nrrd.read(str(path))
    affine = np.eye(4)
    affine[:3, :3] = header["space directions"].T
    affine[:3, 3] = header["space origin"]
    assert header["space"] == "left-posterior-superior"
    return places(voxels, affine)


def with_slicerio(path):
    """Also checks the name, the codes and the colour of the segment."""
    segmentation = slicerio.read_segmentation(str(path))
    (segment,) = segmentation["segments"]
    terminology = segment["terminology"]
    assert (segment["name"], segment["labelValue"]) == ("pancreas", 1), segment
    assert terminology["category"] == ["SCT", "123037004", "Anatomical Structure"], segment
    assert terminology["type"] == ["SCT", "15776009", "Pancreas"], segment
    return places(np.asarray(segmentation["voxels"]), np.array(segmentation["ijkToLPS"]))


def with_highdicom(path):
    segmentation = highdicom.seg.segread(path)
    volume = segmentation.get_volume(combine_segments=False, rescale_fractional=False)
    array = np.asarray(volume.array)[..., 0]
    return places(array, volume.affine)


def fractions_with_highdicom(path):
    """The FRACTIONAL object as a volume of stored values."""
    segmentation = highdicom.seg.segread(path)
    return segmentation.get_volume(combine_segments=False, rescale_fractional=False)


def with_dcmqi(path):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [SEGIMAGE2ITKIMAGE, "--inputDICOM", path, "--outputDirectory", folder, "-t", "nrrd"], check=True,
            capture_output=True)
        files = sorted(Path(folder).glob("*.nrrd"))
        assert len(files) == 1, files
        return with_simpleitk(files[0])


def contours_with_pydicom(path, grid_affine, size):
    """The structure set rasterised at pixel centres (even-odd) on the CT's grid: places of its pixels."""
    structures = pydicom.dcmread(path)
    to_index = np.linalg.inv(grid_affine)
    mask = np.zeros(size, bool)
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]), indexing="ij")
    for contour in structures.ROIContourSequence[0].ContourSequence:
        points = np.array(contour.ContourData, float).reshape(-1, 3) @ to_index[:3, :3].T + to_index[:3, 3]
        z = int(round(points[0, 2]))
        assert np.abs(points[:, 2] - z).max() < 1e-2
        inside = np.zeros(size[:2], bool)
        for (ax, ay, _), (bx, by, _) in zip(points, np.roll(points, -1, axis=0)):
            crosses = (ay > rows) != (by > rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                at = ax + (rows - ay) / (by - ay) * (bx - ax)
            inside ^= crosses & (at > columns)
        mask[:, :, z] ^= inside
    return places(mask, grid_affine)


def surface_centroid(path):
    """Centroid of the solid that the PLY's triangles enclose, and its volume in mL; both from the file alone."""
    data = Path(path).read_bytes()
    end = data.index(b"end_header\n") + len(b"end_header\n")
    header = data[:end].decode()
    count = {line.split()[1]: int(line.split()[2]) for line in header.splitlines() if line.startswith("element")}
    corners = np.frombuffer(data, "<f4", 3 * count["vertex"], end).reshape(-1, 3).astype(float)
    faces = np.frombuffer(data, np.dtype([("n", "u1"), ("c", "<i4", 3)]), count["face"], end + 12 * count["vertex"])
    assert (faces["n"] == 3).all()
    a, b, c = (corners[faces["c"][:, i]] for i in range(3))
    origin = corners.mean(axis=0)
    a, b, c = a - origin, b - origin, c - origin
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    return origin + (volumes[:, None] * (a + b + c) / 4).sum(axis=0) / volumes.sum(), volumes.sum() / 1000


SEGIMAGE2ITKIMAGE = "segimage2itkimage"
