"""Trains one network: `python train.py --stage coarse --view A --cohort COHORT --sets training --output DIR`.

Stops after a number of iterations, never after a time. Killed and started again it goes on from its checkpoint, to the
same weights as without (on one machine, same number of threads). DIR then holds curve.json, network.pt and, for each
organ, {coarse,fine}_{S,C,A}.safetensors.
"""

from __future__ import annotations

import os

# Before torch loads: one thread unless said otherwise, and room for the kernels of many window sizes (by default oneDNN
# keeps 1,024 and makes the others again and again; that cost a third of the time of a fine network of the liver).
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384")

# ruff: noqa: E402
import argparse
import json
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from cohort import Case, Cohort, CohortError, cached_case, read_cohort
from export import write_safetensors
from grid import Grid
from held_out import measure
from paper import PaperProfile
from profiles import Profile, SlimProfile
from sampling import Sampler
from settings import Settings, paper_settings

CURVE_STEP = 50
"""Iterations between two points of the learning curve."""


@dataclass(frozen=True)
class Job:
    """One network and the data it learns from."""

    settings: Settings
    cohort: Path
    cache: Path
    output: Path
    sets: tuple[str, ...] = ()
    folds: tuple[int, ...] = ()
    """Training cases: of these sets, or of these folds."""
    held_out_sets: tuple[str, ...] = ("calibration",)
    held_out_folds: tuple[int, ...] = ()
    """Cases that are only measured, after the last iteration."""
    held_out_cohort: Path | None = None
    """The folder of the held-out cases where it is another one; a label must have the same value in both."""
    held_out_limit: int = 12
    initial: Path | None = None
    """Weights to start from: a network.pt, or the PASCAL FCN-8s in the paper's profile."""

    @property
    def grid(self) -> Grid:
        """The working grid of the settings."""
        if self.settings.spacing is None:
            return Grid(spacing=None, body_threshold=None, minimum_size=(1, 1, 1))
        return Grid(spacing=self.settings.spacing)

    def training_cases(self, cohort: Cohort) -> list[Case]:
        """Never empty."""
        cases = cohort.select(self.sets, self.folds)
        if not cases:
            wanted = f"folds {list(self.folds)}" if self.folds else f"sets {list(self.sets)}"
            raise CohortError(f"{cohort.folder}: no case in {wanted}; look at 'set' and 'fold' in cohort.json")
        return cases

    def held_out_cases(self, cohort: Cohort) -> list[Case]:
        """May be empty; never a training case."""
        seen = {case.image for case in self.training_cases(cohort)}
        other = cohort if self.held_out_cohort is None else read_cohort(self.held_out_cohort)
        cases = [case for case in other.select(self.held_out_sets, self.held_out_folds) if case.image not in seen]
        return cases[: self.held_out_limit]

    @staticmethod
    def read(file: Path) -> Job:
        """From the JSON that run.py writes."""
        fields = json.loads(file.read_text())
        fields["settings"] = Settings.from_fields(fields["settings"])
        for key in ("cohort", "cache", "output", "held_out_cohort", "initial"):
            fields[key] = Path(fields[key]) if fields.get(key) is not None else None
        return Job(**{key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()})

    def write(self, file: Path) -> None:
        """The counterpart of `read`."""
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(asdict(self), file)


def write_json(content: dict, file: Path) -> None:
    """Whole or not at all."""
    temporary = file.with_name(f".{file.name}.part")
    temporary.write_text(json.dumps(content, indent=1, default=str) + "\n")
    temporary.replace(file)


def make_profile(settings: Settings, device: torch.device, initial: Path | None) -> Profile:
    """The network, random or from `initial`, its optimiser and loss."""
    return (PaperProfile if settings.profile == "paper" else SlimProfile)(settings, device, initial)


def pick_device(name: str) -> torch.device:
    """"auto" is the GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def uses_bfloat16(settings: Settings, device: torch.device) -> bool:
    """Where the processor has it; the paper's profile stays in float32."""
    if settings.profile != "slim":
        return False
    return torch.cuda.is_bf16_supported() if device.type == "cuda" else torch.cpu._is_avx512_bf16_supported()


