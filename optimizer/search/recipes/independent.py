"""Loops that carry nothing inside loops that do: run by several threads, and several iterations interleaved.

For time loops around sweeps, and for recurrences along one axis of an array: the outermost loops without dependences
are parallel, and where loops inside them carry a chain of operations, several of these chains run at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import islpy as isl

from optimizer.dependences.parallelism import carries_nothing
from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import LoopRef, Schedule, find_loop
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import Parallel, Transformation, UnrollAndJam
from optimizer.transforms.convert import read_tree
from optimizer.transforms.tree import Loop, Tree, children_of, has_loops, statements

PROOF_OPERATIONS = 500_000
CHAINS = (8, 4)


@dataclass(frozen=True, slots=True)
class _Independent:
    """An outermost loop that carries nothing; `chained`: a loop inside it does."""

    loop: LoopRef
    chained: bool


def independent_scripts(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Scripts that use all outermost loops without dependences of `start` at once; the most promising first."""
    tree = read_tree(start.tree)
    if tree is None:
        return
    found = list(_independent(tree, 0, _Prover(nest, start)))
    threads: list[Transformation] = [Parallel(place.loop) for place in found] if setting.parallel else []
    chained = [place.loop for place in found if place.chained]
    for chains in CHAINS if chained else ():
        yield "; ".join(map(str, [*threads, *(UnrollAndJam(loop, chains) for loop in chained)]))
    if threads:
        yield "; ".join(map(str, threads))


@dataclass(frozen=True, slots=True)
class _Prover:
    nest: Nest
    schedule: Schedule

    def is_independent(self, loop: LoopRef) -> bool:
        """True if `loop` is proven to carry no dependence."""
        position = find_loop(self.schedule.tree, loop)
        assert position is not None
        band = position.node
        if position.member > 0:
            band = band.band_split(position.member).child(0)
        if band.band_n_member() > 1:
            band = band.band_split(1)
        try:
            with operation_limit(self.nest.scop.context.get_ctx(), PROOF_OPERATIONS):
                return carries_nothing(band, self.nest)
        except (OperationLimitExceeded, isl.Error):
            return False


def _independent(tree: Tree, depth: int, prover: _Prover) -> Iterator[_Independent]:
    """The outermost loops of `tree`, which stands inside `depth` loops, that carry nothing and have a loop inside."""
    inner = depth + isinstance(tree, Loop)
    if isinstance(tree, Loop) and has_loops(tree.body):
        loop = LoopRef(statements(tree)[0], depth)
        if prover.is_independent(loop):
            yield _Independent(loop, any(not prover.is_independent(ref) for ref in _innermost(tree, depth)))
            return
    for child in children_of(tree):
        yield from _independent(child, inner, prover)


def _innermost(tree: Tree, depth: int) -> Iterator[LoopRef]:
    """The loops of `tree` without a loop inside."""
    if isinstance(tree, Loop) and not has_loops(tree.body):
        yield LoopRef(statements(tree)[0], depth)
    for child in children_of(tree):
        yield from _innermost(child, depth + isinstance(tree, Loop))
