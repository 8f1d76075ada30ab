"""A plan file: which networks are trained on which cases, and which bundles they make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from settings import Settings, paper_settings
from train import Job


@dataclass(frozen=True)
class Split:
    """Training and held-out cases of one set of bundles."""

    name: str
    sets: tuple[str, ...]
    folds: tuple[int, ...]
    held_out_sets: tuple[str, ...]
    held_out_folds: tuple[int, ...]


@dataclass(frozen=True)
class PlannedJob:
    """One network of a plan."""

    name: str
    job: Job


@dataclass(frozen=True)
class PlannedBundle:
    """One bundle: where its six networks come from."""

    name: str
    organ: str
    profile: str
    split: Split
    seed: int
    files: dict[str, Path]
    """{coarse,fine}_{S,C,A}.safetensors -> the trained file."""


@dataclass(frozen=True)
class Plan:
    """The content of a plan file."""

    name: str
    version: str
    organs: dict[str, float]
    """Organ -> weight in networks that several organs share."""
    splits: list[Split]
    seeds: list[int]
    stages: dict[str, dict]
    """"coarse", "fine" -> fields of Settings; `shared`: one network for all organs; `views`: fields of one view."""
    profiles: list[str]
    bundle_name: str
    """With {organ}, {split}, {seed}, {profile}."""
    card: dict

    @staticmethod
    def read(file: Path) -> Plan:
        """From JSON; every field is needed."""
        content = json.loads(file.read_text())
        splits = [
            Split(
                entry["name"],
                tuple(entry.get("sets", [])),
                tuple(entry.get("folds", [])),
                tuple(entry.get("held_out_sets", ["calibration"])),
                tuple(entry.get("held_out_folds", [])),
            )
            for entry in content["splits"]
        ]
        return Plan(
            content["name"],
            content["version"],
            content["organs"],
            splits,
            content["seeds"],
            {stage: content[stage] for stage in ("coarse", "fine")},
            content["profiles"],
            content["bundle_name"],
            content["card"],
        )

    def settings(self, stage: str, view: str, organs: list[str], seed: int) -> Settings:
        """Of one network."""
        fields = {key: value for key, value in self.stages[stage].items() if key not in ("shared", "views", "organs")}
        fields |= self.stages[stage].get("views", {}).get(view, {})
        if len(organs) == 1:
            fields |= self.stages[stage].get("organs", {}).get(organs[0], {})
        if fields.get("profile") == "paper":
            return paper_settings(stage, view=view, organs=tuple(organs), seed=seed, **fields)
        weights = [self.organs[organ] for organ in organs] if len(organs) > 1 else []
        return Settings.from_fields(
            {"stage": stage, "view": view, "organs": organs, "organ_weights": weights, "seed": seed, **fields}
        )

    def _groups(self, stage: str) -> list[list[str]]:
        organs = list(self.organs)
        return [organs] if self.stages[stage].get("shared", False) else [[organ] for organ in organs]

    def jobs(
        self,
        cohort: Path,
        cache: Path,
        output: Path,
        splits: list[Split],
        seeds: list[int],
        held_out_cohort: Path | None = None,
        initial: Path | None = None,
    ) -> list[PlannedJob]:
        """Every network, in an order in which splits are complete one after the other."""
        result = []
        for seed in seeds:
            for split in splits:
                for stage in ("coarse", "fine"):
                    for organs in self._groups(stage):
                        for view in ("A", "C", "S"):
                            name = _job_name(split, seed, stage, organs, view)
                            job = Job(
                                self.settings(stage, view, organs, seed),
                                cohort,
                                cache,
                                output / "networks" / name,
                                split.sets,
                                split.folds,
                                split.held_out_sets,
                                split.held_out_folds,
                                held_out_cohort,
                                initial=initial,
                            )
                            result.append(PlannedJob(name, job))
        return result

    def bundles(self, output: Path, splits: list[Split], seeds: list[int]) -> list[PlannedBundle]:
        """Every bundle of these splits and seeds."""
        result = []
        for seed in seeds:
            for split in splits:
                for organ in self.organs:
                    files = {}
                    for stage in ("coarse", "fine"):
                        organs = next(group for group in self._groups(stage) if organ in group)
                        for view in ("A", "C", "S"):
                            folder = output / "networks" / _job_name(split, seed, stage, organs, view)
                            name = f"{stage}_{view}.safetensors"
                            files[name] = folder / _plain(organ) / name
                    for profile in self.profiles:
                        name = self.bundle_name.format(
                            organ=_plain(organ), split=split.name, seed=seed, profile=profile
                        )
                        result.append(PlannedBundle(name, organ, profile, split, seed, files))
        return result


def _plain(text: str) -> str:
    return text.replace(" ", "-")


def _job_name(split: Split, seed: int, stage: str, organs: list[str], view: str) -> str:
    return f"{split.name}-seed-{seed}/{stage}-{'+'.join(_plain(organ) for organ in organs)}-{view}"
