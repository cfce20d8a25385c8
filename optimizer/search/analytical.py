"""A static cost model: cycles from vectorizability, reuse in each cache level, loop overhead and parallel grain.

It estimates, from the generated loops alone, with one size per parameter. It ranks; measurements decide.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.codegen import Generated
from optimizer.codegen.looptree import For, If, Instance, Let, LoopTree, Node, Pack, trip_count
from optimizer.ir.dependence import Nest
from optimizer.search.buffered import buffered_accesses, copy_accesses
from optimizer.search.footprint import Frame, Level, is_invariant, lines_at, moves_by_one_element
from optimizer.search.intervals import middle
from optimizer.search.linear import NumericAccess, numeric_accesses
from optimizer.search.machine import Machine
from optimizer.search.operations import Work, work_of

LOOP_CYCLES = 1.0  # per iteration of a loop
ENTRY_CYCLES = 12.0  # per execution of a loop
LATENCY_CYCLES = 4.0  # of an operation that waits for the one before
ACCESS_CYCLES = 0.5  # of a load or store that hits the first cache
GUARDED_SHARE = 0.5  # of the iterations that take one branch of a condition


@dataclass(frozen=True, slots=True)
class Facts:
    """What the model knows of a statement whatever the schedule."""

    accesses: tuple[NumericAccess, ...]
    work: Work


class AnalyticalModel:
    """Predicts log2 speedups of generated code over a baseline tree from cycles of `machine` at `sizes`."""

    def __init__(self, machine: Machine, sizes: Mapping[str, int], baseline: LoopTree, nest: Nest) -> None:
        self.machine = machine
        self.sizes = sizes
        self._nest = nest
        self._facts = _facts_of(nest, sizes)
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
        return 1.0 + self._body(tree.body, Frame((), {}, self.sizes))

    def _body(self, body: tuple[Node, ...], frame: Frame) -> float:
        return sum(self._node(node, frame) for node in body)

    def _node(self, node: Node, frame: Frame) -> float:
        match node:
            case Instance():
                return self._instance(node, frame)
            case If(then=then, otherwise=otherwise):
                return GUARDED_SHARE * (self._body(then, frame) + self._body(otherwise, frame))
            case Let(variable=variable, value=value, body=body):
                return self._body(body, frame.with_let(variable, value))
            case For():
                return self._loop(node, frame)
            case Pack():
                return self._pack(node, frame)

    def _pack(self, pack: Pack, frame: Frame) -> float:
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
        cycles = self._body(pack.body, frame)
        self._facts = outside
        return cycles

    def _loop(self, loop: For, frame: Frame) -> float:
        start, stop = (middle(bound, frame.middles, self.sizes) for bound in (loop.start, loop.stop))
        trips = max(0.0, (stop - start) / loop.step)
        if trips <= 0.0:
            return 0.0
        body = self._body(loop.body, frame.inside(Level(loop, trips), (start + stop - loop.step) / 2))
        if loop.unroll and trip_count(loop) is not None:
            return body
        body += frame.executions * (ENTRY_CYCLES + trips * LOOP_CYCLES)
        if not loop.parallel or self.machine.threads == 1:
            return body
        used = min(self.machine.threads, max(1.0, trips))
        gain = 1.0 + (used - 1.0) * self.machine.thread_gain
        return body / gain + frame.executions * self.machine.fork_cycles

    def _instance(self, instance: Instance, frame: Frame) -> float:
        facts = self._facts[instance.statement]
        compute = self._compute(instance, facts, frame)
        memory = 0.0
        accesses = _without_neighbours(facts.accesses)
        footprints = [
            [lines_at(access, instance, frame, depth) for access in accesses] for depth in range(len(frame.levels) + 1)
        ]
        for cache in self.machine.caches:
            memory += cache.line_cycles * self._misses(footprints, frame, cache.bytes)
        return frame.executions * compute + memory

    def _misses(self, footprints: list[list[tuple[float, bool]]], frame: Frame, capacity: int) -> float:
        """Lines fetched into a cache of `capacity` bytes: reuse reaches one loop beyond those that fit."""
        fits = len(frame.levels)
        while fits > 0 and 64.0 * sum(lines for lines, _ in footprints[fits - 1]) <= capacity:
            fits -= 1
        reach = max(0, fits - 1)
        outside = math.prod(level.trips for level in frame.levels[:reach])
        return sum(
            outside * lines * (1.0 if streams else self.machine.scattered_line) for lines, streams in footprints[reach]
        )

    def _compute(self, instance: Instance, facts: Facts, frame: Frame) -> float:
        real = [level for level in frame.levels if not _is_replicated(level)]
        copies = {level.loop.variable: level.trips for level in frame.levels if _is_replicated(level)}
        accesses = 0.0
        for access in facts.accesses:
            shared = math.prod(t for v, t in copies.items() if is_invariant(access, instance, v))
            accesses += ACCESS_CYCLES / shared
        if not real:
            return facts.work.cycles + facts.work.slow_cycles + accesses
        innermost = real[-1].loop
        if innermost.independent and all(
            moves_by_one_element(access, instance, innermost.variable) for access in facts.accesses
        ):
            width = max(1.0, min(self.machine.vector_bytes / facts.work.element_bytes, real[-1].trips))
            return (facts.work.cycles + accesses) / width + facts.work.slow_cycles / min(2.0, width)
        total = facts.work.cycles + facts.work.slow_cycles + accesses
        if innermost.independent:
            return total
        chains = max(1.0, math.prod(copies.values()))
        return max(total, LATENCY_CYCLES * facts.work.depth / chains)


def _facts_of(nest: Nest, sizes: Mapping[str, int]) -> dict[str, Facts]:
    return {s.name: Facts(numeric_accesses(nest.scop, s, sizes), work_of(s.body)) for s in nest.scop.statements}


def _is_replicated(level: Level) -> bool:
    return level.loop.unroll and trip_count(level.loop) is not None


def _without_neighbours(accesses: tuple[NumericAccess, ...]) -> tuple[NumericAccess, ...]:
    """One access of each group that differs only by constants: the others find their lines in cache."""
    groups: dict[object, NumericAccess] = {}
    for access in accesses:
        shape = None if access.subscripts is None else tuple(form.coefficients for form in access.subscripts)
        groups.setdefault((access.array, shape), access)
    return tuple(groups.values())
