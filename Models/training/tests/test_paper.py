"""The paper's network and training, narrow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from grid import WorkingVolume
from paper import PaperFCN, PaperProfile, PaperTopology, load_pascal
from recipe import Card, recipe
from sampling import Sampler
from settings import paper_settings

NARROW = PaperTopology((2, 3, 4, 5, 5), fc_channels=6)
CPU = torch.device("cpu")


@pytest.mark.parametrize("size", [(1, 1), (41, 41), (60, 37), (97, 131)])
def test_output_has_the_inputs_size(size: tuple[int, int]) -> None:
    network = PaperFCN(NARROW).eval()
    with torch.no_grad():
        logits = network(torch.rand(1, 3, *size))
    assert logits.shape == (1, 3, *size)
    assert (logits == 0).all(), "score layers start at zero"


def test_full_network_has_the_papers_number_of_weights() -> None:
    with torch.device("meta"):
        network = PaperFCN()
    # 134,277,737 (method.md) with the three fixed deconvolutions, which are no parameters here.
    stored = 2 * 3 * 3 * 4 * 4 + 3 * 3 * 16 * 16
    assert sum(parameter.numel() for parameter in network.parameters()) + stored == 134_277_737


def test_a_few_iterations_lower_the_loss_of_a_sample() -> None:
    torch.manual_seed(1)
    levels = np.zeros((40, 36, 12), np.uint8)
    labels = np.zeros_like(levels)
    levels[:] = 90
    levels[12:26, 10:24, 3:9] = 200
    labels[12:26, 10:24, 3:9] = 1
    settings = paper_settings("fine", view="A", iterations=30, learning_rate=1e-2)
    sampler = Sampler([WorkingVolume(levels, labels)], [1], settings)
    profile = PaperProfile(settings, CPU, None, NARROW)
    batch = sampler.batch(0)
    losses = []
    for iteration in range(30):
        logits = profile.network(torch.from_numpy(batch.images))
        loss = profile.loss(logits, torch.from_numpy(batch.truth).float(), torch.from_numpy(batch.counted).float())
        profile.optimiser.zero_grad()
        loss.backward()
        profile.before_step(iteration)
        profile.optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.005, losses


def test_biases_learn_at_twice_the_rate_without_decay() -> None:
    profile = PaperProfile(paper_settings("coarse", view="A"), CPU, None, NARROW)
    weights, biases = profile.optimiser.param_groups
    assert (weights["lr"], weights["weight_decay"], weights["momentum"]) == (1e-5, 5e-4, 0.99)
    assert (biases["lr"], biases["weight_decay"], biases["momentum"]) == (2e-5, 0, 0.99)


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_pascal_weights_are_taken_but_for_the_scores(suffix: str, tmp_path: Path) -> None:
    source = PaperFCN(NARROW)
    tensors = {name: parameter.detach().clone() for name, parameter in source.named_parameters()}
    tensors["score_fr.weight"] = torch.rand(21, 6, 1, 1)
    tensors["upscore8.weight"] = torch.rand(21, 21, 16, 16)
    file = tmp_path / f"pascal.{suffix}"
    if suffix == "pth":
        torch.save({f"module.{name}": tensor for name, tensor in tensors.items()}, file)
    else:
        save_file(tensors, file)
    network = PaperFCN(NARROW)
    taken = load_pascal(network, file)
    assert len(taken) == 2 * (13 + 2)
    assert torch.equal(network.fc6.weight, source.fc6.weight)
    assert (network.score_fr.weight == 0).all()
    del tensors["fc6.weight"]
    save_file(tensors, tmp_path / "less.safetensors")
    with pytest.raises(ValueError, match="fc6.weight: found none"):
        load_pascal(network, tmp_path / "less.safetensors")


def test_recipe_names_every_tensor_of_the_files() -> None:
    card = Card("n", "1.0.0", "pancreas", "d", "Research use only, not for diagnosis.", "s", "t", "p", [], {})
    settings = paper_settings("fine", view="A")
    content = recipe(card, "paper-like", {"coarse": paper_settings("coarse", view="A"), "fine": settings}, {})
    profile = PaperProfile(settings, CPU, None, NARROW)
    names = {f"{layer}.{part}" for layer in content["layers"] for part in ("weight", "bias")}
    assert set(profile.tensors(0)) == names
    assert content["fixed_upsampling"] == []
    assert content["manifest"]["profile"]["margin"] == 30
    assert content["manifest"]["grid"]["spacing_mm"] is None
