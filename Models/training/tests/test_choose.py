"""Which bundle ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from choose import best_first, calibration_cases, measured

HEADER = "bundle,case,set,fold,source,corruption,truth_voxels,row,dsc,rounds,hd95_mm,surface_dsc,predicted_dsc,end\n"


def table(tmp_path: Path, scores: list[float]) -> Path:
    """A csv of `islet evaluate --own-settings`."""
    lines = [
        f"b,c{index},calibration,,atlas,,9,coarse,0.5,,,,,\n"
        f"b,c{index},calibration,,atlas,,9,as-shipped,{score},3,,,,converged\n"
        for index, score in enumerate(scores)
    ]
    file = tmp_path / f"{scores[0]}.csv"
    file.write_text(HEADER + "".join(lines))
    return file


def test_best_mean_comes_first_and_the_worst_case_breaks_a_tie(tmp_path: Path) -> None:
    candidates = [measured(table(tmp_path, scores), str(scores)) for scores in ([0.6, 0.7], [0.7, 0.9], [0.75, 0.85])]
    assert [one.bundle for one in best_first(candidates)] == ["[0.75, 0.85]", "[0.7, 0.9]", "[0.6, 0.7]"]
    assert candidates[1].mean == pytest.approx(0.8)
    assert (candidates[1].cases, candidates[1].minimum, candidates[1].coarse_mean) == (2, 0.7, 0.5)
    assert candidates[1].rounds == 3


def test_only_clean_calibration_cases_of_the_source_are_looked_at(tmp_path: Path) -> None:
    fields = [
        ("a", "calibration", None, "atlas"),
        ("b", "calibration", "noise", "atlas"),
        ("c", "test", None, "atlas"),
        ("d", "calibration", None, "parametric"),
    ]
    names = ("id", "set", "corruption", "source")
    cases = [dict(zip(names, case, strict=True)) for case in fields]
    (tmp_path / "cohort.json").write_text(json.dumps({"cases": cases}))
    assert calibration_cases(tmp_path, "atlas") == ["a"]
    assert calibration_cases(tmp_path, None) == ["a", "d"]
