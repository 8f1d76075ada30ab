"""Errors, by who can do something about them, and the statuses of islet.h."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """Result of a call, ISLET_* of islet.h. 1xx: the caller; 2xx: the bundle; 3xx: resources; 4xx: the plugin."""

    OK = 0
    CANCELLED = 1
    ERROR_ARGUMENT = 100
    ERROR_ABI_MISMATCH = 101
    ERROR_STRUCT_SIZE = 102
    ERROR_WRONG_ORDER = 103
    ERROR_BUSY = 104
    ERROR_VOLUME = 105
    ERROR_OUTPUT = 106
    ERROR_REQUEST = 107
    ERROR_CONFIG = 108
    ERROR_BUNDLE_UNREADABLE = 200
    ERROR_BUNDLE_FORMAT = 201
    ERROR_BUNDLE_VERSION = 202
    ERROR_BUNDLE_CORRUPT = 203
    ERROR_BUNDLE_MANIFEST = 204
    ERROR_BUNDLE_TENSOR = 205
    ERROR_BUNDLE_UNSIGNED = 206
    ERROR_BUNDLE_FOREIGN = 207
    ERROR_BUNDLE_CHANGED = 208
    ERROR_BUNDLE_ROLLED_BACK = 209
    ERROR_RESOURCES = 300
    ERROR_ENGINE = 301
    ERROR_INTERNAL = 400
    ERROR_WORKER = 401


class IsletError(Exception):
    """What went wrong: what, where, what to do. The base of every error of this package.

    `Cancelled` is none of them.
    """


class PluginError(IsletError):
    """The plugin cannot be used."""


class PluginNotFoundError(PluginError):
    """No islet.so at any of the places that were looked at; the sentence names them."""


class NotAPluginError(PluginError):
    """The file is no shared library, or has no `islet_plugin_entry`."""


class IncompatiblePluginError(PluginError):
    """The plugin speaks another major version of islet.h, or its table is incomplete."""


class StatusError(IsletError):
    """A call returned a status. `status` is its number, `name` its name in islet.h, `sentence` what the plugin says."""

    def __init__(self, status: int, name: str, sentence: str) -> None:
        super().__init__(f"{sentence} ({name})" if sentence else name)
        self.status = _known(status)
        self.name = name
        self.sentence = sentence

    def __reduce__(self) -> tuple[type[StatusError], tuple[int, str, str]]:
        return type(self), (int(self.status), self.name, self.sentence)


class CallError(StatusError):
    """1xx: the caller can put it right."""


class BusyError(CallError):
    """104: another call is at work on this instance."""


class WrongOrderError(CallError):
    """103: a call came before what it needs, such as segment before load_bundle."""


class VolumeError(CallError):
    """105: the volume's sizes, strides, geometry or voxels cannot be used."""


class RequestError(CallError):
    """107: the request asks for something unknown, out of range or not offered."""


class BundleError(StatusError):
    """2xx: the bundle was refused."""


class UntrustedBundleError(BundleError):
    """206 to 209: nobody vouches for the bundle as it is. `BundleTrust.accepted` lifts each by name."""


class ResourcesError(StatusError):
    """3xx: memory or threads, or oneDNN is missing."""


class InternalError(StatusError):
    """4xx, and any status that is in no family: a fault of the plugin."""


class WorkerError(InternalError):
    """401: the process that computed ended, by a crash, a kill or its memory budget. The next call starts another one."""


class Cancelled(Exception):
    """The run was cancelled, as the host asked: an outcome, not an error, and therefore no `IsletError`."""


def _known(status: int) -> int:
    try:
        return Status(status)
    except ValueError:
        return status


_CLASSES: dict[int, type[StatusError]] = {
    Status.ERROR_WRONG_ORDER: WrongOrderError,
    Status.ERROR_BUSY: BusyError,
    Status.ERROR_VOLUME: VolumeError,
    Status.ERROR_REQUEST: RequestError,
    Status.ERROR_WORKER: WorkerError,
    Status.ERROR_BUNDLE_UNSIGNED: UntrustedBundleError,
    Status.ERROR_BUNDLE_FOREIGN: UntrustedBundleError,
    Status.ERROR_BUNDLE_CHANGED: UntrustedBundleError,
    Status.ERROR_BUNDLE_ROLLED_BACK: UntrustedBundleError,
}
_FAMILIES: dict[int, type[StatusError]] = {1: CallError, 2: BundleError, 3: ResourcesError}


def status_error(status: int, name: str, sentence: str) -> StatusError:
    """The error of a status that is neither OK nor CANCELLED; a number that is not known goes by its hundred."""
    kind = _CLASSES.get(status) or _FAMILIES.get(status // 100, InternalError)
    return kind(status, name, sentence)


def busy(sentence: str) -> BusyError:
    """The error of a call that this package refuses before the plugin would."""
    return BusyError(Status.ERROR_BUSY, "ISLET_ERROR_BUSY", sentence)
