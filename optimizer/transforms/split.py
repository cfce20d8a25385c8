"""The command `split`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.dependences import renamed
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Scop, Statement
from optimizer.transforms.base import Inapplicable, transformation
from optimizer.transforms.names import AffineText
from optimizer.transforms.refinement import Pieces, Refined, Refinement, with_order

_SIGNS = (("a", "<"), ("b", "="), ("c", ">"))
_WORD = re.compile(r"[A-Za-z_]\w*")
_FUNCTIONS = frozenset({"floor", "mod"})


@transformation
@dataclass(frozen=True, slots=True)
class Split(Refinement):
    """Make up to three statements of one: where `value`, an expression over its counters, is negative, 0, or positive.

    Rewrite:
        for i: S(i)   ->   for i: if (i < k) Sa(i); if (i == k) Sb(i); if (i > k) Sc(i)    for the value i - k

    The order stays; the parts can then be distributed and transformed on their own. `split(S0, i)` peels iteration 0,
    `split(S0, floor(i/32) - floor(k/32))` takes apart the blocks before, with, and behind the one of k. Also called:
    index-set splitting.
    """

    name: ClassVar[str] = "split"
    statement: str
    value: AffineText

    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The nest with the statement in parts, named after it with a, b, and c."""
        scop = nest.scop
        found = next((each for each in scop.statements if each.name == self.statement), None)
        if found is None:
            known = ", ".join(each.name for each in scop.statements)
            return Inapplicable(f"there is no statement {self.statement}", f"the statements are {known}")
        parts = _parts(scop, found, self.value)
        if isinstance(parts, Inapplicable):
            return parts
        if len(parts) < 2:
            return Inapplicable(f"{self.value} has the same sign in all instances of {self.statement}")
        pieces: Pieces = {found.name: tuple(part.domain for part in parts)}
        statements: list[Statement] = []
        for each in scop.statements:
            statements += parts if each is found else [each]
        refined = with_order(replace(scop, statements=tuple(statements)), pieces)
        return Refined(renamed(nest, refined, _naming(scop, found, parts)), pieces)

    def signs(self, nest: Nest) -> str:
        """The letters of the parts that the statement would have; "" if the command does not fit."""
        found = next((each for each in nest.scop.statements if each.name == self.statement), None)
        parts = Inapplicable("") if found is None else _parts(nest.scop, found, self.value)
        return "" if isinstance(parts, Inapplicable) else "".join(part.name[-1] for part in parts)

    @classmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Every pair of counters of a statement that cross."""
        for statement in nest.scop.statements:
            names = [counter.source_name for counter in statement.counters]
            for index, name in enumerate(names):
                for other in names[:index]:
                    step = cls(statement.name, AffineText(f"{name} - {other}"))
                    parts = _parts(nest.scop, statement, step.value)
                    if not isinstance(parts, Inapplicable) and len(parts) == len(_SIGNS):
                        yield step


def _parts(scop: Scop, statement: Statement, value: AffineText) -> tuple[Statement, ...] | Inapplicable:
    found: list[Statement] = []
    for letter, sign in _SIGNS:
        condition = _condition(scop, statement, f"{value} {sign} 0")
        if isinstance(condition, Inapplicable):
            return condition
        domain = statement.domain.intersect(condition)
        if not domain.intersect_params(scop.context).is_empty():
            found.append(_part(statement, f"{statement.name}{letter}", domain.coalesce()))
    return tuple(found)


def _condition(scop: Scop, statement: Statement, text: str) -> isl.Set | Inapplicable:
    """The instances of the space of `statement` for which `text` holds."""
    inner = {counter.source_name: f"c{index}" for index, counter in enumerate(statement.counters)}
    outer = {parameter.text: f"p{index}" for index, parameter in enumerate(scop.parameters)}
    names = {**outer, **inner}
    unknown = [word for word in _WORD.findall(text) if word not in names and word not in _FUNCTIONS]
    if unknown:
        return Inapplicable(f"{unknown[0]} is no counter of {statement.name}", f"its counters are {', '.join(inner)}")
    renamed_text = _WORD.sub(lambda match: names.get(match.group(), match.group()), text)
    head = f"[{', '.join(outer.values())}] -> {{ [{', '.join(inner.values())}]"
    condition = isl.Set(f"{head} : {renamed_text} }}")
    for parameter in scop.parameters:
        index = condition.find_dim_by_name(isl.dim_type.param, outer[parameter.text])
        condition = condition.set_dim_name(isl.dim_type.param, index, parameter.name)
    return condition.set_tuple_name(statement.domain.get_tuple_name() or "")


def _part(statement: Statement, name: str, domain: isl.Set) -> Statement:
    accesses = tuple(
        replace(
            access, relation=access.relation.intersect_domain(domain).set_tuple_name(isl.dim_type.in_, name).coalesce()
        )
        for access in statement.accesses
    )
    return replace(statement, name=name, domain=domain.set_tuple_name(name), accesses=accesses)


def _naming(scop: Scop, statement: Statement, parts: tuple[Statement, ...]) -> isl.UnionMap:
    """The instances of `scop` -> the same in parts."""
    result = isl.UnionMap.empty(scop.context.get_space())
    for each in scop.statements:
        for part in parts if each is statement else (each,):
            same = isl.Map.identity(part.domain.get_space().map_from_set()).intersect_range(part.domain)
            result = result.union(isl.UnionMap.from_map(same.set_tuple_name(isl.dim_type.in_, each.name)))
    return result
