"""Calls, callbacks, cancelling and errors, against a plugin that does as told."""

import ctypes
import gc
import os
import pickle
import re
import signal
import threading
import time

import islet
import numpy as np
import pytest

LARGEST = 2**32 - 1


def opened(fake, bundle, **settings):
    return islet.PluginInstance(fake, bundle=bundle, **settings)


def counts(fake):
    library = ctypes.CDLL(str(fake.path))
    return tuple(ctypes.c_int.in_dll(library, name).value for name in ("fake_created", "fake_destroyed"))


# ---------------------------------------------------------------- requests and results


def test_defaults_are_zeros_and_the_summary_is_typed(fake, volume):
    with opened(fake, "echo") as instance:
        found = instance.segment(volume)
    asked = ("label", "quality", "precision", "threads", "overrides", "rounds", "margin", "threshold", "drawn")
    assert [found.trace[name] for name in asked] == [0] * 9
    summary = found.summary
    assert (summary.end, summary.grade, summary.rounds, summary.voxels) == (
        islet.End.CONVERGED,
        islet.Grade.HIGH,
        3,
        60,
    )
    assert (summary.predicted_dsc, summary.predicted_dsc_lower, summary.volume_ml) == (0.8, 0.7, 1.5)
    assert summary.flags == islet.Flag.TOUCHES_BORDER | islet.Flag.LOW_CONFIDENCE
    assert summary.flags.names == ("touches-border", "low-confidence")
    assert not summary.is_empty and found.view_masks is None and found.geometry is volume.geometry


def test_every_setting_reaches_the_plugin(fake, volume):
    request = islet.SegmentRequest(
        label="spleen", threads=3, rounds=0, threshold=0.5, margin=12, quality=islet.Quality.EXACT,
        precision=islet.Precision.FLOAT32, probability=None, view_masks=True,
    )  # fmt: skip
    with opened(fake, "echo") as instance:
        found = instance.segment(volume, request)
    told = {name: found.trace[name] for name in ("label", "threads", "rounds", "threshold", "margin", "overrides")}
    assert told == {"label": 7, "threads": 3, "rounds": 0, "threshold": 0.5, "margin": 12, "overrides": 7}
    assert (found.trace["quality"], found.trace["precision"]) == (1, 1)
    assert found.probability is None and found.view_masks.shape == volume.shape


@pytest.mark.parametrize("name", ["label", "threads", "rounds", "margin"])
def test_numbers_that_do_not_fit_are_left_for_the_plugin_to_refuse(fake, volume, name):
    with opened(fake, "echo") as instance:
        for value in (-1, 2**32, 2**70):
            assert instance.segment(volume, islet.SegmentRequest(**{name: value})).trace[name] == LARGEST
        with pytest.raises(TypeError):
            instance.segment(volume, islet.SegmentRequest(**{name: 1.5}))


def test_label_0_is_not_read_as_the_first(fake, volume):
    with opened(fake, "echo") as instance:
        assert instance.segment(volume, islet.SegmentRequest(label=0)).trace["label"] == LARGEST
        with pytest.raises(ValueError, match="no label 'kidney'; it has 'pancreas', 'spleen'"):
            instance.segment(volume, islet.SegmentRequest(label="kidney"))
        with pytest.raises(ValueError, match="probability is 'int8'"):
            instance.segment(volume, islet.SegmentRequest(probability="int8"))


@pytest.mark.parametrize("order", ["C", "F"])
def test_initial_mask_is_packed_as_the_volume(fake, volume, order):
    """The fake plugin adds the positions of the drawn voxels, counted along its own axes."""
    drawn = np.zeros(volume.shape, dtype=np.float64)
    drawn[1, 2, 3] = -0.5
    drawn[0, 0, 1] = 9
    voxels = np.array(volume.voxels, order=order)
    position = np.arange(60).reshape(volume.shape, order=order)
    with opened(fake, "echo") as instance:
        found = instance.segment(islet.Volume(voxels, volume.geometry), islet.SegmentRequest(initial_mask=drawn))
        assert found.trace["drawn"] == position[1, 2, 3] + 1 + position[0, 0, 1] + 1
        with pytest.raises(ValueError, match=r"\(5, 4, 3\), expected the volume's, \(3, 4, 5\)"):
            instance.segment(volume, islet.SegmentRequest(initial_mask=drawn.T))


