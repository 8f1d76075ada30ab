#!/usr/bin/env python3
"""A page about the predicted DSC on test cases: how near it comes, what it warns of, and where it fails.

    report_confidence.py EVALUATION... --output confidence.html [--table confidence.json] [--reliability reliability.json]

Takes the estimates of the traces; with --table those of the table, for runs of a bundle without one. Nothing here was
fitted to the cases shown, unless --set names the set of the calibration. Research use only, not for diagnosis.
"""

import argparse
import html
import io
import json
import pathlib

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr

import confidence_model as model

FAILURE = 0.6
TARGETS = {"spearman": 0.8, "mae": 0.05, "coverage": (0.87, 0.93), "auroc": 0.95}
COLOURS = ["#2a6f97", "#c8553d", "#588157", "#8d6a9f", "#b08900", "#3d405b", "#7a7a7a", "#d08c60"]

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .8em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child{text-align:left}.purpose{font-weight:600}.met{color:#2d6a4f}.missed{color:#a4161a}
figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top}figcaption{max-width:440px;color:#555;font-size:13px}
svg{max-width:100%;height:auto}
"""


def auroc(scores, positive):
    """Probability that a positive case scores lower than a negative one; nan when one kind is missing."""
    low, high = scores[positive], scores[~positive]
    if not len(low) or not len(high):
        return float("nan")
    return float(((low[:, None] < high[None, :]) + 0.5 * (low[:, None] == high[None, :])).mean())


def risk_coverage(estimates, dsc):
    """Share of cases kept, surest first, and the mean 1 - DSC among them."""
    order = np.argsort(-estimates, kind="stable")
    kept = np.arange(1, len(dsc) + 1)
    return kept / len(dsc), np.cumsum(1 - dsc[order]) / kept


def figures(estimates, lower, dsc, found):
    """The measures of a group of cases. Cases without a mask predict 0 and claim no bound."""
    several = len(dsc) > 2 and np.ptp(dsc) > 0 and np.ptp(estimates) > 0
    return {
        "n": len(dsc),
        "mean_dsc": float(dsc.mean()),
        "mean_estimate": float(estimates.mean()),
        "spearman": float(spearmanr(estimates, dsc).statistic) if several else float("nan"),
        "mae": float(np.abs(estimates - dsc).mean()),
        "coverage": float((lower[found] <= dsc[found]).mean()) if found.any() else float("nan"),
        "auroc": auroc(estimates, dsc < FAILURE),
        "failures": int((dsc < FAILURE).sum()),
        "over_by_0.15": int((estimates - dsc > 0.15).sum()),
    }


def inline(figure):
    """A figure as SVG for the page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return text.getvalue()[text.getvalue().index("<svg") :]


def scatter(estimates, lower, dsc, kinds):
    figure, axes = plt.subplots(figsize=(4.6, 4.6))
    axes.plot([0, 1], [0, 1], color="#bbb", lw=1)
    for number, kind in enumerate(sorted(set(kinds), key=lambda k: (k != "clean", k))):
        chosen = kinds == kind
        colour = COLOURS[number % len(COLOURS)]
        axes.vlines(estimates[chosen], lower[chosen], estimates[chosen], color=colour, lw=0.6, alpha=0.4)
        axes.scatter(estimates[chosen], dsc[chosen], s=16, color=colour, label=kind, alpha=0.85)
    axes.set(xlabel="predicted DSC (line: down to the lower bound)", ylabel="DSC", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(fontsize=7, frameon=False, loc="upper left")
    return inline(figure)


def risk_plot(estimates, dsc):
    figure, axes = plt.subplots(figsize=(4.6, 3.2))
    kept, risk = risk_coverage(estimates, dsc)
    _, ideal = risk_coverage(dsc, dsc)
    axes.plot(kept, risk, color=COLOURS[0], label="by predicted DSC")
    axes.plot(kept, ideal, color="#999", ls="--", lw=1, label="by the DSC itself")
    axes.axhline(float((1 - dsc).mean()), color="#ddd", lw=1, label="in any order")
    axes.set(xlabel="share of cases kept, surest first", ylabel="mean 1 - DSC among them", xlim=(0, 1), ylim=(0, None))
    axes.legend(fontsize=8, frameon=False)
    return inline(figure)


def reliability_plot(reliability):
    figure, axes = plt.subplots(figsize=(4.6, 4.2))
    axes.plot([0, 1], [0, 1], color="#bbb", lw=1)
    for number, bundle in enumerate(reliability["bundles"]):
        count, probability, organ = np.array(bundle["histogram"])
        filled = count > 0
        axes.plot(
            probability[filled] / count[filled],
            organ[filled] / count[filled],
            "o-",
            ms=3,
            color=COLOURS[number % len(COLOURS)],
            label=f"{bundle['bundle']}: ECE {bundle['ece']:.4f}",
        )
    axes.set(xlabel="probability of the voxel", ylabel="share of such voxels in the organ", xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=7, frameon=False)
    return inline(figure)


def table(header, rows):
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def judged(name, value):
    """A figure with the target it meets or misses."""
    target = TARGETS[name]
    met = {
        "spearman": lambda: value >= target,
        "auroc": lambda: value >= target,
        "mae": lambda: value <= target,
        "coverage": lambda: target[0] <= value <= target[1],
    }[name]()
    words = {
        "spearman": f"at least {TARGETS['spearman']}",
        "auroc": f"at least {TARGETS['auroc']}",
        "mae": f"at most {TARGETS['mae']}",
        "coverage": "0.90 ± 0.03",
    }[name]
    return f'<span class="{"met" if met else "missed"}">{value:.3f} ({"met" if met else "missed"})</span>', words


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluations", nargs="+", help="folders of `islet evaluate`")
    parser.add_argument("--set", default="test", help="the cohort's set that is shown")
    parser.add_argument("--output", required=True, help="the page; figures go beside it as JSON")
    parser.add_argument("--table", help="a table, for runs of a bundle without one")
    parser.add_argument("--reliability", help="what reliability.py measured")
    parser.add_argument("--data", default="synthetic", help="what the cases are")
    options = parser.parse_args()
    cases = model.read_cases(options.evaluations, options.set)
    given = json.loads(pathlib.Path(options.table).read_text()) if options.table else None

    def prediction(case):
        """(estimate, bound); None for a case in which nothing was found."""
        if given:
            return model.predict(given, case.features)
        if case.confidence is None:
            raise SystemExit(f"{case.id}: its bundle had no calibration; name a --table")
        if case.confidence.get("estimate") is None:
            return None
        return case.confidence["estimate"], case.confidence["lower_90"]

    predictions = [prediction(case) for case in cases]
    found = np.array([p is not None for p in predictions])
    estimates = np.array([p[0] if p else 0.0 for p in predictions])
    lower = np.array([p[1] if p else 0.0 for p in predictions])
    dsc = np.array([case.dsc for case in cases])
    kinds = np.array([case.corruption or "clean" for case in cases])
    whole = figures(estimates, lower, dsc, found)

    groups = [("all", np.ones(len(cases), bool)), ("clean", kinds == "clean"), ("corrupted", kinds != "clean")]
    groups += [(kind, kinds == kind) for kind in sorted(set(kinds) - {"clean"})]
    measured = {name: figures(estimates[g], lower[g], dsc[g], found[g]) for name, g in groups if g.any()}
    flags = sorted({flag for case in cases for flag in case.flags} - {"unsigned-bundle", "no-confidence"})
    rows = [
        [html.escape(name), m["n"], f"{m['mean_dsc']:.3f}", f"{m['mean_estimate']:.3f}", f"{m['mae']:.3f}"]
        + [f"{m[key]:.2f}" if np.isfinite(m[key]) else "–" for key in ("coverage", "spearman", "auroc")]
        + [m["failures"], m["over_by_0.15"]]
        for name, m in measured.items()
    ]
    flag_rows = [
        [html.escape(name)] + [sum(flag in cases[i].flags for i in np.flatnonzero(g)) or "" for flag in flags]
        for name, g in groups[1:]
        if g.any() and name != "corrupted"
    ]
    worst = sorted(range(len(cases)), key=lambda i: dsc[i] - estimates[i])[:8]
    worst_rows = [
        [html.escape(cases[i].id), html.escape(kinds[i]), f"{dsc[i]:.3f}", f"{estimates[i]:.3f}", f"{lower[i]:.3f}"]
        + ["; ".join(html.escape(r["sentence"]) for r in (cases[i].confidence or {}).get("reasons", []))]
        for i in worst
    ]
    plots = [
        (scatter(estimates, lower, dsc, kinds), "Each point is a case; below the diagonal the prediction was too good."),
        (risk_plot(estimates, dsc), "What is left of the error when only the surest cases are kept."),
    ]
    summary = {"set": options.set, "data": options.data, "groups": measured}
    reliability_text = ""
    if options.reliability:
        reliability = json.loads(pathlib.Path(options.reliability).read_text())
        plots.append((reliability_plot(reliability), "Voxel probabilities in the organ's box grown by 15 mm."))
        summary["reliability"] = {b["bundle"]: {"ece": b["ece"]} for b in reliability["bundles"]}
        reliability_text = table(
            ["Bundle", "ECE", "Cross-entropy", "Cases"],
            [
                [html.escape(b["bundle"]), f"{b['ece']:.4f}", f"{b['cross_entropy']:.4f}", len(b["cases"])]
                for b in reliability["bundles"]
            ],
        )
    goals = [
        [label, *judged(name, whole[name])]
        for name, label in (
            ("spearman", "Spearman correlation"),
            ("mae", "Mean absolute error"),
            ("coverage", "Share of cases above their lower bound"),
            ("auroc", f"AUROC of finding DSC below {FAILURE}"),
        )
    ]
    pictures = "".join(f"<figure>{svg}<figcaption>{caption}</figcaption></figure>" for svg, caption in plots)
    originals = len({case.original for case in cases})
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Predicted DSC</title><style>{STYLE}</style></head><body>
<p class="purpose">Research use only, not for diagnosis.</p>
<h1>Predicted DSC</h1>
<p>{len(cases)} {html.escape(options.data)} cases of the set {html.escape(options.set)} ({originals} originals and their
corrupted variants). In {int((~found).sum())} of them nothing was found; they count as a prediction of 0 and claim no
bound.</p>
<h2>Against the targets</h2>{table(["Measure", "Found", "Target"], goals)}
<p>{pictures}</p>
<h2>By corruption</h2>
{table(["Cases", "n", "DSC", "Predicted", "MAE", "Coverage", "Spearman", "AUROC", f"DSC < {FAILURE}",
"Too high by > 0.15"], rows)}
<h2>Flags by corruption</h2>{table(["Cases", *flags], flag_rows)}
<h2>The most over-confident cases</h2>{table(["Case", "Kind", "DSC", "Predicted", "Bound", "Reasons"], worst_rows)}
{"<h2>Voxel probabilities</h2>" + reliability_text if reliability_text else ""}
<p>How the prediction is made: docs/confidence.md.</p>
<p class="purpose">Research use only, not for diagnosis.</p></body></html>
"""
    pathlib.Path(options.output).write_text(page)
    if not given and any(p for p in predictions):
        summary["note"] = "estimates are those of the plugin"
    pathlib.Path(options.output).with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n")
    print(json.dumps({key: round(value, 4) for key, value in whole.items()}))


if __name__ == "__main__":
    main()
