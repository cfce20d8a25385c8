"""Why a schedule should be fast: what each level of the machine holds, and what bounds it, by the static model.

An analysis of the generated loops; nothing here knows a kernel, and nothing is measured.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from optimizer.codegen import Generated
from optimizer.codegen.affine import Variable
from optimizer.codegen.elements import row_shapes
from optimizer.codegen.looptree import For, is_replicated, lane_count
from optimizer.codegen.promote import Memory, held_elements
from optimizer.codegen.views import reading
from optimizer.ir.dependence import Nest
from optimizer.search.analytical import AnalyticalModel, without_neighbours
from optimizer.search.compute import ACCESS_CYCLES, LATENCY_CYCLES
from optimizer.search.footprint import Level, footprints_of, is_invariant, stride
from optimizer.search.linear import NumericAccess
from optimizer.search.machine import CACHE_LINE_BYTES
from optimizer.search.places import Place, places

LEAST_SHARE = 0.05  # of the cycles of the most expensive place; what takes less is not told


class Movement(Enum):
    """How a reference moves from one lane of a vector, or one iteration of the innermost loop, to the next."""

    BROADCAST = "the same element for all"
    CONTIGUOUS = "neighbouring elements"
    STRIDED = "elements apart"
    GATHERED = "elements anywhere"


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference of a statement, and how it moves."""

    array: str
    is_write: bool
    movement: Movement


@dataclass(frozen=True, slots=True)
class Vectors:
    """How the iterations run at once: `lanes` of them. `is_explicit`: the code says so, else the compiler finds out."""

    variable: str
    lanes: int
    is_explicit: bool


@dataclass(frozen=True, slots=True)
class Registers:
    """What variables hold while the innermost loop over `variable` runs: vectors and scalars, and how many of all are
    accumulators that are written back after it.
    """

    variable: str
    vectors: int
    scalars: int
    written: int
    arrays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoopStep:
    """A loop around the statement: its trips on average, its part, and the bytes of each array that it touches."""

    variable: str
    trips: float
    role: str  # "threads", "vector", "unrolled" or ""
    array_bytes: tuple[tuple[str, float], ...]

    @property
    def bytes(self) -> float:
        """The memory that one run of the loop touches."""
        return sum(size for _, size in self.array_bytes)


@dataclass(frozen=True, slots=True)
class Residence:
    """A cache and the outermost loop whose data fit into it, None if not even one iteration's do; `cycles` are spent
    to fetch `lines` into it.
    """

    level: int
    capacity: int
    loop: LoopStep | None
    lines: float
    cycles: float


@dataclass(frozen=True, slots=True)
class Threads:
    """The iterations of the parallel loop, how often it is entered, and the cycles of one iteration on one thread."""

    variable: str
    iterations: float
    entries: float
    iteration_cycles: float
    threads: int

    @property
    def balance(self) -> float:
        """The part of the threads' time that is used if all iterations take as long."""
        return self.iterations / (math.ceil(self.iterations / self.threads) * self.threads)


@dataclass(frozen=True, slots=True)
class Explained:
    """One statement at its most expensive place. Cycles are those of all its executions on one thread."""

    statement: str
    loops: tuple[LoopStep, ...]
    references: tuple[Reference, ...]
    vectors: Vectors | None
    registers: Registers | None
    caches: tuple[Residence, ...]
    threads: Threads | None
    arithmetic_cycles: float
    access_cycles: float  # of loads and stores, all of them hits
    latency_cycles: float  # if each iteration of the innermost loop waits for the one before; else 0
    fork_cycles: float

    @property
    def costs(self) -> dict[str, float]:
        """What could bound it, with its cycles; the largest does."""
        found = {"arithmetic": self.arithmetic_cycles, "accesses": self.access_cycles}
        found |= {"latency": self.latency_cycles, "threads": self.fork_cycles}
        return found | {f"L{cache.level}": cache.cycles for cache in self.caches}

    @property
    def bound(self) -> str:
        """The name of the largest cost; "Ln" is the way from the level behind it into cache n."""
        return max(self.costs, key=lambda name: self.costs[name])


@dataclass(frozen=True, slots=True)
class Rationale:
    """The explanation of one nest under a script."""

    nest: str
    script: str
    predicted_speedup: float
    packing: tuple[str, ...]  # the steps of the script that copy into buffers
    statements: tuple[Explained, ...]


