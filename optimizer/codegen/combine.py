"""What threads, lanes and copies of a loop body update together: variables for it, and lines that combine them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import islpy as isl

from optimizer.codegen.accumulate import Body, Kept, Parts, Sum, in_parts, one_element
from optimizer.codegen.affine import Affine
from optimizer.codegen.distinct import Fact
from optimizer.codegen.elements import Element, Lanes, element_of
from optimizer.codegen.looptree import For, instances
from optimizer.codegen.promote import Copy, Memory
from optimizer.codegen.vector_types import VectorTypes
from optimizer.codegen.views import Reading
from optimizer.dependences.updates import Update
from optimizer.ir.expr import Ref

Place = Callable[[Ref, Mapping[str, Affine]], str]


class NotCombined(Exception):
    """Threads would update memory together of which they cannot have copies; carries the reason."""


@dataclass(frozen=True, slots=True)
class Section:
    """The elements of an array that a nest may touch, as C expressions: `count` elements from subscript `first` on."""

    first: str
    count: str


@dataclass(frozen=True, slots=True)
class Combiner:
    """Knows the `updates` of a nest by statement. `sections` gives the extent of an array of one dimension if it is
    known; `used` collects the arrays with sums in parts, `copied` the sections of which each thread has a copy.
    """

    updates: Mapping[str, Update]
    shapes: Mapping[str, tuple[str, ...]]
    context: isl.Set
    types: VectorTypes
    sections: Callable[[str], Section | None]
    used: set[str] = field(default_factory=set[str])
    copied: dict[str, Section] = field(default_factory=dict[str, Section])

    def updated(self, statement: str, counters: Mapping[str, Affine], lanes: Lanes | None = None) -> Element | None:
        """The element that `statement` updates; None if it does no such thing, or if it is not known which."""
        update = self.updates.get(statement)
        if update is None:
            return None
        return element_of(update.target, counters, lanes, self.shapes.get(update.target.array, ()))

    def total(
        self, copy: Copy, reading: Callable[[str], Reading], parts: Mapping[Element, Parts]
    ) -> dict[Element, Parts]:
        """The element that all lanes of `copy` update together, with its parts; empty if there is none."""
        element = self.updated(copy.statement, reading(copy.statement).values(copy.counters), copy.lanes)
        found = parts.get(element) if element is not None else None
        lanes = copy.lanes.count if copy.lanes is not None else 1
        return {element: found} if element is not None and found is not None and found.lanes == lanes else {}

    def sums(
        self,
        copies: Sequence[Copy],
        around: Sequence[Fact],
        reading: Callable[[str], Reading],
        arrays: Mapping[str, str],
    ) -> Iterable[Sum]:
        """The elements that the straight-line code `copies` only updates, if it may do so in parts."""
        memory = Memory(arrays, self.shapes, self.context)
        return Body(copies, around, self.updates, reading, memory).sums()

    def in_parts(self, total: Sum, names: tuple[str, ...], place: str) -> Kept:
        """`total`, which is at `place` in memory, as the values `names`."""
        self.used.add(total.ref.array)
        return in_parts(total, names, place, self.types)

    def in_threads(
        self, loop: For, reading: Callable[[str], Reading], place: Place, number: Callable[[str], str]
    ) -> Kept:
        """The variables for what the threads of `loop` update together; NotCombined if it has none.

        `number` makes a name for an array.
        """
        kept = Kept()
        updated = [
            (self.updates[each.statement], reading(each.statement).values(each.counters), each.statement)
            for each in instances(loop.body)
            if each.statement in self.updates
        ]
        pairs = [(update.target.array, self.updated(name, counters)) for update, counters, name in updated]
        for array in sorted(loop.combined):
            update, counters = next((u, c) for u, c, _ in updated if u.target.array == array)
            ctype, name = update.target.type.name, number(array)
            element = one_element(loop, array, pairs)
            self.used.add(array)
            if element is not None:
                code = place(update.target, counters)
                kept = kept.joined(
                    Kept(
                        {element: name},
                        before=(f"{ctype} {name} = {code};",),
                        after=(f"{code} = {name};",),
                        clauses=(f"reduction({update.operator}:{name})",),
                    )
                )
                continue
            section = self.sections(array)
            if section is None:
                raise NotCombined(f"threads would update elements of '{array}' together, and its extent is not known")
            self.copied[array] = section
            base = place(Ref(array, (), update.target.type), {})
            clause = f"reduction({update.operator}:{name}[{section.first}:{section.count}])"
            kept = kept.joined(
                Kept(before=(f"{ctype} *{name} = {base};",), clauses=(clause,), arrays={array: name})
            )
        return kept
