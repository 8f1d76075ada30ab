"""The confidence table of a bundle in Python: reading cases, derived features, prediction.

A second writing of Sources/Confidence for calibration and evaluation; report_confidence.py compares the two on every
case. docs/confidence.md explains the numbers. Research use only, not for diagnosis.
"""

import json
import math
import pathlib

import numpy as np

# Limits that hold for every CT of a body; a bundle's references replace them (InputChecks.swift).
LIMITS = {
    "bone_posterior": (0.4, None),
    "lung_superior": (-0.2, None),
    "solid_right": (-0.2, None),
    "constant_slices": (None, 0.0),
    "repeated_slices": (None, 0.0),
    "slice_jump": (None, 3.0),
}

# Which kind of doubt a feature outside its range raises.
KINDS = {
    "bone_posterior": "orientation-doubtful",
    "lung_superior": "orientation-doubtful",
    "solid_right": "orientation-doubtful",
    "bone_share": "wrong-body-part",
    "lung_share": "wrong-body-part",
    "solid_share": "wrong-body-part",
    "body_width_mm": "wrong-body-part",
    "body_depth_mm": "wrong-body-part",
    "extent_across_mm": "field-of-view",
    "extent_deep_mm": "field-of-view",
    "extent_along_mm": "field-of-view",
    "constant_slices": "slices-doubtful",
    "repeated_slices": "slices-doubtful",
    "slice_jump": "slices-doubtful",
    "noise_hu": "image-quality",
    "fat_hu": "image-quality",
    "metal_ml": "image-quality",
}


class Case:
    """One evaluated case: its truth (DSC of the run) and what the run's trace says."""

    def __init__(self, record):
        subject = record["case"]
        self.id = subject["id"]
        self.set = subject.get("set")
        self.corruption = subject.get("corruption")
        self.original = subject.get("original") or self.id
        self.dsc = float(record["default_run"]["quality"]["dsc"])
        self.truth_voxels = record.get("truth_voxels", 1)
        trace = record["trace"]
        self.features = {name: float(value) for name, value in trace["confidence_features"].items()}
        self.confidence = trace.get("confidence")
        self.flags = trace.get("flags", [])

    @property
    def found(self):
        """Whether there is a mask to judge."""
        return "volume_ml" in self.features

    @property
    def says_something(self):
        """False where nothing was found and nothing is: there is no DSC to predict."""
        return self.found or self.truth_voxels > 0


def read_cases(folders, wanted_set=None):
    """Every case of evaluation folders (OUTPUT, or OUTPUT/cases), by id, those of one set, if named.

    Cases without the organ in which nothing was found are left out.
    """
    cases = []
    for folder in folders:
        root = pathlib.Path(folder)
        root = root / "cases" if (root / "cases").is_dir() else root
        files = sorted(root.glob("*.json"))
        if not files:
            raise SystemExit(f"{folder}: no case found, expected the JSON files that `islet evaluate` writes")
        cases += [Case(json.loads(file.read_text())) for file in files]
    cases = [case for case in cases if case.says_something and (wanted_set is None or case.set == wanted_set)]
    if not cases:
        raise SystemExit(f"no case of the set {wanted_set!r} in {', '.join(map(str, folders))}")
    return cases


def ranges(references):
    """Reference ranges by feature, from the table's list, with the limits for all bundles below them."""
    return {**LIMITS, **{r["feature"]: (r.get("low"), r.get("high")) for r in references}}


def outside(value, bounds):
    """How far a value lies outside a range, in widths of the range; in its own units where one end is open."""
    low, high = bounds
    distance = (max(0.0, low - value) if low is not None else 0.0) + (
        max(0.0, value - high) if high is not None else 0.0
    )
    return distance / (high - low) if low is not None and high is not None and high > low else distance


def findings(features, references):
    """Kinds of doubt about the input and the features that raise them."""
    if "body_width_mm" not in features:
        return {}
    usual = ranges(references)
    found = {}
    for name, kind in KINDS.items():
        if name in usual and name in features and outside(features[name], usual[name]) > 0:
            found.setdefault(kind, []).append(name)
    return found


def with_derived(features, references):
    """The features with those that follow from the reference ranges."""
    usual = {r["feature"]: (r.get("low"), r.get("high")) for r in references}
    full = dict(features)
    if "volume_ml" in features and "volume_ml" in usual:
        volume, (low, high) = features["volume_ml"], usual["volume_ml"]
        plausible = 1.0
        if low is not None and volume < low and features.get("border_contact", 0) <= 0:
            plausible = 2 * volume / (volume + low)
        elif high is not None and volume > high:
            plausible = 2 * high / (volume + high)
        full["volume_plausibility"] = plausible
    if "hu_mean" in features and "hu_mean" in usual:
        full["hu_outside"] = outside(features["hu_mean"], usual["hu_mean"])
    full["input_findings"] = float(len(findings(features, references)))
    return full


def share(term, value):
    """0 at the term's worst value, 1 at its best, clamped."""
    return min(max((value - term["worst"]) / (term["best"] - term["worst"]), 0.0), 1.0)


def link(name, score):
    """From the score to the argument of the calibration curve."""
    return 1 / (1 + math.exp(-score)) if name == "logistic" else score


def predict(table, features):
    """(estimate, lower bound) of a run's features; None when nothing was found."""
    if "volume_ml" not in features:
        return None
    full = with_derived(features, table["references"])
    score = table["intercept"] + sum(
        term["weight"] * share(term, full.get(term["feature"], term["usual"])) for term in table["terms"]
    )
    curve, bound = np.array(table["calibration"]), np.array(table["lower_90"])
    estimate = float(np.clip(np.interp(link(table["link"], score), curve[:, 0], curve[:, 1]), 0, 1))
    estimate = min(estimate, full.get("volume_plausibility", 1.0))
    return estimate, float(min(max(np.interp(estimate, bound[:, 0], bound[:, 1]), 0.0), estimate))
