"""The command `join`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar, Self

import islpy as isl

from optimizer.dependences import renamed
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Access, Scop, Statement
from optimizer.transforms.address import find_siblings
from optimizer.transforms.base import Inapplicable, transformation
from optimizer.transforms.convert import read_tree, write_tree
from optimizer.transforms.refinement import Refined, Refinement, on_piece
from optimizer.transforms.tree import Leaf, Loop, Tree, children_of, leaves, replace_at, sequence, with_children


@transformation
@dataclass(frozen=True, slots=True)
class Join(Refinement):
    """Make one statement of two that do the same for different values of the same counters.

    Rewrite:
        for i: for j: if (j < i) S(i, j); if (j >= i) T(i, j)   ->   for i: for j: S(i, j)

    Both must stand beside each other in the same loops. The joined statement keeps the name of the first; the inverse
    of `split`.
    """

    name: ClassVar[str] = "join"
    statement: str
    other: str

    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The nest with one statement for both."""
        scop = nest.scop
        found = {each.name: each for each in scop.statements}
        if self.statement not in found or self.other not in found:
            return Inapplicable(f"there is no such statement, the statements are {', '.join(found)}")
        one, two = found[self.statement], found[self.other]
        if not _do_the_same(one, two):
            return Inapplicable(f"{two.name} does something else than {one.name}")
        if not one.domain.is_disjoint(on(two.domain, one.domain)):
            return Inapplicable(f"{one.name} and {two.name} run for the same values of their counters")
        joined = _joined(one, two)
        kept = tuple(joined if each is one else each for each in scop.statements if each is not two)
        ordered = replace(scop, statements=kept, schedule=_flat(scop, one, two))
        return Refined(renamed(nest, ordered, _naming(scop, one, two)))

    def _apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        found = self.refine(schedule.subject(nest))
        if isinstance(found, Inapplicable):
            return found
        before = read_tree(schedule.tree)
        tree = Inapplicable("no statement ever runs") if before is None else _merged(before, self.statement, self.other)
        if isinstance(tree, Inapplicable):
            return tree
        made = write_tree(tree, nest.scop.context)
        if not made.get_map().intersect_domain(found.nest.scop.domain).is_injective():
            return Inapplicable(f"iterations of {self.statement} and {self.other} run at the same time")
        return replace(schedule, tree=made, script=(*schedule.script, str(self)), refined=found.nest)

    @classmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Every two statements that can be joined."""
        for one, two in combinations(nest.scop.statements, 2):
            if _do_the_same(one, two) and one.domain.is_disjoint(on(two.domain, one.domain)):
                yield cls(one.name, two.name)


def on(part: isl.Set, whole: isl.Set) -> isl.Set:
    """`part` under the name of `whole`."""
    return part.set_tuple_id(whole.get_tuple_id())


def _do_the_same(one: Statement, two: Statement) -> bool:
    """True if both have the same text, the same references, and counters of the same names and types."""
    counters = [[(c.name, c.source_name, c.type) for c in each.counters] for each in (one, two)]
    touched = [[(access.kind, access.array) for access in each.accesses] for each in (one, two)]
    return counters[0] == counters[1] and touched[0] == touched[1] and one.body == two.body


def _joined(one: Statement, two: Statement) -> Statement:
    """Both under the name of `one`; references of the same text stand at the same places in both."""
    accesses: list[Access] = []
    for own, other in zip(one.accesses, two.accesses, strict=True):
        relation = other.relation.set_tuple_id(isl.dim_type.in_, one.domain.get_tuple_id())
        accesses.append(replace(own, relation=own.relation.union(relation).coalesce()))
    return replace(one, domain=one.domain.union(on(two.domain, one.domain)).coalesce(), accesses=tuple(accesses))


def _naming(scop: Scop, one: Statement, two: Statement) -> isl.UnionMap:
    """The instances of `scop` -> the same after `two` took the name of `one`."""
    result = isl.UnionMap.empty(scop.context.get_space())
    for each in scop.statements:
        same = isl.Map.identity(each.domain.get_space().map_from_set())
        if each is two:
            same = same.set_tuple_id(isl.dim_type.out, one.domain.get_tuple_id())
        result = result.union(isl.UnionMap.from_map(same))
    return result


def _flat(scop: Scop, one: Statement, two: Statement) -> isl.Schedule:
    """The order of `scop` in one chain of loops around all statements, `two` under the name of `one`."""
    times = isl.MultiUnionPwAff.from_union_map(scop.schedule.get_map().intersect_domain(scop.domain))
    names = [each.name for each in scop.statements]
    domains = {each.name: each.domain for each in scop.statements}
    columns: list[dict[str, isl.PwAff]] = []
    for level in range(times.dim(isl.dim_type.out)):
        pieces: list[isl.PwAff] = []
        times.get_at(level).foreach_pw_aff(pieces.append)
        values = {piece.get_domain_space().get_tuple_name(isl.dim_type.set) or "": piece for piece in pieces}
        columns.append(_united(values, one.name, two.name, domains))
    domains[one.name] = one.domain.union(on(two.domain, one.domain))
    tree = sequence([Leaf(name, domains[name]) for name in names if name != two.name])
    for values in reversed(columns):
        tree = Loop(values, tree)
    return write_tree(tree, scop.context)


def _united(
    values: Mapping[str, isl.PwAff], one: str, two: str, domains: Mapping[str, isl.Set]
) -> dict[str, isl.PwAff]:
    """`values` with those of both statements under the name of the first."""
    own, moved = values[one], on_piece(values[two], domains[one])
    kept = {name: value for name, value in values.items() if name != two}
    if not own.plain_is_equal(moved):
        inside = own.intersect_domain(domains[one])
        own = inside.union_add(moved.intersect_domain(on(domains[two], domains[one])))
    return {**kept, one: own}


def _merged(tree: Tree, one: str, two: str) -> Tree | Inapplicable:
    """`tree` where the leaf of `one` stands for that of `two`, too."""
    siblings = find_siblings(tree, one, two)
    if isinstance(siblings, Inapplicable):
        return siblings
    children = siblings.sequence.children
    places = {child.statement: index for index, child in enumerate(children) if isinstance(child, Leaf)}
    if one not in places or two not in places:
        return Inapplicable(f"{one} and {two} stand in different loops")
    domains = {leaf.statement: leaf.domain for leaf in leaves(siblings.sequence)}
    whole = Leaf(one, domains[one].union(on(domains[two], domains[one])).coalesce())
    kept = [whole if index == places[one] else child for index, child in enumerate(children) if index != places[two]]
    return _under_one_name(replace_at(tree, siblings.path, sequence(kept)), one, two, domains)


def _under_one_name(tree: Tree, one: str, two: str, domains: Mapping[str, isl.Set]) -> Tree:
    """`tree` where all loops have the values of both statements under the name of the first."""
    inner = [_under_one_name(child, one, two, domains) for child in children_of(tree)]
    if isinstance(tree, Loop) and two in tree.values:
        return replace(tree, values=_united(tree.values, one, two, domains), body=inner[0])
    return with_children(tree, inner)
