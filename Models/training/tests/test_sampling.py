"""Which slices and frames the networks see."""

from __future__ import annotations

import numpy as np

from grid import WorkingVolume
from sampling import Placement, Sampler, union_boxes
from settings import Settings


def volume(seed: int = 1) -> WorkingVolume:
    """A box of label 1 that touches the last slices along z."""
    levels = np.random.default_rng(seed).integers(1, 255, (60, 50, 20)).astype(np.uint8)
    labels = np.zeros_like(levels)
    labels[25:35, 20:28, 12:20] = 1
    return WorkingVolume(levels, labels)


def slow_union_box(masks: np.ndarray, place: int) -> list[int]:
    """The box by definition."""
    union = np.zeros(masks.shape[1:], bool)
    for neighbour in (place - 1, place, place + 1):
        if 0 <= neighbour < len(masks):
            union |= masks[neighbour]
    if not union.any():
        return [-1, -1, -1, -1]
    found = np.argwhere(union)
    return [*found.min(0).tolist(), *(found.max(0) + 1).tolist()]


def test_union_boxes_are_those_of_three_slices_everywhere() -> None:
    rng = np.random.default_rng(3)
    for count in (1, 2, 3, 9):
        masks = rng.random((count, 7, 11)) < 0.03
        assert union_boxes(masks).tolist() == [slow_union_box(masks, place) for place in range(count)]


def test_first_and_last_slice_take_their_one_neighbour_into_account() -> None:
    masks = np.zeros((4, 9, 9), bool)
    masks[0, 2, 3] = masks[1, 6, 7] = masks[2, 1, 1] = masks[3, 4, 4] = True
    boxes = union_boxes(masks)
    assert boxes[0].tolist() == [2, 3, 7, 8]
    assert boxes[3].tolist() == [1, 1, 5, 5]


def test_least_pixels_and_margin_are_the_papers_by_area_and_length() -> None:
    at_3_mm = Settings("fine", "A")
    assert (at_3_mm.least_pixels, at_3_mm.largest_margin) == (6, 15)
    paper = Settings("fine", "A", pixel=0.75)
    assert (paper.least_pixels, paper.largest_margin) == (100, 60)


def test_margins_of_fine_frames_are_uniform_on_each_side() -> None:
    settings = Settings("fine", "A", batch=1, brightness=0, outside_share=0, repeat_share=0)
    sampler = Sampler([volume()], [1], settings)
    counts = np.zeros((4, settings.largest_margin + 1), int)
    draws = 3200
    for iteration in range(draws):
        truth = sampler.batch(iteration).truth[0, 0]
        rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
        sides = (rows[0], columns[0], truth.shape[0] - 1 - rows[-1], truth.shape[1] - 1 - columns[-1])
        for side, margin in enumerate(sides):
            counts[side, margin] += 1
    expected = draws / (settings.largest_margin + 1)
    chi_squared = ((counts - expected) ** 2 / expected).sum(1)
    # 15 degrees of freedom: 37.7 is passed once in a thousand; the seed is fixed.
    assert (chi_squared < 37.7).all(), chi_squared


def test_frames_hold_real_voxels_and_end_at_the_border() -> None:
    labels = np.zeros((30, 30, 8), np.uint8)
    labels[0:6, 24:30, :] = 1
    levels = np.random.default_rng(5).integers(1, 255, labels.shape).astype(np.uint8)
    settings = Settings("fine", "A", batch=1, brightness=0, outside_share=0, repeat_share=0)
    sampler = Sampler([WorkingVolume(levels, labels)], [1], settings)
    for iteration in range(50):
        batch = sampler.batch(iteration)
        assert batch.counted.all()
        assert (batch.images > 0).all()
        assert batch.truth[0, 0, 0, -1]


def test_batches_hold_frames_of_like_size_and_count_no_filling() -> None:
    settings = Settings("fine", "A", batch=8, brightness=0)
    sampler = Sampler([volume(1), volume(2)], [1], settings)
    for iteration in range(20):
        batch = sampler.batch(iteration)
        assert batch.images.shape[0] == 8
        assert (batch.images[:, 1:2][~batch.counted] == 0).all()
        assert not batch.truth[~batch.counted].any()
        assert batch.counted.mean() > 0.6


