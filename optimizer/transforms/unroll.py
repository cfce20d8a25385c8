"""The command `unroll`, and the strips that are unrolled."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.address import Place, all_loops, find, places_around
from optimizer.transforms.affine import first_iteration, most_iterations, step_between, strip_values
from optimizer.transforms.base import Inapplicable, Order, TreeTransformation, transformation
from optimizer.transforms.fullness import strip_size
from optimizer.transforms.marks import UNROLL, is_replicated, is_vector, marked
from optimizer.transforms.tree import Loop, Tree, has_loops, node_at, replace_at

CANDIDATE_FACTOR = 4
MAXIMAL_FACTOR = 64  # copies of a body


@transformation
@dataclass(frozen=True, slots=True)
class Unroll(TreeTransformation):
    """Run several iterations of a loop in one.

    Rewrite:
        for i: S(i)   ->   for t = 0, factor .. : S(t); S(t+1); .. S(t+factor-1)    and the rest, less than a strip

    A point loop of a tile of at most `factor` iterations is unrolled as a whole, as is a loop that never runs more
    often.
    """

    name: ClassVar[str] = "unroll"
    loop: LoopRef
    factor: int  # iterations

    def rewrite(self, order: Order) -> Tree | Inapplicable:
        """The tree with the loop strip-mined, the full strips kept apart, and the point loop marked."""
        place = find(order.tree, self.loop)
        if isinstance(place, Inapplicable):
            return place
        refusal = refuse_unroll(place, self.loop, self.factor)
        if refusal is not None:
            return refusal
        tiles, size = tiles_of(order.tree, self.loop)
        if tiles is not None and size <= self.factor:
            return with_replicated_points(order.tree, place, tiles, UNROLL)
        if runs_at_most(place, self.factor, order.context):
            return replace_at(order.tree, place.path, marked(place.loop, UNROLL))
        strips, points = replicated_strips(place, self.factor, order.context, UNROLL)
        return replace_at(order.tree, place.path, replace(strips, body=points))

    @classmethod
    def candidates(cls, tree: Tree) -> Iterator[Self]:
        """Every innermost loop that is not unrolled, with one factor."""
        for ref, place in all_loops(tree):
            if not has_loops(place.loop.body) and not is_replicated(place.loop):
                yield cls(ref, CANDIDATE_FACTOR)


def refuse_unroll(place: Place, ref: LoopRef, factor: int) -> Inapplicable | None:
    """Why the loop at `place` cannot be unrolled; None if it can."""
    if factor < 2:
        return Inapplicable(f"unrolling {factor} times changes nothing", "the factor must be at least 2")
    if factor > MAXIMAL_FACTOR:
        return Inapplicable(f"unrolling {factor} times is too much code", f"the factor may be at most {MAXIMAL_FACTOR}")
    return refuse_replicated(place, ref)


def refuse_replicated(place: Place, ref: LoopRef) -> Inapplicable | None:
    """Why the loop at `place` cannot be replicated again; None if it is not replicated."""
    if UNROLL in place.loop.marks:
        return Inapplicable(f"{ref} is unrolled already")
    return Inapplicable(f"{ref} runs in vectors already") if is_vector(place.loop) else None


def replicated_strips(place: Place, factor: int, context: isl.Set, mark: str) -> tuple[Loop, Loop]:
    """A loop over strips of `factor` iterations, full ones kept apart, and the loop over one strip with `mark`."""
    loop = place.loop
    origin = first_iteration(loop, place.outer, context)
    size = factor * step_between(loop, place.outer, context)
    values = strip_values(loop, size, place.outer, origin)
    strips = replace(loop, values=values, permutable=False, isolated=True)
    return strips, replace(loop, marks=(mark,), permutable=False, isolated=False)


def runs_at_most(place: Place, factor: int, context: isl.Set) -> bool:
    """True if one execution of the loop at `place` has at most `factor` iterations, and that number is known."""
    most = most_iterations(place.loop, place.outer, context)
    return most is not None and most <= factor


def with_replicated_points(tree: Tree, points: Place, tiles: Place, mark: str) -> Tree:
    """`tree` with all iterations of `points` replicated where the strip of `tiles` is full."""
    tree = replace_at(tree, points.path, marked(points.loop, mark))
    isolated = node_at(tree, tiles.path)
    assert isinstance(isolated, Loop)
    return replace_at(tree, tiles.path, replace(isolated, isolated=True))


def tiles_of(tree: Tree, ref: LoopRef) -> tuple[Place | None, int]:
    """The tile loop of which the loop is the point loop, and the iterations of its strips; None if there is none."""
    places = places_around(tree, ref.statement) or ()
    for place in reversed(places[: ref.depth]):
        size = strip_size(place.loop, places[ref.depth].loop)
        if size > 1:
            return place, size
    return None, 0
