"""Segments boxes in known places and compares what independent readers find in every output format.

check_outputs.py ISLET RECIPES WORK_FOLDER. Fails when a centroid is off by 0.01 mm or more, a voxel differs, a validator
finds an error, or patient data is where it should not be.
"""

import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import read_back
import shapes
import threshold_bundle

TOLERANCE = 0.01
failures = []


def fail(message):
    failures.append(message)
    print(f"FAILED: {message}")


def segment(islet, bundle, source, output, *options):
    return subprocess.run(
        [islet, "segment", source, "--bundle", bundle, "--allow-unsigned", "--output", output, *options],
        capture_output=True, text=True)


def compare(name, found, expected):
    """All voxels in the same places; returns their centroid."""
    if found.shape != expected.shape or not np.allclose(found, expected, atol=TOLERANCE):
        fail(f"{name}: {len(found)} voxels, expected {len(expected)} in the same places")
    return found.mean(axis=0)


def check_geometry(islet, bundle, work):
    """48 axis orders and flips and three tilted ones, as NIfTI, NRRD and DICOM, in every format."""
    worst, runs = {}, 0
    surface_error = 0.0
    for number, (shape, centre) in enumerate(shapes.shapes()):
        for kind, write in (("nifti", shapes.write_nifti), ("nrrd", shapes.write_nrrd), ("dicom", shapes.write_dicom)):
            case = work / f"{number:02}-{kind}"
            case.mkdir(parents=True)
            formats = "nifti,nrrd,seg-nrrd,surface" + (",dicom-seg,rtstruct" if kind == "dicom" else "")
            out = case / "out"
            run = segment(islet, bundle, write(shape, case), out, "--formats", formats, "--quiet")
            if run.returncode != 0:
                fail(f"{shape.name} as {kind}: exit {run.returncode}, {run.stderr.strip()}")
                continue
            runs += 1
            expected = read_back.places(shape.voxels > 500, shape.affine)
            readers = {
                "mask.nii.gz by nibabel": lambda: read_back.with_nibabel(out / "mask.nii.gz"),
                "mask.nii.gz by SimpleITK": lambda: read_back.with_simpleitk(out / "mask.nii.gz"),
                "mask.nrrd by pynrrd": lambda: read_back.with_pynrrd(out / "mask.nrrd"),
                "mask.nrrd by SimpleITK": lambda: read_back.with_simpleitk(out / "mask.nrrd"),
                "mask.seg.nrrd by slicerio": lambda: read_back.with_slicerio(out / "mask.seg.nrrd"),
            }
            if kind == "dicom":
                grid = nibabel.load(out / "mask.nii.gz")
                affine = np.diag([-1, -1, 1, 1]) @ grid.affine
                readers |= {
                    "segmentation.dcm by highdicom": lambda: read_back.with_highdicom(out / "segmentation.dcm"),
                    "segmentation.dcm by dcmqi": lambda: read_back.with_dcmqi(out / "segmentation.dcm"),
                    "rtstruct.dcm by pydicom": lambda: read_back.contours_with_pydicom(
                        out / "rtstruct.dcm", affine, grid.shape),
                }
            for name, read in readers.items():
                try:
                    found = read()
                except Exception as error:  # a reader that refuses our file is a finding, whatever it throws
                    fail(f"{shape.name} as {kind}, {name}: {type(error).__name__}: {error}")
                    continue
                middle = compare(f"{shape.name} as {kind}, {name}", found, expected)
                worst[name] = max(worst.get(name, 0), float(np.linalg.norm(middle - centre)))
            middle, volume = read_back.surface_centroid(out / "surface.ply")
            worst["surface.ply"] = max(worst.get("surface.ply", 0), float(np.linalg.norm(middle - centre)))
            surface_error = max(surface_error, abs(volume / (len(expected) * shapes.SPACING.prod() / 1000) - 1))
    print(f"{runs} runs: 48 axis orders and flips and {len(shapes.TILTED)} tilted, as NIfTI, NRRD and DICOM")
    for name, error in worst.items():
        print(f"  {name:32} centroid off by at most {error:.6f} mm")
        if not error < TOLERANCE:
            fail(f"{name}: centroid off by {error} mm")
    print(f"  surface.ply: volume off by at most {100 * surface_error:.1f} % (a box of 7 x 4 x 9 voxels, edges rounded)")


