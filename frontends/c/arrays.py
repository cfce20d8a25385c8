"""The arrays and scalars of a nest while it is raised, with every access to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import islpy as isl

from frontends.c.model import Model
from frontends.c.places import Place
from frontends.c.polynomial import Polynomial
from frontends.c.syntax import Expr, Variable
from optimizer.ir.ctype import CType
from optimizer.ir.scop import AccessKind, Storage


@dataclass
class AccessRecord:
    """An access of statement `statement` within `domain`; `subscripts` is None if it may touch every element."""

    kind: AccessKind
    statement: int
    domain: isl.Set
    subscripts: tuple[Polynomial, ...] | None
    at: int


@dataclass
class ArrayInfo:
    """An array while its accesses are collected. `extents` are those that C knows, one per subscript."""

    name: str
    text: str
    element: CType
    storage: Storage
    extents: tuple[Expr | None, ...]
    variable: Variable | None
    place: Place | None = None
    accesses: list[AccessRecord] = field(default_factory=list[AccessRecord])

    @property
    def is_written(self) -> bool:
        """True if the nest may write it."""
        return any(a.kind is not AccessKind.READ for a in self.accesses)


class ArrayTable:
    """The arrays of a nest by what they denote."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.arrays: dict[tuple[int, str], ArrayInfo] = {}

    def of(self, place: Place) -> ArrayInfo:
        """The array that `place` is an element of."""
        if place.key not in self.arrays:
            local = place.variable in self.model.effects.declared and not place.dereferences
            name = self.model.fresh(place.text)
            storage = Storage.LOCAL if local else place.storage
            text = name if local else place.text
            self.arrays[place.key] = ArrayInfo(name, text, place.element, storage, place.extents, place.variable, place)
        return self.arrays[place.key]

    def pointer(self, place: Place, ctype: CType) -> ArrayInfo:
        """A pointer in memory that must keep its value, as a scalar that is only read."""
        if place.key not in self.arrays:
            name = self.model.fresh(place.text)
            self.arrays[place.key] = ArrayInfo(
                name, f"({place.text})", ctype, place.storage, (), place.variable, place
            )  # the brackets tell the pointer from its elements
        return self.arrays[place.key]

    def temporary(self, wanted: str, ctype: CType) -> ArrayInfo:
        """A new scalar of the nest that the source does not have."""
        name = self.model.fresh(wanted)
        info = ArrayInfo(name, name, ctype, Storage.LOCAL, (), None)
        self.arrays[(0, name)] = info
        return info

    def records_of(self, statement: int) -> Sequence[tuple[ArrayInfo, AccessRecord]]:
        """The accesses of one statement, in the order in which they were found."""
        return [(a, r) for a in self.arrays.values() for r in a.accesses if r.statement == statement]
