#!/usr/bin/env python3
"""Fits a bundle's confidence table to evaluated cases: clean ones and corrupted variants of them.

    calibrate.py EVALUATION... --output confidence.json [--recipe RECIPE.json] [--set calibration]

EVALUATION is a folder of `islet evaluate`. Corrupted cases must be among them: a table made from clean cases alone
predicts nothing about bad ones. Steps, all reproducible without a seed:

1. Reference ranges of image and mask from the clean cases.
2. Weights >= 0 of clamped features by least squares on the DSC or its logit, whichever predicts held-out patients better.
3. Calibration curve: isotonic regression of the DSC on held-out scores, thinned to a few knots.
4. Lower bound: cross-conformal. Folds hold whole patients (a case with all its variants), so nobody is predicted by a
   model that saw them, and every case serves both the fit and the bound: with some tens of patients, a split into two
   halves would leave too few for either.

Research use only, not for diagnosis.
"""

import argparse
import json
import pathlib

import numpy as np
from scipy.optimize import lsq_linear

import confidence_model as model

# Feature -> +1 where more is better, -1 where less is better.
CANDIDATES = {
    "view_agreement_mean": 1,
    "view_agreement_minimum": 1,
    "unanimity": 1,
    "coarse_view_agreement_mean": 1,
    "coarse_view_agreement_minimum": 1,
    "coarse_fine_dsc": 1,
    "soft_dsc": 1,
    "entropy_per_voxel": -1,
    "mean_probability": 1,
    "first_round_dsc": 1,
    "last_round_dsc": 1,
    "rounds": -1,
    "largest_component": 1,
    "border_contact": -1,
    "surface_share": -1,
    "hu_sd": -1,
    "volume_plausibility": 1,
    "hu_outside": -1,
    "input_findings": -1,
    "bone_posterior": 1,
    "lung_superior": 1,
    "solid_right": 1,
    "slice_jump": -1,
    "constant_slices": -1,
    "noise_hu": -1,
    "metal_ml": -1,
}

# Ranges made from the clean cases: feature -> (scale of the values, lowest end, highest end, room in standard deviations).
REFERENCES = {
    "volume_ml": ("log", True, True, 3.0),
    "hu_mean": ("linear", True, True, 3.0),
    "extent_along_mm": ("log", True, True, 4.0),
    "extent_across_mm": ("log", True, True, 4.0),
    "extent_deep_mm": ("log", True, True, 4.0),
    "body_width_mm": ("log", True, True, 4.0),
    "body_depth_mm": ("log", True, True, 4.0),
    "bone_share": ("log", True, True, 4.0),
    "lung_share": ("linear", False, True, 4.0),
    "solid_share": ("log", True, True, 4.0),
    "bone_posterior": ("linear", True, False, 4.0),
    "lung_superior": ("linear", True, False, 4.0),
    "solid_right": ("linear", True, False, 4.0),
    "noise_hu": ("log", True, True, 4.0),
    "fat_hu": ("linear", True, True, 4.0),
    "metal_ml": ("linear", False, True, 4.0),
    "slice_jump": ("log", False, True, 4.0),
}

# From here on anatomy lies on the side where it should not.
WRONG_SIDE = {"bone_posterior": 0.4, "lung_superior": -0.1, "solid_right": -0.1}

COVERAGE = 0.9


def references(clean):
    """Usual ranges: mean +- k standard deviations of the clean cases, never narrower than what they show."""
    found = []
    for name, (scale, has_low, has_high, k) in REFERENCES.items():
        values = np.array([case.features[name] for case in clean if name in case.features])
        if len(values) < 5:
            continue
        logarithmic = scale == "log" and (values > 0).all()
        x = np.log(values) if logarithmic else values
        spread = max(x.std(ddof=1), 1e-3 * max(abs(x).max(), 1))
        low = min(x.mean() - k * spread, x.min() - 0.5 * spread)
        high = max(x.mean() + k * spread, x.max() + 0.5 * spread)
        if logarithmic:
            low, high = np.exp(low), np.exp(high)
        # Whatever is usual, only what lies on the wrong side speaks for a wrong orientation.
        low = min(low, WRONG_SIDE.get(name, low))
        if name == "metal_ml":
            high = max(high, 1.0)
        entry = {"feature": name}
        if has_low:
            entry["low"] = rounded(low)
        if has_high:
            entry["high"] = rounded(high)
        found.append(entry)
    return found


