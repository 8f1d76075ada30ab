"""islet.h as ctypes sees it: every struct and constant, under the names of the header.

A field is one line here, in the header's order; tests/test_interface.py holds this file against
Plugin/abi/islet-1.0.layout, so that a field that the header appends and this file lacks is a failing test.
Fields are appended, never moved: a table of an older plugin is read as far as it reaches (see `read_struct`).
"""

from __future__ import annotations

import ctypes as c
from typing import Any, TypeVar

ABI_MAJOR = 1
ABI_MINOR = 0
ABI_VERSION = ABI_MAJOR << 16 | ABI_MINOR
ENTRY_SYMBOL = "islet_plugin_entry"

LOG_DEBUG = 0
LOG_INFO = 1
LOG_WARNING = 2
LOG_ERROR = 3

ELEMENT_INT16 = 1
ELEMENT_UINT16 = 2
ELEMENT_INT32 = 3
ELEMENT_FLOAT32 = 4
ELEMENT_UINT8 = 5

OVERRIDE_ROUNDS = 1 << 0
OVERRIDE_THRESHOLD = 1 << 1
OVERRIDE_MARGIN = 1 << 2
OVERRIDE_COMPONENT_RATIO = 1 << 3

PASS_OBSERVER = "org.islet.pass-observer/draft-1"

status = c.c_int32
Text = c.c_char_p
# Results of callbacks that are pointers must be integers for ctypes; NULL is 0.
Pointer = c.c_void_p

LogCallback = c.CFUNCTYPE(None, Pointer, c.c_int32, Text)
ProgressCallback = c.CFUNCTYPE(None, Pointer, c.c_double, Text, c.c_uint32, Text)
IsCancelledCallback = c.CFUNCTYPE(c.c_int32, Pointer)
GetExtensionCallback = c.CFUNCTYPE(Pointer, Pointer, Text)


class Host(c.Structure):
    """struct islet_host"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("reserved", c.c_uint32),
        ("name", Text),
        ("version", Text),
        ("host_data", Pointer),
        ("log", LogCallback),
        ("progress", ProgressCallback),
        ("is_cancelled", IsCancelledCallback),
        ("get_extension", GetExtensionCallback),
    ]


class Volume(c.Structure):
    """struct islet_volume"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("element_type", c.c_uint32),
        ("voxels", Pointer),
        ("size", c.c_uint64 * 3),
        ("stride_bytes", c.c_int64 * 3),
        ("rescale_slope", c.c_double),
        ("rescale_intercept", c.c_double),
        ("spacing_mm", c.c_double * 3),
        ("origin_lps_mm", c.c_double * 3),
        ("direction_lps", c.c_double * 9),
    ]


class Request(c.Structure):
    """struct islet_request"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("label", c.c_uint32),
        ("quality", c.c_uint32),
        ("precision", c.c_uint32),
        ("threads", c.c_uint32),
        ("overrides", c.c_uint32),
        ("rounds", c.c_uint32),
        ("margin", c.c_uint32),
        ("threshold", c.c_double),
        ("initial_mask", Pointer),
        ("initial_mask_bytes", c.c_uint64),
        ("memory_budget_bytes", c.c_uint64),
        ("isolation", c.c_uint32),
        ("reserved", c.c_uint32),
        ("component_ratio", c.c_double),
        ("coarse_fusion", c.c_uint32),
        ("fine_fusion", c.c_uint32),
        ("initial_box_first", c.c_uint64 * 3),
        ("initial_box_size", c.c_uint64 * 3),
    ]


class Output(c.Structure):
    """struct islet_output"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("probability_type", c.c_uint32),
        ("mask", Pointer),
        ("mask_bytes", c.c_uint64),
        ("probability", Pointer),
        ("probability_bytes", c.c_uint64),
        ("view_masks", Pointer),
        ("view_masks_bytes", c.c_uint64),
        ("end", c.c_uint32),
        ("rounds", c.c_uint32),
        ("flags", c.c_uint64),
        ("voxels", c.c_uint64),
        ("volume_ml", c.c_double),
        ("dsc_to_previous", c.c_double),
        ("view_agreement", c.c_double),
        ("predicted_dsc", c.c_double),
        ("predicted_dsc_lower", c.c_double),
        ("grade", c.c_uint32),
        ("reserved", c.c_uint32),
    ]


