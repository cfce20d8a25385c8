"""Schedule trees as Python values: loops, sequences and leaves, converted from and to isl's trees.

isl's own tree is the one representation that leaves this package; this form exists because rewriting it is short.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

import islpy as isl

Path: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """The instances `domain` of one statement, in the order that the loops above give them."""

    statement: str
    domain: isl.Set


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Runs `body` for ascending values; `values[s]` maps an instance of statement s to its iteration.

    `marks` are the full names of the mark nodes above. `permutable`: by isl's scheduler this loop may be exchanged with
    the one directly inside. `isolated`: code for full strips (see `optimizer.transforms.fullness`) is kept apart.
    """

    values: Mapping[str, isl.PwAff]
    body: "Tree"
    marks: tuple[str, ...] = ()
    coincident: bool = False
    permutable: bool = False
    isolated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Runs `children` one after the other; none of them is a sequence, there are at least two."""

    children: tuple["Loop | Leaf", ...] = field(default=())


Tree: TypeAlias = Leaf | Loop | Sequence


def sequence(children: "Iterable[Tree]") -> Tree:
    """The tree that runs `children` in order, without needless nesting."""
    flat: list[Loop | Leaf] = []
    for child in children:
        if isinstance(child, Sequence):
            flat.extend(child.children)
        else:
            flat.append(child)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def children_of(tree: Tree) -> tuple[Tree, ...]:
    """The direct subtrees of `tree`."""
    match tree:
        case Leaf():
            return ()
        case Loop(body=body):
            return (body,)
        case Sequence(children=children):
            return children
        case _:
            assert_never(tree)


def with_children(tree: Tree, children: list[Tree]) -> Tree:
    """`tree` with other direct subtrees, as many as it had."""
    match tree:
        case Leaf():
            return tree
        case Loop():
            return replace(tree, body=children[0])
        case Sequence():
            return sequence(children)
        case _:
            assert_never(tree)


def leaves(tree: Tree) -> Iterator[Leaf]:
    """The leaves of `tree` in textual order."""
    if isinstance(tree, Leaf):
        yield tree
    for child in children_of(tree):
        yield from leaves(child)


def statements(tree: Tree) -> tuple[str, ...]:
    """The statements of `tree` in textual order."""
    return tuple(leaf.statement for leaf in leaves(tree))


def has_loops(tree: Tree) -> bool:
    """True if `tree` contains a loop."""
    return isinstance(tree, Loop) or any(has_loops(child) for child in children_of(tree))


def node_at(tree: Tree, path: Path) -> Tree:
    """The subtree of `tree` at `path` (positions of children from the root on)."""
    for position in path:
        tree = children_of(tree)[position]
    return tree


def replace_at(tree: Tree, path: Path, new: Tree) -> Tree:
    """`tree` with the subtree at `path` replaced by `new`."""
    if not path:
        return new
    children = list(children_of(tree))
    children[path[0]] = replace_at(children[path[0]], path[1:], new)
    return with_children(tree, children)


def restricted(loop: Loop, body: Tree) -> Loop:
    """`loop` around `body` only, which holds some of its statements."""
    return replace(loop, values={name: loop.values[name] for name in statements(body)}, body=body)