@dataclass
class Progress:
    """What a checkpoint keeps beside weights and optimiser."""

    iteration: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of all threads; says what the training costs where other processes share the cores."""
    loss: float | None = None
    """Running mean over about 30 iterations."""
    points: list[list[float]] = field(default_factory=list)
    """[iteration, seconds, loss] each."""


class Training:
    """The loop of one network."""

    def __init__(self, job: Job, device: torch.device, checkpoint_seconds: float = 30.0) -> None:
        self.job, self.device, self.checkpoint_seconds = job, device, checkpoint_seconds
        torch.manual_seed(job.settings.seed)
        self.profile = make_profile(job.settings, device, job.initial)
        self.cohort = read_cohort(job.cohort)
        self.values = [self.cohort.organ_value(organ) for organ in job.settings.organs]
        self.cases = job.training_cases(self.cohort)
        self.progress = Progress()
        self.must_stop = False
        job.output.mkdir(parents=True, exist_ok=True)

    @property
    def _checkpoint_file(self) -> Path:
        return self.job.output / "checkpoint.pt"

    def save(self) -> None:
        """Writes the checkpoint, whole or not at all."""
        state = {
            "fingerprint": self.job.settings.fingerprint,
            "network": self.profile.network.state_dict(),
            "optimiser": self.profile.optimiser.state_dict(),
            "generator": torch.get_rng_state(),
            "progress": asdict(self.progress),
        }
        temporary = self._checkpoint_file.with_suffix(".part")
        torch.save(state, temporary)
        temporary.replace(self._checkpoint_file)

    def resume(self) -> bool:
        """Goes on from the checkpoint; false when there is none of these settings."""
        if not self._checkpoint_file.is_file():
            return False
        state = torch.load(self._checkpoint_file, weights_only=True, map_location=self.device)
        if state["fingerprint"] != self.job.settings.fingerprint:
            print(f"{self._checkpoint_file}: of other settings, starting anew", file=sys.stderr)
            return False
        self.profile.network.load_state_dict(state["network"])
        self.profile.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["generator"].cpu())
        self.progress = Progress(**state["progress"])
        return True

    def run(self, until: int | None = None) -> None:
        """Trains up to the last iteration (or `until`), then measures and exports; returns early on `must_stop`."""
        settings, job = self.job.settings, self.job
        volumes = [cached_case(case, job.grid, job.cache) for case in self.cases]
        sampler = Sampler(volumes, self.values, settings)
        del volumes
        last = settings.iterations if until is None else min(until, settings.iterations)
        progress = self.progress
        half = uses_bfloat16(settings, self.device)
        started, saved = time.monotonic() - progress.seconds, time.monotonic()
        cpu_started = time.process_time() - progress.cpu_seconds
        self.profile.network.train()
        while progress.iteration < last and not self.must_stop:
            batch = sampler.batch(progress.iteration)
            images = torch.from_numpy(batch.images).to(self.device, memory_format=torch.channels_last)
            truth = torch.from_numpy(batch.truth).to(self.device, torch.float32)
            counted = torch.from_numpy(batch.counted).to(self.device, torch.float32)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
                logits = self.profile.network(images)
            loss = self.profile.loss(logits, truth, counted)
            self.profile.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.profile.before_step(progress.iteration)
            self.profile.optimiser.step()
            value = loss.item()
            progress.loss = value if progress.loss is None else 0.97 * progress.loss + 0.03 * value
            progress.iteration += 1
            progress.seconds = time.monotonic() - started
            progress.cpu_seconds = time.process_time() - cpu_started
            if progress.iteration % CURVE_STEP == 0 or progress.iteration == settings.iterations:
                progress.points.append([progress.iteration, round(progress.seconds, 1), round(progress.loss, 4)])
                self._write_curve()
            if time.monotonic() - saved > self.checkpoint_seconds:
                self.save()
                saved = time.monotonic()
        self.save()
        if progress.iteration >= settings.iterations:
            self._finish()

    def _finish(self) -> None:
        job, settings = self.job, self.job.settings
        network = self.profile.network
        for index, organ in enumerate(settings.organs):
            file = job.output / organ.replace(" ", "-") / f"{settings.stage}_{settings.view}.safetensors"
            write_safetensors(self.profile.tensors(index), file, half=self.profile.stores_half)
        temporary = job.output / ".network.pt.part"
        torch.save(network.state_dict(), temporary)
        temporary.replace(job.output / "network.pt")
        cases = job.held_out_cases(self.cohort)
        held_out = None
        if cases and settings.profile == "slim":
            volumes = [cached_case(case, job.grid, job.cache) for case in cases]
            result = measure(network, volumes, self.values, settings, self.device)
            held_out = {"cases": len(cases), "dice": dict(zip(settings.organs, result.dice, strict=True))}
            self._write_curve(is_done=True, held_out=held_out, temperature=result.temperature)
        else:
            self._write_curve(is_done=True)
        self._checkpoint_file.unlink(missing_ok=True)

    def _write_curve(
        self, is_done: bool = False, held_out: dict | None = None, temperature: float | None = None
    ) -> None:
        progress, settings = self.progress, self.job.settings
        content = {
            "schema": "org.islet.curve/1",
            "note": "Research use only, not for diagnosis.",
            "fingerprint": settings.fingerprint,
            "settings": asdict(settings),
            "cohort": self.cohort.name,
            "data": "synthetic" if self.cohort.is_synthetic else "not said to be synthetic",
            "cases": len(self.cases),
            "iteration": progress.iteration,
            "seconds": round(progress.seconds, 1),
            "cpu_seconds": round(progress.cpu_seconds, 1),
            "iterations_per_second": round(progress.iteration / max(progress.seconds, 1e-9), 2),
            "points": progress.points,
            "held_out": held_out,
            "temperature": temperature,
            "done": is_done,
            "torch": torch.__version__,
            "device": str(self.device),
            "threads": torch.get_num_threads(),
        }
        write_json(content, self.job.output / "curve.json")


def parsed_job(arguments: argparse.Namespace) -> Job:
    """The job of the command line."""
    if arguments.job is not None:
        return Job.read(arguments.job)
    fields = {
        "stage": arguments.stage,
        "view": arguments.view,
        "organs": tuple(arguments.organs),
        "seed": arguments.seed,
        "iterations": arguments.iterations,
    }
    if arguments.profile == "paper":
        settings = paper_settings(**fields)
    else:
        settings = Settings(**{**fields, "iterations": arguments.iterations or 1500})
    return Job(
        settings,
        arguments.cohort,
        arguments.cache or arguments.output / "cache",
        arguments.output,
        tuple(arguments.sets),
        tuple(arguments.folds),
        initial=arguments.init,
    )


def main() -> int:
    """Exit code 0: trained; 3: the cohort cannot be used; 130: stopped, goes on next time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--job", type=Path, help="a job.json of run.py instead of all other options")
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--cache", type=Path, help="where cases on the working grid are kept")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--stage", choices=["coarse", "fine"], default="coarse")
    parser.add_argument("--view", choices=["S", "C", "A"], default="A")
    parser.add_argument("--organs", nargs="+", default=["pancreas"])
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--folds", nargs="*", type=int, default=[], help="train on the cases of these folds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--iterations", type=int, help="default: 1,500; the paper's 80,000 or 60,000 in its profile")
    parser.add_argument("--profile", choices=["slim", "paper"], default="slim")
    parser.add_argument("--init", type=Path)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--checkpoint-seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    if arguments.job is None and (arguments.cohort is None or arguments.output is None):
        parser.error("--cohort and --output are needed (or --job)")
    torch.set_num_threads(arguments.threads)
    try:
        training = Training(parsed_job(arguments), pick_device(arguments.device), arguments.checkpoint_seconds)
        training.resume()

        def stop(number: int, frame: object) -> None:
            training.must_stop = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        training.run()
    except CohortError as error:
        print(f"train: {error}", file=sys.stderr)
        return 3
    return 130 if training.must_stop else 0


if __name__ == "__main__":
    sys.exit(main())
