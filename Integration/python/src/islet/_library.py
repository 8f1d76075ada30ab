"""The loaded plugin."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Optional

from . import _interface as c
from ._errors import IncompatiblePluginError, NotAPluginError
from ._location import PathLike, find_bundles, find_plugin, newest_bundle

_REQUIRED = (
    "create",
    "load_bundle",
    "describe_bundle",
    "segment",
    "trace",
    "last_error",
    "status_name",
    "destroy",
)


class PluginLibrary:
    """A plugin loaded from a shared library: its table of functions and what it says of itself.

    The library stays loaded for the life of the process. May be used from any thread.
    """

    #: The file it was loaded from.
    path: Path
    #: The plugin's own identifier, such as "org.islet.plugin".
    identifier: str
    #: A name for people.
    name: str
    #: The plugin's version.
    version: str
    #: Who made it.
    vendor: str
    #: What the plugin is meant for, and what not. Show it to the user.
    intended_use: str
    #: The version of islet.h it was built with, as "major.minor".
    interface_version: str

    def __init__(self, path: Optional[PathLike] = None) -> None:
        """Loads the library and asks it for its table; `path` as in `find_plugin`.

        Raises PluginNotFoundError, NotAPluginError, IncompatiblePluginError.
        """
        self.path = find_plugin(path)
        try:
            # CDLL, not PyDLL: the interpreter's lock is free during every call.
            self._library = ctypes.CDLL(os.fspath(self.path), mode=ctypes.RTLD_LOCAL)
        except OSError as reason:
            raise NotAPluginError(
                f"{self.path} cannot be loaded as a plugin: {reason}; expected a shared library (islet.so)"
            ) from None
        try:
            entry = c.Entry((c.ENTRY_SYMBOL, self._library))
        except AttributeError:
            raise NotAPluginError(
                f"{self.path} is a shared library but no Islet plugin: it does not export {c.ENTRY_SYMBOL}"
            ) from None
        table = ctypes.POINTER(c.Plugin)()
        status = entry(c.ABI_VERSION, None, ctypes.byref(table))
        if status != 0 or not table:
            raise IncompatiblePluginError(
                f"{self.path} refuses this host (status {status}); expected a plugin for islet.h {c.ABI_MAJOR}.x"
            )
        self.functions = c.read_struct(c.Plugin, ctypes.addressof(table.contents))
        missing = [name for name in _REQUIRED if not getattr(self.functions, name)]
        if missing:
            raise IncompatiblePluginError(
                f"{self.path}: the plugin's table lacks {', '.join(missing)}, which islet.h 1.0 promises"
            )
        self.identifier = c.text(self.functions.id)
        self.name = c.text(self.functions.name)
        self.version = c.text(self.functions.version)
        self.vendor = c.text(self.functions.vendor)
        self.intended_use = c.text(self.functions.intended_use)
        self.interface_version = f"{self.functions.abi_version >> 16}.{self.functions.abi_version & 0xFFFF}"

    def bundles(self) -> dict[str, Path]:
        """The bundles installed beside this plugin: name with version -> path."""
        return find_bundles(self.path)

    def bundle(self, name: str) -> Path:
        """The newest bundle of a name, such as "pancreas", installed beside this plugin. Raises LookupError."""
        return newest_bundle(self.bundles(), name)

    def status_name(self, status: int) -> str:
        """The name that the plugin has for a status, such as "ISLET_ERROR_VOLUME"."""
        return c.text(self.functions.status_name(status)) or f"status {status}"

    def __repr__(self) -> str:
        return f"<islet.PluginLibrary {self.identifier} {self.version} at {self.path}>"
