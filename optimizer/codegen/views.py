"""Statements whose references read buffers: the index into the buffer becomes a counter of the statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.codegen.affine import Affine, substitute, subtract
from optimizer.ir.ctype import LONG
from optimizer.ir.expr import Action, Iterator, Ref, with_refs
from optimizer.ir.scop import Statement


@dataclass(frozen=True, slots=True)
class View:
    """What `ref` reads is in `buffer`: `subscripts` over the counters of its statement as variables, from which the
    indices `corner` of the first element of the buffer are subtracted.
    """

    ref: Ref
    buffer: str
    subscripts: tuple[Affine, ...]
    corner: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an instance of a statement computes. `indices` are counters of `body` besides those of the statement, as the
    differences of sums over these and of others over the loops around.
    """

    counters: tuple[str, ...]
    body: tuple[Action, ...]
    indices: Mapping[str, tuple[Affine, Affine]]

    def values(self, counters: Sequence[Affine]) -> dict[str, Affine]:
        """The values of all counters of `body`, given those of the statement in their order."""
        return self.with_indices(dict(zip(self.counters, counters, strict=True)))

    def with_indices(self, counters: Mapping[str, Affine]) -> dict[str, Affine]:
        """`counters` and the values of `indices` for them."""
        moved = {name: subtract(substitute(value, counters), first) for name, (value, first) in self.indices.items()}
        return {**counters, **moved}


def reading(statement: Statement, views: Sequence[View]) -> Reading:
    """`statement` with references to buffers where `views` has such, the last one for a reference."""
    found = {view.ref: view for view in views}
    indices: dict[str, tuple[Affine, Affine]] = {}

    def index(value: Affine, first: Affine) -> Iterator:
        name = f"{statement.name} index {len(indices)}"  # no counter of a statement is called so
        indices[name] = (value, first)
        return Iterator(name, LONG)

    def change(ref: Ref) -> Ref:
        view = found.get(ref)
        if view is None:
            return ref
        pairs = zip(view.subscripts, view.corner, strict=True)
        return Ref(view.buffer, tuple(index(value, first) for value, first in pairs), ref.type)

    body = with_refs(statement.body, change) if found else statement.body
    return Reading(tuple(counter.name for counter in statement.counters), body, indices)
