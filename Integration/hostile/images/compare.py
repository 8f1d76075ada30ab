#!/usr/bin/env python3
"""Compares what Islet read of damaged images with what other readers read of the same bytes: compare.py REPORT FOLDER

REPORT is the JSON of islet-hostile-images, FOLDER what it kept: SEED-BASE (the damaged file), SEED.hu (int16 HU,
[z, y, x]), SEED.grid (size, spacing, origin, directions in LPS). Readers: pydicom (with OpenJPEG, libjpeg, CharLS),
nibabel, pynrrd. A case counts as
- equal: the other reader gives the same HU at the same places;
- other HU: it gives other values (a wrong success of one of the two);
- damaged codestream: the same inside a stream of the JPEG family, which has no checksum: no reader can tell;
- refused there: it gives none, or not enough to place the voxels.
Prints the counts and every case that is not equal; ends with 1 when the report has faults or a case has other HU.
"""

import json
import pathlib
import sys
import warnings

import nibabel
import nrrd
import numpy as np
import pydicom

warnings.simplefilter("ignore")


def whole(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def of_frame(data: pydicom.Dataset, frame: int, group: str, name: str):
    """An attribute from the frame's functional groups, the shared ones, or the data set."""
    for sequence in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        items = data.get(sequence) or []
        index = frame if sequence.startswith("Per") else 0
        if index < len(items) and group in items[index] and name in items[index][group].value[0]:
            return items[index][group].value[0][name].value
    return data.get(name)


def read_dicom(path: pathlib.Path):
    data = pydicom.dcmread(path)
    pixels = data.pixel_array
    frames = pixels if pixels.ndim == 3 else pixels[None]
    volumes, positions = [], []
    for index, frame in enumerate(frames):
        slope = of_frame(data, index, "PixelValueTransformationSequence", "RescaleSlope")
        intercept = of_frame(data, index, "PixelValueTransformationSequence", "RescaleIntercept")
        volumes.append(whole(frame.astype(np.float64) * float(1 if slope is None else slope)
                             + float(0 if intercept is None else intercept)))
        positions.append([float(v) for v in of_frame(data, index, "PlanePositionSequence", "ImagePositionPatient")])
    directions = [float(v) for v in of_frame(data, 0, "PlaneOrientationSequence", "ImageOrientationPatient")]
    normal = np.cross(directions[:3], directions[3:])
    order = np.argsort([np.dot(normal, p) for p in positions], kind="stable")
    return np.stack([volumes[i] for i in order]), np.array(positions[order[0]])


def read_nifti(path: pathlib.Path):
    image = nibabel.load(path)
    values = np.asarray(image.dataobj, np.float64)
    return whole(values.reshape(values.shape[:3]).transpose(2, 1, 0)), image.affine[:3, 3] * [-1, -1, 1]


def read_nrrd(path: pathlib.Path):
    values, header = nrrd.read(str(path), index_order="C")
    origin = header.get("space origin", np.zeros(3))
    signs = {"right-anterior-superior": [-1, -1, 1], "left-anterior-superior": [1, -1, 1]}.get(header.get("space"), 1)
    return whole(np.asarray(values, np.float64)), np.asarray(origin) * signs


def compare(path: pathlib.Path) -> str:
    seed = path.name.split("-")[0]
    lines = (path.parent / f"{seed}.grid").read_text().splitlines()
    size = [int(v) for v in lines[0].split()]
    ours = np.fromfile(path.parent / f"{seed}.hu", "<i2").reshape(size[::-1])
    origin = np.array([float(v) for v in lines[2].split()])
    named = path
    if not path.name.endswith(".dcm"):
        # nibabel goes by the name, the damage may have changed what is inside.
        start = path.read_bytes()[:2]
        suffix = ".nrrd" if path.name.endswith(".nrrd") else ".nii.gz" if start == b"\x1f\x8b" else ".nii"
        named = path.with_name(f"{seed}{suffix}")
        named.write_bytes(path.read_bytes())
    try:
        reader = read_dicom if path.name.endswith(".dcm") else read_nrrd if suffix == ".nrrd" else read_nifti
        theirs, their_origin = reader(named)
    except Exception as error:  # noqa: BLE001 (a refusal of whatever kind)
        return f"refused there: {type(error).__name__}: {str(error)[:100]}"
    if theirs.shape != ours.shape:
        return f"other HU: shape {theirs.shape}, islet {ours.shape}"
    if not np.array_equal(theirs, ours):
        if path.name.endswith(".dcm") and "JPEG" in pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID.name:
            return f"damaged codestream: {np.count_nonzero(theirs != ours)} voxels differ"
        return f"other HU: {np.count_nonzero(theirs != ours)} voxels differ"
    if np.abs(their_origin - origin).max() > 1e-3:
        return f"other HU: origin {their_origin}, islet {origin}"
    return "equal"


def main() -> None:
    report, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    counts: dict[str, int] = {}
    for path in sorted(folder.glob("*-*.*")):
        verdict = compare(path)
        counts[verdict.split(":")[0]] = counts.get(verdict.split(":")[0], 0) + 1
        if verdict != "equal":
            print(f"  {path.name}: {verdict}")
    result = json.loads(report.read_text())
    print(f"{report.stem}: {result['cases']} cases, verdicts {result['verdicts']}, faults {result['faults']}, longest "
          f"{result['longest_seconds']:.2f} s, largest growth {result['largest_growth_bytes'] / 2**20:.1f} MiB, largest process "
          f"{result['largest_process_bytes'] / 2**20:.0f} MiB; read by islet, others say {counts}")
    raise SystemExit(1 if result["faults"] or "other HU" in counts else 0)


if __name__ == "__main__":
    main()