@pytest.mark.parametrize(("order", "by_memory"), [("C", (2, 1, 0)), ("F", (0, 1, 2))])
def test_initial_box_goes_by_array_axis(fake, volume, order, by_memory):
    volume = islet.Volume(np.array(volume.voxels, order=order), volume.geometry)
    first, size = (1, 0, 2), (2, 4, 1)
    with opened(fake, "echo") as instance:
        found = instance.segment(volume, islet.SegmentRequest(initial_box=np.s_[1:3, :, 2:3]))
        assert found.trace["box"] == [first[axis] for axis in by_memory] + [size[axis] for axis in by_memory]
        assert instance.segment(volume).trace["box"] == [0] * 6
        numbers = (slice(np.int64(1), np.int32(3), 1), slice(0, 4), slice(2, 3))
        assert instance.segment(volume, islet.SegmentRequest(initial_box=numbers)).trace["box"] == found.trace["box"]


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (np.s_[1:3, :, 2:6], r"slice\(2, 6, None\) along array axis 2, expected 0 <= start < stop <= 5"),
        (np.s_[-2:3, :, :], "array axis 0"),
        (np.s_[0:-1, :, :], "array axis 0"),
        (np.s_[:, 2:2, :], "array axis 1"),
        (np.s_[:, 3:1, :], "array axis 1"),
        (np.s_[:, :, ::2], "no step"),
        (np.s_[:, :, 2**70 :], r"the shape \(3, 4, 5\)"),
    ],
)
def test_initial_box_that_is_empty_or_reaches_outside_is_refused(fake, volume, box, words):
    with opened(fake, "echo") as instance:
        for call in (instance.segment, instance.plan):
            with pytest.raises(ValueError, match=words):
                call(volume, islet.SegmentRequest(initial_box=box))


@pytest.mark.parametrize("box", [np.s_[1:3], np.s_[1:3, :], np.s_[1, 2, 3], (0, 3), "box", np.s_[0.5:2, :, :]])
def test_initial_box_of_another_form_is_refused(fake, volume, box):
    with opened(fake, "echo") as instance, pytest.raises(TypeError):
        instance.segment(volume, islet.SegmentRequest(initial_box=box))


def test_values_of_a_newer_plugin_are_not_known_but_no_error(fake, volume):
    with opened(fake, "unknown") as instance:
        summary = instance.segment(volume).summary
    assert summary.end is None and summary.grade is None
    assert int(summary.flags) >> 63 == 1 and summary.flags.names == ("touches-border", "low-confidence", "bit-63")


def test_what_an_older_plugin_does_not_fill_is_none(fake, volume):
    with opened(fake, "old-output") as instance:
        summary = instance.segment(volume).summary
    assert summary.is_empty
    assert (summary.dsc_to_previous, summary.view_agreement) == (None, None)
    assert (summary.predicted_dsc, summary.predicted_dsc_lower) == (None, None)


def test_texts_that_are_no_json_object_are_refused(fake, volume):
    with opened(fake, "no-json") as instance:
        with pytest.raises(islet.IncompatiblePluginError, match="describe_bundle gave no JSON object"):
            instance.describe_bundle()
        with pytest.raises(islet.IncompatiblePluginError, match="trace gave no JSON object: found list"):
            instance.segment(volume)


# ---------------------------------------------------------------- trust


@pytest.mark.parametrize(
    ("trust", "told"),
    [
        (None, "NULL|NULL|0"),
        (islet.BundleTrust(trusted_keys=""), "|NULL|0"),
        (
            islet.BundleTrust(
                "a key", {"a": "1.0.0", "b": "0.2.0"}, islet.Flag.UNSIGNED_BUNDLE | islet.Flag.CHANGED_BUNDLE
            ),
            "a key|a 1.0.0\nb 0.2.0\n|131200",
        ),
    ],
)
def test_trust_reaches_the_plugin(fake, trust, told):
    lines = []
    with opened(fake, "config", trust=trust, log=lambda severity, line: lines.append(line)):
        assert lines == ["create", told]


def test_config_that_is_refused_is_an_error_with_the_sentence_of_the_log(fake):
    with pytest.raises(islet.CallError, match="empty cannot be accepted") as error:
        islet.PluginInstance(fake, trust=islet.BundleTrust(accepted=islet.Flag.EMPTY))
    assert error.value.status is islet.Status.ERROR_CONFIG


# ---------------------------------------------------------------- errors


def statuses(repository):
    text = (repository / "Plugin/abi/islet-1.0.layout").read_text()
    return {int(n): name for name, n in re.findall(r"^(ISLET_ERROR_\w+) (\d+)$", text, re.M)}


