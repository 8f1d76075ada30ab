"""A whole run of the coarse-to-fine rounds with RSTN's saliency, in numpy and torch: the twin of the plugin's.

Volumes are arrays [x, y, z]. Choices (decision 0018): coarse and fine views averaged, mean >= 0.5; the box of a slice
encloses the previous mask in the slice and its neighbours, plus a margin; the fine network sees image times saliency of
the previous round's averaged probability; components below half of the largest are dropped.
"""

import numpy as np
from scipy import ndimage

import networks

# Slices along this axis; rows and columns of the tensors (Manifest.synthetic in the Swift sources).
VIEWS = {"coronal": (1, 0, 2), "sagittal": (0, 1, 2), "axial": (2, 1, 0)}


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def three_slices(volume, index):
    last = volume.shape[0] - 1
    return volume[[max(index - 1, 0), index, min(index + 1, last)]]


def averaged(volume_shape, predictions):
    """Each slice's mean over what crops say about it: three predictions, two at the ends, absent ones counted 0."""
    sums = np.zeros(volume_shape)
    count = volume_shape[0]
    for index, box, values in predictions:
        for offset in (-1, 0, 1):
            if 0 <= index + offset < count:
                sums[(index + offset,) + box] += values[offset + 1]
    divisor = np.full(count, 3.0)
    divisor[0] = divisor[-1] = 2
    return sums / divisor[:, None, None]


def fuse(predict, image):
    """Mean over the views of what predict(view, slices first) returns, [x, y, z]."""
    total = np.zeros(image.shape)
    for view, axes in VIEWS.items():
        total += averaged([image.shape[axis] for axis in axes], predict(view, axes)).transpose(np.argsort(axes))
    return total / 3


def largest_components(mask, ratio=0.5):
    if not mask.any() or 2 * mask.sum() >= mask.size:
        return mask
    labels, count = ndimage.label(mask)
    sizes = ndimage.sum_labels(mask, labels, range(1, count + 1))
    return np.isin(labels, 1 + np.flatnonzero(sizes >= ratio * sizes.max()))


def run(image, weights, margin, rounds):
    """Returns probabilities and masks of Z(0) ... Z(rounds); weights: view -> (coarse, fine, saliency)."""

    def coarse(view, axes):
        slices = image.transpose(axes)
        whole = (slice(None), slice(None))
        return [
            (index, whole, sigmoid(networks.logits(weights[view][0], three_slices(slices, index))))
            for index in range(slices.shape[0])
        ]

    probabilities = [fuse(coarse, image)]
    masks = [probabilities[0] >= 0.5]
    for _ in range(rounds):
        previous, score = masks[-1], probabilities[-1]

        def fine(view, axes):
            _, network, saliency = weights[view]
            slices, before, scores = (volume.transpose(axes) for volume in (image, previous, score))
            for index in range(slices.shape[0]):
                rows, columns = np.nonzero(three_slices(before, index).any(axis=0))
                if rows.size == 0:
                    continue
                box = tuple(
                    slice(max(where.min() - margin, 0), min(where.max() + margin + 1, size))
                    for where, size in zip((rows, columns), slices.shape[1:]))
                seen = three_slices(slices, index) * networks.saliency(saliency, three_slices(scores, index))
                yield index, box, sigmoid(networks.logits(network, seen[(slice(None),) + box]))

        probabilities.append(fuse(fine, image))
        masks.append(largest_components(probabilities[-1] >= 0.5))
    return probabilities, masks
