"""Schedule -> C: loop trees from isl's AST generator, printed as one block that takes the place of the nest."""

from optimizer.codegen.bounds import Bounds, element_bounds
from optimizer.codegen.canonical import canonical_text
from optimizer.codegen.footprint import Footprint, footprint
from optimizer.codegen.generate import CodegenOptions, Generated, GenerationFailed, generate, loop_tree
from optimizer.codegen.looptree import For, If, Instance, Let, LoopTree
from optimizer.codegen.overlap import OverlapUnknown, overlap_checks
from optimizer.codegen.precise import precise_text
from optimizer.codegen.replace import replace_nests

__all__ = [
    "Bounds",
    "CodegenOptions",
    "Footprint",
    "For",
    "Generated",
    "GenerationFailed",
    "If",
    "Instance",
    "Let",
    "LoopTree",
    "OverlapUnknown",
    "canonical_text",
    "element_bounds",
    "footprint",
    "generate",
    "loop_tree",
    "overlap_checks",
    "precise_text",
    "replace_nests",
]
