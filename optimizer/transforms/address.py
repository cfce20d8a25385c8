"""Finds loops and statements in a tree by the names that commands use."""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.base import Inapplicable
from optimizer.transforms.tree import Leaf, Loop, Path, Tree, children_of, node_at, statements


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A loop in a tree, with the loops around it, outermost first."""

    path: Path
    loop: Loop
    outer: tuple[Loop, ...]


def find(tree: Tree, ref: LoopRef) -> Place | Inapplicable:
    """Where the loop that `ref` names stands in `tree`."""
    places = places_around(tree, ref.statement)
    if places is None:
        return no_statement(tree, ref.statement)
    if not 0 <= ref.depth < len(places):
        last = f", the innermost is {ref.statement}@{len(places) - 1}" if places else ""
        return Inapplicable(f"there is no loop {ref}: {ref.statement} stands in {_count(len(places), 'loop')}{last}")
    return places[ref.depth]


def no_statement(tree: Tree, statement: str) -> Inapplicable:
    """There is no statement of that name."""
    return Inapplicable(f"there is no statement {statement}", f"the statements are {', '.join(statements(tree))}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def places_around(tree: Tree, statement: str) -> tuple[Place, ...] | None:
    """The loops around `statement`, outermost first; None if `tree` does not contain it."""
    path = leaf_path(tree, statement)
    if path is None:
        return None
    places: list[Place] = []
    for length in range(len(path)):
        node = node_at(tree, path[:length])
        if isinstance(node, Loop):
            places.append(Place(path[:length], node, tuple(place.loop for place in places)))
    return tuple(places)


def leaf_path(tree: Tree, statement: str) -> Path | None:
    """The path to the leaf of `statement`; None if there is none."""
    if isinstance(tree, Leaf):
        return () if tree.statement == statement else None
    for position, child in enumerate(children_of(tree)):
        rest = leaf_path(child, statement)
        if rest is not None:
            return (position, *rest)
    return None


def all_loops(tree: Tree) -> Iterator[tuple[LoopRef, Place]]:
    """Every loop of `tree` once, outer ones first, named by the first statement inside."""
    for statement in statements(tree):
        for depth, place in enumerate(places_around(tree, statement) or ()):
            if statements(place.loop)[0] == statement:
                yield LoopRef(statement, depth), place
