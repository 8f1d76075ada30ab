"""The confidence table: prediction by hand, monotone curves, coverage on made-up cases."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import calibrate  # noqa: E402
import confidence_model as model  # noqa: E402
import numpy as np  # noqa: E402
import reliability  # noqa: E402
import report_confidence  # noqa: E402

TABLE = {
    "intercept": -2.0,
    "terms": [
        {"feature": "view_agreement_mean", "worst": 0.2, "best": 0.9, "weight": 4.0, "usual": 0.8},
        {"feature": "entropy_per_voxel", "worst": 2.0, "best": 0.1, "weight": 2.0, "usual": 0.4},
    ],
    "link": "logistic",
    "calibration": [[0, 0], [0.5, 0.4], [1, 0.95]],
    "lower_90": [[0, 0], [0.5, 0.2], [1, 0.9]],
    "references": [{"feature": "volume_ml", "low": 40.0, "high": 200.0}],
}


def made_up_cases(seed: int, patients: int) -> list[model.Case]:
    """Cases whose features follow their DSC with noise; three of four variants are spoilt."""
    random = np.random.default_rng(seed)
    cases = []
    for patient in range(patients):
        for variant in (None, "noise", "organ-cut", "metal"):
            dsc = float(np.clip(0.88 * (1 - (random.beta(1, 1) if variant else 0)) + 0.02 * random.normal(), 0, 0.97))
            features = {
                "volume_ml": 80 * np.exp(0.1 * random.normal()),
                "view_agreement_mean": np.clip(0.2 + 0.75 * dsc + 0.05 * random.normal(), 0, 1),
                "soft_dsc": np.clip(0.5 + 0.5 * dsc + 0.04 * random.normal(), 0, 1),
                "entropy_per_voxel": max(2 - 1.9 * dsc + 0.2 * random.normal(), 0),
                "body_width_mm": 300 + 10 * random.normal(),
                "border_contact": 0.0,
            }
            name = f"case-{patient:03d}"
            subject = {"id": f"{name}-{variant}", "set": "test", "corruption": variant, "original": name}
            record = {"case": subject, "default_run": {"quality": {"dsc": dsc}}}
            cases.append(model.Case({**record, "trace": {"confidence_features": features}}))
    return cases


def test_prediction_is_that_of_the_plugins_test() -> None:
    estimate, lower = model.predict(
        TABLE, {"volume_ml": 80, "view_agreement_mean": 0.55, "entropy_per_voxel": 0.1}
    )
    assert abs(estimate - (0.4 + (0.8807970779778823 - 0.5) / 0.5 * 0.55)) < 1e-12
    assert abs(lower - (0.2 + (estimate - 0.5) / 0.5 * 0.7)) < 1e-12
    best = {"view_agreement_mean": 0.9, "entropy_per_voxel": 0.1}
    assert abs(model.predict(TABLE, {"volume_ml": 10, **best})[0] - 2 * 10 / 50) < 1e-12
    assert abs(model.predict(TABLE, {"volume_ml": 600, **best})[0] - 2 * 200 / 800) < 1e-12
    assert model.predict(TABLE, {}) is None


def test_isotonic_regression_pools_what_falls() -> None:
    ones = np.ones(4)
    assert [y for _, y in calibrate.isotonic(np.arange(4.0), np.array([1.0, 3, 2, 4]), ones)] == [1, 2.5, 4]
    assert len(calibrate.isotonic(np.arange(4.0), np.array([4.0, 3, 2, 1]), ones)) == 1


def test_conformal_quantile_is_the_rank_of_its_formula() -> None:
    values = np.arange(1.0, 20)
    assert calibrate.conformal_quantile(values, 0.9) == 18
    assert calibrate.conformal_quantile(values[:5], 0.9) == 5


def test_table_of_made_up_cases_is_monotone_and_keeps_its_promise() -> None:
    table, summary = calibrate.calibrate(made_up_cases(1, 30), "made up")
    for name in ("calibration", "lower_90"):
        knots = np.array(table[name])
        assert (np.diff(knots[:, 0]) > 0).all() and (np.diff(knots[:, 1]) >= 0).all()
    assert all(term["weight"] > 0 for term in table["terms"])
    bounds = np.array(table["lower_90"])
    assert (bounds[:, 1] <= bounds[:, 0]).all()
    fresh = made_up_cases(2, 60)
    predictions = np.array([model.predict(table, case.features) for case in fresh])
    dsc = np.array([case.dsc for case in fresh])
    assert np.abs(predictions[:, 0] - dsc).mean() < 0.05
    assert 0.85 <= (predictions[:, 1] <= dsc).mean() <= 0.95
    assert abs(summary["held_out_coverage"] - 0.9) < 0.03


def test_variants_of_a_patient_share_a_fold() -> None:
    cases = made_up_cases(3, 12)
    folds = calibrate.folds_of(cases, 5)
    assert all(len({folds[i] for i, c in enumerate(cases) if c.original == name}) == 1 for name in {"case-003"})
    assert set(folds) == set(range(5))


def test_calibration_error_of_perfect_and_of_wrong_probabilities() -> None:
    probability = np.repeat([0.1, 0.9], 1000)
    truth = np.concatenate([np.arange(1000) < 100, np.arange(1000) < 900])
    assert reliability.expected_calibration_error(reliability.histogram(probability, truth)) < 1e-9
    wrong = reliability.expected_calibration_error(reliability.histogram(1 - probability, truth))
    assert abs(wrong - 0.8) < 1e-9


def test_auroc_counts_pairs() -> None:
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    assert report_confidence.auroc(scores, np.array([True, True, False, False])) == 0.75
    assert np.isnan(report_confidence.auroc(scores, np.zeros(4, bool)))
