"""Transformations of schedules, and the scripts that name them."""

from optimizer.transforms.apply import apply_script, original
from optimizer.transforms.base import REGISTRY, Inapplicable, Transformation, transformation
from optimizer.transforms.contract import Contract
from optimizer.transforms.distribute import Distribute
from optimizer.transforms.expand import Expand
from optimizer.transforms.fuse import Fuse
from optimizer.transforms.interchange import Interchange
from optimizer.transforms.isl_scheduler import Coincidence, Feautrier, Fusion, IslSchedule
from optimizer.transforms.isolate import Isolate
from optimizer.transforms.join import Join
from optimizer.transforms.pack import Pack
from optimizer.transforms.parallel import Parallel
from optimizer.transforms.refinement import Refined, Refinement, refine
from optimizer.transforms.reorder import Reorder
from optimizer.transforms.reverse import Reverse
from optimizer.transforms.script import Script, ScriptError, parse_script, usage
from optimizer.transforms.shift import Shift
from optimizer.transforms.skew import Skew
from optimizer.transforms.split import Split
from optimizer.transforms.strip_mine import StripMine
from optimizer.transforms.tile import Tile
from optimizer.transforms.unroll import Unroll
from optimizer.transforms.unroll_and_jam import UnrollAndJam
from optimizer.transforms.vectorize import Vectorize
from optimizer.transforms.wavefront import Wavefront

__all__ = [
    "REGISTRY",
    "Coincidence",
    "Contract",
    "Distribute",
    "Expand",
    "Feautrier",
    "Fuse",
    "Fusion",
    "Inapplicable",
    "Interchange",
    "IslSchedule",
    "Isolate",
    "Join",
    "Pack",
    "Parallel",
    "Refined",
    "Refinement",
    "Reorder",
    "Reverse",
    "Script",
    "ScriptError",
    "Shift",
    "Skew",
    "Split",
    "StripMine",
    "Tile",
    "Transformation",
    "Unroll",
    "UnrollAndJam",
    "Vectorize",
    "Wavefront",
    "apply_script",
    "original",
    "parse_script",
    "refine",
    "transformation",
    "usage",
]
