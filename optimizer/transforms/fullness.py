"""Which strips are full, so that their code can be kept apart from that of partial ones (isl's `isolate` option)."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from optimizer.ir.schedule import SEPARATED
from optimizer.transforms.affine import image
from optimizer.transforms.marks import is_replicated
from optimizer.transforms.tree import Leaf, Loop, Tree, children_of, leaves

_DERIVED = "derived"  # the name of an AST build option without meaning to isl, as is SEPARATED


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A strip-mined loop: in each iteration `t` of `tiles`, `points` goes over t .. t + size - 1."""

    tiles: Loop
    points: Loop
    size: int

    @property
    def is_replicated(self) -> bool:
        """True if the body of `points` is to be unrolled or run in vectors."""
        return is_replicated(self.points)


def find_strip(tiles: Loop) -> Strip | None:
    """The strip whose tile loop is `tiles`; None if it is no tile loop. The innermost point loop counts."""
    best: Strip | None = None
    deepest = _deepest(tiles.body)
    for loops, leaf in _paths(tiles.body):
        for loop in reversed(loops) if leaf in deepest else ():
            size = _strip_size(tiles, loop, leaf)
            if size > 1:
                if best is None or size > best.size:
                    best = Strip(tiles, loop, size)
                break
    return best


def is_within(tiles: Loop, points: Loop) -> bool:
    """True if `points` goes over the iterations of a strip of `tiles`, for a statement inside both."""
    return strip_size(tiles, points) > 1


def strip_size(tiles: Loop, points: Loop) -> int:
    """The largest number of iterations that `points`, inside `tiles`, goes over in one iteration of it, else 0."""
    return max(_strip_size(tiles, points, leaf) for leaf in _deepest(points.body))


def _deepest(tree: Tree) -> list[Leaf]:
    """The leaves of the statements with the most counters: what is beside their loops has values there by chance."""
    found = list(leaves(tree))
    most = max(leaf.domain.dim(isl.dim_type.set) for leaf in found)
    return [leaf for leaf in found if leaf.domain.dim(isl.dim_type.set) == most]


def _paths(tree: Tree) -> list[tuple[tuple[Loop, ...], Leaf]]:
    """For each leaf of `tree` the loops around it within `tree`, outermost first."""
    if isinstance(tree, Leaf):
        return [((), tree)]
    around = (tree,) if isinstance(tree, Loop) else ()
    return [((*around, *loops), leaf) for child in children_of(tree) for loops, leaf in _paths(child)]


def _strip_size(tiles: Loop, points: Loop, leaf: Leaf) -> int:
    """s if, by the form of the expressions alone, `points` - `tiles` takes values in 0 .. s - 1 for `leaf`, else 0."""
    distance = points.values[leaf.statement].sub(tiles.values[leaf.statement])
    values = isl.Map.from_pw_aff(distance).range()
    low, high = values.dim_min_val(0), values.dim_max_val(0)
    if not low.is_int() or not high.is_int() or low.is_neg():
        return 0
    return int(high.to_python()) + 1


def isolate_option(loop: Loop, outer: Sequence[Loop], context: isl.Set) -> isl.UnionSet | None:
    """isl's AST build option that keeps apart the iterations of `loop` in which all strips around are full.

    Tile loops inside each other are looked at together, up to one that goes over the points of another. A loop between
    an isolated loop over strips and its replicated points gets the option too, unless it goes over a strip itself: in
    a triangular nest only some of its iterations run all points. None if nothing is to be kept apart. The option never
    changes what the generated code does.
    """
    around = (*outer, loop)
    own = find_strip(loop) if loop.isolated else None
    strips = _last_level([strip for tiles in around if tiles.isolated and (strip := find_strip(tiles)) is not None])
    separated = own is not None and _is_separated(strips, loop)
    if separated and _next_strip(strips, loop) is not None:
        return isl.UnionSet(f"{{ {SEPARATED}[] }}")
    if own is None:
        if any(is_within(strip.tiles, loop) for strip in strips):
            return None
        strips = [strip for strip in strips if strip.is_replicated]
    if not strips:
        return None
    spread = [_spread(loops, leaf, strips, around, context) for loops, leaf in _paths(loop.body)]
    present = _union([each.times for each in spread]).coalesce()
    if own is not None and any(_has_isolated(child) for child in children_of(loop)):
        reached = _union([each.points for each in spread])
        partial = _missing(present, reached, strips, around)
    else:
        partial = _union([_missing(each.times, each.points, strips, around) for each in spread])
    if own is None and partial.is_empty():
        return None
    option = _option(present.subtract(partial).coalesce().gist(present).coalesce())
    if own is None:
        return option.union(isl.UnionSet(f"{{ {_DERIVED}[] }}"))
    return option.union(isl.UnionSet(f"{{ {SEPARATED}[] }}")) if separated else option


