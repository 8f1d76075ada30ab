"""Islet's organ segmentation for Python hosts: numpy arrays in and out, through islet.h.

    with islet.PluginInstance(bundle="pancreas.islet") as pancreas:
        found = pancreas.segment(ct)          # islet.Volume, SimpleITK.Image or an image of nibabel
        print(found.summary.volume_ml, found.summary.predicted_dsc, found.summary.flags.names)

Research use only, not for diagnosis.
"""

import logging as _logging

from ._errors import (
    BundleError,
    BusyError,
    CallError,
    Cancelled,
    IncompatiblePluginError,
    InternalError,
    IsletError,
    NotAPluginError,
    PluginError,
    PluginNotFoundError,
    RequestError,
    ResourcesError,
    Status,
    StatusError,
    UntrustedBundleError,
    VolumeError,
    WorkerError,
    WrongOrderError,
)
from ._geometry import Axes, Box, Geometry, Space
from ._images import as_volume, to_nibabel, to_simpleitk
from ._instance import PluginInstance
from ._library import PluginLibrary
from ._location import find_plugin
from ._request import Fusion, Isolation, Plan, Precision, Quality, SegmentRequest
from ._segmentation import (
    End,
    Flag,
    Grade,
    Progress,
    Segmentation,
    SegmentationPass,
    SegmentationSummary,
    View,
)
from ._trust import BundleTrust
from ._volume import Volume

__version__ = "0.1.0"

__all__ = [
    "Axes",
    "Box",
    "BundleError",
    "BundleTrust",
    "BusyError",
    "CallError",
    "Cancelled",
    "End",
    "Flag",
    "Fusion",
    "Geometry",
    "Grade",
    "IncompatiblePluginError",
    "InternalError",
    "Isolation",
    "IsletError",
    "NotAPluginError",
    "Plan",
    "PluginError",
    "PluginInstance",
    "PluginLibrary",
    "PluginNotFoundError",
    "Precision",
    "Progress",
    "Quality",
    "RequestError",
    "ResourcesError",
    "SegmentRequest",
    "Segmentation",
    "SegmentationPass",
    "SegmentationSummary",
    "Space",
    "Status",
    "StatusError",
    "UntrustedBundleError",
    "View",
    "Volume",
    "VolumeError",
    "WorkerError",
    "WrongOrderError",
    "as_volume",
    "find_plugin",
    "to_nibabel",
    "to_simpleitk",
]

# Quiet unless the host configures logging.
_logging.getLogger("islet").addHandler(_logging.NullHandler())
