#!/usr/bin/env python3
"""Writes the fixtures of Tests/ImportTests: small weight files by independent writers (protobuf, torch.save) and what
PyTorch and OpenCV compute with them. `make record-import` runs it.

usage: write_fixtures.py [FOLDER]

All .f32 files are float32, little endian; logits.f32 is [3, rows, columns], volumes are [z, y, x].
"""

import pathlib
import subprocess
import sys

import cv2
import numpy as np
import torch

import caffe_files
import networks
import rstn_round

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROWS, COLUMNS = 21, 17
WINDOW = (-100, 240)
SIZE = (18, 16, 13)
MARGIN, ROUNDS = 2, 2
VIEWS = ("coronal", "sagittal", "axial")


def authors_names(suffix=""):
    return lambda name: caffe_files.AUTHORS_NAMES.get(name, name) + suffix


def saliency_names(name):
    return {"saliency1": "saliency1", "saliency2": "saliency"}[name]


def write_formats(folder):
    """One network in all forms of a .caffemodel, and its answer."""
    weights = networks.random_weights(1, **networks.TINY)
    # Each choice with each other one.
    for version, numbers, extents in (
            ("v1", "packed", "legacy"), ("v1", "loose", "shape"), ("v2", "packed", "shape"), ("v2", "loose", "legacy")):
        caffe_files.write_caffemodel(
            folder / f"{version}-{numbers}-{extents}.caffemodel", [(weights, authors_names())], is_v1=version == "v1",
            is_loose=numbers == "loose", is_legacy=extents == "legacy", gradients=version == "v1")
    image = np.random.default_rng(2).random((3, ROWS, COLUMNS), np.float32)
    image.astype("<f4").tofile(folder / "image.f32")
    logits = networks.logits(weights, image)
    logits.astype("<f4").tofile(folder / "logits-pytorch.f32")
    text = folder / "network.prototxt"
    text.write_text(caffe_files.prototxt(weights, ROWS, COLUMNS))
    network = cv2.dnn.readNetFromCaffe(str(text), str(folder / "v1-packed-legacy.caffemodel"))
    network.setInput(image[None])
    answer = network.forward()[0]
    answer.astype("<f4").tofile(folder / "logits-opencv.f32")
    text.unlink()
    print(f"PyTorch and OpenCV differ by {np.abs(answer - logits).max():.1e} "
          f"in logits of {logits.min():.2f}...{logits.max():.2f}")


def centred(weights, image):
    """The network with larger logits, moved so that two fifths of the image are foreground."""
    weights = dict(weights)
    for name in ("score_fr", "score_pool4", "score_pool3"):
        weights[f"{name}.weight"] = weights[f"{name}.weight"] * np.float32(6)
    quantiles = np.quantile(networks.logits(weights, image), 0.6, axis=(1, 2)).astype(np.float32)
    weights["score_fr.bias"] = weights["score_fr.bias"] - quantiles
    return weights


def write_rstn(folder):
    """Coarse, fine and saliency weights of three views, as Caffe and as PyTorch files, and a run of two rounds."""
    grid = np.indices(SIZE)
    centre = (np.array(SIZE) - 1) / 2
    distance = sum(((grid[axis] - centre[axis]) / (0.3 * SIZE[axis])) ** 2 for axis in range(3))
    noise = np.random.default_rng(3).integers(-60, 60, SIZE)
    hu = (np.where(distance < 1, 150, -40) + noise).astype(np.int16)
    low, high = WINDOW
    image = ((np.clip(hu, low, high) - low) / (high - low)).astype(np.float32)
    weights = {}
    for index, view in enumerate(VIEWS):
        slices = image.transpose(rstn_round.VIEWS[view])
        middle = rstn_round.three_slices(slices, slices.shape[0] // 2)
        coarse, fine = (
            centred(networks.random_weights(seed + index, **networks.TINY), middle) for seed in (600, 610))
        weights[view] = coarse, fine, networks.random_saliency(620 + index)
    probabilities, masks = rstn_round.run(image, weights, MARGIN, ROUNDS)
    closest = min(np.abs(probability - 0.5).min() for probability in probabilities)
    print("RSTN: voxels", [int(mask.sum()) for mask in masks], "of", masks[0].size, f"closest to 0.5: {closest:.1e}")
    assert closest > 1e-5 and all(0 < 2 * mask.sum() < mask.size for mask in masks), "choose other seeds"

    hu.transpose(2, 1, 0).astype("<i2").tofile(folder / "rstn-volume.i16")
    for number, (probability, mask) in enumerate(zip(probabilities, masks)):
        probability.transpose(2, 1, 0).astype("<f4").tofile(folder / f"rstn-probability-{number}.f32")
        mask.transpose(2, 1, 0).astype(np.uint8).tofile(folder / f"rstn-mask-{number}.u8")
    axial = rstn_round.three_slices(probabilities[0].transpose(2, 1, 0), 4)
    networks.saliency(weights["axial"][2], axial).astype("<f4").tofile(folder / "rstn-saliency-axial-4.f32")
    for view, (coarse, fine, saliency) in weights.items():
        caffe_files.write_caffemodel(
            folder / f"rstn-{view}.caffemodel",
            [(coarse, authors_names()), (fine, authors_names("-R")), (saliency, saliency_names)],
            is_v1=False, is_loose=False, is_legacy=False)
        state = {f"module.coarse_model.{name}": torch.from_numpy(value) for name, value in coarse.items()}
        state |= {f"module.fine_model.{name}": torch.from_numpy(value) for name, value in fine.items()}
        state |= {f"module.{name}": torch.from_numpy(value) for name, value in saliency.items()}
        # The container of PyTorch 0.4 and the present one.
        pickled = folder / f"rstn-{view}.pkl"
        torch.save(state, pickled, _use_new_zipfile_serialization=view == "axial")
        subprocess.run(
            [sys.executable, ROOT / "Models/import/pytorch_to_safetensors.py", pickled,
             folder / f"rstn-{view}.safetensors"], check=True)
        pickled.unlink()


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Tests/ImportTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    write_formats(folder)
    write_rstn(folder)


if __name__ == "__main__":
    with torch.no_grad():
        torch.set_num_threads(1)
        main()