def test_each_status_is_an_error_of_its_family_with_the_sentence(fake, volume, repository):
    families = {1: islet.CallError, 2: islet.BundleError, 3: islet.ResourcesError, 4: islet.InternalError}
    assert len(statuses(repository)) >= 16
    for number, name in statuses(repository).items():
        with opened(fake, f"segment-status:{number}") as instance, pytest.raises(families[number // 100]) as error:
            instance.segment(volume)
        assert error.value.sentence == f"sentence of {number}" and error.value.status == number
        assert isinstance(error.value.status, islet.Status) and f"ISLET_{error.value.status.name}" == name
        assert pickle.loads(pickle.dumps(error.value)).status == number


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (103, islet.WrongOrderError),
        (104, islet.BusyError),
        (105, islet.VolumeError),
        (107, islet.RequestError),
        (206, islet.UntrustedBundleError),
        (209, islet.UntrustedBundleError),
        (299, islet.BundleError),
        (399, islet.ResourcesError),
        (999, islet.InternalError),
        (-1, islet.InternalError),
    ],
)
def test_statuses_with_a_class_of_their_own_and_unknown_ones(fake, number, kind):
    with pytest.raises(kind, match=f"sentence of {number} \\(a name\\)") as error:
        opened(fake, f"status:{number}")
    assert type(error.value) is kind and error.value.status == number


def test_refused_create_is_an_error_and_leaves_nothing(fake):
    before = counts(fake)
    with pytest.raises(islet.ResourcesError, match="made no instance"):
        islet.PluginInstance(fake, host_name="refused")
    gc.collect()
    assert counts(fake) == before


# ---------------------------------------------------------------- cancelling


def later(seconds, action):
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


@pytest.mark.parametrize("bundle", ["wait", "wait-in-worker"])
def test_cancel_from_another_thread_is_an_outcome(fake, volume, bundle):
    with opened(fake, bundle) as instance:
        assert instance.cancel() is False
        timer = later(0.05, instance.cancel)
        with pytest.raises(islet.Cancelled) as outcome:
            instance.segment(volume)
        timer.join()
        assert not isinstance(outcome.value, islet.IsletError)
        instance.load_bundle("echo")
        assert instance.segment(volume).summary.voxels == 60


def test_host_function_cancels(fake, volume):
    polls = []
    with opened(fake, "wait-in-worker") as instance, pytest.raises(islet.Cancelled):
        instance.segment(volume, is_cancelled=lambda: polls.append(threading.get_ident()) or len(polls) == 5)
    assert len(polls) == 5 and threading.get_ident() not in polls


def test_keyboard_interrupt_ends_the_run_and_is_raised(fake, volume, capfd, ctrl_c):
    """A signal of the system, while the main thread is inside the plugin."""
    with opened(fake, "wait") as instance:
        for _ in range(20):
            timer = later(0.02, lambda: os.kill(os.getpid(), signal.SIGINT))
            start = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                instance.segment(volume)
            assert time.monotonic() - start < 10
            timer.join()
            assert signal.getsignal(signal.SIGINT) is ctrl_c
        instance.load_bundle("echo")
        assert instance.segment(volume).summary.voxels == 60
    assert "Exception ignored" not in capfd.readouterr().err


def test_other_signal_handlers_run_at_once_and_need_not_end_the_run(fake, volume):
    seen = []
    original = signal.signal(signal.SIGUSR1, lambda *_: seen.append(instance.cancel()))
    try:
        with opened(fake, "wait") as instance:
            timer = later(0.02, lambda: os.kill(os.getpid(), signal.SIGUSR1))
            with pytest.raises(islet.Cancelled):
                instance.segment(volume)
            timer.join()
    finally:
        signal.signal(signal.SIGUSR1, original)
    assert seen == [True]


@pytest.mark.parametrize("failure", [RuntimeError("mine"), KeyboardInterrupt(), SystemExit(3), StopIteration()])
@pytest.mark.parametrize("callback", ["progress", "is_cancelled"])
def test_what_a_callback_raises_reaches_the_caller_and_ends_the_run(fake, volume, callback, failure):
    calls = []

    def raising(*arguments):
        calls.append(arguments)
        raise failure

    with opened(fake, "wait") as instance:
        with pytest.raises(type(failure)) as raised:
            instance.segment(volume, **{callback: raising})
        assert raised.value is failure and len(calls) == 1
        instance.load_bundle("echo")
        assert instance.segment(volume).summary.voxels == 60


def test_what_the_log_raises_reaches_the_caller(fake, volume):
    def raising(severity, message):
        if message != "create":
            raise RuntimeError(message)

    with opened(fake, "noisy", log=raising) as instance, pytest.raises(RuntimeError):
        instance.segment(volume)
    before = counts(fake)

    def at_once(severity, message):
        raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="create"):
        islet.PluginInstance(fake, log=at_once)
    gc.collect()
    after = counts(fake)
    assert after[0] - before[0] == after[1] - before[1] == 1


# ---------------------------------------------------------------- callbacks


def test_progress_comes_on_the_calling_thread(fake, volume):
    seen = []

    def progress(step):
        seen.append((step, threading.get_ident()))
        instance.cancel()

    with opened(fake, "wait") as instance, pytest.raises(islet.Cancelled):
        instance.segment(volume, progress=progress)
    assert seen == [(islet.Progress(0.25, "fine", 2), threading.get_ident())]


