"""The places of statements in a loop tree, each with the loops around it: where the static model looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from optimizer.codegen.affine import Affine, Compare, Condition, Junction, Variable, leaves
from optimizer.codegen.looptree import For, If, Instance, Let, LoopTree, Node, Pack, is_replicated
from optimizer.search.footprint import Frame, Level
from optimizer.search.intervals import middle

_COMMON, _RARE = 0.9, 0.1  # of the runs take the first branch: a full tile, say; one first or last iteration


@dataclass(frozen=True, slots=True)
class Place:
    """An instance, the loops around it and its share of the runs through the conditions above it.

    `facts` are the loops and conditions around, outermost first.
    """

    instance: Instance
    frame: Frame
    share: float
    facts: tuple[For | Condition, ...]

    @property
    def executions(self) -> float:
        """How often the instance runs, as estimated."""
        return self.share * self.frame.executions


def places(tree: LoopTree, sizes: Mapping[str, int]) -> Iterator[Place]:
    """All places of `tree` at the parameter values `sizes`, in textual order."""
    yield from _places(tree.body, Frame((), {}, sizes), 1.0, ())


def _is_single_case(condition: Condition) -> bool:
    """True if `condition` demands an equality, which few iterations meet."""
    match condition:
        case Compare(op=op):
            return op == "=="
        case Junction(op=op, parts=parts):
            return op == "&&" and any(_is_single_case(part) for part in parts)
        case _:
            assert_never(condition)


def with_copies_last(frame: Frame) -> Frame:
    """`frame` with the loops innermost that become copies of the body or vectors, in whose order nothing runs.

    Those stay in place that the bounds of loops left in the code depend on.
    """
    copied = {level.loop.variable for level in frame.levels if is_replicated(level.loop)}
    for name, definition in frame.definitions:
        if name not in copied:
            bounds = (definition,) if isinstance(definition, Affine) else (definition.start, definition.stop)
            copied -= {leaf.name for bound in bounds for leaf in leaves(bound) if isinstance(leaf, Variable)}
    return replace(
        frame,
        levels=tuple(sorted(frame.levels, key=lambda level: level.loop.variable in copied)),
        definitions=tuple(sorted(frame.definitions, key=lambda pair: pair[0] in copied)),
    )


def _places(body: tuple[Node, ...], frame: Frame, share: float, facts: tuple[For | Condition, ...]) -> Iterator[Place]:
    for node in body:
        match node:
            case Instance():
                yield Place(node, with_copies_last(frame), share, facts)
            case If(condition=condition, then=then, otherwise=otherwise):
                first = _RARE if _is_single_case(condition) else _COMMON
                yield from _places(then, frame, share * first, (*facts, condition))
                yield from _places(otherwise, frame, share * (1.0 - first), facts)
            case Let(variable=variable, value=value, body=inner):
                yield from _places(inner, frame.with_let(variable, value), share, facts)
            case Pack(body=inner):
                yield from _places(inner, frame, share, facts)
            case For():
                start, stop = (middle(bound, frame.middles, frame.sizes) for bound in (node.start, node.stop))
                trips = max(0.0, (stop - start) / node.step)
                if trips > 0.0:
                    inside = frame.inside(Level(node, trips), (start + stop - node.step) / 2)
                    yield from _places(node.body, inside, share, (*facts, node))
