#!/usr/bin/env python3
"""Which of several trained bundles ships: the best mean DSC on the clean calibration cases, which no network saw.

    choose.py --islet .build/stage/bin/islet --cohort COHORT --output DIR [--source atlas] BUNDLE...

Give the bundles of one organ: its seeds, each with and without the component filter. Prints a table, best first, and
writes it to DIR/choice.json. Test cases and real CTs are not looked at. Research use only, not for diagnosis.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Candidate:
    """One bundle on the calibration cases; DSC as fractions."""

    bundle: str
    cases: int
    mean: float
    sd: float
    minimum: float
    coarse_mean: float
    rounds: float


def calibration_cases(cohort: Path, source: str | None) -> list[str]:
    """Ids of the clean calibration cases, of one source or of all."""
    cases = json.loads((cohort / "cohort.json").read_text())["cases"]
    return [
        case["id"]
        for case in cases
        if case["set"] == "calibration" and case["corruption"] is None and source in (None, case["source"])
    ]


def measured(cases_csv: Path, bundle: str) -> Candidate:
    """From the csv of `islet evaluate --own-settings`."""
    with cases_csv.open(newline="") as file:
        rows = list(csv.DictReader(file))
    final = [row for row in rows if row["row"] == "as-shipped"]
    scores = [float(row["dsc"]) for row in final]
    coarse = [float(row["dsc"]) for row in rows if row["row"] == "coarse"]
    return Candidate(
        bundle,
        len(scores),
        statistics.fmean(scores),
        statistics.stdev(scores),
        min(scores),
        statistics.fmean(coarse),
        statistics.fmean(float(row["rounds"]) for row in final),
    )


def best_first(candidates: list[Candidate]) -> list[Candidate]:
    """By mean, then by the worst case."""
    return sorted(candidates, key=lambda candidate: (candidate.mean, candidate.minimum), reverse=True)


def main() -> int:
    """Exit code 0: chosen; else that of `islet evaluate`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles", type=Path, nargs="+")
    parser.add_argument("--islet", required=True)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--source", choices=["parametric", "atlas"], help="default: cases of both")
    arguments = parser.parse_args()
    cases = calibration_cases(arguments.cohort, arguments.source)
    candidates = []
    for bundle in arguments.bundles:
        output = arguments.output / bundle.stem
        command = [arguments.islet, "evaluate", str(arguments.cohort), "--set", "calibration"]
        command += ["--only", ",".join(cases), "--bundle", str(bundle), "--output", str(output)]
        command += ["--own-settings", "--quiet", "--allow-unsigned"]
        result = subprocess.run(command, check=False)
        if result.returncode != 0:
            return result.returncode
        candidates.append(measured(output / "cases.csv", bundle.stem))
    ranked = best_first(candidates)
    for one in ranked:
        print(
            f"{one.bundle}: {one.mean:.3f} ± {one.sd:.3f}, min {one.minimum:.3f}, coarse {one.coarse_mean:.3f}, "
            f"{one.rounds:.1f} rounds, {one.cases} cases"
        )
    content = {"note": "Research use only, not for diagnosis.", "candidates": [asdict(one) for one in ranked]}
    (arguments.output / "choice.json").write_text(json.dumps(content, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
