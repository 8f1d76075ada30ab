"""A trained network as safetensors that a recipe of Models/FORMAT.md can pack."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from networks import ConvolutionUnit, SlimFCN, Upsampling


def folded_convolution(unit: ConvolutionUnit) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight and bias of the one convolution that equals the unit before its ReLU, in evaluation."""
    norm = unit.normalisation
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return unit.convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale


@torch.no_grad()
def slim_tensors(network: SlimFCN, organ: int) -> dict[str, torch.Tensor]:
    """Tensors of the one-map FCN of one organ: the trunk and its row of the heads, float32."""
    tensors: dict[str, torch.Tensor] = {}
    for name, module in network.named_children():
        if isinstance(module, ConvolutionUnit):
            tensors[f"{name}.weight"], tensors[f"{name}.bias"] = folded_convolution(module)
        elif isinstance(module, nn.Conv2d):
            tensors[f"{name}.weight"] = module.weight[organ : organ + 1]
            tensors[f"{name}.bias"] = module.bias[organ : organ + 1]
        elif isinstance(module, Upsampling) and module.factor > 1:
            tensors[f"{name}.weight"] = module.weight[organ : organ + 1]
    return {name: tensor.detach().float().cpu() for name, tensor in tensors.items()}


def write_safetensors(tensors: dict[str, torch.Tensor], file: Path, half: bool = True) -> None:
    """Writes the file whole or not at all."""
    stored = {name: (tensor.half() if half else tensor).contiguous() for name, tensor in tensors.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.part")
    save_file(stored, temporary)
    temporary.replace(file)
