"""The commands `isl` and `feautrier`: schedules that isl computes from the dependences alone."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

import islpy as isl

from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import DependenceKind, LiveRanges, Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import Schedule
from optimizer.transforms.base import (
    ISL_FAILED,
    REWRITE_OPERATIONS,
    Inapplicable,
    command_text,
    guarded,
    transformation,
)
from optimizer.transforms.convert import read_tree, write_tree

SCHEDULER_CPU_S = 2
_FAILED = "failed: "
SCHEDULER_OPERATIONS = 10_000_000  # about a second


class Fusion(StrEnum):
    """How many statements isl puts into the same loops."""

    MAX = "max"
    SMART = "smart"  # while it does not cost parallelism or depth of bands
    MIN = "min"


class Coincidence(StrEnum):
    """Which loops isl tries to make free of dependences."""

    ANY = "any"
    OUTER = "outer"  # the outermost loop of each band has to be


@transformation
@dataclass(frozen=True, slots=True)
class IslSchedule:
    """Replace the whole order by the one that isl's scheduler computes (a variant of the Pluto algorithm).

    Rewrite:
        any order   ->   bands of exchangeable loops with little distance between write and read

    Source: Bondhugula et al., PLDI 2008; Verdoolaege and Janssens, "Scheduling for PPCG", 2017.
    """

    name: ClassVar[str] = "isl"
    _: KW_ONLY
    fusion: Fusion = Fusion.SMART
    coincidence: Coincidence = Coincidence.ANY

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """isl's schedule of the statements of `schedule`, whatever their order there."""
        options = {
            "schedule_algorithm": isl.schedule_algorithm.ISL,
            "schedule_serialize_sccs": int(self.fusion is Fusion.MIN),
            "schedule_whole_component": int(self.fusion is Fusion.MAX),
            "schedule_maximize_band_depth": int(self.fusion is not Fusion.MIN),
            "schedule_maximize_coincidence": int(self.fusion is Fusion.SMART),
            "schedule_outer_coincidence": int(self.coincidence is Coincidence.OUTER),
        }
        return _scheduled(schedule, nest, options, str(self))

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:  # noqa: ARG003
        """Each fusion setting, on the order as written only."""
        if not schedule.script:
            for fusion in Fusion:
                for coincidence in Coincidence:
                    yield cls(fusion=fusion, coincidence=coincidence)

    def __str__(self) -> str:
        return command_text(self)


@transformation
@dataclass(frozen=True, slots=True)
class Feautrier:
    """Replace the whole order by Feautrier's: as few outer steps as possible, everything inside them parallel.

    Rewrite:
        any order   ->   for time: all instances that depend on earlier times only

    Source: Feautrier, "Some efficient solutions to the affine scheduling problem, part II", 1992.
    """

    name: ClassVar[str] = "feautrier"

    def apply(self, schedule: Schedule, nest: Nest) -> Schedule | Inapplicable:
        """Feautrier's schedule of the statements of `schedule`, whatever their order there."""
        return _scheduled(schedule, nest, {"schedule_algorithm": isl.schedule_algorithm.FEAUTRIER}, str(self))

    @classmethod
    def applicable(cls, schedule: Schedule, nest: Nest) -> Iterator[Self]:  # noqa: ARG003
        """The command itself, on the order as written only."""
        if not schedule.script:
            yield cls()

    def __str__(self) -> str:
        return command_text(self)


def _scheduled(schedule: Schedule, nest: Nest, options: dict[str, int], text: str) -> Schedule | Inapplicable:
    ctx = schedule.tree.get_ctx()
    nest = schedule.subject(nest)

    def compute() -> str:
        try:
            with operation_limit(ctx, SCHEDULER_OPERATIONS), _settings(ctx, options):
                return str(constraints(nest).compute_schedule())
        except OperationLimitExceeded as error:
            return f"{_FAILED}{error}"
        except isl.Error as error:  # some of isl's algorithms do not cover all inputs
            return f"{_FAILED}{ISL_FAILED}: {str(error).partition(' in /')[0]}"

    def work() -> Schedule | Inapplicable:
        tree = read_tree(isl.Schedule(found))
        if tree is None:
            return Inapplicable("no statement of the nest ever runs")
        return replace(schedule, tree=write_tree(tree, nest.scop.context), script=(*schedule.script, text))

    try:
        found = result_from_child(compute, SCHEDULER_CPU_S)
    except CpuLimitExceeded as error:
        return Inapplicable(str(error))
    if found.startswith(_FAILED):
        return Inapplicable(found.removeprefix(_FAILED))
    return guarded(ctx, REWRITE_OPERATIONS, work)


@contextmanager
def _settings(ctx: isl.Context, options: dict[str, int]) -> Generator[None]:
    """Runs the body with the scheduler's `options` set on `ctx`."""
    before = {name: getattr(ctx, f"get_{name}")() for name in options}
    try:
        for name, value in options.items():
            getattr(ctx, f"set_{name}")(value)
        yield
    finally:
        for name, value in before.items():
            getattr(ctx, f"set_{name}")(value)


def constraints(nest: Nest) -> isl.ScheduleConstraints:
    """What every schedule of `nest` must keep (all ordered dependences; for private arrays, that live ranges do not
    overlap unless they stay within one iteration) and what is to be near (flow dependences).
    """
    nothing = isl.UnionMap.empty(nest.scop.context.get_space())
    ordered = nest.dependences.union() or nothing
    flow = nest.dependences.union(DependenceKind.FLOW) or nothing
    live, order = nothing, nothing
    for ranges in nest.dependences.private:
        live = live.union(ranges.flow)
        order = order.union(ranges.order).union(_overwrites(ranges, nest))
    validity = ordered.union(live)
    together = validity
    for dependence in nest.dependences.ordered:
        if dependence.commutes:
            together = together.union(dependence.relation)
    return (
        isl.ScheduleConstraints.on_domain(nest.scop.schedule.get_domain())
        .set_context(nest.scop.context)
        .set_validity(validity)
        .set_coincidence(together)
        .set_proximity(flow.union(live))
        .set_conditional_validity(live, order)
    )


def _overwrites(ranges: LiveRanges, nest: Nest) -> isl.UnionMap:
    """Reads of a private array -> all later writes to the element, not only the next one.

    isl drops an order constraint if the live ranges at both its ends are local; a value that is never read has no
    live range, so that a chain of constraints through it would not hold.
    """
    reads = ranges.flow.reverse().apply_range(ranges.writes)
    times = nest.scop.schedule.get_map().intersect_domain(nest.scop.domain)
    later = times.intersect_domain(reads.domain()).lex_lt_union_map(times.intersect_domain(ranges.writes.domain()))
    return reads.apply_range(ranges.writes.reverse()).intersect(later).coalesce()
