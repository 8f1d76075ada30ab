"""The working grid, against its rules and against what the plugin's own tests expect."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

from cohort import Case, CohortError, cached_case, load_case, read_cohort
from grid import Grid, anti_alias_kernel, body_box, padding, resample, resample_labels, resampling_matrix, window_levels


def test_size_and_corner_of_a_resampled_axis() -> None:
    matrix = resampling_matrix(10, 2.0, 3.0)
    assert matrix.shape == (7, 10)
    assert np.allclose(matrix.sum(1), 1, atol=1e-6)
    assert resampling_matrix(10, 3.0, 3.0) is None
    # 5 * 1 / 2 = 2.5 goes to the even 2, as in the plugin.
    assert resampling_matrix(5, 1.0, 2.0).shape == (2, 5)


def test_finer_spacing_interpolates_without_a_filter() -> None:
    assert anti_alias_kernel(0.5).tolist() == [1]
    line = resample(np.array([0.0, 10, 20]).reshape(3, 1, 1), (2.0, 1.0, 1.0), 1.0)
    assert line.ravel().tolist() == [0, 2.5, 7.5, 12.5, 17.5, 20]


def test_coarser_spacing_filters_with_the_gaussian_of_the_rule() -> None:
    kernel = anti_alias_kernel(3.0)
    sigma = 0.42 * 8**0.5
    assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1
    assert np.isclose(kernel[len(kernel) // 2 + 1] / kernel[len(kernel) // 2], np.exp(-0.5 / sigma**2))
    flat = resample(np.full((9, 9, 9), 41), (1.0, 1.0, 1.0), 3.0)
    assert np.allclose(flat, 41, atol=1e-4)


def test_labels_take_voxels_that_they_fill_by_half() -> None:
    labels = np.zeros((12, 12, 12), np.uint8)
    labels[:6] = 2
    labels[6:] = 5
    small = resample_labels(labels, (1.5, 1.5, 1.5), 3.0)
    assert small.shape == (6, 6, 6)
    assert (small[:3] == 2).all() and (small[3:] == 5).all()


def test_body_box_is_the_largest_component_and_its_margin() -> None:
    volume = np.full((60, 50, 20), -1000, np.int16)
    volume[20:40, 15:35, 2:18] = 40
    volume[2:6, 2:48, :] = 100
    volume[6:20, 25, 10] = 40
    # The cross of the opening reaches one voxel into the bridge, to x = 19.
    assert body_box(volume, Grid()) == (slice(16, 43), slice(12, 38), slice(None))
    assert body_box(np.full((9, 9, 9), -1000, np.int16), Grid()) == (slice(None),) * 3


def test_padding_puts_the_smaller_half_before() -> None:
    assert padding((5, 40, 13), (1, 1, 32)) == [(0, 0), (0, 0), (9, 10)]


def test_window_has_255_levels_with_ties_to_even() -> None:
    levels = window_levels(np.array([-2000, -100, 0, 70, 240, 3000]), Grid())
    assert levels.tolist() == [0, 0, 75, 128, 255, 255]


def test_axes_are_turned_to_left_posterior_superior(tmp_path) -> None:
    lps = np.random.default_rng(1).integers(-100, 200, (20, 18, 34)).astype(np.int16)
    labels = (lps > 150).astype(np.uint8)
    # Stored as superior, right, posterior.
    turned = np.ascontiguousarray(np.moveaxis(lps, 2, 0)[:, ::-1])
    affine = np.zeros((4, 4))
    affine[2, 0], affine[0, 1], affine[1, 2], affine[3, 3] = 3, 3, -3, 1
    for name, array in (("ct", turned), ("labels", np.moveaxis(labels, 2, 0)[:, ::-1])):
        nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(array), affine), tmp_path / f"{name}.nii.gz")
    case = Case("one", tmp_path / "ct.nii.gz", tmp_path / "labels.nii.gz")
    volume = load_case(case, Grid(body_threshold=None))
    assert np.array_equal(volume.levels, window_levels(lps, Grid()))
    assert np.array_equal(volume.labels, labels)


def test_cache_follows_the_files_and_the_grid(toy_cohort, tmp_path) -> None:
    case = read_cohort(toy_cohort).cases[0]
    first = cached_case(case, Grid(), tmp_path / "cache")
    assert first.levels.shape[2] == 32
    again = cached_case(case, Grid(), tmp_path / "cache")
    assert np.array_equal(first.levels, again.levels)
    other = cached_case(case, Grid(minimum_size=(1, 1, 48)), tmp_path / "cache")
    assert other.levels.shape[2] == 48


def test_folders_without_a_description_are_cohorts(toy_cohort) -> None:
    (toy_cohort / "cohort.json").unlink()
    cohort = read_cohort(toy_cohort)
    assert [case.name for case in cohort.cases] == ["case-001", "case-002", "case-003", "case-004"]
    assert cohort.organ_value("pancreas") == 1
    assert len(cohort.select(sets=("training",))) == 4


def test_bad_cohorts_are_refused_in_one_sentence(toy_cohort, tmp_path) -> None:
    with pytest.raises(CohortError, match="neither cohort.json"):
        (tmp_path / "empty").mkdir()
        read_cohort(tmp_path / "empty")
    with pytest.raises(CohortError, match="not a folder"):
        read_cohort(tmp_path / "nowhere")
    with pytest.raises(CohortError, match="no label named 'gut'; known are pancreas"):
        read_cohort(toy_cohort).organ_value("gut")
    (toy_cohort / "cohort.json").write_text('{"schema": "org.islet.cohort/2"}')
    with pytest.raises(CohortError, match="expected 'org.islet.cohort/1'"):
        read_cohort(toy_cohort)
