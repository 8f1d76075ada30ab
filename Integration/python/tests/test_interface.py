"""The ctypes definitions against the golden layout of islet.h, and tables of other sizes."""

import ctypes
import re

import islet
import pytest
from islet import _interface as c

ENUMERATIONS = {
    "ISLET_ERROR_": (islet.Status, "ERROR_"),
    "ISLET_QUALITY_": (islet.Quality, ""),
    "ISLET_PRECISION_": (islet.Precision, ""),
    "ISLET_ISOLATION_": (islet.Isolation, ""),
    "ISLET_FUSION_": (islet.Fusion, ""),
    "ISLET_END_": (islet.End, ""),
    "ISLET_FLAG_": (islet.Flag, ""),
    "ISLET_GRADE_": (islet.Grade, ""),
    "ISLET_VIEW_": (islet.View, ""),
}


def golden(repository):
    """Structs as {name: (size, [(field, offset, size)])} and constants as {name: text}."""
    structs, constants = {}, {}
    for line in (repository / "Plugin/abi/islet-1.0.layout").read_text().splitlines():
        if match := re.fullmatch(r"struct (\w+) size (\d+) align (\d+)", line):
            fields = []
            structs[match[1]] = (int(match[2]), int(match[3]), fields)
        elif match := re.fullmatch(r"  (\w+) offset (\d+) size (\d+)", line):
            fields.append((match[1], int(match[2]), int(match[3])))
        else:
            name, value = line.split()
            constants[name] = value
    return structs, constants


def test_structs_are_those_of_the_golden_layout(repository):
    structs, _ = golden(repository)
    assert len(structs) >= 6
    ours = {}
    for name, kind in c.STRUCTS.items():
        fields = [(field, getattr(kind, field).offset, getattr(kind, field).size) for field, _ in kind._fields_]
        ours[name] = (ctypes.sizeof(kind), ctypes.alignment(kind), fields)
    assert ours == structs, "islet.h has changed: follow in src/islet/_interface.py"


def ours_of(name):
    for prefix, (kind, keep) in ENUMERATIONS.items():
        if name.startswith(prefix):
            return getattr(kind, keep + name[len(prefix) :], None)
    if name in ("ISLET_OK", "ISLET_CANCELLED"):
        return islet.Status[name[len("ISLET_") :]]
    return getattr(c, name[len("ISLET_") :], None)


def test_constants_are_those_of_the_golden_layout(repository):
    _, constants = golden(repository)
    assert len(constants) > 60
    ours = {name: ours_of(name) for name in constants}
    assert {name: str(int(value)) if isinstance(value, int) else value for name, value in ours.items()} == constants
    for prefix, (kind, _) in ENUMERATIONS.items():
        known = sum(name.startswith(prefix) for name in constants) + (2 if kind is islet.Status else 0)
        assert len(list(kind)) == known, f"{kind} has members that islet.h has not"


def test_draft_extension_has_the_layout_of_its_header(compiled_fake):
    library = ctypes.CDLL(str(compiled_fake()))
    assert list((ctypes.c_size_t * 10).in_dll(library, "fake_pass_layout")) == [
        ctypes.sizeof(c.Pass),
        c.Pass.round.offset,
        c.Pass.stage.offset,
        c.Pass.dsc_to_previous.offset,
        c.Pass.mask.offset,
        c.Pass.mask_bytes.offset,
        c.Pass.view_masks.offset,
        c.Pass.view_masks_bytes.offset,
        ctypes.sizeof(c.PassObserver),
        c.PassObserver.on_pass.offset,
    ]


def test_table_of_a_newer_plugin_is_read_as_far_as_it_is_known(compiled_fake, volume):
    newer = islet.PluginLibrary(compiled_fake("TABLE_APPENDED"))
    assert newer.functions.struct_size > ctypes.sizeof(c.Plugin)
    with islet.PluginInstance(newer, bundle="echo") as instance:
        assert instance.segment(volume).summary.voxels == 60


def test_table_that_ends_early_is_refused_by_what_it_lacks(compiled_fake):
    with pytest.raises(islet.IncompatiblePluginError, match="lacks status_name, destroy"):
        islet.PluginLibrary(compiled_fake("TABLE_SHORT"))


def test_another_major_version_is_refused(compiled_fake):
    with pytest.raises(islet.IncompatiblePluginError, match=r"status 101.*islet\.h 1\.x"):
        islet.PluginLibrary(compiled_fake("OTHER_MAJOR"))


def test_struct_shorter_than_ours_reads_as_zero_beyond_its_end():
    class Older(ctypes.Structure):
        _fields_ = [("struct_size", ctypes.c_uint32), ("round", ctypes.c_uint32), ("beyond", ctypes.c_uint64 * 8)]

    older = Older(8, 4, (ctypes.c_uint64 * 8)(*[2**64 - 1] * 8))
    read = c.read_struct(c.Pass, ctypes.addressof(older))
    assert (read.struct_size, read.round, read.mask, read.mask_bytes) == (8, 4, None, 0)
    assert c.reaches(read, "round") and not c.reaches(read, "stage")
