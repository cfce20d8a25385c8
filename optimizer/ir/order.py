"""Builds the schedule tree of a nest as written. Front ends and generators describe the order; isl holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import islpy as isl


@dataclass(frozen=True, slots=True)
class Leaf:
    """A statement in the textual order."""

    statement: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop whose counter is dimension `dimension` of every statement below; `descending` if it counts down."""

    dimension: int
    body: tuple["Node", ...]
    descending: bool = False


Node: TypeAlias = Leaf | Loop


def original_schedule(nodes: Sequence[Node], domains: Mapping[str, isl.Set]) -> isl.Schedule:
    """The schedule that runs `nodes` in textual order, one single-member band per loop.

    `domains[s]` is the domain of statement `s`; every statement appears in exactly one leaf.
    """
    parts = [_part(node, domains) for node in nodes]
    result = parts[0]
    for part in parts[1:]:
        result = result.sequence(part)
    return result


def _part(node: Node, domains: Mapping[str, isl.Set]) -> isl.Schedule:
    if isinstance(node, Leaf):
        return isl.Schedule.from_domain(isl.UnionSet.from_set(domains[node.statement]))
    inner = original_schedule(node.body, domains)
    band: isl.UnionPwAff | None = None
    for name in statement_names(node):
        space = domains[name].get_space()
        local = isl.LocalSpace.from_space(space)
        counter = isl.Aff.var_on_domain(local, isl.dim_type.set, node.dimension)
        piece = isl.UnionPwAff.from_pw_aff(isl.PwAff.from_aff(counter.neg() if node.descending else counter))
        band = piece if band is None else band.union_add(piece)
    assert band is not None
    return inner.insert_partial_schedule(isl.MultiUnionPwAff.from_union_pw_aff(band))


def statement_names(node: Node) -> tuple[str, ...]:
    """The statements below `node` in textual order."""
    if isinstance(node, Leaf):
        return (node.statement,)
    return tuple(name for child in node.body for name in statement_names(child))