def explain_schedule(nest: Nest, script: Sequence[str], code: Generated, model: AnalyticalModel) -> Rationale:
    """Why `code`, which the steps of `script` led to, should be fast on the machine of `model`.

    `nest` is the one that the steps refined, where they did.
    """
    (score,) = model.score(nest, [code])  # first: it makes the model look at `nest`, whose statements may be refined
    known = {statement.name for statement in nest.scop.statements}
    best: dict[str, Place] = {}
    for place in places(code.loop_tree, model.sizes):
        name = place.instance.statement
        if name not in known:  # a copy into a buffer
            continue
        if name not in best or _rank(place) > _rank(best[name]):
            best[name] = place
    cycles = {name: place.executions * (1.0 + model.facts(name).work.cycles) for name, place in best.items()}
    worthy = [place for name, place in best.items() if cycles[name] >= LEAST_SHARE * max(cycles.values())]
    packing = tuple(step for step in script if step.startswith("pack("))
    return Rationale(
        nest.scop.name, "; ".join(script), 2.0**score, packing, tuple(_explain(p, nest, model) for p in worthy)
    )


def _rank(place: Place) -> tuple[float, float, float]:
    """Full tiles, whose bodies are written out, before partial ones, whose loops the middle values overrate."""
    copies = math.prod(level.trips for level in place.frame.levels if is_replicated(level.loop))
    return copies, place.share, place.executions


def _explain(place: Place, nest: Nest, model: AnalyticalModel) -> Explained:
    facts = model.facts(place.instance.statement)
    vectors = _vectors(place, facts.accesses, model.machine.vector_bytes, facts.work.element_bytes)
    moving = vectors.variable if vectors is not None else _innermost(place)
    loops = tuple(_loop_step(place, facts.accesses, depth) for depth in range(len(place.frame.levels)))
    lanes = vectors.lanes if vectors is not None else 1
    work = facts.work
    arithmetic = place.executions * (work.cycles / lanes + work.slow_cycles / min(2.0, lanes))
    held = _registers(place, nest)
    accesses = _access_cycles(place, facts.accesses, lanes, held)
    threads = _threads(place, model, max(arithmetic, accesses))
    return Explained(
        place.instance.statement,
        loops,
        _references(facts.accesses, place, moving),
        vectors,
        held,
        _caches(place, loops, model),
        threads,
        arithmetic,
        accesses,
        _latency(place, facts.accesses, work.depth),
        threads.entries * model.machine.fork_cycles if threads is not None else 0.0,
    )


def _references(accesses: Sequence[NumericAccess], place: Place, variable: str | None) -> tuple[Reference, ...]:
    if variable is None:
        return ()
    return tuple(Reference(a.array, a.is_write, _movement(a, place, variable)) for a in accesses)


def _access_cycles(place: Place, accesses: Sequence[NumericAccess], lanes: int, held: Registers | None) -> float:
    """The cycles of loads and stores if all hit the first cache: none for what registers hold, one for all copies of
    the body that touch the same.
    """
    innermost = _innermost(place)
    cycles = 0.0
    for access in accesses:
        kept = held is not None and access.array in held.arrays and innermost is not None
        if kept and innermost is not None and is_invariant(access, place.instance, innermost):
            continue
        shared = float(lanes)
        for level in place.frame.levels:
            if is_replicated(level.loop) and is_invariant(access, place.instance, level.loop.variable):
                shared *= level.trips / (lane_count(level.loop) or 1)
        cycles += ACCESS_CYCLES / shared
    return place.executions * cycles


def _rolled(place: Place) -> list[Level]:
    return [level for level in place.frame.levels if not is_replicated(level.loop)]


def _innermost(place: Place) -> str | None:
    """The variable of the innermost loop that is left in the code."""
    rolled = _rolled(place)
    return rolled[-1].loop.variable if rolled else None


