"""Makes loops perfectly nested: what stands between two loops is sunk into the inner one."""

from collections.abc import Sequence as Sequence_
from dataclasses import dataclass, replace

import islpy as isl

from optimizer.transforms.address import Place, leaf_path
from optimizer.transforms.affine import extent, sunk
from optimizer.transforms.base import Inapplicable
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, leaves, sequence


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Loops directly inside each other, all around every statement of `body`; their own `body` fields are stale."""

    loops: tuple[Loop, ...]
    body: Tree


def chain_from(place: Place, statement: str, length: int, context: isl.Set) -> Chain | Inapplicable:
    """The loop at `place` and the next ones around `statement`, `length` in all, made perfectly nested.

    What stands before an inner loop is run in its first iteration, what stands after it in its last; the order of
    execution does not change.
    """
    loops = [place.loop]
    body = place.loop.body
    while len(loops) < length:
        inner = _next_loop(body, statement, (*place.outer, *loops), context)
        if inner is None:
            have = len(loops)
            return Inapplicable(f"only {have} of the {length} loops needed stand around {statement} there")
        loops.append(inner)
        body = inner.body
    return Chain(tuple(loops), body)


def _next_loop(body: Tree, statement: str, outer: Sequence_[Loop], context: isl.Set) -> Loop | None:
    """A loop around all of `body`: the one in it that is around `statement`, with its siblings sunk into it."""
    match body:
        case Loop():
            return body
        case Leaf():
            return None
        case Sequence(children=children):
            position = next(i for i, child in enumerate(children) if leaf_path(child, statement) is not None)
            loop = children[position]
            if not isinstance(loop, Loop):
                return None
            bounds = extent(loop, outer, context)
            values = dict(loop.values)
            for i, child in enumerate(children):
                if i != position:
                    value = bounds.first if i < position else bounds.last
                    values.update({leaf.statement: sunk(leaf, outer, value) for leaf in leaves(child)})
            inside = sequence([*children[:position], loop.body, *children[position + 1 :]])
            return replace(loop, values=values, body=inside, coincident=False, permutable=False)


def nested(loops: Sequence_[Loop], body: Tree) -> Tree:
    """`loops` around `body`, the first one outermost."""
    for loop in reversed(loops):
        body = replace(loop, body=body)
    return body
