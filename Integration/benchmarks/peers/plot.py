#!/usr/bin/env python3
"""Bars of ms a slice from engine.json: plot.py engine.json [slim-engine.json] PICTURE.png"""

import json
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {"float32": "#4c72b0", "bfloat16": "#dd8452", "int8": "#55a868"}


def draw(axis, report, size):
    rows = [entry for entry in report["measurements"] if entry["size"] == size]
    names = [f"{row['engine']} {row['precision']}" for row in rows]
    times = [row["median_ms"] for row in rows]
    bars = axis.barh(range(len(rows)), times, color=[COLOURS[row["precision"]] for row in rows])
    for bar, row in zip(bars, rows):
        if row["engine"] == "islet":
            bar.set_edgecolor("black")
            bar.set_linewidth(1.8)
        axis.text(bar.get_width(), bar.get_y() + bar.get_height() / 2, f" {row['median_ms']:.3g}", va="center", size=7)
    axis.set_yticks(range(len(rows)), names, size=7)
    axis.invert_yaxis()
    axis.set_xlim(0, max(times) * 1.15)
    axis.set_title(f"{size}, {report['network']}", size=8)
    axis.set_xlabel("ms a slice (median)", size=7)
    axis.tick_params(axis="x", labelsize=7)


def main():
    reports = [json.load(open(path)) for path in sys.argv[1:-1]]
    sizes = [entry["size"] for entry in reports[0]["inputs"]]
    figure, axes = plt.subplots(len(reports), len(sizes), figsize=(5.2 * len(sizes), 3.4 * len(reports)), squeeze=False)
    for row, report in zip(axes, reports):
        for axis, size in zip(row, sizes):
            draw(axis, report, size)
    first = reports[0]
    figure.suptitle(f"{first['processor']}, {first['threads']} threads, interleaved; research use only", size=9)
    figure.tight_layout()
    figure.savefig(sys.argv[-1], dpi=110)


if __name__ == "__main__":
    main()