def _vectors(place: Place, accesses: Sequence[NumericAccess], vector_bytes: int, element: int) -> Vectors | None:
    for level in place.frame.levels:
        if lane_count(level.loop):
            return Vectors(level.loop.variable, lane_count(level.loop), is_explicit=True)
    rolled = _rolled(place)
    if not rolled or not rolled[-1].loop.independent:
        return None
    loop = rolled[-1].loop
    lanes = int(min(vector_bytes // element, rolled[-1].trips))
    moves = [_movement(access, place, loop.variable) for access in accesses]
    if lanes < 2 or not all(move in (Movement.BROADCAST, Movement.CONTIGUOUS) for move in moves):
        return None
    return Vectors(loop.variable, lanes, is_explicit=False)


def _movement(access: NumericAccess, place: Place, variable: str) -> Movement:
    moves = _moves(access, place, variable)
    if moves is None:
        return Movement.GATHERED
    if not any(moves):
        return Movement.BROADCAST
    return Movement.CONTIGUOUS if not any(moves[:-1]) and abs(moves[-1]) == 1.0 else Movement.STRIDED


def _moves(access: NumericAccess, place: Place, variable: str) -> tuple[float, ...] | None:
    """How far each subscript moves from one iteration of the loop over `variable` to the next; None if not known.

    Loops inside it that start where it stands (the points of a tile) move along.
    """
    total = stride(access, place.instance, variable)
    step = 1
    moving = {variable: 1}
    for level in place.frame.levels:
        loop = level.loop
        if loop.variable == variable:
            step = loop.step
            continue
        along = sum(f * moving[a.name] for a, f in loop.start.terms if isinstance(a, Variable) and a.name in moving)
        own = stride(access, place.instance, loop.variable) if along else None
        if own is not None and total is not None:
            moving[loop.variable] = along
            total = tuple(before + along * move for before, move in zip(total, own, strict=True))
    return None if total is None else tuple(step * move for move in total)


def _loop_step(place: Place, accesses: Sequence[NumericAccess], depth: int) -> LoopStep:
    level = place.frame.levels[depth]
    sizes: dict[str, float] = {}
    for access in without_neighbours(tuple(accesses)):
        lines = footprints_of(access, place.instance, place.frame)[depth].lines
        sizes[access.array] = max(sizes.get(access.array, 0.0), lines * CACHE_LINE_BYTES)
    return LoopStep(level.loop.variable, level.trips, _role(level.loop), tuple(sizes.items()))


def _role(loop: For) -> str:
    if lane_count(loop):
        return "vector"
    if is_replicated(loop):
        return "unrolled"
    return "threads" if loop.parallel else ""


def _caches(place: Place, loops: Sequence[LoopStep], model: AnalyticalModel) -> tuple[Residence, ...]:
    found: list[Residence] = []
    lines = model.fetched_lines(place.instance, place.frame)
    for index, (cache, fetched) in enumerate(zip(model.machine.caches, lines, strict=True)):
        fitting = next((loop for loop in loops if loop.bytes <= cache.bytes), None)
        fetched *= place.share
        found.append(Residence(index + 1, cache.bytes, fitting, fetched, fetched * cache.line_cycles))
    return tuple(found)


def _registers(place: Place, nest: Nest) -> Registers | None:
    """What the code generator holds in variables around the innermost loop that is left; None if nothing."""
    variable = _innermost(place)
    position = next((i for i, f in enumerate(place.facts) if isinstance(f, For) and f.variable == variable), None)
    if position is None:
        return None
    loop = place.facts[position]
    assert isinstance(loop, For)
    scop = nest.scop
    as_written = {statement.name: reading(statement, ()) for statement in scop.statements}.__getitem__
    arrays = {array.name: array.text for array in scop.arrays}
    memory = Memory(arrays, row_shapes(scop.arrays), scop.context)
    held = held_elements(loop, place.facts[:position], as_written, memory)
    if not held:
        return None
    vectors = sum(each.element.lanes > 1 for each in held)
    arrays_held = tuple(dict.fromkeys(each.ref.array for each in held))
    return Registers(loop.variable, vectors, len(held) - vectors, sum(each.is_written for each in held), arrays_held)


def _latency(place: Place, accesses: Sequence[NumericAccess], depth: float) -> float:
    """The cycles of the chain through an element that each iteration of the innermost loop updates; else 0."""
    rolled = _rolled(place)
    if not rolled or rolled[-1].loop.independent:
        return 0.0
    writes = [access for access in accesses if access.is_write]
    copies = [level for level in place.frame.levels if is_replicated(level.loop)]
    beside = 1.0
    for level in copies:
        moves = [stride(access, place.instance, level.loop.variable) for access in writes]
        if all(move is not None and any(move) for move in moves):
            beside *= level.trips
    return place.executions / beside * LATENCY_CYCLES * depth


def _threads(place: Place, model: AnalyticalModel, cycles: float) -> Threads | None:
    if model.machine.threads < 2:
        return None
    for index, level in enumerate(place.frame.levels):
        if level.loop.parallel:
            entries = math.prod(outer.trips for outer in place.frame.levels[:index])
            iterations = entries * level.trips
            return Threads(level.loop.variable, level.trips, entries, cycles / iterations, model.machine.threads)
    return None
