"""Peeling: what only the first or last iteration of an innermost loop does is taken out of the loop.

Conditions in such a loop would be tested in every copy of its body, and keep values from staying in registers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from optimizer.codegen.affine import (
    FALSE,
    Affine,
    Compare,
    Condition,
    Junction,
    Variable,
    add,
    is_run,
    junction,
    number,
    single,
    subtract,
    truth,
)
from optimizer.codegen.looptree import (
    For,
    If,
    Instance,
    Let,
    LoopTree,
    Node,
    Pack,
    instances,
    is_replicated,
    lane_count,
    replace_variables,
    seems_innermost,
    trip_count,
    walk,
    with_bodies,
)

MOST_COPIES = 256  # of statements in an iteration that is taken out


def peeled(tree: LoopTree) -> LoopTree:
    """`tree` with those iterations in front of or behind their loops, in which conditions alone hold."""
    return LoopTree(tuple(_peeled(tree.body)))


def _peeled(body: tuple[Node, ...]) -> Iterator[Node]:
    for node in body:
        if isinstance(node, For) and not is_replicated(node) and seems_innermost(node):
            yield from _first_apart(node)
        else:
            yield with_bodies(node, _peeled)


def _first_apart(loop: For) -> Iterator[Node]:
    if not _may_be_peeled(loop, loop.start):
        yield from _last_apart(loop)
        return
    yield from _once(loop, loop.start)
    start = add(loop.start, number(loop.step))
    yield from _last_apart(replace(loop, start=start, body=tuple(_elsewhere(loop.body, loop.variable, loop.start))))


def _last_apart(loop: For) -> Iterator[Node]:
    last = add(loop.stop, number(-1))
    if loop.step != 1 or not _may_be_peeled(loop, last):
        yield loop
        return
    yield replace(loop, stop=last, body=tuple(_elsewhere(loop.body, loop.variable, last)))
    yield from _once(loop, last)


def _may_be_peeled(loop: For, value: Affine) -> bool:
    """True if something happens only where the variable of `loop` is `value`, its first or last one."""
    if loop.parallel or not value.is_linear or len(value.terms) > 2 or trip_count(loop) == 0:
        return False
    conditions = (node.condition for node in walk(loop.body) if isinstance(node, If))
    return any(_demands(each, loop.variable, value) for each in conditions) and _copies(loop.body) <= MOST_COPIES


def _copies(body: tuple[Node, ...]) -> int:
    """The statements that are printed for `body`, one for all lanes of a vector."""
    loops = [node for node in body if isinstance(node, For)]
    inside = sum((trip_count(loop) or 1) // (lane_count(loop) or 1) * _copies(loop.body) for loop in loops)
    branches = sum(_copies((*node.then, *node.otherwise)) for node in body if isinstance(node, If))
    other = sum(1 for node in body if not isinstance(node, For | If) for _ in instances((node,)))
    return inside + branches + other


def _once(loop: For, value: Affine) -> Iterator[Node]:
    """One iteration of `loop`, if it has any."""
    condition = is_run(loop.start, loop.stop)
    body = replace_variables(loop.body, {loop.variable: value})
    match truth(condition):
        case True:
            yield from body
        case False:
            return
        case None:
            yield If(condition, body)


def _elsewhere(body: tuple[Node, ...], variable: str, value: Affine) -> Iterator[Node]:
    """`body` for iterations in which `variable` is not `value`."""
    for node in body:
        match node:
            case If(condition=condition, then=then, otherwise=otherwise):
                known = _where_not(condition, variable, value)
                kept, rest = tuple(_elsewhere(then, variable, value)), tuple(_elsewhere(otherwise, variable, value))
                match truth(known):
                    case True:
                        yield from kept
                    case False:
                        yield from rest
                    case None:
                        if kept or rest:
                            yield If(known, kept, rest)
            case For() | Let() | Pack():
                inner = tuple(_elsewhere(node.body, variable, value))
                if inner:
                    yield replace(node, body=inner)
            case Instance():
                yield node
            case _:
                assert_never(node)


def _where_not(condition: Condition, variable: str, value: Affine) -> Condition:
    """`condition` where `variable` is not `value`."""
    match condition:
        case Compare():
            return FALSE if _is_equality(condition, variable, value) else condition
        case Junction(op=op, parts=parts):
            return junction(op, [_where_not(part, variable, value) for part in parts])
        case _:
            assert_never(condition)


def _demands(condition: Condition, variable: str, value: Affine) -> bool:
    """True if `condition` says that `variable` is `value`, perhaps among other things."""
    match condition:
        case Compare():
            return _is_equality(condition, variable, value)
        case Junction(parts=parts):
            return any(_demands(part, variable, value) for part in parts)
        case _:
            assert_never(condition)


def _is_equality(condition: Compare, variable: str, value: Affine) -> bool:
    if condition.op != "==":
        return False
    apart = subtract(single(Variable(variable)), value)
    found = subtract(condition.left, condition.right)
    return found in (apart, subtract(number(0), apart))
