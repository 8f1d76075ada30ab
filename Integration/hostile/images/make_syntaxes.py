#!/usr/bin/env python3
"""Writes three slices of a real CT in every transfer syntax and format that is read, for the tests: make_syntaxes.py OUTPUT

The slices are cut from Integration/data/example_ct.nii.gz (TotalSegmentator's test file, Apache-2.0; 48 x 40 pixels of
three slices, stored as HU + 1024). Encoders are not those that decode here: DCMTK's command line tools (Debian package
dcmtk) and OpenJPEG through pylibjpeg. OUTPUT/reference.raw holds the HU, int16 little endian, in the order of the
volume (x towards left, y towards posterior, z towards superior). The patient is invented.
"""

import argparse
import copy
import pathlib
import subprocess
import tempfile

import nibabel
import nibabel.orientations as orientations
import nrrd
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

ROOT = pathlib.Path(__file__).resolve().parents[3]
CT = UID("1.2.840.10008.5.1.4.1.1.2")
ENHANCED = UID("1.2.840.10008.5.1.4.1.1.2.1")
EXPLICIT = UID("1.2.840.10008.1.2.1")
# Invented: under the root of UUIDs.
UIDS = "2.25.31415926"


def voxels() -> np.ndarray:
    """HU of 3 x 40 x 48 voxels, [z, y, x], LPS."""
    image = nibabel.load(ROOT / "Integration/data/example_ct.nii.gz")
    turn = orientations.ornt_transform(orientations.io_orientation(image.affine), orientations.axcodes2ornt("LPS"))
    array = np.asarray(image.as_reoriented(turn).dataobj)
    return np.ascontiguousarray(array[40:88, 30:70, 60:63].transpose(2, 1, 0)).astype("<i2")


def pixel_module(data: Dataset, rows: int, columns: int) -> None:
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = rows, columns
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0


def identity(data: Dataset, sop_class: UID, number: int) -> None:
    data.SOPClassUID, data.SOPInstanceUID = sop_class, UID(f"{UIDS}.3.{number}")
    data.Modality, data.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Doe^Test", "T-1", "", "O"
    data.StudyInstanceUID, data.SeriesInstanceUID = UID(f"{UIDS}.1"), UID(f"{UIDS}.2")
    data.FrameOfReferenceUID = UID(f"{UIDS}.4")
    data.StudyDate, data.StudyTime, data.AccessionNumber, data.StudyID = "20260101", "120000", "A-1", "1"
    data.SeriesDescription, data.SeriesNumber, data.InstanceNumber = "transfer syntaxes", 1, number


def dataset(path: str, sop_class: UID, number: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = sop_class, EXPLICIT
    meta.MediaStorageSOPInstanceUID = UID(f"{UIDS}.3.{number}")
    data = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    identity(data, sop_class, number)
    return data


def single(hu: np.ndarray, z: int) -> FileDataset:
    data = dataset("", CT, z + 1)
    pixel_module(data, *hu.shape)
    data.ImagePositionPatient = [-100, -50, 10 + 3 * z]
    data.ImageOrientationPatient, data.PixelSpacing, data.SliceThickness = [1, 0, 0, 0, 1, 0], [3, 3], 3
    data.RescaleIntercept, data.RescaleSlope = -1024, 1
    data.PixelData = (hu.astype(np.int32) + 1024).astype("<u2").tobytes()
    return data


def item(**values: object) -> Dataset:
    result = Dataset()
    for name, value in values.items():
        setattr(result, name, value)
    return result


def enhanced(hu: np.ndarray) -> FileDataset:
    data = dataset("", ENHANCED, 9)
    pixel_module(data, *hu.shape[1:])
    data.NumberOfFrames = len(hu)
    data.SharedFunctionalGroupsSequence = [item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[item(PixelSpacing=[3, 3], SliceThickness=3)],
        PixelValueTransformationSequence=[item(RescaleIntercept=-1024, RescaleSlope=1, RescaleType="HU")],
    )]
    data.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[-100, -50, 10 + 3 * z])]) for z in range(len(hu))
    ]
    data.PixelData = (hu.astype(np.int32) + 1024).astype("<u2").tobytes()
    return data


def jpeg2000(data: FileDataset) -> FileDataset:
    from openjpeg.utils import encode_array
    result = copy.deepcopy(data)
    frames = np.frombuffer(data.PixelData, "<u2").reshape(-1, data.Rows, data.Columns)
    result.PixelData = encapsulate([encode_array(frame, photometric_interpretation=0) for frame in frames])
    result["PixelData"].VR, result["PixelData"].is_undefined_length = "OB", True
    result.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.90")
    return result


def other_formats(hu: np.ndarray, output: pathlib.Path) -> None:
    """The same voxels as NIfTI-1, NIfTI-2 and NRRD, written by nibabel and pynrrd."""
    affine = np.diag([-3.0, -3, 3, 1])
    affine[:3, 3] = 100, 50, 10
    first = nibabel.Nifti1Image(hu.transpose(2, 1, 0), affine)
    second = nibabel.Nifti2Image(hu.transpose(2, 1, 0), affine)
    for image in (first, second):
        image.set_sform(affine, 1)
        image.set_qform(affine, 1)
        image.header.set_xyzt_units("mm")
    big = nibabel.Nifti1Image(hu.transpose(2, 1, 0).astype(">i2"), affine, first.header.as_byteswapped(">"))
    for name, image in (("nifti-1.nii", first), ("nifti-1.nii.gz", first), ("nifti-1-big.nii", big), ("nifti-2.nii", second)):
        nibabel.save(image, output / name)
    for encoding in ("raw", "gzip"):
        header = {"space": "left-posterior-superior", "space directions": np.eye(3) * 3, "encoding": encoding,
                  "space origin": np.array([-100.0, -50, 10]), "kinds": ["domain"] * 3}
        nrrd.write(str(output / f"{encoding}.nrrd"), hu.transpose(2, 1, 0), header, index_order="F")


def tool(*command: str) -> None:
    subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=pathlib.Path)
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    hu = voxels()
    (output / "reference.raw").write_bytes(hu.tobytes())
    other_formats(hu, output)
    sources = {f"slice-{z}": single(hu[z], z) for z in range(3)} | {"enhanced": enhanced(hu)}
    with tempfile.TemporaryDirectory() as scratch:
        for name, data in sources.items():
            plain = f"{scratch}/{name}.dcm"
            data.save_as(plain, enforce_file_format=True)
            conversions = {
                "explicit-little": ["dcmconv", "+te"], "implicit-little": ["dcmconv", "+ti"],
                "explicit-big": ["dcmconv", "+tb"], "deflated": ["dcmconv", "+td"],
                "jpeg-lossless-14": ["dcmcjpeg", "+el", "+un"], "jpeg-lossless-14-sv1": ["dcmcjpeg", "+e1", "+un"],
                "jpeg-ls": ["dcmcjpls", "+un"], "rle": ["dcmcrle", "+un"],
            }
            for syntax, command in conversions.items():
                tool(*command, plain, str(output / f"{syntax}-{name}.dcm"))
            jpeg2000(data).save_as(output / f"jpeg-2000-{name}.dcm", enforce_file_format=True)
    for file in sorted(output.glob("*.dcm")):
        print(file.name, file.stat().st_size, pydicom.dcmread(file, stop_before_pixels=True).file_meta.TransferSyntaxUID.name)


if __name__ == "__main__":
    main()
