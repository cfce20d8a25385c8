"""Commands that change what a schedule orders: where values are stored, and into which statements instances fall.

The nest as written stays what it is; a schedule carries the refined one. The commands of a script that refine, taken
alone, lead from the nest as written to the refined one, whatever stands between them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import islpy as isl

from optimizer.dependences import TooComplex
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Scop
from optimizer.transforms.base import REWRITE_OPERATIONS, Inapplicable, command_text, guarded
from optimizer.transforms.convert import read_tree, write_tree
from optimizer.transforms.script import Script
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, sequence

Pieces = Mapping[str, tuple[isl.Set, ...]]


@dataclass(frozen=True, slots=True)
class Refined:
    """A nest that computes the same; `pieces` gives the domains of the statements, named anew, that took the place of
    a statement, in any order; none if it is gone. Statements that it does not mention are as they were. `after` is the
    order of new statements that run after all others, if there are any.
    """

    nest: Nest
    pieces: Pieces = field(default_factory=dict[str, tuple[isl.Set, ...]])
    after: Tree | None = None


class Refinement(ABC):
    """A command that changes storage or statements; the order of execution stays."""

    __slots__ = ()
    name: ClassVar[str]

    @abstractmethod
    def refine(self, nest: Nest) -> Refined | Inapplicable:
        """The refined nest; it computes what `nest` computes."""

    @classmethod
    @abstractmethod
    def candidates(cls, nest: Nest) -> Iterator[Self]:
        """Instances worth trying on `nest`."""

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """`schedule` of the refined nest, in the same order; says nothing about legality."""
        return guarded(schedule.tree.get_ctx(), REWRITE_OPERATIONS, lambda: self._apply(schedule, nest))

    def _apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        try:
            found = self.refine(schedule.subject(nest))
        except TooComplex as error:
            return Inapplicable(str(error))
        if isinstance(found, Inapplicable):
            return found
        tree = in_pieces(schedule.tree, found.pieces, nest.scop.context)
        if tree is None:
            return Inapplicable("no statement of the nest would be left")
        if found.after is not None:
            tree = followed(tree, found.after, nest.scop.context)
        return replace(schedule, tree=tree, script=(*schedule.script, str(self)), refined=found.nest)

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:
        """Instances worth trying on `schedule`."""
        return cls.candidates(schedule.subject(nest))

    def __str__(self) -> str:
        return command_text(self)


def refine(nest: Nest, script: Script) -> Nest:
    """The nest that a schedule made by `script` orders: `nest` after those steps that refine it and apply."""
    for step in script.steps:
        if isinstance(step, Refinement):
            found = step.refine(nest)
            nest = nest if isinstance(found, Inapplicable) else found.nest
    return nest


def in_pieces(schedule: isl.Schedule, pieces: Pieces, context: isl.Set) -> isl.Schedule | None:
    """`schedule` with each statement that `pieces` names replaced by its pieces, one after the other in the innermost
    loop; None if nothing is left.
    """
    if not pieces:
        return schedule
    tree = read_tree(schedule)
    changed = None if tree is None else _replaced(tree, pieces)
    return None if changed is None else write_tree(changed, context)


def followed(schedule: isl.Schedule, after: Tree, context: isl.Set) -> isl.Schedule:
    """`schedule` and then `after`, whose statements are others."""
    tree = read_tree(schedule)
    return write_tree(after if tree is None else sequence([tree, after]), context)


def _replaced(tree: Tree, pieces: Pieces) -> Tree | None:
    match tree:
        case Leaf(statement=statement) if statement in pieces:
            parts = [Leaf(domain.get_tuple_name() or "", domain) for domain in pieces[statement]]
            return sequence(parts) if parts else None
        case Leaf():
            return tree
        case Loop(body=body):
            inner = _replaced(body, pieces)
            if inner is None:
                return None
            values: dict[str, isl.PwAff] = {}
            for name, value in tree.values.items():
                if name in pieces:
                    values.update({part.get_tuple_name() or "": on_piece(value, part) for part in pieces[name]})
                else:
                    values[name] = value
            return replace(tree, values=values, body=inner)
        case Sequence(children=children):
            kept = [part for child in children if (part := _replaced(child, pieces)) is not None]
            return sequence(kept) if kept else None


def on_piece(value: isl.PwAff, piece: isl.Set) -> isl.PwAff:
    """`value`, a function of the instances of a statement, as one of those of a piece of it with another name."""
    return value.set_tuple_id(isl.dim_type.in_, piece.get_tuple_id())


def with_order(scop: Scop, pieces: Pieces) -> Scop:
    """`scop`, whose statements are new, with the order of the old ones."""
    order = in_pieces(scop.schedule, pieces, scop.context)
    assert order is not None
    return replace(scop, schedule=order)
