#!/usr/bin/env python3
"""Loading one network of the paper's size (float16, 268 MB): the bundle against safetensors and torch.load, in turn,
cold and warm, each in a process of its own; and the size of a bundle with and without shuffle, fast and hard
compression.

usage: bench.py prepare ISLET FOLDER, then bench.py measure ISLET FOLDER RESULT.json      (8 GB of disk)
"""

import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "Integration/import"))
import networks  # noqa: E402

ROUNDS = 5
VARIANTS = {
    "shuffle + LZ4 HC": [], "shuffle + LZ4": ["--fast"], "LZ4 HC": ["--no-shuffle"], "LZ4": ["--no-shuffle", "--fast"]}
PEERS = ["safetensors", "safetensors+sha256", "torch", "torch+sha256"]


def output_of(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def random_network():
    """Normally distributed weights of He's scale: what a trained network looks like to a compressor."""
    generator = np.random.default_rng(1)
    weights = networks.random_weights(1, **networks.PAPER)
    for name, array in weights.items():
        if not name.startswith("upscore"):
            scale = np.sqrt(2 / np.prod(array.shape[1:])) if array.ndim == 4 else 0.01
            weights[name] = generator.standard_normal(array.shape, np.float32) * np.float32(scale)
    return {name: torch.from_numpy(array).to(torch.float16) for name, array in weights.items()}


def recipe(folder):
    """All six networks from the one file."""
    text = json.loads((ROOT / "Models/import/organsegc2f-nih.json").read_text())
    text["layers"] = {layer: layer for layer in text["layers"]}
    text["fixed_upsampling"] = list(networks.UPSAMPLING)
    for record in text["weights"]:
        record["file"] = "network.safetensors"
    path = folder / "recipe.json"
    path.write_text(json.dumps(text))
    return path


def ours(islet, bundle, *arguments):
    return json.loads(output_of(islet, "bench", "bundle", bundle, "--network", "fine-axial", "--json", *arguments))


def median(times):
    return round(statistics.median(times), 4)


def bundle_of(folder, variant):
    return folder / (variant.replace(" ", "").replace("+", "-") + ".islet")


def prepare(islet, folder):
    """Writes the files; the time of packing is taken here and needs no quiet machine."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = random_network()
    save_file(tensors, folder / "network.safetensors")
    torch.save(tensors, folder / "network.pth")
    del tensors
    seconds = {}
    for variant, flags in VARIANTS.items():
        start = time.perf_counter()
        output_of(
            islet, "bundle", "import", recipe(folder), "--weights", folder, "--output", bundle_of(folder, variant),
            *flags)
        seconds[variant] = round(time.perf_counter() - start, 1)
        print(f"{variant}: six networks packed in {seconds[variant]} s", flush=True)
    (folder / "packing.json").write_text(json.dumps(seconds))


def measure(islet, folder, result):
    files = {"safetensors": folder / "network.safetensors", "torch": folder / "network.pth"}
    packing = json.loads((folder / "packing.json").read_text())
    times, variants = {}, {variant: [] for variant in VARIANTS}
    raw = stored = 0

    def note(name, seconds):
        times.setdefault(name, []).append(seconds)

    for _ in range(ROUNDS):
        for state, flags in (("cold", ["cold"]), ("warm", [])):
            for threads in (1, 2):
                arguments = ["--threads", threads, "--skip-verify", "--repeats", 1 if flags else 2]
                run = ours(islet, bundle_of(folder, "shuffle + LZ4 HC"), *arguments, *(["--cold"] if flags else []))
                note(f"islet, {threads} threads, {state}", run["open"][-1] + run["load"][-1])
                note("islet, opening", run["open"][-1])
            for peer in PEERS:
                seconds = float(output_of(sys.executable, HERE / "peer.py", peer, files[peer.split("+")[0]], *flags))
                note(f"{peer}, {state}", seconds)
        for variant in VARIANTS:
            run = ours(islet, bundle_of(folder, variant), "--skip-verify", "--repeats", "2")
            variants[variant].append(run["load"][-1])
            raw = run["raw_bytes"]
    verify = ours(islet, bundle_of(folder, "shuffle + LZ4 HC"), "--repeats", "2")["verify"]
    table = {}
    for variant, seconds in variants.items():
        stored = ours(islet, bundle_of(folder, variant), "--skip-verify", "--repeats", "1")["stored_bytes"]
        table[variant] = dict(
            stored_share=round(stored / raw, 4), pack_seconds_all_six=packing[variant], load_seconds=median(seconds))
    medians = {name: median(seconds) for name, seconds in times.items()}
    report = dict(
        what="one FCN-8s of the paper's size, float16 in the files; islet decodes to float32, the peers keep float16",
        raw_bytes=raw, cpu_count=os.cpu_count(), machine=platform.machine(), torch=torch.__version__, rounds=ROUNDS,
        median_seconds=medians, smallest_and_largest_seconds={
            name: [round(min(seconds), 4), round(max(seconds), 4)] for name, seconds in times.items()},
        gb_per_s={name: round(raw / seconds / 1e9, 2) for name, seconds in medians.items() if "opening" not in name},
        cold_ratio_to_safetensors_sha256=round(
            medians["islet, 2 threads, cold"] / medians["safetensors+sha256, cold"], 3),
        verify_all_six_seconds=median(verify), variants=table)
    result.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


def main():
    step, islet, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    if step == "prepare":
        prepare(islet, folder)
    else:
        measure(islet, folder, pathlib.Path(sys.argv[4]))


if __name__ == "__main__":
    main()
