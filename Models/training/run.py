"""Runs a plan: prepares the cohort, trains its networks side by side, packs its bundles. Skips what is done.

`python run.py plans/cohort-folds.json --cohort COHORT --output DIR --islet .build/stage/bin/islet`
Killed and started again it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cohort import CohortError, prepare, read_cohort
from plan import Plan, PlannedBundle, PlannedJob
from recipe import Card, recipe
from train import write_json

REPORT_SECONDS = 20.0


def is_done(planned: PlannedJob) -> bool:
    """Whether the network is trained with exactly these settings."""
    curve = read_curve(planned)
    return bool(curve.get("done")) and curve.get("fingerprint") == planned.job.settings.fingerprint


def read_curve(planned: PlannedJob) -> dict:
    """The network's learning curve so far; empty before the first point."""
    try:
        return json.loads((planned.job.output / "curve.json").read_text())
    except (OSError, ValueError):
        return {}


def share_done(planned: PlannedJob) -> float:
    """Share of the iterations, 0...1."""
    curve = read_curve(planned)
    if curve.get("fingerprint") != planned.job.settings.fingerprint:
        return 0.0
    return 1.0 if curve.get("done") else min(0.99, curve["iteration"] / planned.job.settings.iterations)


def expected_work(planned: PlannedJob) -> float:
    """Seconds on one core, roughly: a coarse iteration costs about four fine ones."""
    settings = planned.job.settings
    return settings.iterations * settings.batch / 8 * (0.08 if settings.stage == "coarse" else 0.02)


@dataclass
class Running:
    """A network under way."""

    planned: PlannedJob
    process: subprocess.Popen


class Queue:
    """Trains networks, `width` at a time, each in a process of its own with `threads` threads."""

    def __init__(self, jobs: list[PlannedJob], width: int, threads: int, device: str) -> None:
        self.jobs, self.width, self.threads, self.device = jobs, width, threads, device
        self.waiting = [planned for planned in jobs if not is_done(planned)]
        self.running: list[Running] = []
        self.failed: list[str] = []
        self.started = time.monotonic()
        self.share_at_start = {planned.name: share_done(planned) for planned in jobs}

    def run(self) -> None:
        """Returns when all are trained or have failed; SIGINT ends the children after their checkpoints."""
        done = len(self.jobs) - len(self.waiting)
        print(f"train: {len(self.jobs)} networks, {done} done before, {self.width} at a time", flush=True)
        reported = time.monotonic()
        try:
            while self.waiting or self.running:
                while self.waiting and len(self.running) < self.width:
                    self._start(self.waiting.pop(0))
                self._wait(1.0)
                if time.monotonic() - reported > REPORT_SECONDS:
                    self._report()
                    reported = time.monotonic()
        except KeyboardInterrupt:
            for one in self.running:
                one.process.terminate()
            for one in self.running:
                one.process.wait()
            raise

    def _start(self, planned: PlannedJob) -> None:
        job_file = planned.job.output / "job.json"
        planned.job.write(job_file)
        script = Path(__file__).with_name("train.py")
        command = [sys.executable, str(script), "--job", str(job_file)]
        command += ["--threads", str(self.threads), "--device", self.device]
        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads)}
        with (planned.job.output / "log.txt").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self.running.append(Running(planned, process))

    def _wait(self, seconds: float) -> None:
        """Waits for the first process, at most so long; then takes away all that have ended."""
        try:
            self.running[0].process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        for one in [one for one in self.running if one.process.poll() is not None]:
            self.running.remove(one)
            curve = read_curve(one.planned)
            if one.process.returncode == 0 and curve.get("done"):
                held_out = curve["held_out"]["dice"] if curve.get("held_out") else "nothing held out"
                print(
                    f"train: {one.planned.name}: {curve['seconds']:.0f} s, {curve['iterations_per_second']:.1f}/s, "
                    f"loss {curve['points'][-1][2]:.3f}, held out {held_out}, T {curve.get('temperature')}",
                    flush=True,
                )
            else:
                self.failed.append(one.planned.name)
                log = one.planned.job.output / "log.txt"
                print(f"train: {one.planned.name}: failed ({one.process.returncode}), see {log}", flush=True)

    def _report(self) -> None:
        """One line: how many, which are under way, how long still."""
        shares = {planned.name: share_done(planned) for planned in self.jobs}
        work = {planned.name: expected_work(planned) for planned in self.jobs}
        gained = sum(work[name] * (share - self.share_at_start[name]) for name, share in shares.items())
        left = sum(work[name] * (1 - share) for name, share in shares.items() if name not in self.failed)
        elapsed = time.monotonic() - self.started
        remaining = f"about {left * elapsed / gained / 60:.0f} min left" if gained > 10 else "no estimate yet"
        under_way = ", ".join(f"{one.planned.name} {shares[one.planned.name]:.0%}" for one in self.running)
        finished = sum(share == 1.0 for share in shares.values())
        print(f"train: {finished} of {len(self.jobs)} done; {under_way}; {remaining}", flush=True)