class Config(c.Structure):
    """struct islet_config"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("reserved", c.c_uint32),
        ("trusted_keys", Text),
        ("minimum_versions", Text),
        ("accepted_flags", c.c_uint64),
    ]


class Plan(c.Structure):
    """struct islet_plan"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("threads", c.c_uint32),
        ("bytes", c.c_uint64),
        ("smallest_bytes", c.c_uint64),
        ("work_units", c.c_uint64),
    ]


Create = c.CFUNCTYPE(status, c.POINTER(Host), c.POINTER(Config), c.POINTER(Pointer))
LoadBundle = c.CFUNCTYPE(status, Pointer, Text)
GetText = c.CFUNCTYPE(status, Pointer, c.POINTER(Text))
Segment = c.CFUNCTYPE(status, Pointer, c.POINTER(Volume), c.POINTER(Request), c.POINTER(Output))
LastError = c.CFUNCTYPE(Text, Pointer)
StatusName = c.CFUNCTYPE(Text, status)
Destroy = c.CFUNCTYPE(None, Pointer)
GetExtension = c.CFUNCTYPE(Pointer, Text)
MakePlan = c.CFUNCTYPE(status, Pointer, c.POINTER(Volume), c.POINTER(Request), c.POINTER(Plan))
LoadBundleMemory = c.CFUNCTYPE(status, Pointer, Pointer, c.c_uint64)


class Plugin(c.Structure):
    """struct islet_plugin"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("abi_version", c.c_uint32),
        ("id", Text),
        ("name", Text),
        ("version", Text),
        ("vendor", Text),
        ("intended_use", Text),
        ("create", Create),
        ("load_bundle", LoadBundle),
        ("describe_bundle", GetText),
        ("segment", Segment),
        ("trace", GetText),
        ("last_error", LastError),
        ("status_name", StatusName),
        ("destroy", Destroy),
        ("get_extension", GetExtension),
        ("plan", MakePlan),
        ("load_bundle_memory", LoadBundleMemory),
    ]


Entry = c.CFUNCTYPE(status, c.c_uint32, c.POINTER(Host), c.POINTER(c.POINTER(Plugin)))


class Pass(c.Structure):
    """struct islet_pass of ext/draft/pass_observer.h"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("round", c.c_uint32),
        ("stage", Text),
        ("dsc_to_previous", c.c_double),
        ("mask", Pointer),
        ("mask_bytes", c.c_uint64),
        ("view_masks", Pointer),
        ("view_masks_bytes", c.c_uint64),
    ]


PassCallback = c.CFUNCTYPE(None, Pointer, c.POINTER(Pass))


class PassObserver(c.Structure):
    """struct islet_pass_observer of ext/draft/pass_observer.h"""

    _fields_ = [
        ("struct_size", c.c_uint32),
        ("reserved", c.c_uint32),
        ("on_pass", PassCallback),
    ]


STRUCTS = {
    "islet_host": Host,
    "islet_volume": Volume,
    "islet_request": Request,
    "islet_output": Output,
    "islet_config": Config,
    "islet_plugin": Plugin,
    "islet_plan": Plan,
}

S = TypeVar("S", bound=c.Structure)


def new_struct(kind: type[S], **fields: Any) -> S:
    """A struct with its `struct_size` set; what is not given is 0 or NULL."""
    return kind(struct_size=c.sizeof(kind), **fields)


def read_struct(kind: type[S], address: int) -> S:
    """A copy of a struct that the other side filled: what lies beyond its `struct_size` reads as 0 or NULL."""
    stated = c.c_uint32.from_address(address).value
    copy = kind()
    c.memmove(c.byref(copy), address, min(stated, c.sizeof(kind)))
    return copy


def reaches(struct: c.Structure, field: str) -> bool:
    """Whether a struct that was read says that it holds this field."""
    descriptor = getattr(type(struct), field)
    return bool(struct.struct_size >= descriptor.offset + descriptor.size)


def text(value: bytes | None) -> str:
    """A text of the other side; bytes that are no UTF-8 are shown, never an error."""
    return "" if value is None else value.decode("utf-8", errors="replace")
