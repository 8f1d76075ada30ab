"""What one network's training is: every field that changes its weights, and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field

VIEWS = {"S": 0, "C": 1, "A": 2}
"""View letter -> axis of its slices: sagittal x, coronal y, axial z. Rows and columns are the other two, in order."""

VIEW_NAMES = {"S": "sagittal", "C": "coronal", "A": "axial"}

PIXELS_OF_PAPER = 0.75
"""Pixel edge in mm at which the paper's 100 pixels and 60 pixels are meant."""


@dataclass(frozen=True)
class Topology:
    """A slim FCN-8s in the words of Models/FORMAT.md."""

    block_channels: tuple[int, ...] = (16, 16, 32, 64, 64)
    convolutions: tuple[int, ...] = (2, 2, 3, 3, 3)
    pools: tuple[bool, ...] = (False, True, True, True, True)
    fc6_channels: int = 128
    fc6_kernel: int = 3
    fc7_channels: int = 128

    def described(self) -> dict:
        """The manifest's `topology`."""
        return {
            "family": "same-padding",
            "pad": None,
            "input_channels": 3,
            "output_channels": 1,
            "block_channels": list(self.block_channels),
            "convolutions": list(self.convolutions),
            "pools": list(self.pools),
            "fc6": {"channels": self.fc6_channels, "kernel": self.fc6_kernel},
            "fc7": {"channels": self.fc7_channels},
            "skip_scales": {"pool4": 1, "pool3": 1},
            "upsampling": "learned",
        }


@dataclass(frozen=True)
class Settings:
    """One network: what it sees and how it learns."""

    stage: str
    """"coarse" or "fine"."""
    view: str
    """"S", "C" or "A"."""
    organs: tuple[str, ...] = ("pancreas",)
    """One map each; a fine network has one organ."""
    organ_weights: tuple[float, ...] = ()
    """Weight of each organ's loss and share of its slices; empty: all 1."""
    seed: int = 1
    iterations: int = 1000
    batch: int = 8
    learning_rate: float = 2e-3
    profile: str = "slim"
    """"slim" or "paper"."""
    topology: Topology = field(default_factory=Topology)
    spacing: float | None = 3.0
    """Working grid in mm; None: the images' own, as in the paper."""
    pixel: float = 3.0
    """Pixel edge in mm by which the paper's pixel counts are scaled; the working grid's where there is one."""
    empty_share: float = 0.1
    """Coarse: share of slices drawn from all of the body, organ or not."""
    slab_share: float = 0.0
    """Coarse, S and C: share of batches that see a short piece along z, as slabs of few slices have."""
    outside_share: float = 0.05
    """Fine: share of slices beside the organ, whose union box is not empty but whose own mask nearly is."""
    brightness: float = 0.06
    """Standard deviation of the factor on intensities; half of it is added. 0: none, as in the paper."""
    rotation: float = 0.0
    """Standard deviation in degrees of the angle by which a sample is turned in its slice. 0: none, as in the paper."""
    scaling: float = 0.0
    """Standard deviation of the logarithm of a sample's size. 0: none, as in the paper."""
    repeat_share: float = 0.05
    """Share of samples one of whose neighbours repeats the middle slice, as at the ends of a volume."""

    @property
    def least_pixels(self) -> int:
        """Organ pixels that make a slice a sample: the paper's 100, by area."""
        return max(1, round(100 * (PIXELS_OF_PAPER / self.pixel) ** 2))

    @property
    def largest_margin(self) -> int:
        """Largest margin of a fine sample in pixels: the paper's 60, by length."""
        return round(60 * PIXELS_OF_PAPER / self.pixel)

    @property
    def fingerprint(self) -> str:
        """Changes with every field; a checkpoint of other settings is not resumed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    @staticmethod
    def from_fields(fields: dict) -> Settings:
        """From JSON; lists become tuples."""
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
        if isinstance(values.get("topology"), dict):
            topology = values["topology"]
            values["topology"] = Topology(
                **{key: tuple(value) if isinstance(value, list) else value for key, value in topology.items()}
            )
        return Settings(**values)


def paper_settings(stage: str, **fields: object) -> Settings:
    """The paper's numbers: native grid, batches of one, 80,000 iterations at 1e-5 or 60,000 at 1e-4, no augmentation."""
    is_coarse = stage == "coarse"
    paper: dict = {
        "iterations": 80_000 if is_coarse else 60_000,
        "learning_rate": 1e-5 if is_coarse else 1e-4,
        "batch": 1,
        "profile": "paper",
        "spacing": None,
        "pixel": PIXELS_OF_PAPER,
        "empty_share": 0.0,
        "outside_share": 0.0,
        "brightness": 0.0,
        "repeat_share": 0.0,
    }
    return Settings(stage, **{**paper, **{key: value for key, value in fields.items() if value is not None}})
