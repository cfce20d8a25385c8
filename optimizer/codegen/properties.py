"""What the proofs say about the generated loops: which carry nothing, which own private arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import islpy as isl

from optimizer.codegen.looptree import For, If, Let, LoopTree, Node, is_innermost, with_body
from optimizer.dependences import private_arrays
from optimizer.dependences.parallelism import carried
from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import LoopRef, Schedule, find_loop, statements_below

PROOF_OPERATIONS = 5_000_000

_Key = tuple[int, tuple[str, ...]]


def add_properties(tree: LoopTree, schedule: Schedule, nest: Nest) -> LoopTree:
    """`tree` with `independent` set on innermost loops and `owned` on all, where it is proven for `schedule`."""
    prover = _Prover(nest, schedule, {}, {})
    return LoopTree(tuple(_annotate(tree.body, prover)))


def _annotate(body: tuple[Node, ...], prover: "_Prover") -> Iterator[Node]:
    for node in body:
        match node:
            case For():
                independent = is_innermost(node) and prover.carries_no_memory(node.loop)
                inner = with_body(node, tuple(_annotate(node.body, prover)))
                yield replace(inner, independent=independent, owned=prover.owned(node.loop))
            case Let(variable=variable, value=value, body=inner_body):
                yield Let(variable, value, tuple(_annotate(inner_body, prover)))
            case If(condition=condition, then=then, otherwise=otherwise):
                yield If(condition, tuple(_annotate(then, prover)), tuple(_annotate(otherwise, prover)))
            case _:
                yield node


@dataclass(frozen=True, slots=True)
class _Prover:
    """Answers per loop of the schedule, each computed once."""

    nest: Nest
    schedule: Schedule
    independent: dict[_Key, bool]
    owners: dict[_Key, frozenset[str]]

    def carries_no_memory(self, loop: LoopRef) -> bool:
        """True if no two iterations of `loop` touch the same memory, one of them writing. Private scalars do not
        count: the generated code keeps them in variables.
        """
        band = self._band(loop)
        key = loop.depth, statements_below(band)
        if key not in self.independent:
            try:
                with operation_limit(self.nest.scop.context.get_ctx(), PROOF_OPERATIONS):
                    self.independent[key] = all(carried(band, r).is_empty() for r in self._conflicts())
            except OperationLimitExceeded:
                self.independent[key] = False
        return self.independent[key]

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
        if not self.nest.dependences.private:
            return frozenset()
        band = self._band(loop)
        key = loop.depth, statements_below(band)
        if key not in self.owners:
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
