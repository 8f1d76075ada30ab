"""A bundle whose networks say "organ" where the CT is above 500 HU: exact masks of known shapes, made only for tests."""

import json
import struct
import subprocess
from pathlib import Path

CHANNELS = {"conv1_1": (1, 3, 3), "conv2_1": (1, 1, 3), "conv3_1": (1, 1, 3), "conv4_1": (1, 1, 3), "conv5_1": (1, 1, 3)}
POINTWISE = ["fc6", "fc7", "score_fr", "score_pool4", "score_pool3"]


def weights():
    """Every convolution hands the middle pixel of the middle slice on; the score is 100 * (value - 0.5)."""
    tensors = {}
    for layer, (outputs, inputs, kernel) in CHANNELS.items():
        values = [0.0] * (outputs * inputs * kernel * kernel)
        values[(9 if inputs == 3 else 0) + 4] = 1.0
        tensors[f"{layer}.weight"] = ([outputs, inputs, kernel, kernel], values)
        tensors[f"{layer}.bias"] = ([outputs], [0.0])
    for layer in POINTWISE:
        scale, bias = {"score_fr": (100.0, -50.0), "fc6": (1.0, 0.0), "fc7": (1.0, 0.0)}.get(layer, (0.0, 0.0))
        tensors[f"{layer}.weight"] = ([1, 1, 1, 1], [scale])
        tensors[f"{layer}.bias"] = ([1], [bias])
    return tensors


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        stored = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(stored)]}
        data += stored
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


def pack(islet, folder, recipes):
    """Writes the bundle into `folder` with `islet bundle pack` and returns its path."""
    recipe = json.loads((Path(recipes) / "pancreas.json").read_text())
    manifest = recipe["manifest"]
    for field in ("confidence", "references"):
        manifest.pop(field, None)
    manifest["references"] = []
    manifest.update(name="threshold", version="0.0.0", quality=[], description="Above 500 HU. For tests only.")
    manifest["changelog"] = {"0.0.0": "For tests."}
    manifest["intensity"] = {"window": [0, 1000]}
    manifest["grid"] = {"axes": ["left", "posterior", "superior"], "minimum_size": [1, 1, 1]}
    manifest["profile"].update(margin=2, component_ratio=None)
    for network in manifest["networks"]:
        network["topology"] = {
            "family": "same-padding", "pad": None, "input_channels": 3, "output_channels": 1,
            "block_channels": [1] * 5, "convolutions": [1] * 5, "pools": [False] * 5,
            "fc6": {"channels": 1, "kernel": 1}, "fc7": {"channels": 1},
            "skip_scales": {"pool4": 1, "pool3": 1}, "upsampling": "bilinear",
        }
        network.pop("temperature", None)
    for entry in recipe["weights"]:
        entry["file"] = "threshold.safetensors"
    recipe["layers"] = {layer: layer for layer in [*CHANNELS, *POINTWISE]}
    recipe["fixed_upsampling"] = []
    folder = Path(folder)
    (folder / "recipe.json").write_text(json.dumps(recipe))
    write_safetensors(folder / "threshold.safetensors", weights())
    bundle = folder / "threshold.islet"
    subprocess.run(
        [islet, "bundle", "pack", folder / "recipe.json", "--weights", folder, "--output", bundle], check=True,
        capture_output=True, text=True)
    return bundle
