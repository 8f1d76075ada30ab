"""Where islet.so is."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Optional, Union

from ._errors import PluginNotFoundError

#: Environment variable with the path of islet.so, or of the prefix that holds lib/islet/islet.so.
ENVIRONMENT_VARIABLE = "ISLET_PLUGIN"
_INSIDE_PREFIX = Path("lib", "islet", "islet.so")

PathLike = Union[str, "os.PathLike[str]"]


def find_plugin(path: Optional[PathLike] = None) -> Path:
    """The path of islet.so.

    The first of these that is given or exists: `path`; the environment variable ISLET_PLUGIN; the prefix of this
    Python (a virtual environment, or conda's); the prefix that pkg-config knows; /usr/local and /usr. `path` and
    ISLET_PLUGIN may be the library or the prefix it was installed to, and are final: if nothing is there, nothing
    else is tried.

    Raises PluginNotFoundError, naming every place that was looked at.
    """
    if path is not None:
        return _final(Path(path), "the path given")
    from_environment = os.environ.get(ENVIRONMENT_VARIABLE)
    if from_environment:
        return _final(Path(from_environment), f"the environment variable {ENVIRONMENT_VARIABLE}")
    looked_at = []
    for candidate in _installed():
        if candidate.is_file():
            return candidate
        looked_at.append(str(candidate))
    raise PluginNotFoundError(
        f"islet.so was not found; looked at {', '.join(looked_at)} and asked pkg-config for islet; "
        f"pass its path, or set {ENVIRONMENT_VARIABLE} to it or to its installation prefix"
    )


def _final(path: Path, source: str) -> Path:
    # Absolute: without a slash dlopen would search the system's folders instead.
    path = path.expanduser().absolute()
    if path.is_file():
        return path
    inside = path / _INSIDE_PREFIX
    if inside.is_file():
        return inside
    raise PluginNotFoundError(f"{path}, {source}, is neither islet.so nor a prefix that holds {_INSIDE_PREFIX}")


def _installed() -> list[Path]:
    candidates = [Path(sys.prefix) / _INSIDE_PREFIX]
    from_pkg_config = _ask_pkg_config()
    if from_pkg_config:
        candidates.append(from_pkg_config)
    candidates += [Path("/usr/local") / _INSIDE_PREFIX, Path("/usr") / _INSIDE_PREFIX]
    return candidates


def _ask_pkg_config() -> Optional[Path]:
    program = shutil.which("pkg-config")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "--variable=plugin", "islet"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # pkg-config writes spaces as a shell would.
    found = " ".join(shlex.split(answer.stdout))
    return Path(found).resolve() if answer.returncode == 0 and found else None


def find_bundles(plugin: Path) -> dict[str, Path]:
    """The bundles installed beside a plugin: file name without `.islet` -> path, in alphabetical order."""
    # PREFIX/lib/islet/islet.so -> PREFIX/share/islet/models
    models = plugin.parent.parent.parent / "share" / "islet" / "models"
    return {bundle.stem: bundle for bundle in sorted(models.glob("*.islet"))}


def newest_bundle(bundles: dict[str, Path], name: str) -> Path:
    """The bundle `name` of the highest version. Raises LookupError, naming what is there."""
    versions = {}
    for stem, path in bundles.items():
        match = re.fullmatch(re.escape(name) + r"-(\d+)\.(\d+)\.(\d+)", stem)
        if match:
            versions[tuple(map(int, match.groups()))] = path
    if not versions:
        raise LookupError(f"no bundle {name!r} is installed; there are {', '.join(bundles) or 'none'}")
    return versions[max(versions)]
