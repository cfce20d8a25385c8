"""Whole plans for one structure of a nest, as script text: which loops become tiles, registers, vectors, threads.

A recipe looks at loops and accesses, never at what a program is called. Legality and profit are decided elsewhere.
"""

from collections.abc import Callable, Iterator

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.recipes.factorization import factorizations
from optimizer.search.recipes.independent import independent_scripts
from optimizer.search.recipes.matvec import matrix_vector
from optimizer.search.recipes.register_tile import register_tiles
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.short_loops import short_loops
from optimizer.search.recipes.stencil import stencil_scripts
from optimizer.search.recipes.sums import sums_in_parts

Recipe = Callable[[Nest, Schedule, Setting], Iterator[str]]

RECIPES: tuple[Recipe, ...] = (
    factorizations,
    sums_in_parts,
    register_tiles,
    stencil_scripts,
    independent_scripts,
    matrix_vector,
    short_loops,
)
PLAIN_RECIPES: tuple[Recipe, ...] = (independent_scripts, short_loops)  # what no search should miss
