"""Small cohorts for the tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import nibabel  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture
def toy_cohort(tmp_path: Path) -> Path:
    """Four cases of one bright ball in a body, 3 mm, 40 x 36 x 32 voxels; the last is for calibration."""
    folder = tmp_path / "toy"
    entries = []
    for index in range(4):
        rng = np.random.default_rng(index)
        grid = np.stack(np.meshgrid(*(np.arange(size) for size in (40, 36, 32)), indexing="ij"))
        centre = np.array([20, 18, 16]) + rng.integers(-4, 5, 3)
        ball = ((grid - centre[:, None, None, None]) ** 2).sum(0) < 36
        body = ((grid[:2] - np.array([20, 18])[:, None, None, None]) ** 2).sum(0) < 250
        hounsfield = np.where(ball, 120, np.where(body, 20, -1000)) + rng.normal(0, 10, ball.shape)
        case = folder / f"case-{index + 1:03d}"
        case.mkdir(parents=True)
        affine = np.diag([-3.0, -3.0, 3.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(hounsfield.astype(np.int16), affine), case / "ct.nii.gz")
        nibabel.save(nibabel.Nifti1Image(ball.astype(np.uint8), affine), case / "labels.nii.gz")
        is_last = index == 3
        entries.append(
            {
                "id": case.name,
                "set": "calibration" if is_last else "training",
                "fold": None,
                "image": f"{case.name}/ct.nii.gz",
                "labels": f"{case.name}/labels.nii.gz",
            }
        )
    description = {
        "schema": "org.islet.cohort/1",
        "name": "toy",
        "data": "synthetic",
        "labels": [{"name": "pancreas", "value": 1}],
        "cases": entries,
    }
    (folder / "cohort.json").write_text(json.dumps(description))
    return folder
