#!/usr/bin/env python3
"""Copies pydicom's own CT test files of less than 1 MB as bases for damage: pydicom_bases.py OUTPUT"""

import pathlib
import shutil
import sys

import pydicom

output = pathlib.Path(sys.argv[1])
# Those of the package alone: asking for the others would fetch them from the network.
for path in sorted((pathlib.Path(pydicom.__file__).parent / "data/test_files").rglob("*.dcm")):
    try:
        data = pydicom.dcmread(path, stop_before_pixels=True)
    except Exception:  # noqa: BLE001 (malformed on purpose)
        continue
    if data.get("Modality") == "CT" and "PixelRepresentation" in data and path.stat().st_size < 1_000_000:
        shutil.copy(path, output / f"pydicom-{path.name}")
