#!/usr/bin/env python3
"""Reads a DICOM series with one peer and says how long it took: peer.py PEER FOLDER

PEER: pydicom (pydicom + numpy, JPEG-LS through pyjpegls), SimpleITK, dcm2niix (the command, to an uncompressed NIfTI
file in memory), version. Timed: from the folder to whole HU in memory, slices in order of position; not timed: starting
Python and its imports. Prints one JSON object: milliseconds, voxels, sum of HU (every reader must agree), version.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time


def pydicom_reader():
    import numpy as np
    import pydicom
    import pydicom.pixels  # noqa: F401 (so that the decoders are loaded before the clock starts)

    def read(folder):
        slices = [pydicom.dcmread(path) for path in folder.iterdir()]
        row, column = np.array(slices[0].ImageOrientationPatient, float).reshape(2, 3)
        normal = np.cross(row, column)
        slices.sort(key=lambda data: float(np.dot(normal, np.array(data.ImagePositionPatient, float))))
        volume = np.empty((len(slices), slices[0].Rows, slices[0].Columns), np.int16)
        for z, data in enumerate(slices):
            # Whole numbers: the benchmark's series has slope 1.
            np.add(data.pixel_array, np.int16(data.RescaleIntercept), out=volume[z], casting="unsafe")
        return volume

    return read, pydicom.__version__


def simpleitk_reader():
    import SimpleITK as sitk

    def read(folder):
        reader = sitk.ImageSeriesReader()
        reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))
        return reader.Execute()

    return read, sitk.Version.VersionString()


def dcm2niix_reader(scratch):
    import dcm2niix

    version = subprocess.run([dcm2niix.bin, "--version"], capture_output=True, text=True, check=False).stdout

    def read(folder):
        subprocess.run([dcm2niix.bin, "-z", "n", "-b", "n", "-f", "out", "-o", scratch, str(folder)],
                       check=True, stdout=subprocess.DEVNULL)
        return pathlib.Path(scratch)

    return read, version.strip().splitlines()[-1]


def as_array(result):
    """HU of what a reader gave; outside the clock."""
    import numpy as np
    if isinstance(result, np.ndarray):
        return result
    if isinstance(result, pathlib.Path):
        import nibabel
        return np.asarray(nibabel.load(next(result.glob("*.nii"))).dataobj)
    import SimpleITK as sitk
    return sitk.GetArrayViewFromImage(result)


def main():
    peer, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    # Memory, not disk: what is compared is reading.
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        if peer == "dcm2niix":
            read, version = dcm2niix_reader(scratch)
        else:
            read, version = {"pydicom": pydicom_reader, "SimpleITK": simpleitk_reader}[peer]()
        start = time.perf_counter()
        result = read(folder)
        milliseconds = (time.perf_counter() - start) * 1000
        voxels = as_array(result)
        print(json.dumps({"milliseconds": milliseconds, "voxels": voxels.size, "sum": int(voxels.sum(dtype="int64")),
                          "version": version}))


if __name__ == "__main__":
    main()
