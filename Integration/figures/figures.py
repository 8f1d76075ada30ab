#!/usr/bin/env python3
"""Measures the first weights through the plugin and prints the table of their phantoms in docs/figures.md.

usage: figures.py ISLET [PHANTOM_FOLDER]

ISLET is the staged harness; PHANTOM_FOLDER may hold more phantoms <seed>: phantom-<seed>-ct.nii.gz and -labels.nii.gz.
DSC is computed on the CT's own grid, masks and labels brought together by their affines.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIEWS = {"sagittal": 2, "coronal": 1, "axial": 4}
PHANTOM_BUNDLE = "pancreas-phantom-native-0.1.0.islet"


def dice(a, b):
    total = a.sum() + b.sum()
    return 2 * (a & b).sum() / total if total else 1.0


def canonical(path):
    return nibabel.as_closest_canonical(nibabel.load(path))


class Run:
    """One segmentation through the harness."""

    def __init__(self, islet, ct, bundle, *options):
        with tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / "result"
            status = subprocess.run([islet, "segment", ct, "--bundle", ROOT / "Models" / bundle, "--output", output,
                                     "--quiet", "--view-masks", *options]).returncode
            # 6: nothing found, which is a result too.
            assert status in (0, 6), status
            self.result = json.loads((output / "result.json").read_text())
            mask = canonical(output / "mask.nii.gz")
            self.affine = mask.affine
            self.mask = np.asarray(mask.dataobj) > 0
            self.views = np.rint(np.asarray(canonical(output / "views.nii.gz").dataobj)).astype(np.uint8)

    def dsc(self, labels, value):
        truth = canonical(labels)
        assert truth.shape == self.mask.shape and np.allclose(truth.affine, self.affine, atol=0.01), labels
        truth = np.rint(np.asarray(truth.dataobj)) == value
        views = {name: dice(self.views & bit != 0, truth) for name, bit in VIEWS.items()}
        return dice(self.mask, truth), views, int(truth.sum())


def phantom_table(islet, folders):
    print("Synthetic phantoms, native grid, DSC against their own labels\n")
    print("| phantom | views S / C / A | coarse | final | rounds | d(1), d(2), d(3) | truth, voxels |")
    print("|---|---|---|---|---|---|---|")
    for ct in sorted(path for folder in folders for path in folder.glob("phantom-*-ct.nii.gz")):
        labels = ct.with_name(ct.name.replace("-ct.", "-labels."))
        coarse, views, truth = Run(islet, ct, PHANTOM_BUNDLE, "--rounds", "0").dsc(labels, 1)
        final = Run(islet, ct, PHANTOM_BUNDLE)
        three = Run(islet, ct, PHANTOM_BUNDLE, "--rounds", "3", "--threshold", "1")
        d = " ".join(f"{r['dsc_to_previous']:.4f}" for r in three.result["rounds"])
        print(f"| {ct.name.split('-')[1]} | {' / '.join(f'{v:.4f}' for v in views.values())} | {coarse:.4f} "
              f"| {final.dsc(labels, 1)[0]:.4f} | {len(final.result['rounds'])} | {d} | {truth} |", flush=True)


def main():
    phantom_table(sys.argv[1], [ROOT / "Integration/data", *map(pathlib.Path, sys.argv[2:])])


if __name__ == "__main__":
    main()
