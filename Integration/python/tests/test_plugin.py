"""The real plugin on the repository's CT: the same bits as the harness, from any array and any image package."""

import itertools
import json
import os
import signal
import threading
import time

import islet
import nibabel
import numpy as np
import pytest
import SimpleITK


@pytest.fixture(scope="module")
def ct(repository):
    return nibabel.load(repository / "Integration/data/example_ct.nii.gz")


@pytest.fixture(scope="module")
def found(pancreas, ct):
    return pancreas.segment(ct, islet.SegmentRequest(probability="uint8", view_masks=True))


@pytest.mark.parametrize("case", ["example-ct-pancreas", "phantom-3000-pancreas"])
def test_nibabel_image_gives_the_golden_result_of_the_harness(plugin, repository, case):
    folder = repository / "Integration/regression" / case
    description = json.loads((folder / "case.json").read_text())
    image = nibabel.load(folder / description["input"])
    with islet.PluginInstance(plugin, bundle=folder / description["bundle"]) as instance:
        found = instance.segment(image, islet.SegmentRequest(probability="uint8"))
    assert found.mask.any()
    # Of the probability the last of 255 steps may differ: other kernels of the engine sum in another order.
    for array, name, most in ((found.mask, "mask.nii.gz", 0), (found.probability, "probability-255.nii.gz", 1)):
        golden = np.asarray(nibabel.load(folder / name).dataobj.get_unscaled())
        np.testing.assert_allclose(array.astype(int), golden.astype(int), rtol=0, atol=most)


def test_summary_trace_and_manifest_tell_the_same(found, pancreas):
    summary, trace = found.summary, found.trace
    assert summary.voxels == int((found.mask != 0).sum()) == trace["voxels"] > 0
    assert summary.volume_ml == pytest.approx(summary.voxels * np.prod(found.geometry.spacing_mm) / 1000)
    assert summary.flags.names == tuple(trace["flags"])
    assert summary.end.name.lower().replace("_", "-") == trace["end"] and summary.rounds == len(trace["rounds"])
    assert summary.predicted_dsc == pytest.approx(trace["confidence"]["estimate"])
    assert summary.predicted_dsc_lower == pytest.approx(trace["confidence"]["lower_90"])
    assert summary.predicted_dsc_lower < summary.predicted_dsc
    assert summary.grade.name.lower() == trace["confidence"]["grade"]
    assert trace == pancreas.trace() and trace["schema"].startswith("org.islet.trace/")
    manifest = pancreas.describe_bundle()
    assert manifest["labels"][0]["name"] == "pancreas" and manifest["labels"][0]["value"] == found.mask.max()
    assert set(np.unique(found.view_masks)) <= set(range(8)) and found.view_masks.any()


def test_simpleitk_image_gives_the_same_bits(found, pancreas, repository):
    image = SimpleITK.ReadImage(str(repository / "Integration/data/example_ct.nii.gz"))
    again = pancreas.segment(image, islet.SegmentRequest(probability="float32"))
    np.testing.assert_array_equal(again.mask, found.mask.T)
    np.testing.assert_array_equal(again.probability, found.probability.T.astype(np.float32) / np.float32(255))
    written = islet.to_simpleitk(again.mask, again.geometry)
    assert written.GetSize() == image.GetSize()
    written.CopyInformation(image)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("flipped", [(), (1,), (0, 1, 2)])
def test_array_and_geometry_turned_together_give_the_same_bits(found, pancreas, ct, order, flipped):
    """Slicer's and InVesalius's arrays are [k, j, i], InVesalius's flipped in y."""
    voxels, geometry = np.asarray(ct.dataobj), islet.Geometry.from_affine(ct.affine, space="RAS", axes="ijk")
    voxels, geometry, mask = voxels.transpose(order), geometry.permuted(order), found.mask.transpose(order)
    for axis in flipped:
        geometry = geometry.flipped(axis, voxels.shape[axis])
    turned = pancreas.segment(islet.Volume(np.flip(voxels, flipped), geometry), islet.SegmentRequest(probability=None))
    np.testing.assert_array_equal(turned.mask, np.flip(mask, flipped))


@pytest.mark.parametrize("kind", ["int32", "float32", "float64"])
def test_element_type_does_not_change_the_bits(found, pancreas, ct, kind):
    volume = islet.Volume(np.asarray(ct.dataobj).astype(kind), found.geometry)
    np.testing.assert_array_equal(pancreas.segment(volume).mask, found.mask)


