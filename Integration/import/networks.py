"""FCN-8s and RSTN in plain torch functions: the twin of the networks that are imported.

Weights are a dictionary <layer>.weight, <layer>.bias -> float32 array, with the names of a bundle.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

PAPER = dict(channels=(64, 128, 256, 512, 512), fc6=4096, fc7=4096)
TINY = dict(channels=(2, 2, 2, 3, 3), fc6=4, fc7=5)
CONVOLUTIONS = (2, 2, 3, 3, 3)
UPSAMPLING = {"upscore2": 2, "upscore_pool4": 2, "upscore8": 8}


def bilinear(factor, channels):
    """[channels, channels, 2f, 2f], zero off the diagonal."""
    line = 1 - np.abs(np.arange(2 * factor) + 0.5 - factor) / factor
    kernel = np.zeros((channels, channels, 2 * factor, 2 * factor), np.float32)
    for channel in range(channels):
        kernel[channel, channel] = np.outer(line, line)
    return kernel


def random_weights(seed, channels, fc6, fc7, slices=3):
    """Weights of He's scale with the fixed bilinear upsampling."""
    generator = np.random.default_rng(seed)
    weights = {}

    def layer(name, inputs, outputs, kernel):
        bound = np.float32(math.sqrt(6 / (inputs * kernel * kernel)))
        shape = (outputs, inputs, kernel, kernel)
        weights[f"{name}.weight"] = (generator.random(shape, np.float32) * 2 - 1) * bound
        weights[f"{name}.bias"] = (generator.random(outputs, np.float32) * 2 - 1) * np.float32(0.1)

    inputs = slices
    for block, (outputs, count) in enumerate(zip(channels, CONVOLUTIONS), 1):
        for index in range(1, count + 1):
            layer(f"conv{block}_{index}", inputs, outputs, 3)
            inputs = outputs
    layer("fc6", inputs, fc6, 7)
    layer("fc7", fc6, fc7, 1)
    layer("score_fr", fc7, slices, 1)
    layer("score_pool4", channels[3], slices, 1)
    layer("score_pool3", channels[2], slices, 1)
    for name, factor in UPSAMPLING.items():
        weights[f"{name}.weight"] = bilinear(factor, slices)
    return weights


def random_saliency(seed, slices=3):
    """The two convolutions of RSTN's saliency transformation, around a saliency of 1."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name, kernel, bias in (("saliency1", 3, 0.2), ("saliency2", 5, 1.0)):
        bound = np.float32(math.sqrt(3 / (slices * kernel * kernel)))
        shape = (slices, slices, kernel, kernel)
        weights[f"{name}.weight"] = (generator.random(shape, np.float32) * 2 - 1) * bound
        weights[f"{name}.bias"] = np.full(slices, bias, np.float32)
    return weights


def tensor(array, dtype):
    return torch.from_numpy(np.ascontiguousarray(array)).to(dtype)


def logits(weights, image, dtype=torch.float64):
    """[slices, rows, columns] -> the same, before the sigmoid; pad 100, ceil pooling, crops at 5, 9 and 31."""

    def convolve(x, name, padding=0):
        return F.conv2d(
            x, tensor(weights[f"{name}.weight"], dtype), tensor(weights[f"{name}.bias"], dtype), padding=padding)

    def upsample(x, name):
        return F.conv_transpose2d(x, tensor(weights[f"{name}.weight"], dtype), stride=UPSAMPLING[name])

    def crop(x, offset, like):
        return x[..., offset:offset + like.shape[-2], offset:offset + like.shape[-1]]

    x = tensor(image, dtype)[None]
    taps = {}
    for block, count in enumerate(CONVOLUTIONS, 1):
        for index in range(1, count + 1):
            x = F.relu(convolve(x, f"conv{block}_{index}", 100 if (block, index) == (1, 1) else 1))
        x = taps[block] = F.max_pool2d(x, 2, 2, ceil_mode=True)
    x = convolve(F.relu(convolve(F.relu(convolve(x, "fc6")), "fc7")), "score_fr")
    x = upsample(x, "upscore2")
    x = upsample(x + crop(convolve(taps[4], "score_pool4"), 5, x), "upscore_pool4")
    x = upsample(x + crop(convolve(taps[3], "score_pool3"), 9, x), "upscore8")
    return x[0, :, 31:31 + image.shape[-2], 31:31 + image.shape[-1]].numpy()


def saliency(weights, probabilities, dtype=torch.float64):
    """RSTN's saliency of a whole slice from the probabilities of three: 3x3 + ReLU, 5x5, both zero-padded."""
    x = tensor(probabilities, dtype)[None]
    for name, padding in (("saliency1", 1), ("saliency2", 2)):
        weight, bias = (tensor(weights[f"{name}.{part}"], dtype) for part in ("weight", "bias"))
        x = F.conv2d(x, weight, bias, padding=padding)
        if name == "saliency1":
            x = F.relu(x)
    return x[0].numpy()
