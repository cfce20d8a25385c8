"""Which strips are full, so that their code can be kept apart from that of partial ones (isl's `isolate` option)."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.transforms.affine import image
from optimizer.transforms.tree import Leaf, Loop, Tree, children_of, leaves


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip-mined loop: in each iteration `t` of `tiles`, `points` goes over t .. t + size - 1."""

    tiles: Loop
    points: Loop
    size: int


def paths_below(tree: Tree) -> list[tuple[tuple[Loop, ...], Leaf]]:
    """For each leaf of `tree` the loops around it within `tree`, outermost first."""
    if isinstance(tree, Leaf):
        return [((), tree)]
    around = (tree,) if isinstance(tree, Loop) else ()
    return [((*around, *loops), leaf) for child in children_of(tree) for loops, leaf in paths_below(child)]


def find_strip(tiles: Loop) -> Strip | None:
    """The strip whose tile loop is `tiles`; None if it is no tile loop. The innermost point loop counts."""
    best: Strip | None = None
    for loops, leaf in paths_below(tiles.body):
        for loop in reversed(loops):
            size = strip_size(tiles, loop, leaf)
            if size is not None and size > 1:
                if best is None or size > best.size:
                    best = Strip(tiles, loop, size)
                break
    return best


def strip_size(tiles: Loop, points: Loop, leaf: Leaf) -> int | None:
    """s if, by the form of the expressions alone, `points` - `tiles` takes values in 0 .. s - 1 for `leaf`."""
    distance = points.values[leaf.statement].sub(tiles.values[leaf.statement])
    values = isl.Map.from_pw_aff(distance).range()
    low, high = values.dim_min_val(0), values.dim_max_val(0)
    if not low.is_int() or not high.is_int() or low.is_neg():
        return None
    return int(high.to_python()) + 1


def is_within(tiles: Loop, points: Loop) -> bool:
    """True if `points` goes over the iterations of a strip of `tiles`, for a statement inside both."""
    for leaf in leaves(points.body):
        size = strip_size(tiles, points, leaf)
        if size is not None and size > 1:
            return True
    return False


def isolate_set(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> isl.UnionSet:
    """isl's AST build option that keeps apart the iterations of the tile loop `loop` that are full.

    Full means: for every statement that runs in this iteration of `outer` and `loop`, all points of the strips of
    `loop` and of the isolated loops of `outer` run. The option never changes what the generated code does.
    """
    around = (*outer, loop)
    strips = [strip for tiles in around if tiles.isolated and (strip := find_strip(tiles)) is not None]
    present = isl.Set.empty(context.get_space())
    partial = present
    for loops, leaf in paths_below(loop.body):
        times = image(leaf, around, context)
        missing = _incomplete(times, strips, loops, leaf, around, context)
        present = times if present.is_params() else present.union(times)
        partial = missing if partial.is_params() else partial.union(missing)
    present = present.coalesce()
    return _option(present.subtract(partial).coalesce().gist(present).coalesce())


def _incomplete(
    times: isl.Set, strips: Sequence[Strip], loops: Sequence[Loop], leaf: Leaf, around: Sequence[Loop], context: isl.Set
) -> isl.Set:
    """The `times` (iterations of `around`) in which `leaf`, inside `loops`, does not run at all points of `strips`."""
    points = [_points(strip, loops, leaf) for strip in strips]
    found = [loop for loop in points if loop is not None]
    if len(found) < len(points):
        return times
    reached = image(leaf, (*around, *found), context)
    rank = times.dim(isl.dim_type.set)
    box = times.insert_dims(isl.dim_type.set, rank, len(strips))
    space = isl.LocalSpace.from_space(box.get_space())
    for position, strip in enumerate(strips):
        tile = isl.PwAff.var_on_domain(space, isl.dim_type.set, 1 + _index(around, strip.tiles))
        point = isl.PwAff.var_on_domain(space, isl.dim_type.set, rank + position)
        last = tile.add_constant_val(isl.Val(strip.size - 1))
        box = box.intersect(tile.le_set(point)).intersect(point.le_set(last))
    return box.subtract(reached).project_out(isl.dim_type.set, rank, len(strips))


def _points(strip: Strip, loops: Sequence[Loop], leaf: Leaf) -> Loop | None:
    for loop in reversed(loops):
        size = strip_size(strip.tiles, loop, leaf)
        if size is not None and size > 1:
            return loop
    return None


def _index(loops: Sequence[Loop], wanted: Loop) -> int:
    return next(index for index, loop in enumerate(loops) if loop is wanted)


def _option(times: isl.Set) -> isl.UnionSet:
    """`times` (0, outer iterations, own iteration) as an AST build option of a band of one loop."""
    outer = times.project_out(isl.dim_type.set, 0, 1)
    rank = outer.dim(isl.dim_type.set)
    relation = isl.Map.from_domain(outer).move_dims(isl.dim_type.out, 0, isl.dim_type.in_, rank - 1, 1)
    return isl.UnionSet.from_set(relation.wrap().set_tuple_name("isolate"))
