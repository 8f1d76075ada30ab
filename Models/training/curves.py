"""Draws the learning curves of a run: `python curves.py OUTPUT` writes OUTPUT/curves/GROUP.{png,svg}.

A picture a group (split and seed): coarse and fine networks side by side, a line a network.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

COLOURS = {"S": "#b5452c", "C": "#2c7fb8", "A": "#3a923a"}
STYLES = ["-", "--", ":", "-."]


def read_curves(networks: Path) -> dict[str, list[dict]]:
    """Group -> its networks' curves, by name."""
    groups: dict[str, list[dict]] = defaultdict(list)
    for file in sorted(networks.glob("*/*/curve.json")):
        groups[file.parent.parent.name].append(json.loads(file.read_text()))
    return dict(groups)


def draw(group: str, curves: list[dict], folder: Path) -> list[Path]:
    """Writes one picture, as PNG and SVG."""
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    organs = sorted({" + ".join(curve["settings"]["organs"]) for curve in curves})
    for axis, stage in zip(axes, ("coarse", "fine"), strict=True):
        for curve in curves:
            settings = curve["settings"]
            if settings["stage"] != stage or not curve["points"]:
                continue
            name = " + ".join(settings["organs"])
            iterations, _, losses = zip(*curve["points"], strict=True)
            label = f"{settings['view']}, {name}"
            if curve.get("held_out"):
                label += f" (held out {', '.join(f'{value:.2f}' for value in curve['held_out']['dice'].values())})"
            style = STYLES[organs.index(name) % len(STYLES)]
            axis.plot(iterations, losses, style, color=COLOURS[settings["view"]], label=label, linewidth=1.2)
        axis.set(title=f"{stage} networks", xlabel="iterations", ylim=(0, 1))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7)
    axes[0].set_ylabel("training loss (1 - Dice, running mean)")
    figure.suptitle(
        f"{group}: {curves[0]['cohort']}, data {curves[0]['data']}. Research use only, not for diagnosis.", fontsize=9
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{group}.{kind}" for kind in ("png", "svg")]
    for file in files:
        figure.savefig(file, dpi=130, metadata={"Date": None} if file.suffix == ".svg" else None)
    pyplot.close(figure)
    return files


def main() -> int:
    """Exit code 3 when nothing was trained there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="the output folder of run.py")
    output = parser.parse_args().output
    groups = read_curves(output / "networks")
    if not groups:
        print(f"curves: {output / 'networks'}: no curve.json; run run.py first", file=sys.stderr)
        return 3
    for group, curves in groups.items():
        for file in draw(group, curves, output / "curves"):
            print(f"curves: {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
