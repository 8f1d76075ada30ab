"""Holds every bundle and recipe of the repository against Models/manifest.schema.json.

Reads bundles by the words of Models/FORMAT.md alone, without Islet. Also shows that the schema can say no: each of a list
of small changes to a good manifest must be refused. Needs jsonschema (Debian: python3-jsonschema). Run by `make lint`.
"""

import copy
import hashlib
import json
import pathlib
import struct
import sys

import jsonschema

MODELS = pathlib.Path(__file__).resolve().parents[2] / "Models"


def manifest_of_bundle(path):
    """The manifest in a bundle's file."""
    with open(path, "rb") as file:
        header = file.read(128)
        offset, size = struct.unpack("<QQ", header[24:40])
        file.seek(offset)
        text = file.read(size)
    if header[:8] != b"ISLET\r\n\x1a" or hashlib.sha256(text).digest() != header[40:72]:
        raise SystemExit(f"{path}: not a bundle, or a changed one")
    return json.loads(text)


def at(document, path):
    """The object or list that holds the last step of `path`."""
    for step in path[:-1]:
        document = document[step]
    return document


CHANGES = [
    (["schema"], "org.islet.bundle/2"),
    (["name"], "a b"),
    (["name"], ""),
    (["licence"], ""),
    (["modality"], "MR"),
    (["labels"], []),
    (["labels", 0, "value"], 256),
    (["labels", 0, "colour"], [1, 2]),
    (["intensity", "window"], [1]),
    (["grid", "axes"], ["left", "posterior"]),
    (["grid", "axes"], ["left", "posterior", "up"]),
    (["stages"], ["fine"]),
    (["networks", 0, "stage"], "middle"),
    (["networks", 0, "temperature"], 0),
    (["networks", 0, "topology", "family"], "transformer"),
    (["networks", 0, "topology", "pad"], 100),
    (["networks", 0, "topology", "pools"], [True]),
    (["networks", 0, "topology", "fc6", "kernel"], 2),
    (["profile", "threshold"], 1.5),
    (["profile", "component_ratio"], 0),
    (["profile", "rounds"], 1.5),
    (["input_range", "spacing_mm", "minimum"], [0, 1, 1]),
    (["sources", 0, "sha256"], "abc"),
    (["sections", 0, "dtype"], "float64"),
    (["sections", 0, "offset"], 200),
    (["sections", 0, "shape"], []),
    (["sections", 0, "chunks"], []),
]


def main():
    """Checks everything; ends with 1 when something does not fit."""
    schema = json.loads((MODELS / "manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bundles = sorted(MODELS.glob("*.islet"))
    recipes = sorted((MODELS / "recipes").glob("*.json"))
    manifests = {path: manifest_of_bundle(path) for path in bundles}
    manifests |= {path: json.loads(path.read_text(encoding="utf-8"))["manifest"] for path in recipes}
    if not bundles or not recipes:
        raise SystemExit(f"{MODELS}: no bundle or no recipe found")
    flaws = [
        f"{path.name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for path, manifest in manifests.items()
        for error in validator.iter_errors(manifest)
    ]
    good = manifests[bundles[0]]
    for path, value in CHANGES:
        changed = copy.deepcopy(good)
        at(changed, path)[path[-1]] = value
        if validator.is_valid(changed):
            flaws.append(f"the schema accepts {'.'.join(map(str, path))} = {value!r}")
    for key in schema["required"]:
        if validator.is_valid({name: value for name, value in good.items() if name != key}):
            flaws.append(f"the schema accepts a manifest without {key}")
    print("\n".join(flaws) if flaws else f"{len(manifests)} manifests fit, {len(CHANGES)} changed ones do not")
    sys.exit(1 if flaws else 0)


if __name__ == "__main__":
    main()
