#!/usr/bin/env python3
"""Writes a DICOM series of 512 x 512 slices for the benchmark of reading: make_series.py CT OUTPUT [--slices 300]

CT is Integration/data/example_ct.nii.gz, resampled linearly to the matrix (0.72 x 0.59 x ~1.1 mm at 300 slices), with
Gaussian noise of 12 HU (seed 1) so that it compresses like a CT and not like an interpolated one. OUTPUT/uncompressed
(explicit little endian) and OUTPUT/jpeg-ls (lossless, CharLS through pyjpegls) hold the same pixels. The patient is invented.
"""

import argparse
import pathlib

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLSLossless

CT_IMAGE = UID("1.2.840.10008.5.1.4.1.1.2")
ROOT_UID = "2.25.27182818"
SIDE = 512
NOISE_HU = 12


def resampled(path: pathlib.Path, slices: int) -> sitk.Image:
    image = sitk.DICOMOrient(sitk.ReadImage(str(path), sitk.sitkFloat32), "LPS")
    size = [SIDE, SIDE, slices]
    spacing = [s * n / m for s, n, m in zip(image.GetSpacing(), image.GetSize(), size, strict=True)]
    return sitk.Resample(image, size, sitk.Transform(), sitk.sitkLinear, image.GetOrigin(), spacing,
                         image.GetDirection(), -1024.0)


def dataset(z: int, image: sitk.Image) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CT_IMAGE, UID(f"{ROOT_UID}.3.{z + 1}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CT_IMAGE, meta.MediaStorageSOPInstanceUID
    data.ImageType, data.Modality = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT"
    data.StudyDate = data.SeriesDate = data.AcquisitionDate = "20260101"
    data.StudyTime = data.SeriesTime = data.AcquisitionTime = "120000"
    data.AccessionNumber, data.Manufacturer, data.ManufacturerModelName = "A-1", "Islet", "make_series.py"
    data.StudyDescription, data.SeriesDescription = "Benchmark", "Abdomen, synthetic noise"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = "Doe^Bench", "B-1", "", "O"
    data.KVP, data.SliceThickness, data.ConvolutionKernel = 120, image.GetSpacing()[2], "B"
    data.PatientPosition, data.GantryDetectorTilt = "HFS", 0
    data.StudyInstanceUID, data.SeriesInstanceUID = UID(f"{ROOT_UID}.1"), UID(f"{ROOT_UID}.2")
    data.FrameOfReferenceUID, data.StudyID = UID(f"{ROOT_UID}.4"), "1"
    data.SeriesNumber, data.InstanceNumber, data.AcquisitionNumber = 2, z + 1, 1
    data.ImagePositionPatient = [f"{v:.6g}" for v in image.TransformIndexToPhysicalPoint((0, 0, z))]
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.PixelSpacing = [f"{image.GetSpacing()[1]:.8g}", f"{image.GetSpacing()[0]:.8g}"]
    data.SamplesPerPixel, data.PhotometricInterpretation, data.Rows, data.Columns = 1, "MONOCHROME2", SIDE, SIDE
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.WindowCenter, data.WindowWidth, data.RescaleIntercept, data.RescaleSlope = 40, 400, -1024, 1
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ct", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--only-uncompressed", action="store_true")
    options = parser.parse_args()
    image = resampled(options.ct, options.slices)
    voxels = sitk.GetArrayViewFromImage(image)
    random = np.random.default_rng(1)
    folders = ["uncompressed"] if options.only_uncompressed else ["uncompressed", "jpeg-ls"]
    for name in folders:
        (options.output / name).mkdir(parents=True, exist_ok=True)
    for z in range(options.slices):
        noisy = voxels[z] + random.normal(0, NOISE_HU, voxels[z].shape)
        stored = np.clip(np.rint(noisy) + 1024, 0, 4095).astype("<u2")
        data = dataset(z, image)
        data.PixelData = stored.tobytes()
        file = f"{z:04}.dcm"
        data.save_as(options.output / "uncompressed" / file, enforce_file_format=True)
        if "jpeg-ls" in folders:
            data.compress(JPEGLSLossless, generate_instance_uid=False)
            data.save_as(options.output / "jpeg-ls" / file, enforce_file_format=True)
    for name in folders:
        total = sum(file.stat().st_size for file in (options.output / name).iterdir())
        print(f"{options.output / name}: {options.slices} files, {total / 1e6:.1f} MB, pydicom {pydicom.__version__}")


if __name__ == "__main__":
    main()
