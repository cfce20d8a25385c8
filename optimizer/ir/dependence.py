"""Dependences and violations as data. They are computed in `optimizer.dependences`."""

from dataclasses import dataclass
from enum import Enum

import islpy as isl

from optimizer.ir.scop import Scop


class DependenceKind(Enum):
    """Which pair of accesses must keep its order."""

    FLOW = "flow"  # write, then read of the value
    ANTI = "anti"  # read, then overwrite
    OUTPUT = "output"  # write, then overwrite


@dataclass(frozen=True, slots=True)
class Dependence:
    """Pairs of instances, source -> sink, whose order every schedule of the nest must keep.

    If it `commutes`, both are updates of one element whose order does not matter: for integers any order gives the same
    bits, for sums and products of floating type the user allows another rounding. At the same time they must not run.
    """

    kind: DependenceKind
    array: str
    relation: isl.UnionMap
    commutes: bool = False


@dataclass(frozen=True, slots=True)
class LiveRanges:
    """The values of a private array: written, read and dead within the nest.

    They need no fixed order among each other, only that no other write to the same element falls between a write and
    its reads. `flow`: write -> read of its value. `order`: the anti and output dependences of the original order,
    which a schedule that keeps them all satisfies trivially. `writes`: writing instances -> elements; updates that
    commute are none of them, they belong to the value that they change.
    """

    array: str
    flow: isl.UnionMap
    order: isl.UnionMap
    writes: isl.UnionMap


@dataclass(frozen=True, slots=True)
class Reduction:
    """`statement` only accumulates into `array` by `operator`; `relation` holds the dependences between its instances
    that exist only because of that. `exact` if any order gives the same bits (integers, min/max of integers).
    """

    statement: str
    array: str
    operator: str
    exact: bool
    relation: isl.UnionMap


@dataclass(frozen=True, slots=True)
class Dependences:
    """All constraints on the order of a Scop's instances."""

    ordered: tuple[Dependence, ...]
    private: tuple[LiveRanges, ...] = ()
    reductions: tuple[Reduction, ...] = ()

    def union(self, *kinds: DependenceKind) -> isl.UnionMap | None:
        """The ordered pairs of the given kinds (all if none is given) as one relation; None if there are none. Pairs
        that commute are not among them.
        """
        result: isl.UnionMap | None = None
        for dependence in self.ordered:
            if (not kinds or dependence.kind in kinds) and not dependence.commutes:
                result = dependence.relation if result is None else result.union(dependence.relation)
        return result


@dataclass(frozen=True, slots=True)
class Nest:
    """A Scop with its dependences: what a transformation looks at."""

    scop: Scop
    dependences: Dependences


@dataclass(frozen=True, slots=True)
class Instance:
    """One execution of a statement: the values of its counters, outermost first."""

    statement: str
    counters: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.statement}[{', '.join(map(str, self.counters))}]"


@dataclass(frozen=True, slots=True)
class Violation:
    """A dependence that a schedule breaks, with one pair of instances at concrete parameter values.

    `loop` is None if the new order runs `sink` no later than `source`; else it is the text of the loop (S0@1) that is
    marked parallel or vector although it carries the dependence. For a private array, `intruder` writes the element
    between `source` and `sink`. `is_stale`: `source` writes the element before `sink`, or as the same instance, reads a
    copy of it that was packed in front of `loop`, in the same execution of the loop.
    """

    kind: DependenceKind
    array: str
    source: Instance
    sink: Instance
    parameters: tuple[tuple[str, int], ...]
    loop: str | None = None
    intruder: Instance | None = None
    is_stale: bool = False
