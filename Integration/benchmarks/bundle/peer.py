#!/usr/bin/env python3
"""Loads one weight file as a peer does and prints the seconds: peer.py MODE FILE [cold]

MODE: safetensors, safetensors+sha256 (of the tensors' bytes), torch (torch.load, weights_only), torch+sha256. Timed is
the second loading of the process; with `cold` the first, after the system was asked to forget the file's pages.
"""

import hashlib
import os
import sys
import time

import torch
from safetensors.torch import load_file


def load(mode, path):
    loader, _, checked = mode.partition("+")
    tensors = load_file(path) if loader == "safetensors" else torch.load(path, map_location="cpu", weights_only=True)
    if checked:
        digest = hashlib.sha256()
        for tensor in tensors.values():
            digest.update(memoryview(tensor.flatten().view(torch.uint8).numpy()))
        digest.hexdigest()
    return tensors


def main():
    mode, path, cold = sys.argv[1], sys.argv[2], len(sys.argv) > 3
    if cold:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    else:
        load(mode, path)
    start = time.perf_counter()
    load(mode, path)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