def test_coarse_slices_hold_the_organ_unless_drawn_from_all_of_the_body() -> None:
    sampler = Sampler([volume()], [1], Settings("coarse", "A", empty_share=0, brightness=0))
    assert all(sampler.batch(iteration).truth.any((1, 2, 3)).all() for iteration in range(10))
    sampler = Sampler([volume()], [1], Settings("coarse", "A", empty_share=1, brightness=0))
    assert not all(sampler.batch(iteration).truth.any((1, 2, 3)).all() for iteration in range(10))


def test_three_channels_are_the_slice_and_its_neighbours() -> None:
    one = volume()
    sampler = Sampler([one], [1], Settings("coarse", "C", empty_share=1, brightness=0, repeat_share=0))
    image = sampler.batch(0).images[0]
    places = [place for place in range(50) if np.array_equal(one.levels[:, place] / np.float32(255), image[1])]
    place = places[0]
    assert np.array_equal(image[0], one.levels[:, max(place - 1, 0)] / np.float32(255))
    assert np.array_equal(image[2], one.levels[:, min(place + 1, 49)] / np.float32(255))


def test_batches_depend_on_seed_and_iteration_alone() -> None:
    settings = Settings("fine", "S", batch=4)
    first, second = (Sampler([volume()], [1], settings) for _ in range(2))
    first.batch(1)
    assert np.array_equal(first.batch(7).images, second.batch(7).images)


def test_paper_profile_has_the_masks_of_three_slices() -> None:
    settings = Settings("coarse", "A", batch=1, profile="paper", brightness=0, empty_share=1)
    sampler = Sampler([volume()], [1], settings)
    truth = [sampler.batch(iteration).truth for iteration in range(40)]
    assert truth[0].shape[1] == 3
    assert any(one[0, 2].any() and not one[0, 0].any() for one in truth)


def test_unturned_placement_is_the_frame_itself() -> None:
    slices = np.random.default_rng(7).integers(0, 255, (3, 20, 31)).astype(np.uint8)
    placement = Placement.of((2, 5, 11, 30), 0.0, 1.0)
    assert (placement.linear(slices) == slices[:, 2:11, 5:30]).all()
    assert (placement.nearest(slices) == slices[:, 2:11, 5:30]).all()
    assert placement.is_inside((20, 31)).all()


def test_turning_by_a_right_angle_is_that_of_the_array() -> None:
    slices = np.random.default_rng(8).integers(0, 255, (2, 9, 9)).astype(np.uint8)
    turned = Placement.of((0, 0, 9, 9), 90.0, 1.0)
    for result in (turned.linear(slices), turned.nearest(slices)):
        assert (result == np.rot90(slices, -1, (1, 2))).all()


def test_a_factor_of_two_shows_the_organ_at_half_its_size() -> None:
    mask = np.zeros((41, 41), bool)
    mask[10:31, 14:27] = True
    shown = Placement.of((0, 0, 41, 41), 0.0, 2.0).nearest(mask)
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    assert (len(rows), len(columns)) == (11, 7)


def test_turned_samples_keep_image_and_truth_together_and_count_only_the_slice() -> None:
    labels = np.zeros((40, 40, 6), np.uint8)
    labels[22:34, 20:30, :] = 1
    volumes = [WorkingVolume(np.where(labels == 1, 200, 50).astype(np.uint8), labels)]
    settings = Settings("fine", "A", rotation=12, scaling=0.15, brightness=0, outside_share=0, repeat_share=0)
    sampler, uncounted, turned = Sampler(volumes, [1], settings), 0, False
    for iteration in range(20):
        batch = sampler.batch(iteration)
        is_organ = batch.images[:, 1] > 125 / 255
        assert (is_organ != batch.truth[:, 0]).mean() < 0.06
        assert not batch.truth[~batch.counted].any() and not batch.images[:, 1][~batch.counted[:, 0]].any()
        uncounted += int((~batch.counted).sum())
        turned = turned or any(len(set(row.sum(0)[row.any(0)])) > 2 for row in batch.truth[:, 0])
    assert uncounted > 0 and turned
