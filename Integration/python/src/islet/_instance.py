"""One segmenter with its bundle."""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import weakref
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar

import numpy as np

from . import _interface as c
from ._callbacks import Call, HostTable, IsCancelledFunction, LogFunction, PassFunction, ProgressFunction
from ._errors import Cancelled, IncompatiblePluginError, Status, busy, status_error
from ._images import as_volume
from ._library import PluginLibrary
from ._location import PathLike
from ._request import Plan, SegmentRequest
from ._segmentation import Array, Segmentation, json_object, summary_of
from ._trust import BundleTrust
from ._volume import Volume

T = TypeVar("T")

_log = logging.getLogger("islet")
_LEVELS = {
    c.LOG_DEBUG: logging.DEBUG,
    c.LOG_INFO: logging.INFO,
    c.LOG_WARNING: logging.WARNING,
    c.LOG_ERROR: logging.ERROR,
}
_PROBABILITIES: dict[str, tuple[int, Any]] = {
    "uint8": (c.ELEMENT_UINT8, np.uint8),
    "float32": (c.ELEMENT_FLOAT32, np.float32),
}


def _to_logging(severity: int, message: str) -> None:
    _log.log(_LEVELS.get(severity, logging.INFO), message)


class PluginInstance:
    """One segmenter of a plugin, with its bundle: what a viewer keeps for each organ.

    Later runs reuse the weights of the first. One call at a time, from any thread; a second one raises BusyError at
    once. Different instances may run in parallel: give each its `threads` then. Ends with `close`, at the end of a
    `with`, or with the object.
    """

    def __init__(
        self,
        library: Optional[PluginLibrary] = None,
        *,
        bundle: Optional[PathLike] = None,
        trust: Optional[BundleTrust] = None,
        host_name: str = "python",
        host_version: str = "",
        log: LogFunction = _to_logging,
    ) -> None:
        """Makes an instance of `library` (None: the one that `find_plugin` finds) and opens `bundle`, if given.

        `trust` says which bundles it accepts; None: those signed by the Islet project.

        `log` gets severity (0 debug ... 3 error) and one line of text; the default is Python's logger "islet".
        """
        self.library = library if library is not None else PluginLibrary()
        self._functions = self.library.functions
        self._table = HostTable(host_name, host_version, log)
        self._lock = threading.Lock()
        handle = c.Pointer()
        self._handle: Optional[c.Pointer] = handle
        config = (trust or BundleTrust()).described()
        self._during(Call(), lambda handle: self._create(config, handle))
        if bundle is not None:
            try:
                self.load_bundle(bundle)
            except BaseException:
                self.close()
                raise

    def load_bundle(self, path: PathLike) -> None:
        """Opens a weight bundle in place of the present one; on failure that one stays. Raises BundleError."""
        self._during(Call(), lambda handle: self._check(self._functions.load_bundle(handle, os.fsencode(path))))

    def describe_bundle(self) -> dict[str, Any]:
        """The loaded bundle's manifest: labels with codes and colours, ranges, licence, measured quality."""
        return self._during(Call(), lambda handle: self._read("describe_bundle", handle))

    def trace(self) -> dict[str, Any]:
        """The last successful run in detail (docs/result.md); `Segmentation.trace` holds it too."""
        return self._during(Call(), lambda handle: self._read("trace", handle))

    def plan(self, image: Any, request: Optional[SegmentRequest] = None) -> Plan:
        """What `segment` would take on this volume; microseconds, nothing is allocated.

        Raises ResourcesError when `request.memory_budget` is too small, with both numbers, and IncompatiblePluginError
        for a plugin that is older than this function.
        """
        if not c.reaches(self._functions, "plan"):
            raise IncompatiblePluginError(f"{self.library.path}: the plugin cannot say what a run takes; use a newer one")
        volume, wanted = as_volume(image), request or SegmentRequest()

        def planned(handle: c.Pointer) -> Plan:
            c_request, initial_mask = wanted.described(volume, self._labels_for(wanted, handle))
            c_volume, plan = volume.described(), c.new_struct(c.Plan)
            status = self._functions.plan(
                handle, ctypes.byref(c_volume), ctypes.byref(c_request), ctypes.byref(plan)
            )
            del initial_mask
            self._check(status)
            return Plan(plan.threads, plan.bytes, plan.smallest_bytes, plan.work_units)

        return self._during(Call(), planned)

    def segment(
        self,
        image: Any,
        request: Optional[SegmentRequest] = None,
        *,
        progress: Optional[ProgressFunction] = None,
        is_cancelled: Optional[IsCancelledFunction] = None,
        on_pass: Optional[PassFunction] = None,
    ) -> Segmentation:
        """Segments a volume (`Volume`, SimpleITK or nibabel image); blocks, while other threads of Python run.

        `progress` is called on this thread. `is_cancelled` is polled many times a second, perhaps from other threads:
        it must be quick. `on_pass` is called on this thread after the coarse pass and each fine round, by a plugin
        that knows the draft extension of ext/draft/pass_observer.h; others never call it.

        Raises Cancelled when `is_cancelled` or `cancel` said so. What a callback raises, or a signal handler such as
        Ctrl-C's KeyboardInterrupt, ends the run and is raised here. Otherwise StatusError: VolumeError, RequestError,
        BundleError for weights that are damaged, ResourcesError. The instance can be used again after each of them.
        """
        volume = as_volume(image)
        call = Call(progress, is_cancelled, on_pass, volume.packing)
        return self._during(call, lambda handle: self._segment(handle, volume, request or SegmentRequest()))

    def cancel(self) -> bool:
        """Asks the run at work to stop; from any thread, returns at once. False when none is at work.

        The run's `segment` raises Cancelled, unless it is done before it hears of it.
        """
        call = self._table.call
        if call is None:
            return False
        call.cancelled.set()
        return True

    def close(self) -> None:
        """Ends the instance and frees what it holds, as often as you like; cancels a run at work and waits for it.

        Raises BusyError inside a callback of this instance, whose call would wait for itself.
        """
        call = self._table.call
        if call is not None and call.thread == threading.get_ident():
            raise busy("close inside a callback of the same instance: return from it first")
        self.cancel()
        with self._lock:
            self._handle = None
            self._finalizer()

    def __enter__(self) -> PluginInstance:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> None:
        self.close()

    def _during(self, call: Call, body: Callable[[c.Pointer], T]) -> T:
        """One call at a time, kept here too: `last_error` and the texts may be read only while no other call starts."""
        if not self._lock.acquire(blocking=False):
            raise busy("another call is at work on this instance: wait for its end, or make an instance per thread")
        try:
            if self._handle is None:
                raise ValueError("the instance is closed")
            self._table.call = call
            with call.signals_kept():
                try:
                    result = body(self._handle)
                except BaseException:
                    # What a callback raised comes first: the status is only its consequence.
                    if call.failure is None:
                        raise
            if call.failure is not None:
                raise call.failure
            return result
        finally:
            self._table.call = None
            self._lock.release()

    def _create(self, config: c.Config, handle: c.Pointer) -> None:
        status = self._functions.create(ctypes.byref(self._table.struct), ctypes.byref(config), ctypes.byref(handle))
        if status == Status.OK and not handle:
            status = Status.ERROR_INTERNAL
        if status != Status.OK:
            # Without an instance there is no last_error, only what the plugin said to the log.
            sentence = self._table.last_error_line or f"{self.library.path}: the plugin made no instance"
            raise status_error(status, self.library.status_name(status), sentence)
        # The table must outlive the instance, and neither may keep this object alive.
        self._finalizer = weakref.finalize(self, _destroy, self._functions.destroy, handle, self._table)
        # At the end of the process a run may still be at work in a daemon thread; the system frees all.
        self._finalizer.atexit = False

    def _segment(self, handle: c.Pointer, volume: Volume, request: SegmentRequest) -> Segmentation:
        # The structs hold addresses: `volume`, `initial_mask` and `buffers` must live until segment returns.
        c_request, initial_mask = request.described(volume, self._labels_for(request, handle))
        c_volume = volume.described()
        buffers = _Buffers(request, volume.packing.count)
        status = self._functions.segment(
            handle, ctypes.byref(c_volume), ctypes.byref(c_request), ctypes.byref(buffers.output)
        )
        del initial_mask
        self._check(status)

        def unpacked(buffer: Optional[Array]) -> Any:
            return None if buffer is None else volume.packing.unpack(buffer)

        return Segmentation(
            mask=unpacked(buffers.mask),
            probability=unpacked(buffers.probability),
            view_masks=unpacked(buffers.view_masks),
            summary=summary_of(buffers.output),
            trace=self._read("trace", handle),
            geometry=volume.geometry,
        )

    def _check(self, status: int) -> None:
        if status == Status.OK:
            return
        if status == Status.CANCELLED:
            raise Cancelled("the run was cancelled")
        sentence = c.text(self._functions.last_error(self._handle))
        raise status_error(status, self.library.status_name(status), sentence)

    def _read(self, function: str, handle: c.Pointer) -> dict[str, Any]:
        text = c.Text()
        self._check(getattr(self._functions, function)(handle, ctypes.byref(text)))
        try:
            return json_object(c.text(text.value))
        except ValueError as reason:
            raise IncompatiblePluginError(f"{self.library.path}: {function} gave no JSON object: {reason}") from None

    def _labels_for(self, request: SegmentRequest, handle: c.Pointer) -> dict[str, int]:
        """The bundle's label values by name; empty when the request needs none."""
        if not isinstance(request.label, str):
            return {}
        manifest = self._read("describe_bundle", handle)
        return {label["name"]: label["value"] for label in manifest.get("labels", [])}

    def __repr__(self) -> str:
        return f"<islet.PluginInstance of {self.library!r}{' (closed)' if self._handle is None else ''}>"


