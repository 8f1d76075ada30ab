#!/usr/bin/env python3
"""Whether voxel probabilities can be believed: reliability and ECE around the organ, and temperatures that mend them.

    reliability.py measure --islet BIN --cohort DIR --bundle BEFORE.islet --bundle AFTER.islet --output reliability.json
    reliability.py fit --islet BIN --cohort DIR --recipe RECIPE.json --weights DIR --output temperatures.json [--write]

`measure` runs `islet segment` on the cases of a set and compares the probability map with the labels in the organ's box
grown by 15 mm: outside of it nearly every voxel is a certain 0 and would hide the rest. `fit` searches the temperatures
of the three fine networks for the smallest cross-entropy in the same boxes: one common value first, then each view.
Research use only, not for diagnosis.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import nibabel
import numpy as np

GROWN_BY = 15.0
BINS = 15


def cohort_cases(folder, wanted_set, clean_only):
    """(id, image, labels, corruption) of a cohort folder, with or without a cohort.json."""
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
        if case["set"] == wanted_set and not (clean_only and case.get("corruption"))
    ]


def segment(islet, image, bundle, output):
    """Runs the harness; returns the probability map, [x, y, z]. Exit code 6 means that nothing was found."""
    command = [str(islet), "segment", str(image), "--bundle", str(bundle), "--output", str(output), "--quiet"]
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
    cases = cohort_cases(options.cohort, options.set, options.clean)
    result = {"schema": "org.islet.reliability/1", "grown_by_mm": GROWN_BY, "bins": BINS, "bundles": []}
    for bundle in options.bundle:
        total, entries, losses = np.zeros((3, BINS)), [], []
        for identifier, corruption, probability, truth in pairs(options.islet, cases, bundle, options.label):
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


def fit(options):
    cases = cohort_cases(options.cohort, options.set, True)[: options.limit]
    recipe = json.loads(pathlib.Path(options.recipe).read_text())
    networks = [n for n in recipe["manifest"]["networks"] if n["stage"] == "fine"]
    seen = {}

    def loss(temperatures):
        """Mean cross-entropy of the cases with these temperatures of the fine networks."""
        key = tuple(sorted(temperatures.items()))
        if key not in seen:
            for network in networks:
                network["temperature"] = temperatures[network["view"]]
            with tempfile.TemporaryDirectory() as folder:
                changed, bundle = pathlib.Path(folder) / "recipe.json", pathlib.Path(folder) / "tried.islet"
                changed.write_text(json.dumps(recipe))
                command = [options.islet, "bundle", "pack", changed, "--weights", options.weights, "--output", bundle]
                subprocess.run([str(word) for word in command], check=True, capture_output=True)
                values = [cross_entropy(p, y) for _, _, p, y in pairs(options.islet, cases, bundle, options.label)]
            seen[key] = float(np.mean(values))
            print(" ".join(f"{view} {t:g}" for view, t in key), f"cross-entropy {seen[key]:.5f}", flush=True)
        return seen[key]

    views = [network["view"] for network in networks]
    common = min([0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0], key=lambda t: loss({view: t for view in views}))
    best = {view: common for view in views}
    for view in views:
        tried = [round(best[view] * factor, 3) for factor in (0.75, 1.0, 1.33)]
        best[view] = min(tried, key=lambda t: loss({**best, view: t}))
    result = {"temperatures": best, "cross_entropy": loss(best), "without": loss({view: 1.0 for view in views})}
    for network in networks:
        network["temperature"] = best[network["view"]]
    pathlib.Path(options.output).write_text(json.dumps(result, indent=1) + "\n")
    if options.write:
        pathlib.Path(options.recipe).write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run, default_set in (("measure", measure, "test"), ("fit", fit, "calibration")):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--islet", required=True, help="the harness")
        command.add_argument("--cohort", required=True, help="a cohort folder")
        command.add_argument("--set", default=default_set, help="which of its sets")
        command.add_argument("--label", type=int, default=1, help="the organ's value in the labels")
        command.add_argument("--output", required=True, help="file for the figures")
        if name == "measure":
            command.add_argument("--bundle", action="append", required=True, help="may be given more than once")
            command.add_argument("--clean", action="store_true", help="leave corrupted cases out")
        else:
            command.add_argument("--recipe", required=True)
            command.add_argument("--weights", required=True, help="folder of the weight files")
            command.add_argument("--limit", type=int, default=8, help="cases to use")
            command.add_argument("--write", action="store_true", help="write the temperatures into the recipe")
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