def check_probability(out):
    """The FRACTIONAL object against probability.nii.gz, value by value, in the patient."""
    volume = read_back.fractions_with_highdicom(out / "probability.dcm")
    stored = np.asarray(volume.array)[..., 0]
    image = nibabel.load(out / "probability.nii.gz")
    values = np.rint(np.asarray(image.dataobj) * 255).astype(int)
    lps = np.diag([-1, -1, 1, 1]) @ image.affine
    index = np.argwhere(np.ones(stored.shape, bool))
    points = index @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    there = np.rint((points - lps[:3, 3]) @ np.linalg.inv(lps[:3, :3]).T).astype(int)
    same = (stored.ravel() == values[tuple(there.T)]).all() and stored.sum() == values.sum()
    print(f"probability.dcm by highdicom: {stored.size} values, {'equal' if same else 'NOT equal'} to probability.nii.gz")
    if not same:
        fail("probability.dcm differs from probability.nii.gz")


def check_validators(out, ct):
    for name in ("segmentation.dcm", "probability.dcm", "rtstruct.dcm"):
        report = subprocess.run(["dciodvfy", out / name], capture_output=True, text=True)
        lines = [line for line in (report.stdout + report.stderr).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("Error")]
        warnings = [line for line in lines if line.startswith("Warning")]
        print(f"dciodvfy {name}: {len(errors)} errors, {len(warnings)} warnings")
        for line in errors + warnings:
            print(f"  {line}")
        if errors or not lines:
            fail(f"dciodvfy {name}: {errors or 'said nothing at all'}")
    files = [*sorted(ct.glob("*.dcm")), *(out / n for n in ("segmentation.dcm", "probability.dcm", "rtstruct.dcm"))]
    report = subprocess.run(["dcentvfy", *files], capture_output=True, text=True)
    lines = [line for line in (report.stdout + report.stderr).splitlines() if line.strip()]
    print(f"dcentvfy over the CT and the three objects: {len(lines)} findings")
    for line in lines:
        print(f"  {line}")
    if any(line.startswith("Error") for line in lines) or report.returncode != 0:
        fail("dcentvfy: the objects do not agree with their series")


def check_privacy(islet, bundle, case, work):
    """Who finds the patient's name where: only DICOM objects may hold it, and none with --anonymous."""
    words = [word.encode() for word in {w for v in shapes.PATIENT.values() for w in v.split("^") if len(w) > 5}]
    source = case / "ct"
    named = case / "SECRET-NAME"
    source.rename(named)
    for options, allowed in (((), {"segmentation.dcm", "probability.dcm", "rtstruct.dcm"}), (("--anonymous",), set())):
        out = work / ("privacy" + "".join(options))
        run = segment(
            islet, bundle, named, out, "--formats", "nifti,nrrd,seg-nrrd,dicom-seg,rtstruct,surface", "--json", *options)
        said = (run.stdout + run.stderr).encode()
        if run.returncode != 0 or any(word in said.replace(str(named).encode(), b"") for word in words):
            fail(f"privacy {options}: exit {run.returncode}, or patient data on the terminal")
        holders = set()
        for path in out.iterdir():
            data = path.read_bytes()
            if path.suffix == ".html" and not options:
                data = data.replace(named.name.encode(), b"")
            if any(word in data for word in words):
                holders.add(path.name)
        print(f"patient data with {options or 'no option'}: in {sorted(holders) or 'no file'}")
        if holders != allowed:
            fail(f"privacy {options}: patient data in {sorted(holders)}, expected {sorted(allowed)}")
    named.rename(source)


def check_empty(islet, bundle, work):
    """Nothing found: exit code 6, a word, and no object without content."""
    case = work / "empty"
    case.mkdir()
    shape, _ = next(shapes.shapes())
    shape.voxels[:] = -1000
    source = shapes.write_dicom(shape, case)
    formats = "nifti,nrrd,seg-nrrd,dicom-seg,rtstruct,surface"
    run = segment(islet, bundle, source, case / "out", "--formats", formats)
    files = sorted(path.name for path in (case / "out").iterdir()) if (case / "out").exists() else []
    print(f"empty: exit {run.returncode}; {run.stderr.strip().splitlines()[-1] if run.stderr.strip() else ''}")
    objects = {"segmentation.dcm", "probability.dcm", "rtstruct.dcm", "surface.ply", "mask.seg.nrrd"}
    if run.returncode != 6 or "the mask is empty" not in run.stderr or objects & set(files):
        fail(f"empty mask: exit {run.returncode}, files {files}")


def main():
    islet, recipes, work = Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3])
    read_back.SEGIMAGE2ITKIMAGE = str(Path(sys.executable).parent / "segimage2itkimage")
    bundle = threshold_bundle.pack(islet, work, recipes)
    check_geometry(islet, bundle, work)
    case = work / "00-dicom"
    if (case / "out" / "segmentation.dcm").exists():
        check_probability(case / "out")
        check_validators(case / "out", case / "ct")
        check_privacy(islet, bundle, case, work)
    else:
        fail("no DICOM objects to check")
    check_empty(islet, bundle, work)
    print(f"{len(failures)} failures" if failures else "all outputs agree")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
