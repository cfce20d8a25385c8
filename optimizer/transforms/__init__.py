"""Transformations of schedules, and the scripts that name them."""

from optimizer.transforms.apply import apply_script, original
from optimizer.transforms.base import REGISTRY, Inapplicable, Transformation, transformation
from optimizer.transforms.interchange import Interchange
from optimizer.transforms.parallel import Parallel
from optimizer.transforms.reverse import Reverse
from optimizer.transforms.script import Script, ScriptError, parse_script, usage
from optimizer.transforms.strip_mine import StripMine
from optimizer.transforms.tile import Tile

__all__ = [
    "REGISTRY",
    "Inapplicable",
    "Interchange",
    "Parallel",
    "Reverse",
    "Script",
    "ScriptError",
    "StripMine",
    "Tile",
    "Transformation",
    "apply_script",
    "original",
    "parse_script",
    "transformation",
    "usage",
]
