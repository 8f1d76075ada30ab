"""The recipe (Models/FORMAT.md) of a trained bundle: card, grid, topology, profile, names of weight files."""

from __future__ import annotations

from dataclasses import dataclass

from settings import VIEW_NAMES, Settings, Topology

LAYERS = [
    *(f"conv{block}_{index}" for block, count in enumerate((2, 2, 3, 3, 3), 1) for index in range(1, count + 1)),
    "fc6",
    "fc7",
    "score_fr",
    "score_pool4",
    "score_pool3",
]
"""Layers with weight and bias; safetensors of this package use the format's own names."""

UPSAMPLING = ["upscore2", "upscore_pool4", "upscore8"]

REFERENCES = [
    "Zhou, Xie, Shen, Wang, Fishman, Yuille: A Fixed-Point Model for Pancreas Segmentation in Abdominal CT Scans. "
    "MICCAI 2017"
]

TERMS = {
    "pancreas": ("15776009", "Pancreas", [60, 150, 80]),
    "liver": ("10200004", "Liver", [221, 130, 101]),
    "spleen": ("78961009", "Spleen", [157, 108, 162]),
    "left kidney": ("18639004", "Left kidney", [212, 126, 151]),
    "right kidney": ("9846003", "Right kidney", [185, 102, 83]),
    "aorta": ("15825003", "Aorta", [224, 97, 76]),
}
"""SNOMED CT code, meaning and colour of each organ."""

MARGINS_AT_PAPER = {"paper": 30, "paper-like": 30, "release-1.11": 20}
"""Pixels of 0.75 mm."""


def profile_fields(name: str, pixel: float) -> dict:
    """The manifest's `profile`. "paper-like" is the paper's with a component filter after every fine round.

    On phantoms of another kind the filter helped slim networks; where the gland comes out in two parts it loses one.
    """
    margin = int(MARGINS_AT_PAPER[name] * 0.75 / pixel)
    if name in ("paper", "paper-like"):
        return {
            "input_region": "own-slice",
            "margin": margin,
            "coarse_fusion": "majority",
            "fine_fusion": "majority",
            "component_ratio": 0.5 if name == "paper-like" else None,
            "threshold": 0.95,
            "stop": "above",
            "rounds": 10,
        }
    return {
        "input_region": "union-of-neighbours",
        "margin": margin,
        "coarse_fusion": "majority",
        "fine_fusion": "mean",
        "component_ratio": 0.5,
        "threshold": 0.95,
        "stop": "reaching",
        "rounds": 10,
    }


@dataclass(frozen=True)
class Card:
    """The texts of a bundle that a plan gives."""

    name: str
    version: str
    organ: str
    description: str
    intended_use: str
    data_source: str
    training: str
    phases: str
    quality: list[dict]
    changelog: dict[str, str]


def view_axes() -> dict:
    """Rows and columns of each view, as the networks saw them."""
    return {
        "coronal": {"rows": "x", "columns": "z"},
        "sagittal": {"rows": "y", "columns": "z"},
        "axial": {"rows": "x", "columns": "y"},
    }


def grid_fields(settings: Settings) -> dict:
    """The manifest's `grid`, of grid.Grid's numbers."""
    on_own_grid = settings.spacing is None
    return {
        "axes": ["left", "posterior", "superior"],
        "spacing_mm": settings.spacing,
        "body_box": None
        if on_own_grid
        else {"threshold_hu": -300, "opening_radius": 3, "margin": 3, "axes": ["x", "y"]},
        "minimum_size": [1, 1, 1] if on_own_grid else [1, 1, 32],
    }


def topology_fields(settings: Settings) -> dict:
    """The manifest's topology of a profile's networks."""
    if settings.profile == "slim":
        return settings.topology.described()
    paper = Topology((64, 128, 256, 512, 512), (2, 2, 3, 3, 3), (True,) * 5, 4096, 7, 4096).described()
    return {**paper, "family": "crop", "pad": 100, "output_channels": 3, "upsampling": "bilinear"}


def recipe(card: Card, profile: str, stages: dict[str, Settings], temperatures: dict[str, float]) -> dict:
    """The whole recipe; its weight files are {coarse,fine}_{S,C,A}.safetensors.

    `stages`: "coarse" and "fine" -> how the networks of that stage were trained; both on one grid, with the same pools.
    `temperatures`: view letter -> T of the fine network, where one was fitted.
    """
    code, meaning, colour = TERMS.get(card.organ, ("113343008", "Organ", [128, 174, 128]))
    settings = stages["coarse"]
    topologies = {stage: topology_fields(of_stage) for stage, of_stage in stages.items()}
    learned = topologies["coarse"]["upsampling"] == "learned"
    places = [(stage, view) for stage in ("coarse", "fine") for view in ("C", "S", "A")]
    networks = [
        {
            "stage": stage,
            "view": VIEW_NAMES[view],
            "tensors": f"{stage}-{VIEW_NAMES[view]}",
            "topology": topologies[stage],
            **({"temperature": temperatures[view]} if stage == "fine" and view in temperatures else {}),
        }
        for stage, view in places
    ]
    manifest = {
        "schema": "org.islet.bundle/1",
        "name": card.name,
        "version": card.version,
        "task": f"Segmentation of the {card.organ} in abdominal CT",
        "description": card.description,
        "intended_use": card.intended_use,
        "authors": ["The Islet authors"],
        "licence": "Apache-2.0",
        "data_source": card.data_source,
        "training": card.training,
        "references": REFERENCES,
        "changelog": card.changelog,
        "modality": "CT",
        "labels": [
            {
                "value": 1,
                "name": card.organ,
                "category": {"scheme": "SCT", "code": "123037004", "meaning": "Anatomical Structure"},
                "type": {"scheme": "SCT", "code": code, "meaning": meaning},
                "colour": colour,
            }
        ],
        "intensity": {"window": [-100, 240], "levels": 255},
        "grid": grid_fields(settings),
        "views": view_axes(),
        "profile": profile_fields(profile, settings.pixel),
        "input_range": {
            "spacing_mm": {"minimum": [0.4, 0.4, 0.4], "maximum": [3.5, 3.5, 5]},
            "hu": {"minimum": -2048, "maximum": 4095},
            "phases": card.phases,
        },
        "quality": card.quality,
        "networks": networks,
        "sources": [],
        "sections": [],
    }
    used_upsampling = [
        name for name, pools in zip(UPSAMPLING, _upsampling_pools(topologies["coarse"]["pools"]), strict=True) if pools
    ]
    return {
        "manifest": manifest,
        "weights": [
            {"stage": stage, "view": VIEW_NAMES[view], "file": f"{stage}_{view}.safetensors"} for stage, view in places
        ],
        "layers": {name: name for name in LAYERS + (used_upsampling if learned else [])},
        "fixed_upsampling": [],
    }


def _upsampling_pools(pools: list[bool]) -> tuple[bool, bool, bool]:
    """Whether each of the three steps upsamples at all."""
    return pools[4], pools[3], any(pools[:3])
