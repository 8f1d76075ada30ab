"""What the tests share: the staged plugin (ISLET_PLUGIN), the repository's files, and a plugin that does as told."""

import signal
import subprocess
from pathlib import Path

import islet
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def repository():
    return REPOSITORY


@pytest.fixture(scope="session")
def compiled_fake(tmp_path_factory):
    """Compiles fake_plugin.c with the given defines; the path of the library."""
    made = {}

    def compiled(*defines):
        if defines not in made:
            library = tmp_path_factory.mktemp("fake") / "islet.so"
            source = Path(__file__).parent / "fake_plugin.c"
            subprocess.run(
                ["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
                + [*(f"-D{define}" for define in defines), "-I", str(REPOSITORY / "Plugin/include")]
                + [str(source), "-lpthread", "-o", str(library)],
                check=True,
            )
            made[defines] = library
        return made[defines]

    return compiled


@pytest.fixture(scope="session")
def fake(compiled_fake):
    return islet.PluginLibrary(compiled_fake())


@pytest.fixture
def ctrl_c():
    """Python's own handler of Ctrl-C, also where the tests were started in the background, which ignores it."""
    original = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, original)


@pytest.fixture
def volume():
    """Every voxel differs from its neighbours; no two sizes or spacings are equal."""
    voxels = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)
    return islet.Volume(voxels, islet.Geometry((1.5, 0.75, 0.5), (10, -20, 30)))


@pytest.fixture(scope="session")
def plugin():
    """The staged plugin: make check-python says where it is in ISLET_PLUGIN."""
    return islet.PluginLibrary()


@pytest.fixture(scope="session")
def pancreas(plugin):
    with islet.PluginInstance(plugin, bundle=plugin.bundle("pancreas")) as instance:
        yield instance
