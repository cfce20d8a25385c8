"""Full tiles apart from partial ones by a condition inside the tile loops: both branches see simpler bounds.

isl's own `isolate` splits the tile loops themselves, which multiplies the code when several loops depend on each other.
"""

import functools
from collections.abc import Iterator

import islpy as isl

from optimizer.ir.packing import PackMark
from optimizer.ir.schedule import SEPARATED, marks_of, statements_below

UNROLL_MARK = "loopwright:unroll"
_NODE = isl.schedule_node_type


def separate_full_tiles(tree: isl.Schedule) -> isl.Schedule:
    """`tree` with a sequence of full and partial tiles inside each group of tile loops marked as separated.

    Loops of partial tiles are not unrolled.
    """
    return _separated(tree.get_root()).get_schedule()


def with_depths(tree: isl.Schedule) -> isl.Schedule:
    """`tree` with the depth of the loop that each of our marks stands above behind its name: loopwright:unroll@2.
    Marks of packs stay as they are.

    isl leaves out loops that run once, so that what stands below a mark in the code need not be the marked loop.
    """
    return _with_depths(tree.get_root(), 0).get_schedule()


def _with_depths(node: isl.ScheduleNode, depth: int) -> isl.ScheduleNode:
    if node.get_type() == _NODE.mark:
        name = node.mark_get_id().get_name() or ""
        if PackMark.read(name) is None:
            node = node.delete().insert_mark(isl.Id(f"{name}@{depth}"))
    below = depth + (node.band_n_member() if node.get_type() == _NODE.band else 0)
    for index in range(node.n_children()):
        node = _with_depths(node.child(index), below).parent()
    return node


def keep_whole(tree: isl.Schedule, statements: frozenset[str]) -> isl.Schedule:
    """`tree` in which each parallel loop around one of `statements` gives one loop in the code, with conditions inside
    for what only some of its iterations run: a value that a thread owns must not leave its iteration.
    """
    return _kept_whole(tree.get_root(), statements).get_schedule() if statements else tree


def _kept_whole(node: isl.ScheduleNode, statements: frozenset[str]) -> isl.ScheduleNode:
    if node.get_type() == _NODE.band and "parallel" in marks_of(node) and statements & set(statements_below(node)):
        node = node.band_member_set_ast_loop_type(0, isl.ast_loop_type.atomic)
    for index in range(node.n_children()):
        node = _kept_whole(node.child(index), statements).parent()
    return node


def _separated(node: isl.ScheduleNode) -> isl.ScheduleNode:
    """`node`, the same position, with all bands in it and below separated."""
    if node.get_type() == _NODE.band:
        node = _split(node)
    for index in range(node.n_children()):
        node = _separated(node.child(index)).parent()
    return node


def _split(band: isl.ScheduleNode) -> isl.ScheduleNode:
    options = _options(band)
    if SEPARATED not in options:
        return band
    band = band.band_set_ast_build_options(isl.UnionSet("{ }"))
    if "isolate" not in options:
        return band
    times = options["isolate"].unwrap().wrap().flatten()
    body = band.child(0)
    full = body.get_prefix_schedule_union_map().intersect_range(isl.UnionSet.from_set(times)).domain()
    full = full.intersect(body.get_domain())
    kinds = list(_kinds(full, body.get_prefix_schedule_union_map()))
    rest = body.get_domain()
    for kind in kinds:
        rest = rest.subtract(kind)
    if not kinds or (len(kinds) == 1 and rest.is_empty()):
        return band
    filters = isl.UnionSetList.alloc(band.get_ctx(), len(kinds) + 1)
    for kind in kinds:
        filters = filters.add(kind.coalesce())
    if rest.is_empty():
        return body.insert_sequence(filters).parent()
    partial = body.insert_sequence(filters.add(rest.coalesce())).child(len(kinds))
    return _rolled(partial).parent().parent()


def _kinds(full: isl.UnionSet, times: isl.UnionMap) -> Iterator[isl.UnionSet]:
    """The instances `full` of full tiles, apart by the statements that a tile holds: all of them, or one alone.

    `times` maps instances to tiles. Tiles with some of several statements are left out.
    """
    statements: list[isl.UnionSet] = []
    full.foreach_set(lambda part: statements.append(isl.UnionSet.from_set(part)))
    tiles = [part.apply(times) for part in statements]
    if len(statements) == 1:
        yield full
        return
    common = functools.reduce(isl.UnionSet.intersect, tiles) if tiles else None
    if common is not None and not common.is_empty():
        yield full.intersect(times.intersect_range(common).domain())
    for index, part in enumerate(statements):
        others = functools.reduce(isl.UnionSet.union, tiles[:index] + tiles[index + 1 :])
        alone = part.intersect(times.intersect_range(tiles[index].subtract(others)).domain())
        if not alone.is_empty():
            yield alone


def _rolled(node: isl.ScheduleNode) -> isl.ScheduleNode:
    """`node`, the same position, without unrolled loops in it and below."""
    if node.get_type() == _NODE.mark and node.mark_get_id().get_name() == UNROLL_MARK:
        node = node.delete()
    for index in range(node.n_children()):
        node = _rolled(node.child(index)).parent()
    return node


def _options(band: isl.ScheduleNode) -> dict[str, isl.Set]:
    found: list[isl.Set] = []
    band.band_get_ast_build_options().foreach_set(found.append)
    return {part.get_tuple_name() or "": part for part in found}