def test_rescale_is_the_plugins(found, pancreas, ct):
    stored = (np.asarray(ct.dataobj).astype(np.int32) + 4096).astype(np.uint16)
    volume = islet.Volume(stored, found.geometry, intercept=-4096)
    np.testing.assert_array_equal(pancreas.segment(volume).mask, found.mask)


def test_initial_mask_of_a_user_replaces_the_coarse_pass(found, pancreas, ct):
    again = pancreas.segment(ct, islet.SegmentRequest(initial_mask=found.mask))
    assert again.summary.voxels > 0 and again.trace["coarse"]["slices_computed"] == 0


@pytest.mark.parametrize("axes", ["ijk", "kji"])
def test_initial_box_is_the_mask_of_its_voxels(found, pancreas, ct, axes):
    """Around the mask that a run found, with a border of four voxels, given in millimetres; in both orders of axes."""
    voxels, mask = np.asarray(ct.dataobj), found.mask
    if axes == "kji":
        voxels, mask = voxels.T, mask.T
    volume = islet.Volume(voxels, islet.Geometry.from_affine(ct.affine, space="RAS", axes=axes))
    places = np.argwhere(mask)
    first, last = places.min(axis=0) - 4, places.max(axis=0) + 4
    affine = volume.geometry.affine(space="LPS", axes="ijk")
    corner, opposite = ((affine @ [*end, 1])[:3] for end in (first, last))
    box = volume.geometry.box(corner, opposite, space="LPS", shape=volume.shape)
    assert box == tuple(slice(int(f), int(e) + 1) for f, e in zip(first, last))
    drawn = np.zeros(volume.shape, dtype=bool)
    drawn[box] = True
    boxed = pancreas.segment(volume, islet.SegmentRequest(initial_box=box, rounds=2))
    masked = pancreas.segment(volume, islet.SegmentRequest(initial_mask=drawn, rounds=2))
    assert boxed.mask.any() and boxed.trace["coarse"]["slices_computed"] == 0
    np.testing.assert_array_equal(boxed.mask, masked.mask)
    np.testing.assert_array_equal(boxed.probability, masked.probability)
    with pytest.raises(islet.RequestError, match="one of them"):
        pancreas.segment(volume, islet.SegmentRequest(initial_box=box, initial_mask=drawn))


def test_fusions_and_filter_are_told_in_the_trace(pancreas, ct):
    for coarse, fine in itertools.permutations((islet.Fusion.MEAN, islet.Fusion.MAJORITY)):
        request = islet.SegmentRequest(rounds=0, coarse_fusion=coarse, fine_fusion=fine, component_ratio=0.25)
        profile = pancreas.segment(ct, request).trace["profile"]
        assert (profile["coarse_fusion"], profile["fine_fusion"]) == (coarse.name.lower(), fine.name.lower())
        assert profile["component_ratio"] == 0.25
    off = pancreas.segment(ct, islet.SegmentRequest(rounds=0, component_ratio=0)).trace["profile"]
    assert "component_ratio" not in off
    with pytest.raises(islet.RequestError, match="component_ratio"):
        pancreas.segment(ct, islet.SegmentRequest(component_ratio=1.5))


def test_passes_are_seen_in_order(pancreas, ct, found):
    seen = []
    pancreas.segment(ct, on_pass=seen.append)
    assert [one.round for one in seen] == list(range(found.summary.rounds + 1))
    assert seen[0].dsc_to_previous is None
    np.testing.assert_array_equal(seen[-1].mask, found.mask)


