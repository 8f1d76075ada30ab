"""CT volumes with a box in a known place, in any axis order, flip and tilt, written by other programs than ours."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import nibabel
import nrrd
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

PATIENT = {
    "PatientName": "SECRET^NAME", "PatientID": "SECRETID", "PatientBirthDate": "19500203", "PatientSex": "O",
    "StudyDate": "20260102", "StudyTime": "101112", "StudyID": "SECRETSTUDY", "AccessionNumber": "SECRETACC",
    "ReferringPhysicianName": "SECRET^REFERRER",
}
# Along left, posterior, superior: voxels, mm, and the box; off the centre by another amount along each.
COUNTS = np.array([24, 20, 16])
SPACING = np.array([1.0, 1.5, 2.5])
CENTRE = np.array([12.0, -40.0, 200.0])
BOX = ((4, 11), (9, 13), (3, 12))


@dataclass
class Shape:
    """HU as [x, y, z], the way of each array axis in the patient (columns, LPS), spacing and origin."""

    name: str
    voxels: np.ndarray
    direction: np.ndarray
    spacing: np.ndarray
    origin: np.ndarray

    @property
    def affine(self):
        """Voxel index to LPS mm."""
        affine = np.eye(4)
        affine[:3, :3] = self.direction * self.spacing
        affine[:3, 3] = self.origin
        return affine


def rotation(degrees):
    """About an axis that is none of the patient's."""
    axis = np.array([1.0, 2.0, 3.0]) / np.sqrt(14)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def shapes():
    """All 48 axis orders and flips, then three of them tilted. Yields each with the box's centre in the patient."""
    patient = np.full(COUNTS, -1000, np.int16)
    patient[tuple(slice(*extent) for extent in BOX)] = 800
    middle = np.array([(low + high - 1) / 2 for low, high in BOX])
    for order in itertools.permutations(range(3)):
        for flips in itertools.product([False, True], repeat=3):
            for tilt in (0, 17) if (order, flips) in TILTED else (0,):
                voxels = patient.transpose(order)
                voxels = voxels[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]
                turn = rotation(tilt)
                direction = turn @ np.stack([np.eye(3)[axis] for axis in order], axis=1)
                first = np.array([COUNTS[axis] - 1 if flip else 0 for axis, flip in zip(order, flips)], float)
                spacing = SPACING[list(order)]
                corner = CENTRE - turn @ (SPACING * (COUNTS - 1) / 2)
                origin = corner + direction @ (spacing * first)
                direction = direction * np.where(flips, -1.0, 1.0)
                name = "".join("LPS"[a] + ("-" if f else "+") for a, f in zip(order, flips)) + ("*" if tilt else "")
                yield Shape(name, np.ascontiguousarray(voxels), direction, spacing, origin), corner + turn @ (SPACING * middle)


TILTED = {
    ((0, 1, 2), (False, False, False)), ((0, 1, 2), (False, False, True)), ((2, 0, 1), (True, False, True)),
}


def write_nifti(shape, folder):
    path = Path(folder) / "ct.nii.gz"
    nibabel.save(nibabel.Nifti1Image(shape.voxels, np.diag([-1, -1, 1, 1]) @ shape.affine), path)
    return path


def write_nrrd(shape, folder):
    path = Path(folder) / "ct.nrrd"
    header = {
        "space": "left-posterior-superior", "space directions": (shape.direction * shape.spacing).T,
        "space origin": shape.origin, "kinds": ["domain"] * 3,
    }
    nrrd.write(str(path), shape.voxels, header)
    return path


def write_dicom(shape, folder):
    """A CT series, a file per slice along the third array axis, numbered in that order whichever way it runs."""
    folder = Path(folder) / "ct"
    folder.mkdir(parents=True, exist_ok=True)
    root = "1.2.826.0.1.3680043.8.498.77"
    for z in range(shape.voxels.shape[2]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = f"{root}.4.{z + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        for keyword, value in PATIENT.items():
            setattr(image, keyword, value)
        image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.Modality, image.Manufacturer = "CT", "test"
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = f"{root}.1", f"{root}.2", f"{root}.3"
        image.PositionReferenceIndicator = ""
        image.SeriesNumber, image.InstanceNumber, image.AcquisitionNumber = 1, z + 1, 1
        image.SeriesDate, image.SeriesTime = "20260102", "101112"
        image.ContentDate, image.ContentTime, image.AcquisitionDate, image.AcquisitionTime = (
            "20260102", "101112", "20260102", "101112")
        image.KVP = "120"
        image.ImagePositionPatient = [f"{v:.8g}" for v in shape.origin + shape.direction[:, 2] * shape.spacing[2] * z]
        image.ImageOrientationPatient = [f"{v:.12f}" for v in np.concatenate([shape.direction[:, 0], shape.direction[:, 1]])]
        image.PixelSpacing = [shape.spacing[1], shape.spacing[0]]
        image.SliceThickness = shape.spacing[2]
        image.Rows, image.Columns = shape.voxels.shape[1], shape.voxels.shape[0]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
        image.RescaleIntercept, image.RescaleSlope, image.RescaleType = -1024, 1, "HU"
        image.PixelData = (shape.voxels[:, :, z].T.astype(np.int32) + 1024).astype("<u2").tobytes()
        pydicom.dcmwrite(folder / f"{z:03}.dcm", image, enforce_file_format=True)
    return folder
