#!/usr/bin/env python3
"""Runs bundles on the real CTs and prints two tables: against pseudo-labels, and where nobody drew or computed any.

usage: real_table.py ISLET OUTPUT BUNDLE...

OUTPUT/cohorts is what real_cohort.py made. Bundles of one name but for "-seed-N" are seeds of one training: their mean
and spread stand in a line of their own. "Truth" here is TotalSegmentator's output: an agreement, never an accuracy.
"""

import argparse
import collections
import json
import pathlib
import re
import statistics
import subprocess

ROUNDS_SHOWN = 4


def run(*command: object) -> None:
    """Exit code 6 is "nothing found", which is a result too."""
    status = subprocess.run([str(part) for part in command], check=False).returncode
    if status not in (0, 6):
        raise SystemExit(f"{' '.join(map(str, command))}: ended with {status}")


def predicted(trace: dict) -> str:
    """Estimate, lower bound and grade, or a dash without a calibration."""
    confidence = trace.get("confidence")
    if not confidence or confidence.get("estimate") is None:
        return confidence["grade"] if confidence else "-"
    return f"{confidence['estimate']:.2f} (>= {confidence['lower_90']:.2f}), {confidence['grade']}"


def flags(trace: dict) -> str:
    """Without the one that every unsigned bundle sets."""
    return ", ".join(flag for flag in trace["flags"] if flag != "unsigned-bundle") or "-"


def labelled_table(islet: pathlib.Path, output: pathlib.Path, bundles: list[pathlib.Path]) -> None:
    """DSC by round against pseudo-labels."""
    print("| CT | bundle | coarse | after rounds 1, 2, 3, ... | final | mL, pseudo-label mL | predicted DSC | flags |")
    print("|---|---|---|---|---|---|---|---|")
    finals = collections.defaultdict(list)
    for bundle in bundles:
        folder = output / "labelled" / bundle.stem
        run(islet, "evaluate", output / "cohorts/labelled", "--bundle", bundle, "--allow-unsigned", "--tolerance", 3,
            "--output", folder, "--quiet")
        for file in sorted((folder / "cases").glob("*.json")):
            case = json.loads(file.read_text())
            trace, final = case["trace"], case["default_run"]
            passes = [step["dsc"] for step in case["trajectory"]["passes"]][: final["rounds"] + 1]
            steps = " ".join(f"{dsc:.3f}" for dsc in passes[1 : ROUNDS_SHOWN + 1])
            more = " ..." if len(passes) > ROUNDS_SHOWN + 1 else ""
            print(f"| {case['case']['id']} | {bundle.stem} | {case['coarse']['dsc']:.3f} | {steps}{more} "
                  f"| **{final['quality']['dsc']:.3f}** | {final['volume_ml']:.1f}, {case['truth_ml']:.1f} "
                  f"| {predicted(trace)} | {flags(trace)} |", flush=True)
            family = re.sub(r"-seed-\d+", "", bundle.stem)
            finals[case["case"]["id"], family].append((case["coarse"]["dsc"], final["quality"]["dsc"]))
    print("\n| CT | bundle | seeds | coarse, mean (lowest to highest) | final, mean (lowest to highest) |")
    print("|---|---|---|---|---|")
    for (case, family), values in sorted(finals.items()):
        cells = [
            f"{statistics.mean(column):.3f} ({min(column):.3f} to {max(column):.3f})" for column in zip(*values, strict=True)
        ]
        print(f"| {case} | {family} | {len(values)} | {cells[0]} | {cells[1]} |")


def unlabelled_table(islet: pathlib.Path, output: pathlib.Path, bundles: list[pathlib.Path]) -> None:
    """What is found where nothing can be compared."""
    print("\n| CT without labels | bundle | found, mL | end, rounds | predicted DSC | flags |")
    print("|---|---|---|---|---|---|")
    for image in sorted((output / "cohorts/unlabelled").glob("*/ct.nii.gz")):
        for bundle in bundles:
            folder = output / "unlabelled" / image.parent.name / bundle.stem
            run(islet, "segment", image, "--bundle", bundle, "--allow-unsigned", "--output", folder, "--quiet")
            result = json.loads((folder / "result.json").read_text())
            print(f"| {image.parent.name} | {bundle.stem} | {result['volume_ml']:.1f} "
                  f"| {result['end']}, {len(result['rounds'])} | {predicted(result)} | {flags(result)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("islet", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("bundles", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    print("Research use only, not for diagnosis. The labels are another model's output (pseudo-labels).\n")
    labelled_table(options.islet, options.output, options.bundles)
    unlabelled_table(options.islet, options.output, options.bundles)


if __name__ == "__main__":
    main()