def rounded(value):
    """Four significant digits: what the cases can tell."""
    return float(f"{value:.4g}")


def make_terms(cases, features, good):
    """Clamps and usual values; features that are missing in half of the cases or never change are left out."""
    terms = []
    for name, sign in CANDIDATES.items():
        values = np.array([f[name] for f in features if name in f])
        if len(values) < 0.5 * len(features):
            continue
        low, high = np.quantile(values, [0.02, 0.98])
        if name in ("input_findings", "constant_slices"):
            low, high = 0.0, 2.0
        if not high - low > 1e-6:
            continue
        usual_values = np.array([f[name] for f, case in zip(features, cases) if name in f and good(case)])
        usual = np.quantile(usual_values, 0.1 if sign > 0 else 0.9) if len(usual_values) else np.median(values)
        worst, best = (low, high) if sign > 0 else (high, low)
        terms.append(
            {"feature": name, "worst": rounded(worst), "best": rounded(best), "weight": 0.0, "usual": rounded(usual)}
        )
    return [term for term in terms if term["worst"] != term["best"]]


def design(terms, features):
    """Shares of every term in every case, [case, term]; an absent feature counts as a usual one."""
    return np.array([[model.share(t, f.get(t["feature"], t["usual"])) for t in terms] for f in features])


def fit_weights(shares, dsc, weights, link_name, ridge):
    """Intercept and weights >= 0 of the least squares on the DSC (identity) or on its logit (logistic)."""
    target = dsc if link_name == "identity" else np.log(np.clip(dsc, 0.02, 0.98) / (1 - np.clip(dsc, 0.02, 0.98)))
    rows, columns = shares.shape
    root = np.sqrt(weights)[:, None]
    matrix = np.vstack([np.hstack([np.ones((rows, 1)), shares]) * root, np.eye(columns + 1) * np.sqrt(ridge)])
    matrix[rows, 0] = 0  # The intercept is not shrunk.
    goal = np.concatenate([target * root[:, 0], np.zeros(columns + 1)])
    bounds = ([-np.inf] + [0] * columns, np.inf)
    solution = lsq_linear(matrix, goal, bounds=bounds).x
    return solution[0], solution[1:]


def scores(intercept, weights, shares, link_name):
    """Arguments of the calibration curve."""
    score = intercept + shares @ weights
    return 1 / (1 + np.exp(-score)) if link_name == "logistic" else score


def isotonic(x, y, weights):
    """Pool adjacent violators: the non-falling step function nearest to y, as sorted (x, value)."""
    order = np.argsort(x, kind="stable")
    blocks = []
    for index in order:
        blocks.append([y[index] * weights[index], weights[index], [x[index]]])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, weight, places = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += weight
            blocks[-1][2] += places
    return [(float(np.mean(places)), total / weight) for total, weight, places in blocks]