def test_texts_that_break_the_rules_do_no_harm(fake, volume):
    seen = []
    with opened(fake, "noisy", log=lambda *line: seen.append(line)) as instance:
        found = instance.segment(volume, progress=lambda step: seen.append(step))
    assert found.summary.voxels == 60
    assert (77, "") in seen and (2, "a byte that is no UTF-8: \ufffd") in seen and islet.Progress(0.5, "", 0) in seen


def test_log_goes_to_pythons_logging(fake, volume, caplog):
    with opened(fake, "noisy") as instance:
        instance.segment(volume)
    assert ("islet", 30, "a byte that is no UTF-8: \ufffd") in caplog.record_tuples


@pytest.mark.parametrize("order", ["C", "F"])
def test_passes_are_copies_in_the_shape_of_the_volume(fake, volume, order):
    seen = []
    voxels = np.array(volume.voxels, order=order)
    with opened(fake, "passes") as instance:
        instance.segment(islet.Volume(voxels, volume.geometry), on_pass=seen.append)
        # The pass of a wrong size and the short struct are left out.
        assert [(one.round, one.dsc_to_previous) for one in seen] == [(1, 0.5)]
        np.testing.assert_array_equal(seen[0].mask, np.arange(60).reshape(volume.shape, order=order))
        np.testing.assert_array_equal(seen[0].view_masks, seen[0].mask)
        with pytest.raises(ZeroDivisionError):
            instance.segment(volume, on_pass=lambda one: 1 // 0)


# ---------------------------------------------------------------- life and threads


def test_second_call_at_the_same_time_is_refused_at_once(fake, volume):
    with opened(fake, "wait") as instance:
        refused = []

        def progress(step):
            for call in (instance.describe_bundle, instance.trace, lambda: instance.segment(volume), instance.close):
                with pytest.raises(islet.BusyError) as error:
                    call()
                refused.append(error.value.status)
            instance.cancel()

        with pytest.raises(islet.Cancelled):
            instance.segment(volume, progress=progress)
    assert refused == [islet.Status.ERROR_BUSY] * 4


def test_close_cancels_the_run_of_another_thread_and_waits_for_it(fake, volume):
    instance = opened(fake, "wait")
    outcome, started = [], threading.Event()

    def run():
        try:
            instance.segment(volume, progress=lambda step: started.set())
        except islet.Cancelled:
            outcome.append("cancelled")

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    instance.close()
    thread.join(10)
    assert outcome == ["cancelled"]
    instance.close()
    with pytest.raises(ValueError, match="closed"):
        instance.segment(volume)


def test_instances_end_with_their_objects(fake):
    before = counts(fake)
    for _ in range(50):
        opened(fake, "echo")
    with opened(fake, "echo"):
        pass
    with pytest.raises(islet.BundleError):
        opened(fake, "status:200")
    gc.collect()
    after = counts(fake)
    assert after[0] - before[0] == after[1] - before[1] == 52


def test_other_threads_of_python_run_during_a_call(fake, volume):
    """The run goes on until this thread has counted: with the interpreter's lock held it would never end."""
    with opened(fake, "wait") as instance:
        outcome = []
        thread = threading.Thread(
            target=lambda: outcome.append(pytest.raises(islet.Cancelled, instance.segment, volume))
        )
        thread.start()
        counted = sum(range(100_000))
        while not instance.cancel():
            time.sleep(0.001)
        thread.join(10)
    assert counted == 4_999_950_000 and len(outcome) == 1


def test_plan_is_typed_and_a_budget_that_is_too_small_is_refused(fake, volume):
    with opened(fake, "echo") as instance:
        plan = instance.plan(volume, islet.SegmentRequest(threads=3))
        assert plan == islet.Plan(threads=3, bytes=int(np.prod(volume.shape)), smallest_bytes=2, work_units=3)
        with pytest.raises(islet.ResourcesError):
            instance.plan(volume, islet.SegmentRequest(memory_budget=1))


def test_settings_of_fusion_filter_budget_and_isolation_reach_the_plugin(fake, volume):
    request = islet.SegmentRequest(
        memory_budget=7 * 2**30,
        isolation=islet.Isolation.NONE,
        component_ratio=0.25,
        coarse_fusion=islet.Fusion.MEAN,
        fine_fusion=islet.Fusion.MAJORITY,
    )
    with opened(fake, "echo") as instance:
        trace = instance.segment(volume, request).trace
    assert (trace["budget"], trace["isolation"], trace["ratio"], trace["fusions"]) == (7 * 2**30, 1, 0.25, [2, 1])
    assert trace["overrides"] == 8
