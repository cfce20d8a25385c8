"""What the proofs say about the generated loops: which carry nothing, which own private arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import islpy as isl

from optimizer.codegen.looptree import (
    For,
    LoopTree,
    Node,
    buffers,
    children,
    instances,
    seems_innermost,
    walk,
    with_bodies,
    with_body,
)
from optimizer.dependences import private_arrays
from optimizer.dependences.parallelism import carried
from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import LoopRef, Schedule, find_loop, statements_below
from optimizer.ir.scop import AccessKind

PROOF_OPERATIONS = 5_000_000

_Key = tuple[int, tuple[str, ...]]


def add_properties(tree: LoopTree, schedule: Schedule, nest: Nest) -> LoopTree:
    """`tree` with `independent` on loops that seem innermost and `owned` on all, where it is proven for `schedule`."""
    copies = frozenset(buffer.name for buffer in buffers(tree.body))
    prover = _Prover(nest, schedule, copies)
    annotated = tuple(_annotate(tree.body, prover))
    owners = {prover.key(n.loop): n.owned for n in walk(annotated) if isinstance(n, For) and n.owned}
    split = {key: _split_values(annotated, key, owned, prover) for key, owned in owners.items()}
    return LoopTree(tuple(_without(annotated, {key: lost for key, lost in split.items() if lost}, prover)))


def _split_values(body: tuple[Node, ...], key: _Key, owned: frozenset[str], prover: "_Prover") -> frozenset[str]:
    """The arrays of `owned` that some iteration of the loop `key` uses partly outside of the generated loop.

    isl takes iterations out of a loop, in front of it or behind it. If the whole iteration went, its values went with
    it: there the first user writes, and all other users follow. Else a value crosses the border of the loop.
    """
    inside = [node for node in body if _contains(node, key, prover)]
    if not inside:
        return frozenset()
    lost: frozenset[str] = frozenset()
    for node in body:
        if node in inside:
            if not (isinstance(node, For) and prover.key(node.loop) == key):
                lost |= _split_values(children(node), key, owned, prover)
            continue
        for array in owned - lost:
            users = prover.users(array) & frozenset(key[1])
            found = [i.statement for i in instances((node,)) if i.statement in users]
            if found and (frozenset(found) != users or not prover.only_writes(found[0], array)):
                lost |= {array}
    return lost


def _contains(node: Node, key: _Key, prover: "_Prover") -> bool:
    return any(isinstance(n, For) and prover.key(n.loop) == key for n in walk((node,)))


def _without(body: tuple[Node, ...], lost: Mapping[_Key, frozenset[str]], prover: "_Prover") -> Iterator[Node]:
    """`body` where loops do not own what they lost; such a loop cannot be parallel."""
    for node in body:
        match node:
            case For():
                gone = lost.get(prover.key(node.loop), frozenset())
                inner = with_body(node, tuple(_without(node.body, lost, prover)))
                yield replace(inner, owned=node.owned - gone, parallel=node.parallel and not gone)
            case _:
                yield with_bodies(node, lambda inner: _without(inner, lost, prover))


def _annotate(body: tuple[Node, ...], prover: "_Prover") -> Iterator[Node]:
    for node in body:
        match node:
            case For():
                independent = seems_innermost(node) and prover.carries_no_memory(node.loop)
                inner = with_body(node, tuple(_annotate(node.body, prover)))
                combined = prover.combined(node.loop) if node.parallel else frozenset[str]()
                yield replace(
                    inner,
                    independent=independent,
                    owned=prover.owned(node.loop),
                    parallel=node.parallel and combined is not None,
                    combined=combined or frozenset(),
                )
            case _:
                yield with_bodies(node, lambda inner: _annotate(inner, prover))


@dataclass(frozen=True, slots=True)
class _Prover:
    """Answers per loop of the schedule, each computed once."""

    nest: Nest
    schedule: Schedule
    copies: frozenset[str]
    independent: dict[_Key, bool] = field(default_factory=dict[_Key, bool])
    owners: dict[_Key, frozenset[str]] = field(default_factory=dict[_Key, frozenset[str]])
    keys: dict[LoopRef, _Key] = field(default_factory=dict[LoopRef, _Key])
    touching: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def key(self, loop: LoopRef) -> _Key:
        """The same for all references to one loop of the schedule."""
        if loop.statement in self.copies:
            return loop.depth, (loop.statement,)
        if loop not in self.keys:
            self.keys[loop] = loop.depth, statements_below(self._band(loop))
        return self.keys[loop]

    def users(self, array: str) -> frozenset[str]:
        """The statements that touch `array`."""
        if array not in self.touching:
            statements = self.nest.scop.statements
            self.touching[array] = frozenset(s.name for s in statements if any(a.array == array for a in s.accesses))
        return self.touching[array]

    def only_writes(self, statement: str, array: str) -> bool:
        """True if `statement` always writes `array` and never reads it."""
        kinds = {a.kind for a in self.nest.scop.statement(statement).accesses if a.array == array}
        return kinds == {AccessKind.WRITE}

    def carries_no_memory(self, loop: LoopRef) -> bool:
        """True if no two iterations of `loop` touch the same memory, one of them writing. Private scalars do not
        count: the generated code keeps them in variables. A copy into a buffer stores each element once.
        """
        if loop.statement in self.copies:
            return True
        key = self.key(loop)
        if key not in self.independent:
            band = self._band(loop)
            try:
                with operation_limit(self.nest.scop.context.get_ctx(), PROOF_OPERATIONS):
                    self.independent[key] = all(carried(band, r).is_empty() for r in self._conflicts())
            except OperationLimitExceeded:
                self.independent[key] = False
        return self.independent[key]

    def combined(self, loop: LoopRef) -> frozenset[str] | None:
        """The arrays of which iterations of `loop` update the same element; None if isl gives up."""
        commuting = [each for each in self.nest.dependences.ordered if each.commutes]
        if not commuting or loop.statement in self.copies:
            return frozenset()
        band = self._band(loop)
        try:
            with operation_limit(self.nest.scop.context.get_ctx(), PROOF_OPERATIONS):
                return frozenset(each.array for each in commuting if not carried(band, each.relation).is_empty())
        except OperationLimitExceeded:
            return None

    def _conflicts(self) -> Iterator[isl.UnionMap]:
        for dependence in self.nest.dependences.ordered:
            yield dependence.relation
        for ranges in self.nest.dependences.private:
            if self.nest.scop.array(ranges.array).rank > 0:
                yield ranges.flow
                yield ranges.writes.apply_range(ranges.writes.reverse())
                yield ranges.flow.reverse().apply_range(ranges.writes).apply_range(ranges.writes.reverse())

    def owned(self, loop: LoopRef) -> frozenset[str]:
        """The private arrays of which each iteration of `loop` may have a copy; none if isl gives up."""
        if not self.nest.dependences.private or loop.statement in self.copies:
            return frozenset()
        key = self.key(loop)
        if key not in self.owners:
            band = self._band(loop)
            try:
                with operation_limit(self.nest.scop.context.get_ctx(), PROOF_OPERATIONS):
                    self.owners[key] = private_arrays(band, self.nest)
            except OperationLimitExceeded:
                self.owners[key] = frozenset()
        return self.owners[key]

    def _band(self, loop: LoopRef) -> isl.ScheduleNode:
        """A band that holds `loop` alone, at its place in the schedule."""
        position = find_loop(self.schedule.tree, loop)
        assert position is not None
        node, member = position.node, position.member
        if member > 0:
            node = node.band_split(member).child(0)
        return node.band_split(1) if node.band_n_member() > 1 else node
