"""Whole plans for one structure of a nest, as script text: which loops become tiles, registers, vectors, threads.

A recipe looks at loops and accesses, never at what a program is called. Legality and profit are decided elsewhere.
"""

from collections.abc import Callable, Iterator

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.stencil import stencil_scripts

Recipe = Callable[[Nest, Schedule, Setting], Iterator[str]]

RECIPES: tuple[Recipe, ...] = (stencil_scripts,)


def recipe_scripts(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Scripts worth trying from `start` on, each recipe's most promising ones first, recipes taking turns."""
    running = [recipe(nest, start, setting) for recipe in RECIPES]
    while running:
        for plan in list(running):
            script = next(plan, None)
            if script is None:
                running.remove(plan)
            else:
                yield script
