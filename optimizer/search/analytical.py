"""A static cost model: cycles from vectorizability, reuse in each cache level, loop overhead and parallel grain.

It estimates, from the generated loops alone, with one size per parameter. It ranks; measurements decide.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from optimizer.codegen import Generated
from optimizer.codegen.looptree import For, If, Instance, Let, LoopTree, Node, Pack, is_replicated, is_short, walk
from optimizer.ir.dependence import Nest
from optimizer.search.buffered import buffered_accesses, copy_accesses
from optimizer.search.compute import Facts, compute_cycles
from optimizer.search.footprint import Footprint, Frame, Level, footprints_of, stride
from optimizer.search.intervals import middle
from optimizer.search.linear import NumericAccess, numeric_accesses
from optimizer.search.machine import CACHE_LINE_BYTES, Machine
from optimizer.search.operations import work_of

LOOP_CYCLES = 1.0  # per iteration of a loop
ENTRY_CYCLES = 12.0  # per execution of a loop
GUARDED_SHARE = 0.5  # of the iterations that pass a condition
REST_SHARE = 0.005  # of a statement's instances, in a place for which nothing seems to be left
FULL_SHARE = 0.9  # of those that take the first of two branches, which tells full tiles from partial ones


class AnalyticalModel:
    """Predicts log2 speedups of generated code over a baseline tree from cycles of `machine` at `sizes`."""

    def __init__(self, machine: Machine, sizes: Mapping[str, int], baseline: LoopTree, nest: Nest) -> None:
        self.machine = machine
        self.sizes = sizes
        self._nest = nest
        self._facts = _facts_of(nest, sizes)
        self._instances: Mapping[str, float] = {}
        tally = _Tally({})
        self._body(baseline.body, Frame((), {}, sizes), _Walk(tally))
        self._instances = tally.counted
        self.baseline_cycles = self.cycles(baseline)

    def score(self, nest: Nest, candidates: Sequence[Generated]) -> Sequence[float]:
        """The predicted log2 speedup of each candidate over the baseline; `nest` is the one of the constructor, or one
        refined from it.
        """
        if nest is not self._nest:
            self._nest, self._facts = nest, _facts_of(nest, self.sizes)
        return [math.log2(self.baseline_cycles / self.cycles(c.loop_tree)) for c in candidates]

    def cycles(self, tree: LoopTree) -> float:
        """The estimated time of one execution of the nest; at least one cycle."""
        spread = self.machine.threads > 1 and any(isinstance(node, For) and node.parallel for node in walk(tree.body))
        start = self.machine.team_cycles if spread else 0.0
        return 1.0 + start + self._body(tree.body, Frame((), {}, self.sizes), _Walk(_Tally(self._instances)))

    def _body(self, body: tuple[Node, ...], frame: Frame, walk: "_Walk") -> float:
        return sum(self._node(node, frame, walk) for node in body)

    def _node(self, node: Node, frame: Frame, walk: "_Walk") -> float:
        match node:
            case Instance():
                return self._instance(node, frame, walk)
            case If(then=then, otherwise=otherwise):
                share = FULL_SHARE if otherwise else GUARDED_SHARE
                first = self._body(then, frame, walk.taken(share))
                return first + self._body(otherwise, frame, walk.taken(1.0 - share))
            case Let(variable=variable, value=value, body=body):
                return self._body(body, frame.with_let(variable, value), walk)
            case For():
                return self._loop(node, frame, walk if is_replicated(node) else walk.inside_loop())
            case Pack():
                return self._pack(node, frame, walk)

    def _pack(self, pack: Pack, frame: Frame, walk: "_Walk") -> float:
        buffer, outside = pack.buffer, self._facts
        statements = {statement.name: statement for statement in self._nest.scop.statements}
        self._facts = {
            **{
                name: replace(facts, accesses=buffered_accesses(facts.accesses, statements[name], buffer))
                if name in statements
                else facts
                for name, facts in outside.items()
            },
            buffer.name: Facts(copy_accesses(buffer), work_of(buffer.copy.body)),
        }
        cycles = self._body(pack.body, frame, walk)
        self._facts = outside
        return cycles

    def _loop(self, loop: For, frame: Frame, walk: "_Walk") -> float:
        start, stop = (middle(bound, frame.middles, self.sizes) for bound in (loop.start, loop.stop))
        trips = max(0.0, (stop - start) / loop.step)
        if trips <= 0.0:
            return 0.0
        before = walk.tally.sums
        body = self._body(loop.body, frame.inside(Level(loop, trips), (start + stop - loop.step) / 2), walk)
        if is_replicated(loop) or is_short(loop):
            return body
        share = walk.tally.share_since(before)
        body += share * frame.executions * (ENTRY_CYCLES + trips * LOOP_CYCLES)
        if not loop.parallel or self.machine.threads == 1:
            return body
        used = trips / math.ceil(trips / self.machine.threads)  # the last round may leave threads without work
        gain = 1.0 + max(0.0, used - 1.0) * self.machine.thread_gain
        return body / gain + share * frame.executions * self.machine.fork_cycles

    def _instance(self, instance: Instance, frame: Frame, walk: "_Walk") -> float:
        facts = self._facts[instance.statement]
        streams: list[_Stream] = []
        ways = [_way(access, instance, frame) for access in without_neighbours(facts.accesses)]
        for access, way in zip(without_neighbours(facts.accesses), ways, strict=True):
            if way not in walk.fetched:
                walk.fetched.add(way)
                footprints = footprints_of(access, instance, frame)
                streams.append(_Stream(footprints, walk.tally.left_behind(way, footprints)))
        walk.tally.visited |= {_part(way, depth) for way in ways for depth in range(len(frame.levels) + 1)}
        memory = sum(cache.line_cycles * self._misses(streams, frame, cache.bytes) for cache in self.machine.caches)
        memory += sum(pages.miss_cycles * _lookups(streams, frame, pages.entries) for pages in self.machine.pages)
        share = walk.tally.take(instance.statement, frame.executions * walk.weight)
        return share * walk.weight * (frame.executions * compute_cycles(instance, facts, frame, self.machine) + memory)

    def facts(self, statement: str) -> Facts:
        """What is known of `statement`."""
        return self._facts[statement]

    def fetched_lines(self, instance: Instance, frame: Frame) -> tuple[float, ...]:
        """The lines that all executions of `instance` fetch into each cache; those off a stream count several times."""
        accesses = without_neighbours(self._facts[instance.statement].accesses)
        streams = [_Stream(footprints_of(access, instance, frame), math.inf) for access in accesses]
        return tuple(self._misses(streams, frame, cache.bytes) for cache in self.machine.caches)

    def _misses(self, streams: "list[_Stream]", frame: Frame, capacity: int) -> float:
        """Lines fetched into a cache of `capacity` bytes, those off the stream weighted."""
        room = capacity / CACHE_LINE_BYTES
        reach = _reach([[each.lines for each in stream.footprints] for stream in streams], frame, room)
        scattered = self.machine.scattered_line
        missing = [stream.footprints[reach] for stream in streams if stream.left_behind > room / 2]
        fetched = sum(each.lines * (1.0 if each.streams else scattered) for each in missing)
        return fetched * math.prod(level.trips for level in frame.levels[:reach])


def _facts_of(nest: Nest, sizes: Mapping[str, int]) -> dict[str, Facts]:
    return {s.name: Facts(numeric_accesses(nest.scop, s, sizes), work_of(s.body)) for s in nest.scop.statements}


@dataclass(frozen=True, slots=True)
class _Stream:
    """An access on its way through memory: its footprint at every depth, and the lines that the array's last user
    left in the caches before this one begins; infinite if there is none.
    """

    footprints: list[Footprint]
    left_behind: float


@dataclass(frozen=True, slots=True)
class _Way:
    """How an access goes through an array in the loops around it, constants aside."""

    array: str
    loops: tuple[tuple[int, tuple[float, ...] | None], ...]  # identity of each loop, and the move from it
    moves: tuple[tuple[float, tuple[float, ...] | None], ...]  # trips and move; equal moves fetch the same lines

    def __hash__(self) -> int:
        return hash((self.array, self.moves))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Way) and (self.array, self.moves) == (other.array, other.moves)


def _way(access: NumericAccess, instance: Instance, frame: Frame) -> _Way:
    moves = [stride(access, instance, level.loop.variable) for level in frame.levels]
    return _Way(
        access.array,
        tuple((id(level.loop), move) for level, move in zip(frame.levels, moves, strict=True)),
        tuple((level.trips, move) for level, move in zip(frame.levels, moves, strict=True)),
    )


def _part(way: _Way, depth: int) -> Hashable:
    return way.array, way.loops[:depth]


@dataclass(slots=True)
class _Tally:
    """Counts instances, so that a statement in several places is not executed more often than it can be.

    Averages are far too high for the rests of triangular tiles; what comes first is the bulk and is believed.
    """

    expected: Mapping[str, float]  # by statement; one that is missing may be executed as often as it seems
    counted: dict[str, float] = field(default_factory=dict[str, float])
    sums: tuple[float, float] = (0.0, 0.0)  # instances that there seem to be, and those that are believed
    visited: set[Hashable] = field(default_factory=set[Hashable])  # arrays in loops, by what the outer loops do

    def left_behind(self, way: _Way, footprints: list[Footprint]) -> float:
        """The lines that were touched in the innermost common iteration with an earlier user of the array."""
        depths = range(len(footprints) - 1, -1, -1)
        return next((footprints[depth].lines for depth in depths if _part(way, depth) in self.visited), math.inf)

    def take(self, statement: str, executions: float) -> float:
        """The part of `executions` that is believed."""
        done = self.counted.get(statement, 0.0)
        total = self.expected.get(statement, math.inf)
        most = executions if math.isinf(total) else max(total - done, REST_SHARE * total)
        believed = min(executions, most)
        self.counted[statement] = done + believed
        self.sums = (self.sums[0] + executions, self.sums[1] + believed)
        return believed / executions if executions > 0.0 else 1.0

    def share_since(self, before: tuple[float, float]) -> float:
        """The part believed of all instances since the sums were `before`."""
        seeming = self.sums[0] - before[0]
        return (self.sums[1] - before[1]) / seeming if seeming > 0.0 else 1.0


@dataclass(slots=True)
class _Walk:
    """What is known on the way through a tree: how likely the place is reached, and the ways through arrays that
    were paid for in the same iteration.
    """

    tally: _Tally
    fetched: set[Hashable] = field(default_factory=set[Hashable])
    weight: float = 1.0

    def taken(self, share: float) -> "_Walk":
        """The walk in one branch of a condition."""
        return _Walk(self.tally, set(self.fetched), self.weight * share)

    def inside_loop(self) -> "_Walk":
        """The walk in a loop."""
        return _Walk(self.tally, set(), self.weight)


def _lookups(streams: list[_Stream], frame: Frame, entries: int) -> float:
    """Pages looked up that `entries` remembered ones do not contain."""
    pages = [[each.pages for each in stream.footprints] for stream in streams]
    reach = _reach(pages, frame, entries)
    return sum(each[reach] for each in pages) * math.prod(level.trips for level in frame.levels[:reach])


def _reach(counts: list[list[float]], frame: Frame, capacity: float) -> int:
    """The depth from which on everything is fetched once: reuse reaches one loop beyond those that fit."""
    fits = len(frame.levels)
    while fits > 0 and sum(access[fits - 1] for access in counts) <= capacity:
        fits -= 1
    return max(0, fits - 1)


def without_neighbours(accesses: tuple[NumericAccess, ...]) -> tuple[NumericAccess, ...]:
    """One access of each group that differs only by constants: the others find their lines in cache."""
    groups: dict[object, NumericAccess] = {}
    for access in accesses:
        shape = None if access.subscripts is None else tuple(form.coefficients for form in access.subscripts)
        groups.setdefault((access.array, shape), access)
    return tuple(groups.values())