def curve_knots(x, y, weights, most=8):
    """A calibration curve of few knots: means of equally filled bins, pooled until they rise."""
    order = np.argsort(x, kind="stable")
    bins = [b for b in np.array_split(order, min(most, max(2, len(x) // 8))) if len(b)]
    means = [(np.average(x[b], weights=weights[b]), np.average(y[b], weights=weights[b])) for b in bins]
    mass = np.array([weights[b].sum() for b in bins])
    pooled = isotonic(np.array([m[0] for m in means]), np.array([m[1] for m in means]), mass)
    # The ends go on with the slope of the last bins, so that the best and the worst cases are not pulled inwards.
    knots = [(px, min(max(py, 0.0), 1.0)) for px, py in pooled]
    low, high = float(np.min(x)), float(np.max(x))
    if len(knots) >= 2:
        first_slope = (knots[1][1] - knots[0][1]) / (knots[1][0] - knots[0][0])
        last_slope = (knots[-1][1] - knots[-2][1]) / (knots[-1][0] - knots[-2][0])
        if low < knots[0][0] - 1e-6:
            knots.insert(0, (low, max(0.0, knots[0][1] - first_slope * (knots[0][0] - low))))
        if high > knots[-1][0] + 1e-6:
            knots.append((high, min(1.0, knots[-1][1] + last_slope * (high - knots[-1][0]))))
    return strictly_rising(knots)


def strictly_rising(knots):
    """Rounded knots whose arguments rise and whose values never fall."""
    result = []
    for x, y in knots:
        x, y = round(float(x), 5), round(float(y), 4)
        if result and x <= result[-1][0]:
            continue
        result.append([x, max(y, result[-1][1]) if result else y])
    return result


def interpolate(knots, x):
    """The curve at x."""
    table = np.array(knots)
    return np.interp(x, table[:, 0], table[:, 1])


def spread_of(estimates, residuals, at, floor=0.02):
    """How large residuals are around each estimate: a weighted mean of |residual|, wide enough to be smooth."""
    width = 0.12
    kernel = np.exp(-0.5 * ((np.asarray(at)[:, None] - estimates[None, :]) / width) ** 2)
    return np.maximum((kernel * np.abs(residuals)).sum(1) / np.maximum(kernel.sum(1), 1e-9), floor)


def conformal_quantile(values, coverage):
    """The ceil((n + 1) * coverage)-th smallest value."""
    values = np.sort(values)
    rank = int(np.ceil((len(values) + 1) * coverage))
    return float(values[min(rank, len(values)) - 1])


def lower_table(estimates, dsc):
    """Knots [estimate, bound]: estimate - q * spread(estimate), made non-falling by taking the smaller bound."""
    residuals = estimates - dsc
    spread = spread_of(estimates, residuals, estimates)
    q = max(conformal_quantile(residuals / spread, COVERAGE), 0.0)
    grid = np.linspace(0, 1, 21)
    bounds = np.clip(grid - q * spread_of(estimates, residuals, grid), 0, None)
    bounds = np.minimum.accumulate(bounds[::-1])[::-1]
    return [[round(float(g), 3), round(min(float(b), float(g)), 4)] for g, b in zip(grid, bounds)], q


def folds_of(cases, count):
    """A fold number for each case; all variants of a patient share one."""
    originals = sorted({case.original for case in cases})
    fold = {name: index % count for index, name in enumerate(originals)}
    return np.array([fold[case.original] for case in cases])


def held_out_scores(shares, dsc, weights, folds, link_name, ridge):
    """Score of every case from the weights of the other folds."""
    result = np.zeros(len(dsc))
    for fold in np.unique(folds):
        seen, held = folds != fold, folds == fold
        intercept, w = fit_weights(shares[seen], dsc[seen], weights[seen], link_name, ridge)
        result[held] = scores(intercept, w, shares[held], link_name)
    return result


def held_out_estimates(x, dsc, weights, folds, caps):
    """Estimate of every case from the curve of the other folds' held-out scores."""
    result = np.zeros(len(dsc))
    for fold in np.unique(folds):
        seen, held = folds != fold, folds == fold
        result[held] = interpolate(curve_knots(x[seen], dsc[seen], weights[seen]), x[held])
    return np.minimum(result, caps)


def calibrate(cases, note):
    """The confidence table of the manifest, and figures about how it was found."""
    clean = [case for case in cases if not case.corruption and case.found]
    if len(clean) < 5 or len(clean) == len(cases):
        raise SystemExit(f"{len(clean)} clean of {len(cases)} cases: expected at least 5 clean ones and corrupted ones")
    usual = references([case for case in clean if case.dsc >= 0.5] or clean)
    judged = [case for case in cases if case.found]
    features = [model.with_derived(case.features, usual) for case in judged]
    dsc = np.array([case.dsc for case in judged])
    caps = np.array([f.get("volume_plausibility", 1.0) for f in features])
    # Clean and corrupted cases weigh the same in all, whatever their number.
    corrupted = np.array([bool(case.corruption) for case in judged])
    weights = np.where(corrupted, 0.5 / max(corrupted.sum(), 1), 0.5 / max((~corrupted).sum(), 1)) * len(judged)
    good_limit = np.quantile(dsc[~corrupted], 0.25)
    terms = make_terms(judged, features, lambda case: not case.corruption and case.dsc >= good_limit)
    shares = design(terms, features)
    folds = folds_of(judged, min(10, len({case.original for case in judged})))

    best = None
    for link_name in ("identity", "logistic"):
        for ridge in (0.1, 1.0, 10.0):
            x = held_out_scores(shares, dsc, weights, folds, link_name, ridge)
            estimates = held_out_estimates(x, dsc, weights, folds, caps)
            error = float(np.average(np.abs(estimates - dsc), weights=weights))
            if best is None or error < best[0]:
                best = (error, link_name, ridge, x, estimates)
    error, link_name, ridge, x, estimates = best
    intercept, w = fit_weights(shares, dsc, weights, link_name, ridge)
    # The final curve is drawn over the final scores: those of held-out models differ by a shift the curve would keep.
    knots = curve_knots(scores(intercept, w, shares, link_name), dsc, weights)
    bound, q = lower_table(estimates, dsc)
    for term, weight in zip(terms, w):
        term["weight"] = round(float(weight), 4)
    table = {
        "note": note,
        "cases": len(cases),
        "intercept": round(float(intercept), 4),
        "terms": [term for term in terms if term["weight"] > 1e-3],
        "link": link_name,
        "calibration": knots,
        "lower_90": bound,
        "grades": {"high": 0.8, "moderate": 0.6},
        "references": usual,
    }
    inside = interpolate(bound, estimates) <= dsc
    summary = {
        "cases": len(cases),
        "patients": len({case.original for case in cases}),
        "clean": int((~corrupted).sum()),
        "nothing_found": len(cases) - len(judged),
        "link": link_name,
        "ridge": ridge,
        "held_out_mae": float(np.abs(estimates - dsc).mean()),
        "held_out_mae_balanced": error,
        "held_out_coverage": float(inside.mean()),
        "q": q,
    }
    return table, summary


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluations", nargs="+", help="folders of `islet evaluate`")
    parser.add_argument("--set", default="calibration", help="the cohort's set to calibrate on")
    parser.add_argument("--output", required=True, help="file for the table")
    parser.add_argument("--recipe", help="recipe that receives the table, in place")
    parser.add_argument("--data", default="synthetic", help="what the cases are, for the table's note")
    options = parser.parse_args()
    cases = model.read_cases(options.evaluations, options.set)
    patients = len({case.original for case in cases})
    kinds = sorted({case.corruption for case in cases if case.corruption})
    note = (
        f"Calibrated on {len(cases)} {options.data} cases of {patients} patients, corrupted variants "
        f"({', '.join(kinds)}) among them; says nothing about images of another kind."
    )
    table, summary = calibrate(cases, note)
    text = json.dumps(table, indent=2, sort_keys=True) + "\n"
    pathlib.Path(options.output).write_text(text)
    if options.recipe:
        path = pathlib.Path(options.recipe)
        recipe = json.loads(path.read_text())
        recipe["manifest"]["confidence"] = table
        path.write_text(json.dumps(recipe, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(summary, indent=2))
    for term in sorted(table["terms"], key=lambda term: -term["weight"]):
        print(f"{term['feature']:32s} weight {term['weight']:.3f}  {term['worst']:g} -> {term['best']:g}")


if __name__ == "__main__":
    main()
