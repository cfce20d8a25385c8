"""The processor's part of the static model: what one instance costs if all data lie in the first cache.

Loads are shared between unrolled copies, what the innermost rolled loop leaves in place stays in registers as long as
there are enough, vectors do several iterations at once, and a sum in its exact order waits for itself.
"""

import math
from dataclasses import dataclass

from optimizer.codegen.looptree import Instance, is_short, is_unrolled, lane_count
from optimizer.search.footprint import Frame, Level, is_invariant, moves_by_one_element
from optimizer.search.linear import NumericAccess
from optimizer.search.machine import Machine
from optimizer.search.operations import Work

LATENCY_CYCLES = 4.0  # of an operation that waits for the one before
ACCESS_CYCLES = 0.5  # of a load or store that hits the first cache
LANE_CYCLES = 1.0  # to take one lane of a vector from memory or to put it there alone
SPILL_CYCLES = 1.0  # a value that finds no register, for each use
FREE_REGISTERS = 4  # beside the accumulators: operands, constants
WINDOW = 64.0  # instances that the processor looks ahead: a short inner loop overlaps with the next one


@dataclass(frozen=True, slots=True)
class Facts:
    """What the model knows of a statement whatever the schedule."""

    accesses: tuple[NumericAccess, ...]
    work: Work


@dataclass(frozen=True, slots=True)
class _Place:
    """The loops around an instance by what becomes of them: rolled, copies of the body, lanes of vectors."""

    instance: Instance
    rolled: tuple[Level, ...]
    copies: tuple[Level, ...]
    lanes: Level | None

    @property
    def lane_count(self) -> int:
        """The lanes of one vector, 1 without vectors."""
        return lane_count(self.lanes.loop) if self.lanes is not None else 1

    @property
    def vectors(self) -> float:
        """The vectors side by side that the lanes make up."""
        return self.lanes.trips / self.lane_count if self.lanes is not None else 1.0

    def stays_in(self, access: NumericAccess, level: Level) -> bool:
        """True if `access` touches the same element in all iterations of `level`."""
        return is_invariant(access, self.instance, level.loop.variable)

    def registers(self, access: NumericAccess) -> float:
        """The registers that hold the elements of `access` in all copies."""
        moving = math.prod(level.trips for level in self.copies if not self.stays_in(access, level))
        return moving * (self.vectors if self.lanes is not None and not self.stays_in(access, self.lanes) else 1.0)

    def is_kept(self, access: NumericAccess) -> bool:
        """True if `access` stays in place while the innermost rolled loop runs."""
        return bool(self.rolled) and access.subscripts is not None and self.stays_in(access, self.rolled[-1])


def compute_cycles(instance: Instance, facts: Facts, frame: Frame, machine: Machine) -> float:
    """The cycles of one instance, on average over the copies and lanes that it belongs to."""
    place = _place(instance, frame)
    width = _width(place, facts, machine)
    slow = facts.work.slow_cycles / min(2.0, width)
    if place.lanes is None and width > 1.0:
        access = sum(_access_cycles(access, place) for access in facts.accesses) / width
    else:
        access = sum(_access_cycles(access, place) for access in facts.accesses)
    total = facts.work.cycles / width + slow + access + _spill_cycles(facts, place, machine)
    return max(total, _waiting_cycles(facts, place))


def _place(instance: Instance, frame: Frame) -> _Place:
    lanes = next((level for level in frame.levels if lane_count(level.loop)), None)
    copies = [level for level in frame.levels if is_unrolled(level.loop) and level is not lanes]
    rolled = [level for level in frame.levels if level is not lanes and level not in copies]
    while len(rolled) > 1 and is_short(rolled[-1].loop):
        copies.append(rolled.pop())
    return _Place(instance, tuple(rolled), tuple(copies), lanes)


def _width(place: _Place, facts: Facts, machine: Machine) -> float:
    """The instances that one operation works on: lanes as far as the hardware has them, or those of the compiler."""
    native = max(1.0, machine.vector_bytes / facts.work.element_bytes)
    if place.lanes is not None:
        return min(float(place.lane_count), native)
    if not place.rolled or not place.rolled[-1].loop.independent:
        return 1.0
    innermost = place.rolled[-1]
    fits = all(moves_by_one_element(a, place.instance, innermost.loop.variable) for a in facts.accesses)
    return max(1.0, min(native, innermost.trips)) if fits else 1.0


def _access_cycles(access: NumericAccess, place: _Place) -> float:
    shared = math.prod(level.trips for level in place.copies if place.stays_in(access, level))
    cycles = ACCESS_CYCLES
    if place.lanes is not None:
        variable = place.lanes.loop.variable
        if place.stays_in(access, place.lanes):
            shared *= place.lanes.trips
        elif moves_by_one_element(access, place.instance, variable):
            shared *= place.lane_count
        else:
            cycles = LANE_CYCLES
    if place.is_kept(access):
        shared *= max(1.0, place.rolled[-1].trips)
    return cycles / max(1.0, shared)


def _spill_cycles(facts: Facts, place: _Place, machine: Machine) -> float:
    """What the values cost that are kept over the innermost loop but find no register, per instance."""
    kept = sum(place.registers(access) for access in facts.accesses if place.is_kept(access) and access.is_write)
    excess = kept - (machine.vector_registers - FREE_REGISTERS)
    return SPILL_CYCLES * excess / kept / place.lane_count if excess > 0 else 0.0


def _waiting_cycles(facts: Facts, place: _Place) -> float:
    """The latency of a chain of updates of one element, divided by the chains that run side by side."""
    if not place.rolled or place.rolled[-1].loop.independent:
        return 0.0
    written = [access for access in facts.accesses if access.is_write]
    chains = max((place.registers(access) for access in written), default=1.0) * place.lane_count
    group = math.prod(level.trips for level in place.copies) * place.rolled[-1].trips
    overlap = max(1.0, WINDOW / max(1.0, group)) if len(place.rolled) > 1 else 1.0
    return LATENCY_CYCLES * facts.work.depth / max(1.0, chains * min(overlap, WINDOW / 8))
