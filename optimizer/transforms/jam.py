"""Moves a replicated loop inside all loops that stay loops."""

from dataclasses import replace

from optimizer.transforms.fullness import is_within
from optimizer.transforms.marks import is_replicated
from optimizer.transforms.tree import Loop, Tree, children_of, restricted, with_children


def has_rolled_loops(tree: Tree) -> bool:
    """True if `tree` contains a loop that the generated code keeps as a loop."""
    rolled = isinstance(tree, Loop) and not is_replicated(tree)
    return rolled or any(has_rolled_loops(child) for child in children_of(tree))


def jam(points: Loop, tree: Tree, outer: tuple[Loop, ...]) -> Tree:
    """`tree` with the loop `points` around each innermost part of it.

    Replicated loops are such a part, but those that come from a loop of `outer` stay around `points`.
    """
    is_part = not has_rolled_loops(tree)
    if is_part and not (isinstance(tree, Loop) and any(is_within(loop, tree) for loop in outer)):
        return restricted(points, tree)
    changed = with_children(tree, [jam(points, child, outer) for child in children_of(tree)])
    return replace(changed, permutable=False) if isinstance(changed, Loop) else changed
