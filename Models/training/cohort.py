"""Reads a cohort folder and keeps its cases on the working grid as .npz files.

A cohort is a folder with `cohort.json`, or any folder whose sub-folders hold ct.nii.gz and labels.nii.gz.
`python cohort.py COHORT CACHE` prepares it; run.py does so by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from grid import Grid, WorkingVolume, working_volume

SCHEMA = "org.islet.cohort/1"
"""The one schema that is read."""

CANONICAL_LABELS = {"pancreas": 1, "liver": 2, "spleen": 3, "left kidney": 4, "right kidney": 5, "aorta": 6}
"""Values of the organs in cohorts that do not say theirs (Sources/Phantom/PhantomLabel.swift)."""


class CohortError(Exception):
    """A cohort that cannot be used; the message says what, where, and what to do."""


@dataclass(frozen=True)
class Case:
    """One image with its label map."""

    name: str
    image: Path
    labels: Path
    set: str | None = None
    """"fold", "training", "calibration" or "test"; None in a folder without cohort.json."""
    fold: int | None = None
    corruption: str | None = None


@dataclass(frozen=True)
class Cohort:
    """The cases of a folder, in the order of cohort.json or by name."""

    folder: Path
    name: str
    is_synthetic: bool
    cases: list[Case]
    label_values: dict[str, int]

    def organ_value(self, organ: str) -> int:
        """The label value of an organ."""
        if organ not in self.label_values:
            known = ", ".join(sorted(self.label_values))
            raise CohortError(f"{self.folder}: no label named '{organ}'; known are {known}")
        return self.label_values[organ]

    def select(self, sets: Sequence[str] = (), folds: Sequence[int] = ()) -> list[Case]:
        """Clean cases of these sets, or of these folds; cases of a folder without sets belong to every set."""
        return [
            case
            for case in self.cases
            if case.corruption is None
            and ((case.set is None and not folds) or case.set in sets or (folds and case.fold in folds))
        ]


def read_cohort(folder: Path) -> Cohort:
    """The cohort in `folder`; throws CohortError with one sentence when it is none."""
    description = folder / "cohort.json"
    if description.is_file():
        return _described_cohort(folder, description)
    if not folder.is_dir():
        raise CohortError(f"{folder}: not a folder; name one with cohort.json or with a sub-folder for each case")
    cases = [
        Case(child.name, child / "ct.nii.gz", child / "labels.nii.gz")
        for child in sorted(folder.iterdir())
        if (child / "ct.nii.gz").is_file() and (child / "labels.nii.gz").is_file()
    ]
    if not cases:
        raise CohortError(f"{folder}: neither cohort.json nor a sub-folder with ct.nii.gz and labels.nii.gz")
    return Cohort(folder, folder.name, False, _numbered_folds(cases), dict(CANONICAL_LABELS))


def _numbered_folds(cases: list[Case]) -> list[Case]:
    """The paper's folds where the cases are its 82 (1-20, 21-40, 41-61, 62-82 by name); else no folds."""
    if len(cases) != 82:
        return cases
    last_of_fold = (20, 40, 61, 82)
    folds = [next(fold for fold, last in enumerate(last_of_fold, 1) if index <= last) for index in range(1, 83)]
    return [Case(case.name, case.image, case.labels, "fold", fold) for case, fold in zip(cases, folds, strict=True)]


def _described_cohort(folder: Path, description: Path) -> Cohort:
    try:
        content = json.loads(description.read_text())
        if content.get("schema") != SCHEMA:
            raise CohortError(f"{description}: schema '{content.get('schema')}', expected '{SCHEMA}'; update Islet")
        cases = [
            Case(
                entry["id"],
                folder / entry["image"],
                folder / entry["labels"],
                entry["set"],
                entry.get("fold"),
                entry.get("corruption"),
            )
            for entry in content["cases"]
        ]
        labels = {entry["name"]: int(entry["value"]) for entry in content.get("labels") or []} or CANONICAL_LABELS
        return Cohort(folder, content["name"], content.get("data") == "synthetic", cases, dict(labels))
    except (KeyError, TypeError, ValueError) as error:
        raise CohortError(f"{description}: not a cohort: {error!r}; write it with 'islet cohort' again") from error


def load_case(case: Case, grid: Grid) -> WorkingVolume:
    """Reads one case and brings it to the working grid."""
    image, labels = (nibabel.load(path) for path in (case.image, case.labels))
    if image.shape != labels.shape or not np.allclose(image.affine, labels.affine, atol=1e-3):
        raise CohortError(
            f"{case.image}: {image.shape} voxels, its labels {labels.shape}, or another place in space; "
            "resample the labels onto the image"
        )
    if len(image.shape) != 3:
        raise CohortError(f"{case.image}: {len(image.shape)} dimensions, expected 3; split it into volumes")
    wanted = nibabel.orientations.axcodes2ornt(("L", "P", "S"))
    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), wanted)
    order = np.argsort(turn[:, 0])
    spacing = tuple(float(value) for value in np.linalg.norm(image.affine[:3, :3], axis=0)[order])
    voxels, values = (
        nibabel.orientations.apply_orientation(np.asanyarray(one.dataobj), turn) for one in (image, labels)
    )
    hounsfield = np.clip(np.rint(voxels), -32768, 32767).astype(np.int16)
    return working_volume(hounsfield, np.rint(values).astype(np.uint8), spacing, grid)


def _cache_file(case: Case, cache: Path) -> Path:
    folder = hashlib.sha256(str(case.image.resolve().parent).encode()).hexdigest()[:8]
    return cache / f"{case.name}-{folder}.npz"


def _stamp(case: Case, grid: Grid) -> str:
    """Changes when the grid or a file does."""
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in (case.image, case.labels)]
    return json.dumps([grid.key, files])


def cached_case(case: Case, grid: Grid, cache: Path) -> WorkingVolume:
    """The case on the working grid, from the cache where it is there and of these files."""
    file, stamp = _cache_file(case, cache), _stamp(case, grid)
    if file.is_file():
        with np.load(file) as stored:
            if str(stored["stamp"]) == stamp:
                return WorkingVolume(stored["levels"], stored["labels"])
    volume = load_case(case, grid)
    cache.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}-{os.getpid()}.npz")
    np.savez(temporary, levels=volume.levels, labels=volume.labels, stamp=stamp)
    temporary.replace(file)
    return volume


def _prepare_one(case: Case, grid: Grid, cache: Path) -> None:
    cached_case(case, grid, cache)


def prepare(cases: Sequence[Case], grid: Grid, cache: Path, processes: int = 1) -> None:
    """Fills the cache; a process a core."""
    if processes <= 1:
        for case in cases:
            _prepare_one(case, grid, cache)
        return
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_prepare_one, cases, [grid] * len(cases), [cache] * len(cases), chunksize=4))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    arguments = parser.parse_args()
    cohort = read_cohort(arguments.cohort)
    prepare(cohort.cases, Grid(), arguments.cache, arguments.processes)
    print(f"{cohort.name}: {len(cohort.cases)} cases in {arguments.cache}")
