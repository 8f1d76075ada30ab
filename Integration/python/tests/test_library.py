"""Finding and loading islet.so."""

import shutil
import subprocess
import sys

import islet
import pytest


def installed(prefix, name="islet.so"):
    library = prefix / "lib/islet" / name
    library.parent.mkdir(parents=True)
    library.write_bytes(b"")
    return library


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No plugin in the environment, in this Python's prefix, or known to pkg-config."""
    monkeypatch.delenv("ISLET_PLUGIN", raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "python"))
    monkeypatch.setenv("PKG_CONFIG_LIBDIR", str(tmp_path / "no-pkg-config-files"))
    monkeypatch.delenv("PKG_CONFIG_PATH", raising=False)
    return tmp_path


def test_path_given_comes_before_the_environment(nowhere, monkeypatch):
    mine, other = installed(nowhere / "mine"), installed(nowhere / "other")
    monkeypatch.setenv("ISLET_PLUGIN", str(other))
    assert islet.find_plugin(mine) == mine
    assert islet.find_plugin(nowhere / "mine") == mine
    assert islet.find_plugin() == other
    monkeypatch.setenv("ISLET_PLUGIN", str(nowhere / "other"))
    assert islet.find_plugin() == other


def test_environment_comes_before_the_prefix_of_python(nowhere, monkeypatch):
    of_python, other = installed(nowhere / "python"), installed(nowhere / "other")
    assert islet.find_plugin() == of_python
    monkeypatch.setenv("ISLET_PLUGIN", str(other))
    assert islet.find_plugin() == other


def test_pkg_config_finds_a_moved_prefix(nowhere, monkeypatch, repository):
    stage = nowhere / "stage"
    installed(stage)
    (stage / "bin").mkdir()
    (stage / "bin/islet").write_text("#!/bin/sh\necho 0.1.0\n")
    (stage / "bin/islet").chmod(0o755)
    subprocess.run([repository / "Integration/setup/install.sh", stage, nowhere / "prefix"], check=True)
    moved = (nowhere / "prefix").rename(nowhere / "moved to a place with spaces")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(moved / "lib/pkgconfig"))
    assert islet.find_plugin() == moved / "lib/islet/islet.so"


def test_path_is_relative_to_the_working_folder_even_without_a_slash(nowhere, monkeypatch):
    library = installed(nowhere / "here")
    monkeypatch.chdir(library.parent)
    assert islet.find_plugin("islet.so") == library


def test_what_was_given_is_final(nowhere, monkeypatch):
    installed(nowhere / "python")
    with pytest.raises(islet.PluginNotFoundError, match="the path given, is neither islet.so nor a prefix"):
        islet.find_plugin(nowhere / "absent")
    monkeypatch.setenv("ISLET_PLUGIN", str(nowhere / "absent"))
    with pytest.raises(islet.PluginNotFoundError, match="the environment variable ISLET_PLUGIN"):
        islet.find_plugin()


def test_error_names_every_place(nowhere, monkeypatch):
    monkeypatch.setattr("pathlib.Path.is_file", lambda self: False)
    with pytest.raises(islet.PluginNotFoundError) as error:
        islet.find_plugin()
    for place in (
        str(nowhere / "python/lib/islet/islet.so"),
        "/usr/local/lib/islet/islet.so",
        "pkg-config",
        "set ISLET_PLUGIN",
    ):
        assert place in str(error.value)


def test_bundles_beside_the_plugin(plugin):
    assert {"pancreas", "spleen", "liver"} <= {name.rsplit("-", 1)[0] for name in plugin.bundles()}
    assert all(path.is_file() for path in plugin.bundles().values())


def test_newest_bundle_of_a_name_goes_by_numbers(tmp_path, compiled_fake):
    (tmp_path / "lib/islet").mkdir(parents=True)
    shutil.copy(compiled_fake(), tmp_path / "lib/islet/islet.so")
    models = tmp_path / "share/islet/models"
    models.mkdir(parents=True)
    for name in ("organ-0.9.0", "organ-0.10.0", "organ-other-1.0.0", "organ-new", "organ-0.8.0"):
        (models / f"{name}.islet").touch()
    library = islet.PluginLibrary(tmp_path)
    assert library.bundle("organ") == models / "organ-0.10.0.islet"
    with pytest.raises(LookupError, match="no bundle 'kidney' is installed; there are organ-0.10.0, "):
        library.bundle("kidney")


def test_plugin_says_what_it_is(plugin):
    assert plugin.identifier == "org.islet.plugin"
    assert plugin.interface_version.split(".")[0] == "1"
    assert "not for diagnosis" in plugin.intended_use
    assert plugin.version and plugin.vendor and plugin.name


def test_file_that_is_no_library_is_refused(tmp_path):
    (tmp_path / "islet.so").write_text("text")
    with pytest.raises(islet.NotAPluginError, match="cannot be loaded as a plugin"):
        islet.PluginLibrary(tmp_path / "islet.so")


def test_library_without_the_entry_is_refused(compiled_fake):
    with pytest.raises(islet.NotAPluginError, match="does not export islet_plugin_entry"):
        islet.PluginLibrary(compiled_fake("NO_ENTRY"))