def test_progress_never_falls(pancreas, ct):
    seen = []
    pancreas.segment(ct, progress=seen.append)
    fractions = [step.fraction for step in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert {step.stage for step in seen} >= {"prepare", "coarse", "fine", "finish"}


def test_cancel_in_the_middle_and_run_again(pancreas, ct, found):
    def progress(step):
        if step.stage == "fine":
            pancreas.cancel()

    with pytest.raises(islet.Cancelled):
        pancreas.segment(ct, progress=progress)
    np.testing.assert_array_equal(pancreas.segment(ct).mask, found.mask)


def test_keyboard_interrupt_in_the_middle_and_run_again(pancreas, ct, found, ctrl_c):
    def progress(step):
        if step.stage == "coarse" and step.fraction > 0.2:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pancreas.segment(ct, progress=progress)
    np.testing.assert_array_equal(pancreas.segment(ct).mask, found.mask)


def test_two_instances_in_two_threads_give_the_bits_of_one(plugin, ct, found):
    masks = {}

    def run(name):
        with islet.PluginInstance(plugin, bundle=plugin.bundle("pancreas")) as instance:
            masks[name] = instance.segment(ct, islet.SegmentRequest(threads=1)).mask

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    ticks = 0
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.01)
        ticks += 1
    assert ticks > 1
    for name in "ab":
        np.testing.assert_array_equal(masks[name], found.mask)


def test_nothing_found_is_a_result(pancreas):
    air = np.full((40, 40, 40), -1000, dtype=np.int16)
    nothing = pancreas.segment(islet.Volume(air, islet.Geometry((3, 3, 3))))
    assert nothing.summary.is_empty and islet.Flag.EMPTY in nothing.summary.flags and not nothing.mask.any()
    assert nothing.summary.predicted_dsc is None and nothing.summary.grade is islet.Grade.NONE


def test_bundles_that_nobody_vouches_for_are_accepted_by_name_only(plugin, ct):
    bundle = plugin.bundle("pancreas")
    with pytest.raises(islet.UntrustedBundleError) as refused:
        islet.PluginInstance(plugin, bundle=bundle, trust=islet.BundleTrust(trusted_keys=""))
    assert refused.value.status is islet.Status.ERROR_BUNDLE_FOREIGN
    trust = islet.BundleTrust(trusted_keys="", accepted=islet.Flag.FOREIGN_BUNDLE)
    with islet.PluginInstance(plugin, bundle=bundle, trust=trust) as instance:
        found = instance.segment(ct, islet.SegmentRequest(rounds=0))
    assert islet.Flag.FOREIGN_BUNDLE in found.summary.flags and "foreign-bundle" in found.summary.flags.names
    newer = islet.BundleTrust(minimum_versions={"pancreas": "99.0.0"})
    with pytest.raises(islet.UntrustedBundleError) as refused:
        islet.PluginInstance(plugin, bundle=bundle, trust=newer)
    assert refused.value.status is islet.Status.ERROR_BUNDLE_ROLLED_BACK
    with pytest.raises(islet.CallError) as refused:
        islet.PluginInstance(plugin, trust=islet.BundleTrust(accepted=islet.Flag.EMPTY))
    assert refused.value.status is islet.Status.ERROR_CONFIG and refused.value.sentence


def test_quality_and_precision_are_told_in_the_trace(pancreas, ct, found):
    request = islet.SegmentRequest(quality=islet.Quality.FAST, precision=islet.Precision.FLOAT32, rounds=0)
    fast = pancreas.segment(ct, request).trace
    assert (fast["quality"], fast["precision"]) == ("fast", "float32")
    assert fast["coarse"]["slices_computed"] < found.trace["coarse"]["slices_computed"]


def test_errors_are_typed_and_say_what_to_do(plugin, pancreas, ct, tmp_path):
    with islet.PluginInstance(plugin) as instance:
        with pytest.raises(islet.WrongOrderError, match="load_bundle"):
            instance.segment(ct)
        with pytest.raises(islet.BundleError) as absent:
            instance.load_bundle(tmp_path / "absent.islet")
        assert absent.value.status is islet.Status.ERROR_BUNDLE_UNREADABLE and "absent.islet" in str(absent.value)
        (tmp_path / "damaged.islet").write_bytes(b"no bundle" * 100)
        with pytest.raises(islet.BundleError):
            instance.load_bundle(tmp_path / "damaged.islet")
    with pytest.raises(islet.RequestError, match="ISLET_ERROR_REQUEST"):
        pancreas.segment(ct, islet.SegmentRequest(label=99))
    sheared = np.array(ct.affine)
    sheared[0, 1] += 1
    with pytest.raises(islet.VolumeError):
        pancreas.segment(nibabel.Nifti1Image(np.asarray(ct.dataobj), sheared))
    with pytest.raises(islet.VolumeError):
        pancreas.segment(islet.Volume(np.zeros((0, 3, 3), dtype=np.int16), islet.Geometry((1, 1, 1))))
