"""The loop, the export, the held-out measures and the plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from cohort import CohortError
from export import slim_tensors
from held_out import fit_temperature
from networks import SlimFCN
from plan import Plan
from recipe import Card, recipe
from settings import Settings, Topology, paper_settings
from train import Job, Training

CPU = torch.device("cpu")
SMALL = Topology((4, 4, 6, 6, 6), fc6_channels=8, fc7_channels=8)
PLANS = Path(__file__).parent.parent / "plans"


def plain_forward(tensors: dict[str, torch.Tensor], images: torch.Tensor, topology: Topology) -> torch.Tensor:
    """What the plugin computes from the exported tensors, written straight from Models/FORMAT.md."""

    def layer(name: str, maps: torch.Tensor) -> torch.Tensor:
        weight = tensors[f"{name}.weight"]
        return functional.conv2d(maps, weight, tensors[f"{name}.bias"], padding=weight.shape[-1] // 2)

    def upsampled(name: str, maps: torch.Tensor) -> torch.Tensor:
        factor = tensors[f"{name}.weight"].shape[-1] // 2
        return functional.conv_transpose2d(maps, tensors[f"{name}.weight"], None, factor, factor // 2)

    rows, columns = images.shape[-2:]
    maps = functional.pad(images, (0, -columns % 16, 0, -rows % 16))
    taps = []
    for block, (count, pools) in enumerate(zip(topology.convolutions, topology.pools, strict=True), 1):
        for index in range(1, count + 1):
            maps = layer(f"conv{block}_{index}", maps).relu()
        maps = functional.max_pool2d(maps, 2) if pools else maps
        taps.append(maps)
    scores = layer("score_fr", layer("fc7", layer("fc6", maps).relu()).relu())
    scores = upsampled("upscore2", scores) + layer("score_pool4", taps[3])
    scores = upsampled("upscore_pool4", scores) + layer("score_pool3", taps[2])
    return upsampled("upscore8", scores)[..., :rows, :columns]


@pytest.mark.parametrize("organs", [1, 3])
def test_exported_network_equals_the_trained_one(organs: int) -> None:
    torch.manual_seed(1)
    network = SlimFCN(SMALL, organs)
    for _ in range(3):
        network(torch.randn(4, 3, 40, 33))
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    network.eval()
    with torch.no_grad():
        for rows, columns in ((1, 1), (41, 41), (60, 37)):
            images = torch.rand(2, 3, rows, columns)
            expected = network(images)
            for organ in range(organs):
                found = plain_forward(slim_tensors(network, organ), images, SMALL)
                worst = (found[:, 0] - expected[:, organ]).abs().max().item()
                assert worst <= 1e-4, f"organ {organ}, {rows} x {columns}: {worst}"


def job(cohort: Path, output: Path, **fields: object) -> Job:
    settings = replace(Settings("fine", "A", iterations=12, batch=4, topology=SMALL), **fields)
    return Job(settings, cohort, output.parent / "cache", output, sets=("training",))


def test_interrupted_training_ends_as_an_uninterrupted_one(toy_cohort: Path, tmp_path: Path) -> None:
    whole = Training(job(toy_cohort, tmp_path / "whole"), CPU)
    whole.run()
    first = Training(job(toy_cohort, tmp_path / "parts"), CPU)
    first.run(until=5)
    second = Training(job(toy_cohort, tmp_path / "parts"), CPU)
    assert second.resume()
    assert second.progress.iteration == 5
    second.run()
    name = "pancreas/fine_A.safetensors"
    expected, found = (load_file(tmp_path / folder / name) for folder in ("whole", "parts"))
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    curve = json.loads((tmp_path / "parts" / "curve.json").read_text())
    assert curve["done"] and curve["iteration"] == 12 and curve["temperature"] > 0
    assert curve["held_out"]["cases"] == 1


def test_checkpoint_of_other_settings_is_not_resumed(toy_cohort: Path, tmp_path: Path) -> None:
    Training(job(toy_cohort, tmp_path / "one"), CPU).run(until=2)
    assert not Training(job(toy_cohort, tmp_path / "one", seed=2), CPU).resume()


def test_seed_decides_the_weights(toy_cohort: Path, tmp_path: Path) -> None:
    results = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        Training(job(toy_cohort, tmp_path / name, seed=seed, stage="coarse"), CPU).run()
        results.append(load_file(tmp_path / name / "pancreas" / "coarse_A.safetensors")["conv1_1.weight"])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_training_learns_the_ball(toy_cohort: Path, tmp_path: Path) -> None:
    training = Training(job(toy_cohort, tmp_path / "ball", iterations=150, outside_share=0.0), CPU)
    training.run()
    curve = json.loads((tmp_path / "ball" / "curve.json").read_text())
    assert curve["held_out"]["dice"]["pancreas"] > 0.8


def test_no_case_in_a_set_is_one_sentence(toy_cohort: Path, tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="no case in sets"):
        Training(replace(job(toy_cohort, tmp_path / "one"), sets=("nothing",)), CPU)


def test_temperature_of_sharpened_logits_is_found() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, 200_000)
    truth = rng.random(len(logits)) < 1 / (1 + np.exp(-logits))
    assert abs(fit_temperature(2.5 * logits, truth) - 2.5) < 0.05


def test_jobs_come_back_from_their_file(toy_cohort: Path, tmp_path: Path) -> None:
    written = job(toy_cohort, tmp_path / "one", organ_weights=(1.0,))
    written.write(tmp_path / "job.json")
    assert Job.read(tmp_path / "job.json") == written


@pytest.mark.parametrize("name", ["cohort-folds", "shipped", "paper"])
def test_plans_list_their_networks_and_bundles(name: str, tmp_path: Path) -> None:
    plan = Plan.read(PLANS / f"{name}.json")
    jobs = plan.jobs(tmp_path, tmp_path, tmp_path / "out", plan.splits, plan.seeds)
    folders = {planned.job.output for planned in jobs}
    assert len(folders) == len(jobs) == {"cohort-folds": 24, "shipped": 36, "paper": 24}[name]
    bundles = plan.bundles(tmp_path / "out", plan.splits, plan.seeds)
    assert len({bundle.name for bundle in bundles}) == len(bundles)
    for bundle in bundles:
        assert len(bundle.files) == 6
        assert all(source.parent.parent in folders for source in bundle.files.values())
    for planned in jobs:
        assert not set(planned.job.folds) & set(planned.job.held_out_folds)


def test_paper_plan_has_the_papers_numbers() -> None:
    plan = Plan.read(PLANS / "paper.json")
    for stage in ("coarse", "fine"):
        assert plan.settings(stage, "C", ["pancreas"], 1) == paper_settings(stage, view="C", seed=1)


@pytest.mark.parametrize("profile", ["paper", "paper-like", "release-1.11"])
def test_recipe_names_every_tensor_of_the_files(profile: str) -> None:
    card = Card("n", "1.0.0", "spleen", "d", "Research use only, not for diagnosis.", "s", "t", "p", [], {})
    wide = Topology(block_channels=(48, 48, 96, 128, 128), fc6_channels=256, fc7_channels=256)
    stages = {"coarse": Settings("coarse", "A"), "fine": Settings("fine", "A", topology=wide)}
    content = recipe(card, profile, stages, {"A": 1.5})
    widths = {(one["stage"], one["topology"]["block_channels"][0]) for one in content["manifest"]["networks"]}
    assert widths == {("coarse", 16), ("fine", 48)}
    names = {f"{layer}.{part}" for layer in content["layers"] for part in ("weight", "bias")}
    names -= {f"upscore{tail}.bias" for tail in ("2", "_pool4", "8")}
    assert set(slim_tensors(SlimFCN(Topology()), 0)) == names
    assert content["manifest"]["profile"]["margin"] == {"paper": 7, "paper-like": 7, "release-1.11": 5}[profile]
