#!/usr/bin/env python3
"""Imports networks of the paper's size from files by independent writers, measures memory and time of the import, and
writes what PyTorch and OpenCV answer with the same weights: the Swift tests compare the plugin's networks with that.

usage: check_import.py ISLET FOLDER      (11 GB of disk, 6 GB of memory)
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time

import cv2
import numpy as np
import torch

import caffe_files
import networks
from write_fixtures import authors_names, saliency_names

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = [(41, 60), (97, 131)]
LARGEST_MEMORY = 300 << 20


def link(target, *names):
    for name in names:
        (target.parent / name).unlink(missing_ok=True)
        os.link(target, target.parent / name)


def import_bundle(islet, recipe, folder):
    output = folder / "imported.islet"
    command = [
        islet, "bundle", "import", ROOT / "Models/import" / recipe, "--weights", folder, "--output", output, "--fast"]
    start = time.monotonic()
    # A small process in between: a child's peak begins with the memory of the process that forks it, here gigabytes.
    measure = "import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=2);" \
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    run = subprocess.run([sys.executable, "-c", measure, *map(str, command)], stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - start
    if run.returncode != 0:
        raise SystemExit(f"{recipe}: islet bundle import failed")
    peak = int(run.stdout) * 1024
    sizes = sorted({path.stat().st_size for path in folder.glob("*.caffemodel")})
    print(f"{recipe}: files of {sizes} bytes -> {output.stat().st_size} bytes, {seconds:.0f} s, peak {peak >> 20} MiB")
    if peak > LARGEST_MEMORY:
        raise SystemExit(f"{recipe}: the import needed {peak >> 20} MiB, at most {LARGEST_MEMORY >> 20} are allowed")
    return dict(recipe=recipe, file_bytes=sizes, bundle_bytes=output.stat().st_size, seconds=round(seconds, 1),
                peak_bytes=peak)


def answer(weights, file, folder, suffix=""):
    """Images and the logits of both peers."""
    for rows, columns in SIZES:
        name = f"{rows}x{columns}.f32"
        image = np.random.default_rng(rows).random((3, rows, columns), np.float32)
        image.astype("<f4").tofile(folder / f"image-{name}")
        pytorch = networks.logits(weights, image, torch.float32)
        pytorch.astype("<f4").tofile(folder / f"logits-pytorch-{name}")
        text = folder / "network.prototxt"
        text.write_text(caffe_files.prototxt(weights, rows, columns, suffix))
        network = cv2.dnn.readNetFromCaffe(str(text), str(file))
        network.setInput(image[None])
        opencv = network.forward()[0]
        opencv.astype("<f4").tofile(folder / f"logits-opencv-{name}")
        print(f"{file.name}, {rows} x {columns}: logits {pytorch.min():.3f}...{pytorch.max():.3f}, "
              f"PyTorch and OpenCV differ by {np.abs(opencv - pytorch).max():.1e}")


def check_c2f(islet, folder):
    """Six files: five of V1 as the authors' (packed, legacy extents), one with a tag before every number."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = networks.random_weights(1, **networks.PAPER)
    file = folder / "fine_Z.caffemodel"
    caffe_files.write_caffemodel(file, [(weights, authors_names())], is_v1=True, is_loose=False, is_legacy=True)
    link(file, "coarse_X.caffemodel", "coarse_Y.caffemodel", "fine_X.caffemodel", "fine_Y.caffemodel")
    caffe_files.write_caffemodel(
        folder / "coarse_Z.caffemodel", [(weights, authors_names())], is_v1=False, is_loose=True, is_legacy=False)
    measured = import_bundle(islet, "organsegc2f-nih.json", folder)
    answer(weights, file, folder)
    return measured


def check_rstn(islet, folder):
    """Three files of 1.07 GB with coarse, fine and saliency weights."""
    folder.mkdir(parents=True, exist_ok=True)
    coarse, fine = (networks.random_weights(seed, **networks.PAPER) for seed in (2, 3))
    file = folder / "joint_Z.caffemodel"
    caffe_files.write_caffemodel(
        file, [(coarse, authors_names()), (fine, authors_names("-R")), (networks.random_saliency(4), saliency_names)],
        is_v1=False, is_loose=False, is_legacy=False)
    link(file, "joint_X.caffemodel", "joint_Y.caffemodel")
    measured = import_bundle(islet, "rstn-caffe-nih.json", folder)
    del coarse
    answer(fine, file, folder, "-R")
    return measured


def main():
    islet, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    measured = []
    for name, check in (("c2f", check_c2f), ("rstn", check_rstn)):
        if len(sys.argv) > 3 and name not in sys.argv[3:]:
            continue
        measured.append(check(islet, folder / f"case-{name}"))
        for path in (folder / f"case-{name}").glob("*.caffemodel"):
            path.unlink()
    (folder / "import.json").write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with torch.no_grad():
        main()