def pack(plan: Plan, bundle: PlannedBundle, output: Path, islet: str, jobs: dict[Path, PlannedJob]) -> Path:
    """Writes the recipe, gathers the six weight files and calls `islet bundle pack`."""
    folder = output / "bundles" / bundle.name
    weights = folder / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    for name, source in bundle.files.items():
        shutil.copyfile(source, weights / name)
    members = [jobs[source.parent.parent] for source in bundle.files.values()]
    recipe_file = folder / "recipe.json"
    stages = {member.job.settings.stage: member.job.settings for member in members}
    write_json(recipe(make_card(plan, bundle, members), bundle.profile, stages, temperatures(members)), recipe_file)
    file = output / "bundles" / f"{bundle.name}-{plan.version}.islet"
    subprocess.run(
        [islet, "bundle", "pack", str(recipe_file), "--weights", str(weights), "--output", str(file)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return file


def temperatures(members: list[PlannedJob]) -> dict[str, float]:
    """View letter -> temperature of the fine network, within what a manifest may say."""
    fine = [member for member in members if member.job.settings.stage == "fine"]
    fitted = {member.job.settings.view: read_curve(member).get("temperature") for member in fine}
    return {view: min(max(value, 0.05), 20.0) for view, value in fitted.items() if value is not None}


def make_card(plan: Plan, bundle: PlannedBundle, members: list[PlannedJob]) -> Card:
    """The plan's texts, filled with what the networks' curves say."""
    curves = [read_curve(member) for member in members]
    iterations = {stage: 0 for stage in ("coarse", "fine")}
    for member in members:
        settings = member.job.settings
        iterations[settings.stage] = max(iterations[settings.stage], settings.iterations)
    settings = members[0].job.settings
    measured = {
        f"{curve['settings']['stage']} {curve['settings']['view']}": curve["held_out"]["dice"][bundle.organ]
        for curve in curves
        if curve.get("held_out")
    }
    views = ", ".join(f"{name} {value:.3f}" for name, value in sorted(measured.items()))
    fields = {
        "organ": bundle.organ,
        "split": bundle.split.name,
        "seed": bundle.seed,
        "profile": bundle.profile,
        "cases": curves[0]["cases"],
        "cohort": curves[0]["cohort"],
        "coarse_iterations": iterations["coarse"],
        "fine_iterations": iterations["fine"],
        "batch": settings.batch,
        "minutes": round(sum(curve["seconds"] for curve in curves) / 60),
    }
    texts = {key: value.format(**fields) for key, value in plan.card.items() if isinstance(value, str)}
    training = texts["training"]
    if views:
        training += f" Single networks on held-out cases (boxes around the truth for fine ones), Dice: {views}."
    return Card(
        name=bundle.name,
        version=plan.version,
        organ=bundle.organ,
        description=texts["description"],
        intended_use=texts["intended_use"],
        data_source=texts["data_source"],
        training=training,
        phases=texts["phases"],
        quality=plan.card.get("quality", {}).get(bundle.name, []),
        changelog=plan.card.get("changelog", {plan.version: "First weights."}),
    )


def run(arguments: argparse.Namespace) -> int:
    """Prepares, trains, packs. 0: all bundles are there."""
    plan = Plan.read(arguments.plan)
    splits = plan.splits if arguments.fold is None else [plan.splits[arguments.fold - 1]]
    seeds = arguments.seeds or plan.seeds
    cache = arguments.cache or arguments.output / "cache"
    planned = plan.jobs(
        arguments.cohort, cache, arguments.output, splits, seeds, arguments.held_out_cohort, arguments.init
    )
    if arguments.only:
        planned = [job for job in planned if all(part in job.name for part in arguments.only)]
    cohort = read_cohort(arguments.cohort)
    cases = {
        case.image: case for one in planned for case in one.job.training_cases(cohort) + one.job.held_out_cases(cohort)
    }
    started = time.monotonic()
    if any(not is_done(one) for one in planned):
        prepare(list(cases.values()), planned[0].job.grid, cache, arguments.processes)
        print(f"train: {len(cases)} cases on the working grid, {time.monotonic() - started:.0f} s", flush=True)
    queue = Queue(planned, arguments.processes, arguments.threads, arguments.device)
    queue.run()
    by_folder = {one.job.output: one for one in planned}
    missing = 0
    for bundle in plan.bundles(arguments.output, splits, seeds):
        members = [by_folder.get(source.parent.parent) for source in bundle.files.values()]
        if any(member is None or not is_done(member) for member in members):
            missing += 1
            continue
        if arguments.islet:
            print(f"train: {pack(plan, bundle, arguments.output, arguments.islet, by_folder)}", flush=True)
    if missing:
        print(f"train: {missing} bundles lack a network", flush=True)
    return 1 if queue.failed else 0


def main() -> int:
    """Exit code 0: done; 1: a network failed; 3: the cohort cannot be used; 130: stopped, goes on next time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--cohort", type=Path, required=True)
    parser.add_argument("--held-out-cohort", type=Path, help="where the plan's held-out sets are, if not in --cohort")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="cases on the working grid; default: OUTPUT/cache")
    parser.add_argument("--islet", help="the islet command that packs bundles; without it none are packed")
    parser.add_argument("--fold", type=int, help="only the plan's n-th split")
    parser.add_argument("--seeds", type=int, nargs="*", help="these seeds instead of the plan's")
    parser.add_argument("--only", nargs="*", help="only networks whose names hold all of these words, as 'coarse'")
    parser.add_argument("--processes", type=int, default=2, help="networks trained at a time")
    parser.add_argument("--threads", type=int, default=1, help="threads of each")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--init", type=Path, help="the paper's profile: PASCAL FCN-8s weights")
    arguments = parser.parse_args()
    try:
        return run(arguments)
    except CohortError as error:
        print(f"train: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("train: stopped; the same command goes on from here", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
