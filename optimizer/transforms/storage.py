"""Gives the values of a private array other storage: a cell of a new array for each, or elements of another array.

A web is a set of values that reach each other's statements; values of different webs never meet, so that each web can
be stored on its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import islpy as isl

from optimizer.dependences import reanalyze, value_flow
from optimizer.ir.dependence import LiveRanges, Nest
from optimizer.ir.expr import Expr, Ref, with_refs
from optimizer.ir.scop import Access, Array, Scop, Statement
from optimizer.transforms.base import Inapplicable


@dataclass(frozen=True, slots=True)
class Web:
    """The statements that write or read values of a private array which reach each other, and how these flow."""

    array: str
    statements: tuple[str, ...]  # in the order of the Scop
    flow: isl.UnionMap


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a statement finds the value: `subscripts` in front of those that it had, `relation` the same as a map from
    instances to a vector of indices.
    """

    subscripts: tuple[Expr, ...]
    relation: isl.Map


@dataclass(frozen=True, slots=True)
class Move:
    """The values of `web` go to the array `target`, which may be new."""

    web: Web
    target: Array
    cells: Mapping[str, Cell]


def webs(nest: Nest, array: str) -> tuple[Web, ...] | Inapplicable:
    """The webs of the private array `array`."""
    found = next((ranges for ranges in nest.dependences.private if ranges.array == array), None)
    if found is None:
        private = ", ".join(sorted(ranges.array for ranges in nest.dependences.private))
        known = any(each.name == array for each in nest.scop.arrays)
        reason = f"'{array}' holds values before or after the nest" if known else f"there is no array '{array}'"
        return Inapplicable(reason, f"private are {private}" if private else "no array is private")
    return _webs_of(nest.scop, found)


def _webs_of(scop: Scop, ranges: LiveRanges) -> tuple[Web, ...]:
    users = [s.name for s in scop.statements if any(a.array == ranges.array for a in s.accesses)]
    group = {name: name for name in users}
    pairs: list[isl.Map] = []
    ranges.flow.foreach_map(pairs.append)
    for pair in pairs:
        one, two = (group[pair.get_tuple_name(side) or ""] for side in (isl.dim_type.in_, isl.dim_type.out))
        group = {name: one if leader == two else leader for name, leader in group.items()}
    found: list[Web] = []
    for leader in dict.fromkeys(group.values()):
        members = tuple(name for name in users if group[name] == leader)
        flow = ranges.flow.intersect_domain(_instances(scop, members))
        found.append(Web(ranges.array, members, flow))
    return tuple(found)


def _instances(scop: Scop, names: tuple[str, ...]) -> isl.UnionSet:
    result = isl.UnionSet.empty(scop.context.get_space())
    for name in names:
        result = result.union(isl.UnionSet.from_set(scop.statement(name).domain))
    return result


def common_depth(scop: Scop, web: Web, most: int) -> int:
    """The largest number of leading counters, up to `most`, that have the same values wherever a value of `web` is
    written and read.
    """
    depth = min([most, *(len(scop.statement(name).counters) for name in web.statements)])
    pairs: list[isl.Map] = []
    web.flow.foreach_map(pairs.append)
    for pair in pairs:
        while depth and not pair.is_subset(_equal_prefix(pair.get_space(), depth)):
            depth -= 1
    return depth


def _equal_prefix(space: isl.Space, depth: int) -> isl.Map:
    result = isl.Map.universe(space)
    for index in range(depth):
        result = result.equate(isl.dim_type.in_, index, isl.dim_type.out, index)
    return result


def prefix(statement: Statement, depth: int) -> isl.Map:
    """Instances of `statement` -> their first `depth` counters."""
    space = statement.domain.get_space()
    rest = len(statement.counters) - depth
    copied = isl.Map.identity(space.map_from_set()).reset_tuple_id(isl.dim_type.out)
    return copied.project_out(isl.dim_type.out, depth, rest)


def place(cell: Cell, access: Access) -> isl.Map:
    """Instances -> the indices at which `access` finds its elements in `cell`."""
    return cell.relation.flat_range_product(access.relation.reset_tuple_id(isl.dim_type.out))


def moved(nest: Nest, moves: tuple[Move, ...]) -> Nest | Inapplicable:
    """`nest` after `moves` of webs of one array, if every read still gets the value that it got."""
    scop = nest.scop
    array = moves[0].web.array
    cells = {name: (move.target, cell) for move in moves for name, cell in move.cells.items()}
    known = {each.name for each in scop.arrays}
    added = tuple(dict.fromkeys(move.target for move in moves if move.target.name not in known))
    statements = tuple(
        _restored(statement, array, *cells[statement.name]) if statement.name in cells else statement
        for statement in scop.statements
    )
    changed = replace(scop, arrays=(*scop.arrays, *added), statements=statements)
    touched = frozenset({array, *(move.target.name for move in moves)})
    before = value_flow(scop, touched & known)
    after = value_flow(changed, touched)
    if before is None or after is None:
        return Inapplicable(f"isl does not find which values of '{array}' are read where")
    if not before.is_equal(after):
        return Inapplicable(f"a value of '{array}' would be overwritten before its last read")
    return reanalyze(nest, changed, touched)


def _restored(statement: Statement, array: str, target: Array, cell: Cell) -> Statement:
    def change(ref: Ref) -> Ref:
        if ref.array != array:
            return ref
        return Ref(target.name, (*cell.subscripts, *ref.subscripts), ref.type)

    def stored(access: Access) -> Access:
        if access.array != array:
            return access
        relation = place(cell, access).set_tuple_name(isl.dim_type.out, target.name)
        return replace(access, array=target.name, relation=relation)

    accesses = tuple(stored(access) for access in statement.accesses)
    return replace(statement, body=with_refs(statement.body, change), accesses=accesses)
