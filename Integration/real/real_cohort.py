#!/usr/bin/env python3
"""Lays out the real CTs that the project may use as two cohort folders, for evaluation only.

usage: real_cohort.py REFERENCE_FILES SLICERIO_DATA OUTPUT

REFERENCE_FILES are TotalSegmentator's test files, SLICERIO_DATA is the data folder of the package slicerio.
OUTPUT/labelled holds the CTs that come with labels: TotalSegmentator's own output, pseudo-labels that no radiologist
looked at. OUTPUT/unlabelled holds CTs without any. Nothing of these folders may be trained or tuned on.
"""

import argparse
import json
import pathlib
import shutil

import nibabel
import nibabel.orientations as orientations
import nrrd
import numpy as np

# TotalSegmentator's value -> ours (Sources/Phantom/PhantomLabel.swift); organs without an entry are background.
LABELS = {7: (1, "pancreas"), 5: (2, "liver"), 1: (3, "spleen")}
RESEARCH_USE = "Research use only, not for diagnosis."


def write_labels(source: pathlib.Path, target: pathlib.Path) -> None:
    """The organs of `source` with the cohort's values, in the array order that the image has after reading."""
    image = nibabel.load(source)
    values = np.rint(np.asarray(image.dataobj)).astype(np.int32)
    mapped = np.zeros(values.shape, np.uint8)
    for value, (ours, _) in LABELS.items():
        mapped[values == value] = ours
    nibabel.save(nibabel.Nifti1Image(mapped, image.affine), target)


def dicom_grid_labels(source: pathlib.Path, target: pathlib.Path) -> None:
    """As `write_labels`, with x towards left, y towards posterior, z towards superior: the order of the DICOM reader."""
    write_labels(source, target)
    image = nibabel.load(target)
    wanted = orientations.axcodes2ornt(("L", "P", "S"))
    turn = orientations.ornt_transform(orientations.io_orientation(image.affine), wanted)
    turned = image.as_reoriented(turn)
    nibabel.save(nibabel.Nifti1Image(np.asarray(turned.dataobj), turned.affine), target)


def nrrd_to_nifti(source: pathlib.Path, target: pathlib.Path) -> None:
    """Whole HU on the same grid; NRRD's LPS becomes NIfTI's RAS."""
    voxels, header = nrrd.read(str(source))
    if header["space"] != "left-posterior-superior":
        raise SystemExit(f"{source}: space is {header['space']}, expected left-posterior-superior")
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(header["space directions"]).T
    affine[:3, 3] = header["space origin"]
    affine = np.diag([-1, -1, 1, 1]) @ affine
    nibabel.save(nibabel.Nifti1Image(voxels.astype(np.int16), affine), target)


def describe(folder: pathlib.Path, name: str, data: str, cases: list[dict]) -> None:
    """Writes cohort.json."""
    full = [
        {"set": "test", "fold": None, "source": None, "seed": None, "corruption": None, "original": None,
         "sha256": None, **case}
        for case in cases
    ]
    labels = [{"name": label, "value": value} for value, label in LABELS.values()]
    (folder / "cohort.json").write_text(json.dumps(
        {"schema": "org.islet.cohort/1", "name": name, "data": data, "research_use": RESEARCH_USE, "labels": labels,
         "cases": full}, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for argument in ("reference", "slicerio", "output"):
        parser.add_argument(argument, type=pathlib.Path)
    options = parser.parse_args()
    reference, output = options.reference, options.output

    labelled = output / "labelled"
    cases = []
    for name, image, labels in [
        ("example_ct", "example_ct.nii.gz", "example_seg_fast_force_split.nii.gz"),
        ("example_ct_dicom", "example_ct_dicom", "example_seg_dicom.nii.gz"),
    ]:
        folder = labelled / name
        folder.mkdir(parents=True, exist_ok=True)
        source = reference / image
        if source.is_dir():
            shutil.copytree(source, folder / "ct", dirs_exist_ok=True)
            dicom_grid_labels(reference / labels, folder / "labels.nii.gz")
            place = "ct"
        else:
            shutil.copy(source, folder / "ct.nii.gz")
            write_labels(reference / labels, folder / "labels.nii.gz")
            place = "ct.nii.gz"
        cases.append({"id": name, "image": f"{name}/{place}", "labels": f"{name}/labels.nii.gz"})
    describe(labelled, "real CTs with pseudo-labels", "pseudo-labels", cases)

    unlabelled = output / "unlabelled"
    for name in ("aorta_cta", "ct_chest_4"):
        (unlabelled / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(reference / "aorta_report/example_ct.nii.gz", unlabelled / "aorta_cta/ct.nii.gz")
    nrrd_to_nifti(options.slicerio / "CTChest4.nrrd", unlabelled / "ct_chest_4/ct.nii.gz")


if __name__ == "__main__":
    main()
