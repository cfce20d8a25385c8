"""The polyhedral model of one loop nest of a source file (a static control part). Immutable; analyses live outside."""

from dataclasses import dataclass, field
from enum import Enum

import islpy as isl

from optimizer.ir.ctype import CType
from optimizer.ir.diagnostic import Span
from optimizer.ir.expr import Action


class AccessKind(Enum):
    """What an access does to its elements; a may-write happens under a data-dependent condition."""

    READ = "read"
    WRITE = "write"
    MAY_WRITE = "may-write"


@dataclass(frozen=True, slots=True)
class Access:
    """One reference of a statement: `relation` maps instances S[i, j] to elements A[x, y] (all it may touch)."""

    kind: AccessKind
    array: str
    relation: isl.Map
    span: Span | None = field(default=None, compare=False)


class Storage(Enum):
    """Where an array lives, which decides what may overlap with it."""

    POINTER = "pointer"  # reached through a pointer: may overlap any other object
    RESTRICT = "restrict"  # reached through a restrict pointer
    OBJECT = "object"  # a declared array or scalar: overlaps no other OBJECT
    LOCAL = "local"  # declared inside the nest: exists once per iteration, dead outside; the generator re-declares it
    HEAP = "heap"  # of the generated code alone, one cell for each value: overlaps nothing, dead outside the nest


@dataclass(frozen=True, slots=True)
class Array:
    """An array or (no dimensions) scalar of a Scop.

    `name` is the isl identifier, `text` the C expression that denotes the base (`A`, `s->a`). `extents` are C
    expressions of the sizes of the dimensions of the *relations*, outermost first; None where the source does not
    say (the outermost dimension of a pointer). `c_rank` is the number of subscripts in C: 1 for a delinearized array.
    """

    name: str
    text: str
    element: CType
    extents: tuple[str | None, ...]
    storage: Storage
    c_rank: int
    live_in: bool = True  # the nest may read a value stored before it
    live_out: bool = True  # a value stored by the nest may be read after it
    is_reachable: bool = True  # a pointer may refer to it; not so for a local variable whose address is never taken

    @property
    def rank(self) -> int:
        """The number of dimensions of the array in access relations."""
        return len(self.extents)

    @property
    def is_private(self) -> bool:
        """True if no value enters or leaves the nest through the array, so that each iteration may own a copy."""
        return not self.live_in and not self.live_out


@dataclass(frozen=True, slots=True)
class Counter:
    """A loop counter of a statement: its dimension name in the domain, its name and type in the source."""

    name: str
    type: CType
    source_name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the nest. Its domain is `{ name[counters...] }`; dimensions hold the counters' actual values."""

    name: str
    counters: tuple[Counter, ...]
    domain: isl.Set
    body: tuple[Action, ...]
    accesses: tuple[Access, ...]
    span: Span = field(compare=False)
    text: str = field(default="", compare=False)  # the source, macros as written; for comments and reports


@dataclass(frozen=True, slots=True)
class Parameter:
    """A loop-invariant integer of the nest: `name` in isl sets, `text` the C expression that computes it."""

    name: str
    text: str
    type: CType


class AssumptionKind(Enum):
    """Why a run-time check stands in front of the optimized code."""

    NO_OVERLAP = "no overlap"
    EXTENT = "extents of a linearized array"
    NO_WRAP = "no wrap-around"
    POSITIVE = "positive sizes"
    RANGE = "parameter range"
    MACRO = "values of macros"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A fact that the model takes for granted; `condition` is a C expression without side effects that is true if it
    holds. `reason` names in words what would go wrong otherwise.
    """

    kind: AssumptionKind
    condition: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExitValue:
    """The value that a counter declared before the nest has after it.

    For each piece, if the parameters lie in `domain`, C assigns `value` (both over parameters only); outside all
    pieces the counter keeps the value that it had.
    """

    text: str  # the counter in C
    type: CType
    value: isl.PwAff  # parameters -> value


@dataclass(frozen=True, slots=True)
class Scop:
    """A loop nest raised to the polyhedral model.

    `schedule` is the original order as an isl schedule tree; `context` holds what is known of the parameters, the
    assumptions included. `span` covers the bytes of the file that generated code replaces. `identifiers` are names
    that generated code must not use for its own variables.
    """

    name: str  # unique in its file: function name, colon, number of the nest in it
    function: str
    parameters: tuple[Parameter, ...]
    context: isl.Set
    arrays: tuple[Array, ...]
    statements: tuple[Statement, ...]
    schedule: isl.Schedule
    span: Span
    assumptions: tuple[Assumption, ...] = ()
    exit_values: tuple[ExitValue, ...] = ()
    identifiers: frozenset[str] = frozenset()
    types_alias: bool = True  # memory may be accessed as another type than it has (-fno-strict-aliasing)
    reassociates: bool = False  # the user allows floating-point sums and products in any order (--reassociate)

    def array(self, name: str) -> Array:
        """The array called `name` in access relations; KeyError if there is none."""
        for array in self.arrays:
            if array.name == name:
                return array
        raise KeyError(name)

    def statement(self, name: str) -> Statement:
        """The statement called `name`; KeyError if there is none."""
        for statement in self.statements:
            if statement.name == name:
                return statement
        raise KeyError(name)

    @property
    def domain(self) -> isl.UnionSet:
        """All statement instances, restricted to the context."""
        result = isl.UnionSet.empty(self.context.get_space())
        for statement in self.statements:
            result = result.union(isl.UnionSet.from_set(statement.domain.intersect_params(self.context)))
        return result
