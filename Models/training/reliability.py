#!/usr/bin/env python3
"""Whether voxel probabilities can be believed: reliability and ECE around the organ.

    reliability.py --islet BIN --cohort DIR --bundle BEFORE.islet --bundle AFTER.islet --output reliability.json

Runs `islet segment` on the cases of a set and compares the probability map with the labels in the organ's box grown by
15 mm: outside of it nearly every voxel is a certain 0 and would hide the rest. Research use only, not for diagnosis.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import nibabel
import numpy as np

from cohort import read_cohort

GROWN_BY = 15.0
BINS = 15


def cohort_cases(folder, wanted_set, clean_only, source=None):
    """(id, image, labels, corruption) of a cohort folder, with or without a cohort.json; of one source or of all."""
    root = pathlib.Path(folder)
    index = root / "cohort.json"
    if not index.exists():
        return [
            (path.name, path / "ct.nii.gz", path / "labels.nii.gz", None)
            for path in sorted(root.iterdir())
            if (path / "ct.nii.gz").exists() and (path / "labels.nii.gz").exists()
        ]
    return [
        (case["id"], root / case["image"], root / case["labels"], case.get("corruption"))
        for case in json.loads(index.read_text())["cases"]
        if case["set"] == wanted_set
        and not (clean_only and case.get("corruption"))
        and source in (None, case.get("source"))
    ]


def segment(islet, image, bundle, output):
    """Runs the harness; returns the probability map, [x, y, z]. Exit code 6 means that nothing was found."""
    command = [str(islet), "segment", str(image), "--bundle", str(bundle), "--output", str(output)]
    command += ["--quiet", "--allow-unsigned"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 6):
        raise SystemExit(f"{image}: islet ended with {done.returncode}: {done.stderr.strip()}")
    return np.asanyarray(nibabel.load(pathlib.Path(output) / "probability.nii.gz").dataobj, dtype=np.float32)


def around_organ(truth, spacing):
    """The organ's box grown by 15 mm, as slices; None without the organ."""
    if not truth.any():
        return None
    slices = []
    for axis in range(3):
        places = np.flatnonzero(truth.any(axis=tuple(a for a in range(3) if a != axis)))
        grown = int(np.ceil(GROWN_BY / spacing[axis]))
        slices.append(slice(max(0, places[0] - grown), min(truth.shape[axis], places[-1] + 1 + grown)))
    return tuple(slices)


def pairs(islet, cases, bundle, value):
    """(id, corruption, probabilities, truths) in the grown boxes."""
    with tempfile.TemporaryDirectory() as folder:
        for identifier, image, labels, corruption in cases:
            file = nibabel.load(labels)
            truth = np.asanyarray(file.dataobj) == value
            box = around_organ(truth, file.header.get_zooms()[:3])
            if box is None:
                continue
            probability = segment(islet, image, bundle, pathlib.Path(folder) / "result")
            yield identifier, corruption, probability[box].ravel(), truth[box].ravel()


def histogram(probability, truth):
    """Voxels, summed probability and organ voxels of each bin."""
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    return np.array(
        [
            np.bincount(bins, minlength=BINS),
            np.bincount(bins, weights=probability, minlength=BINS),
            np.bincount(bins, weights=truth, minlength=BINS),
        ],
        dtype=float,
    )


def expected_calibration_error(table):
    """Mean |mean probability - share of organ| over the bins, by their voxels."""
    count, probability, organ = table
    return float(np.abs(probability - organ).sum() / max(count.sum(), 1))


def cross_entropy(probability, truth):
    """Mean negative log likelihood, nats; probabilities come in steps of 1/255."""
    p = np.clip(probability, 1 / 510, 1 - 1 / 510)
    return float(-np.where(truth, np.log(p), np.log(1 - p)).mean())


def measure(options):
    cases = cohort_cases(options.cohort, options.set, options.clean, options.source)
    value = read_cohort(pathlib.Path(options.cohort)).organ_value(options.organ)
    result = {"schema": "org.islet.reliability/1", "grown_by_mm": GROWN_BY, "bins": BINS, "bundles": []}
    for bundle in options.bundle:
        total, entries, losses = np.zeros((3, BINS)), [], []
        for identifier, corruption, probability, truth in pairs(options.islet, cases, bundle, value):
            table = histogram(probability, truth)
            total += table
            losses.append(cross_entropy(probability, truth))
            entries.append({"id": identifier, "corruption": corruption, "ece": expected_calibration_error(table)})
        result["bundles"].append(
            {
                "bundle": pathlib.Path(bundle).name,
                "ece": expected_calibration_error(total),
                "cross_entropy": float(np.mean(losses)),
                "histogram": total.tolist(),
                "cases": entries,
            }
        )
        print(f"{pathlib.Path(bundle).name}: ECE {result['bundles'][-1]['ece']:.4f} over {len(entries)} cases")
    pathlib.Path(options.output).write_text(json.dumps(result, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--islet", required=True, help="the harness")
    parser.add_argument("--cohort", required=True, help="a cohort folder")
    parser.add_argument("--set", default="test", help="which of its sets")
    parser.add_argument("--source", choices=["parametric", "atlas"], help="cases of this source alone")
    parser.add_argument("--organ", default="pancreas", help="its name in cohort.json")
    parser.add_argument("--bundle", action="append", required=True, help="may be given more than once")
    parser.add_argument("--clean", action="store_true", help="leave corrupted cases out")
    parser.add_argument("--output", required=True, help="file for the figures")
    measure(parser.parse_args())


if __name__ == "__main__":
    main()
