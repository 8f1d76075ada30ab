"""Runs the Python of README.md, so that what it shows is what works: readme.py HEADING...

Without headings: the first block. The working folder needs ct.nii.gz.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks():
    """The Python blocks under each heading, joined."""
    found, heading = {}, ""
    for part in re.split(r"^(## .*)$", README.read_text(), flags=re.M):
        if part.startswith("## "):
            heading = part[3:].strip()
        elif code := "\n".join(re.findall(r"^```python\n(.*?)^```$", part, re.M | re.S)):
            found[heading] = code
    return found


def shown_output():
    """What README.md says that the example prints: its one block without a language."""
    (shown,) = [
        text for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(), re.M | re.S) if not language
    ]
    return shown


def run(heading, names=None):
    """Runs one section; returns its names."""
    names = {} if names is None else names
    exec(compile(blocks()[heading], f"README.md, {heading}", "exec"), names)
    return names


if __name__ == "__main__":
    for wanted in sys.argv[1:] or list(blocks())[:1]:
        run(wanted)
