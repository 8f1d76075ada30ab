"""Which bundles an instance accepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from . import _interface as c
from ._segmentation import Flag


@dataclass(frozen=True)
class BundleTrust:
    """Which bundles an instance accepts; a host that says nothing accepts what the Islet project signed alone."""

    #: Public keys whose signatures count, minisign's .pub files one after the other in one text; None for the Islet
    #: project's key, "" for nobody's.
    trusted_keys: Optional[str] = None
    #: The oldest accepted version of a bundle by its name, such as {"pancreas": "0.2.0"}.
    minimum_versions: Mapping[str, str] = field(default_factory=dict)
    #: What is accepted all the same, and then flagged in every result: `Flag.UNSIGNED_BUNDLE`, `FOREIGN_BUNDLE`,
    #: `CHANGED_BUNDLE`, `ROLLED_BACK_BUNDLE`.
    accepted: Flag = Flag(0)

    def described(self) -> c.Config:
        """The C struct; it holds its texts."""
        versions = "".join(f"{name} {version}\n" for name, version in self.minimum_versions.items())
        return c.new_struct(
            c.Config,
            trusted_keys=None if self.trusted_keys is None else self.trusted_keys.encode(),
            minimum_versions=versions.encode() or None,
            accepted_flags=int(self.accepted),
        )