class _Buffers:
    """What the plugin writes to."""

    def __init__(self, request: SegmentRequest, voxel_count: int) -> None:
        self.mask = np.zeros(voxel_count, dtype=np.uint8)
        self.probability: Optional[Array] = None
        self.view_masks: Optional[Array] = None
        # NaN: what an older plugin does not fill is not said.
        unknown = dict.fromkeys(("dsc_to_previous", "view_agreement", "predicted_dsc", "predicted_dsc_lower"), np.nan)
        self.output = c.new_struct(c.Output, mask=self.mask.ctypes.data, mask_bytes=self.mask.nbytes, **unknown)
        if request.probability is not None:
            if request.probability not in _PROBABILITIES:
                raise ValueError(f'probability is {request.probability!r}, expected "float32", "uint8" or None')
            element, kind = _PROBABILITIES[request.probability]
            self.probability = np.zeros(voxel_count, dtype=kind)
            self.output.probability_type = element
            self.output.probability = self.probability.ctypes.data
            self.output.probability_bytes = self.probability.nbytes
        if request.view_masks:
            self.view_masks = np.zeros(voxel_count, dtype=np.uint8)
            self.output.view_masks = self.view_masks.ctypes.data
            self.output.view_masks_bytes = self.view_masks.nbytes


def _destroy(destroy: Any, handle: c.Pointer, table: HostTable) -> None:
    """Ends an instance; the table is named so that it lives until then."""
    destroy(handle)
    del table
