#!/usr/bin/env python3
"""Makes the label map that synthetic CT is drawn from: make_atlas.py REFERENCE_FILES OUTPUT_FOLDER

REFERENCE_FILES is tests/reference_files of the source package TotalSegmentator 2.18.0 (PyPI; Integration/figures
fetches it). Read are example_seg_fast_force_split.nii.gz, the pseudo-labels of 61 structures, and example_ct.nii.gz,
to give a tissue to the voxels that have no label. OUTPUT_FOLDER gets labels.nii.gz and table.json.

Needs nibabel, numpy and scipy. The same input gives the same bytes.
"""

import gzip
import io
import json
import pathlib
import sys

import nibabel
import numpy
from scipy import ndimage

FAT, SOFT, BONE, AIR = 200, 201, 202, 203

STOMACH = {"gas": 0.2, "fluid": 0.2, "contrast": 0.12, "food": 0.18, "empty": 0.1, "mixed": 0.2}
BOWEL = {"gas": 0.12, "fluid": 0.26, "contrast": 0.12, "food": 0.16, "empty": 0.2, "mixed": 0.14}
COLON = {"gas": 0.3, "food": 0.3, "contrast": 0.1, "mixed": 0.3}

# id: name, label in the truth, role, HU without contrast medium, HU in the portal phase, sd between cases, texture.
# The means were set by hand near usual values and near what was measured in two CTs of the same package, example_ct
# (native) and example_ct_dicom (contrast): a weak leak, which whoever measures on those two has to mention.
SINGLE_CLASSES = {
    1: ("spleen", 3, "organ", 45, 115, 9, 4),
    2: ("right kidney", 5, "kidney", 33, 175, 14, 8),
    3: ("left kidney", 4, "kidney", 33, 175, 14, 8),
    4: ("gallbladder", 15, "gallbladder", 8, 10, 6, 2),
    5: ("liver", 2, "liver", 55, 103, 11, 4),
    6: ("stomach", 9, "hollow", 38, 80, 12, 6),
    7: ("pancreas", 1, "pancreas", 34, 95, 14, 8),
    8: ("right adrenal gland", 0, "organ", 28, 70, 10, 4),
    9: ("left adrenal gland", 0, "organ", 28, 70, 10, 4),
    15: ("oesophagus", 0, "organ", 35, 80, 12, 6),
    18: ("small bowel", 12, "hollow", 35, 85, 12, 8),
    19: ("duodenum", 10, "hollow", 35, 88, 12, 8),
    20: ("colon", 11, "hollow", 32, 72, 12, 10),
    21: ("urinary bladder", 0, "organ", 5, 10, 6, 2),
    22: ("prostate", 0, "organ", 40, 75, 8, 4),
    51: ("heart", 0, "organ", 42, 140, 14, 6),
    52: ("aorta", 6, "artery", 42, 155, 14, 3),
    63: ("inferior vena cava", 7, "organ", 42, 115, 14, 4),
    64: ("portal and splenic vein", 8, "portal-vein", 42, 145, 14, 4),
    65: ("left iliac artery", 0, "artery", 42, 145, 16, 4),
    66: ("right iliac artery", 0, "artery", 42, 145, 16, 4),
    67: ("left iliac vein", 0, "organ", 42, 105, 16, 4),
    68: ("right iliac vein", 0, "organ", 42, 105, 16, 4),
    79: ("spinal cord", 0, "organ", 30, 32, 8, 6),
    117: ("costal cartilage", 0, "organ", 95, 95, 20, 15),
    FAT: ("fat", 0, "fat", -102, -102, 7, 9),
    SOFT: ("unlabelled soft tissue", 0, "soft", 45, 63, 9, 15),
    AIR: ("air", 0, "air", -1000, -1000, 0, 0),
}
CONTENT = {6: STOMACH, 18: BOWEL, 19: BOWEL, 20: COLON}
GROUPS = [
    ("lung", 16, "lung", range(10, 15), (-840, -840, 0, 40)),
    ("muscle", 14, "muscle", range(80, 90), (56, 62, 8, 10)),
    ("bone", 13, "bone", [BONE, *range(25, 51), *range(69, 79), *range(92, 117)], (180, 180, 40, 90)),
]


def entry(identifier, name, label, role, native, portal, sd, texture):
    result = {
        "id": identifier, "name": name, "label": label, "role": role, "native_hu": native, "portal_hu": portal,
        "sd_hu": sd, "texture_hu": texture,
    }
    if identifier in CONTENT:
        result["content"] = CONTENT[identifier]
    return result


def table():
    """The meaning of every value that the label map may hold."""
    classes = [entry(identifier, *values) for identifier, values in SINGLE_CLASSES.items()]
    for name, label, role, identifiers, hu in GROUPS:
        classes += [entry(identifier, name, label, role, *hu) for identifier in identifiers]
    classes.sort(key=lambda item: item["id"])
    return {
        "schema": "org.islet.atlas-table/1",
        "name": "TotalSegmentator 2.18.0 (total) and four tissues",
        "classes": classes,
    }


def tissues(ct, labels):
    """Fills voxels without a label by thresholds on the slightly smoothed CT."""
    smooth = ndimage.gaussian_filter(ct, 0.5)
    filled = labels.copy()
    unlabelled = labels == 0
    filled[unlabelled & (smooth <= -400)] = AIR
    filled[unlabelled & (smooth > -400) & (smooth <= -25)] = FAT
    filled[unlabelled & (smooth > -25) & (smooth < 140)] = SOFT
    filled[unlabelled & (smooth >= 140)] = BONE
    return filled


def write_nifti(path, voxels, spacing):
    """x+ to the patient's left, y+ to posterior, z+ to superior; compressed without a time stamp."""
    affine = numpy.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    image = nibabel.Nifti1Image(voxels, affine)
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = b"labels for synthetic CT; pseudo-labels, research use only"
    buffer = io.BytesIO()
    image.to_file_map({"image": nibabel.FileHolder(fileobj=buffer), "header": nibabel.FileHolder(fileobj=buffer)})
    path.write_bytes(gzip.compress(buffer.getvalue(), 9, mtime=0))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    reference, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    images = [nibabel.load(reference / f"{name}.nii.gz") for name in ("example_ct", "example_seg_fast_force_split")]
    # RAS files to LPS arrays.
    ct, labels = (numpy.asarray(nibabel.as_closest_canonical(image).dataobj)[::-1, ::-1] for image in images)
    filled = tissues(ct.astype(numpy.float32), labels.astype(numpy.uint8))
    meaning = table()
    unknown = set(numpy.unique(filled).tolist()) - {item["id"] for item in meaning["classes"]}
    if unknown:
        sys.exit(f"the label map holds {sorted(unknown)}, which the table does not name")
    output.mkdir(parents=True, exist_ok=True)
    write_nifti(output / "labels.nii.gz", filled, [float(step) for step in images[1].header.get_zooms()[:3]])
    lines = ",\n".join("    " + json.dumps(item) for item in meaning["classes"])
    text = '{\n  "schema": %s,\n  "name": %s,\n  "classes": [\n%s\n  ]\n}\n'
    (output / "table.json").write_text(text % (json.dumps(meaning["schema"]), json.dumps(meaning["name"]), lines))


if __name__ == "__main__":
    main()
