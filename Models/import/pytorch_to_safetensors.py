#!/usr/bin/env python3
"""Turns the weights of a PyTorch file (.pkl, .pth, .pt) into a safetensors file that `islet bundle import` reads.

usage: pytorch_to_safetensors.py INPUT OUTPUT.safetensors      (needs torch and safetensors)

The file is read with weights_only, so that no code in it runs. It must hold a state dictionary, alone or under
"state_dict" or "model_state_dict". Names stay as they are but for a leading "module."; numbers become float32 unless
they are float16 or bfloat16. Counters of batch normalisation are left out. Research use only.
"""

import argparse
import os
import pathlib
import sys

import torch
from safetensors.torch import save_file

FLOATS = (torch.float16, torch.bfloat16, torch.float32)


def state_dictionary(path):
    """The named tensors of a file; ends the program with a sentence when there are none."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the unpickler refuses
        raise SystemExit(f"{path}: not read: {str(error).splitlines()[0]}") from error
    for key in ("state_dict", "model_state_dict"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not content:
        raise SystemExit(f"{path}: holds no state dictionary but a {type(content).__name__}")
    tensors = {}
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise SystemExit(f"{path}: {name!r} is no tensor but a {type(value).__name__}; export the state dictionary")
        name = name.removeprefix("module.")
        if name.endswith("num_batches_tracked"):
            continue
        if name in tensors:
            raise SystemExit(f"{path}: two tensors are named {name}")
        if value.dtype not in FLOATS:
            value = value.to(torch.float32)
        if not torch.isfinite(value).all():
            raise SystemExit(f"{path}: {name} holds NaN or infinity")
        # A copy of its own: tensors that share memory would be refused.
        tensors[name] = value.detach().clone().contiguous()
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    tensors = state_dictionary(arguments.input)
    partial = arguments.output.with_name(arguments.output.name + f".{os.getpid()}.partial")
    try:
        save_file(tensors, partial)
        os.replace(partial, arguments.output)
    finally:
        partial.unlink(missing_ok=True)
    numbers = sum(value.numel() for value in tensors.values())
    print(f"{arguments.output}: {len(tensors)} tensors, {numbers} numbers", file=sys.stderr)


if __name__ == "__main__":
    main()
