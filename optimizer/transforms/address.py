"""Finds loops and statements in a tree by the names that commands use."""

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.ir.schedule import LoopRef
from optimizer.transforms.base import Inapplicable
from optimizer.transforms.tree import Leaf, Loop, Path, Sequence, Tree, children_of, node_at, statements


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


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two loops, one inside the other; `statement` is the one by which the inner one was named, `swapped` tells
    that the one given first is the outer one.
    """

    outer: Place
    inner: Place
    statement: str
    swapped: bool


def find_pair(tree: Tree, first: LoopRef, second: LoopRef) -> Pair | Inapplicable:
    """The places of two loops that stand inside each other."""
    one, two = find(tree, first), find(tree, second)
    if isinstance(one, Inapplicable):
        return one
    if isinstance(two, Inapplicable):
        return two
    if one.path == two.path:
        return Inapplicable(f"{first} and {second} are the same loop")
    swapped = len(one.path) < len(two.path)
    pair = Pair(one, two, second.statement, swapped) if swapped else Pair(two, one, first.statement, swapped)
    if pair.inner.path[: len(pair.outer.path)] != pair.outer.path:
        return Inapplicable(f"{first} and {second} do not stand inside each other")
    return pair


@dataclass(frozen=True, slots=True, eq=False)
class Siblings:
    """The sequence in which two statements part, the loops around it, and the positions of the two in it."""

    path: Path
    sequence: Sequence
    outer: tuple[Loop, ...]
    before: int
    after: int


def find_siblings(tree: Tree, first: str, second: str) -> Siblings | Inapplicable:
    """The sequence in which two statements part; `before` is the position of the one that comes first there."""
    one, two = leaf_path(tree, first), leaf_path(tree, second)
    if one is None or two is None:
        return no_statement(tree, first if one is None else second)
    if one == two:
        return Inapplicable(f"{first} is the same statement twice")
    length = next(i for i in range(len(one)) if one[i] != two[i])
    node = node_at(tree, one[:length])
    assert isinstance(node, Sequence)
    outer = tuple(place.loop for place in places_around(tree, first) or () if len(place.path) < length)
    before, after = sorted((one[length], two[length]))
    return Siblings(one[:length], node, outer, before, after)