def _last_level(strips: Sequence[Strip]) -> list[Strip]:
    """The innermost of `strips`, which are inside each other, none of which goes over the points of another."""
    level: list[Strip] = []
    for strip in strips:
        if any(is_within(outer.tiles, strip.tiles) for outer in level):
            level = []
        level.append(strip)
    return level


def _is_separated(strips: Sequence[Strip], loop: Loop) -> bool:
    """True if a condition tells full tiles from partial ones: several tile loops, and only their points inside.

    `strips` are those of the level of `loop`, down to `loop`.
    """
    level = list(strips)
    while (inner := _next_strip(level, loop)) is not None:
        level.append(inner)
        loop = inner.tiles
    points = [each for loops, _ in _paths(loop.body) for each in loops]
    return len(level) > 1 and all(any(is_within(strip.tiles, each) for strip in level) for each in points)


def _next_strip(level: Sequence[Strip], loop: Loop) -> Strip | None:
    """The strip of the loop directly inside `loop` if it belongs to the same level."""
    inner = loop.body
    if not isinstance(inner, Loop) or not inner.isolated or any(is_within(strip.tiles, inner) for strip in level):
        return None
    return find_strip(inner)


def is_isolated(options: isl.UnionSet) -> bool:
    """True if a loop with these AST build options was isolated by a command, not because of strips around it."""
    names: list[str | None] = []
    options.foreach_set(lambda part: names.append(part.get_tuple_name()))
    return bool(names) and _DERIVED not in names


def _has_isolated(tree: Tree) -> bool:
    return (isinstance(tree, Loop) and tree.isolated) or any(_has_isolated(child) for child in children_of(tree))


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """When a statement runs: the iterations of the loops around, and these with the points of the strips."""

    times: isl.Set
    points: isl.Set


def _spread(
    loops: Sequence[Loop], leaf: Leaf, strips: Sequence[Strip], around: Sequence[Loop], context: isl.Set
) -> _Spread:
    times = image(leaf, around, context)
    points = [next((loop for loop in reversed(loops) if is_within(strip.tiles, loop)), None) for strip in strips]
    found = [loop for loop in points if loop is not None]
    if len(found) < len(points):
        return _Spread(times, isl.Set.empty(times.insert_dims(isl.dim_type.set, 0, len(strips)).get_space()))
    return _Spread(times, image(leaf, (*around, *found), context))


def _missing(times: isl.Set, reached: isl.Set, strips: Sequence[Strip], around: Sequence[Loop]) -> isl.Set:
    """The `times` (iterations of `around`) for which `reached` lacks a point of the `strips`."""
    if reached.is_empty():
        return times
    rank = times.dim(isl.dim_type.set)
    box = times.insert_dims(isl.dim_type.set, rank, len(strips))
    space = isl.LocalSpace.from_space(box.get_space())
    for position, strip in enumerate(strips):
        tile = isl.PwAff.var_on_domain(space, isl.dim_type.set, 1 + _index(around, strip.tiles))
        point = isl.PwAff.var_on_domain(space, isl.dim_type.set, rank + position)
        last = tile.add_constant_val(isl.Val(strip.size - 1))
        box = box.intersect(tile.le_set(point)).intersect(point.le_set(last))
        step = reached.get_stride_info(rank + position)
        if step.get_stride().gt(isl.Val(1)):
            beside = point.sub(isl.PwAff.from_aff(step.get_offset())).mod_val(step.get_stride())
            box = box.intersect(beside.zero_set())
    return box.subtract(reached).project_out(isl.dim_type.set, rank, len(strips))


def _union(sets: Sequence[isl.Set]) -> isl.Set:
    result = sets[0]
    for each in sets[1:]:
        result = result.union(each)
    return result


def _index(loops: Sequence[Loop], wanted: Loop) -> int:
    return next(index for index, loop in enumerate(loops) if loop is wanted)


def _option(times: isl.Set) -> isl.UnionSet:
    """`times` (0, outer iterations, own iteration) as an AST build option of a band of one loop."""
    outer = times.project_out(isl.dim_type.set, 0, 1)
    rank = outer.dim(isl.dim_type.set)
    relation = isl.Map.from_domain(outer).move_dims(isl.dim_type.out, 0, isl.dim_type.in_, rank - 1, 1)
    return isl.UnionSet.from_set(relation.wrap().set_tuple_name("isolate"))
