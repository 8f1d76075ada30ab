"""The host's side of islet.h: C callbacks that call Python ones.

Nothing may leave a callback, not even an exception: what a Python callback raises is kept, ends the run, and is raised
by the method that made the call.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional

import numpy as np

from . import _interface as c
from ._packing import Packing
from ._segmentation import Progress, SegmentationPass, number

ProgressFunction = Callable[[Progress], None]
IsCancelledFunction = Callable[[], bool]
PassFunction = Callable[[SegmentationPass], None]
LogFunction = Callable[[int, str], None]


class Call:
    """One call into the plugin: what the host wants to hear during it, and what became of that."""

    def __init__(
        self,
        progress: Optional[ProgressFunction] = None,
        is_cancelled: Optional[IsCancelledFunction] = None,
        on_pass: Optional[PassFunction] = None,
        packing: Optional[Packing] = None,
    ) -> None:
        self.progress = progress
        self.is_cancelled = is_cancelled
        self.on_pass = on_pass
        #: How the arrays of a pass come to the volume's shape.
        self.packing = packing
        self.cancelled = threading.Event()
        self.failure: Optional[BaseException] = None
        self.thread = threading.get_ident()

    def fail(self, failure: BaseException) -> None:
        """Keeps what a callback raised, the first one, and ends the run."""
        if self.failure is None:
            self.failure = failure
        self.cancelled.set()

    @contextmanager
    def signals_kept(self) -> Iterator[None]:
        """Lets Python's signal handlers run inside callbacks without losing what they raise, such as Ctrl-C.

        Python runs a handler at the first instruction of the next callback, before any `try` in it; what it raises
        there would be printed by ctypes and lost. So the handlers are wrapped for the time of the call.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        replaced: dict[int, Any] = {}

        def wrapped(handler: Callable[..., Any]) -> Callable[..., None]:
            def run(signum: int, frame: Any) -> None:
                try:
                    handler(signum, frame)
                except BaseException as failure:  # noqa: BLE001 - handed on by the method that made the call
                    self.fail(failure)

            return run

        try:
            for signum in signal.valid_signals():
                handler = signal.getsignal(signum)
                if callable(handler):
                    replaced[signum] = handler
                    signal.signal(signum, wrapped(handler))
            yield
        finally:
            for replaced_signal, original in replaced.items():
                signal.signal(replaced_signal, original)


class HostTable:
    """The C table of an instance. Lives until the instance is destroyed.

    Holds the call at work, and never the instance: it must not keep that alive.
    """

    def __init__(self, name: str, version: str, log: LogFunction) -> None:
        self.call: Optional[Call] = None
        #: The last line that the plugin logged as an error.
        self.last_error_line = ""
        self._log = log
        observer = c.new_struct(c.PassObserver, on_pass=c.PassCallback(self._on_pass))
        self._observer = observer
        self.struct = c.new_struct(
            c.Host,
            name=name.encode(),
            version=version.encode(),
            log=c.LogCallback(self._on_log),
            progress=c.ProgressCallback(self._on_progress),
            is_cancelled=c.IsCancelledCallback(self._on_is_cancelled),
            get_extension=c.GetExtensionCallback(self._on_get_extension),
        )

    def _on_log(self, _data: Any, severity: int, message: Optional[bytes]) -> None:
        try:
            line = c.text(message)
            if severity == c.LOG_ERROR:
                self.last_error_line = line
            self._log(severity, line)
        except BaseException as failure:  # noqa: BLE001
            self._fail(failure)

    def _on_progress(
        self, _data: Any, fraction: float, stage: Optional[bytes], iteration: int, _message: Optional[bytes]
    ) -> None:
        call = self.call
        try:
            if call is not None and call.progress is not None and call.failure is None:
                call.progress(Progress(fraction, c.text(stage), iteration))
        except BaseException as failure:  # noqa: BLE001
            self._fail(failure)

    def _on_is_cancelled(self, _data: Any) -> int:
        call = self.call
        try:
            if call is None:
                return 0
            if not call.cancelled.is_set() and call.is_cancelled is not None and call.is_cancelled():
                call.cancelled.set()
            return 1 if call.cancelled.is_set() else 0
        except BaseException as failure:  # noqa: BLE001
            self._fail(failure)
            return 1

    def _on_get_extension(self, _data: Any, identifier: Optional[bytes]) -> Optional[int]:
        call = self.call
        if call is None or call.on_pass is None or c.text(identifier) != c.PASS_OBSERVER:
            return None
        return ctypes.addressof(self._observer)

    def _on_pass(self, _data: Any, pointer: Any) -> None:
        call = self.call
        try:
            if call is None or call.on_pass is None or call.failure is not None or not pointer:
                return
            finished = _finished_pass(ctypes.addressof(pointer.contents), call.packing)
            if finished is not None:
                call.on_pass(finished)
        except BaseException as failure:  # noqa: BLE001
            self._fail(failure)

    def _fail(self, failure: BaseException) -> None:
        call = self.call
        if call is not None:
            call.fail(failure)


def _finished_pass(address: int, packing: Optional[Packing]) -> Optional[SegmentationPass]:
    lent = c.read_struct(c.Pass, address)
    # Any plugin may call: a struct that is too short is not read.
    if packing is None or not c.reaches(lent, "view_masks_bytes"):
        return None

    def copied(pointer: Optional[int], byte_count: int) -> Any:
        if not pointer or byte_count != packing.count:
            return None
        # string_at copies: what the plugin lends is gone after the callback. bytearray: the copy is the host's to change.
        return packing.unpack(np.frombuffer(bytearray(ctypes.string_at(pointer, byte_count)), dtype=np.uint8))

    mask = copied(lent.mask, lent.mask_bytes)
    if mask is None:
        return None
    views = copied(lent.view_masks, lent.view_masks_bytes)
    return SegmentationPass(lent.round, number(lent.dsc_to_previous), mask, views)
