"""The generated loops as a frozen tree: what the printer writes, the search hashes and the cost model reads."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, assert_never

from optimizer.codegen.affine import Affine, Condition, substitute, substitute_condition, subtract, truth
from optimizer.ir.ctype import CType
from optimizer.ir.expr import Ref
from optimizer.ir.schedule import LoopRef
from optimizer.ir.scop import Statement

MAX_UNROLLED_ITERATIONS = 64
MOST_SHORT_TRIPS = 8  # of a loop that compilers write out, as far as they do not end up
MOST_SHORT_INSTANCES = 32  # with more instances than that
VECTOR_LANES = frozenset((2, 4, 8, 16, 32, 64))


@dataclass(frozen=True, slots=True)
class Instance:
    """An execution of `statement`; `counters` are the values of its source counters, outermost first."""

    statement: str
    counters: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class For:
    """`for (variable = start; variable < stop; variable += step)`; step > 0.

    `loop` is the loop of the schedule that it comes from; one loop may become several (full and partial tiles).
    `independent`: no memory that it touches is shared between its iterations in a conflicting way. `owned`: private
    arrays of which each iteration has its own copy. `vector`: all iterations may run at once, in vectors of so many
    lanes (see `lane_count`); 0 if they may not. `combined`: arrays of which iterations on different threads update the
    same element, so that each thread needs a copy.
    """

    variable: str
    start: Affine
    stop: Affine
    step: int
    body: tuple["Node", ...]
    loop: LoopRef
    parallel: bool = False
    unroll: bool = False
    vector: int = 0
    independent: bool = False
    owned: frozenset[str] = frozenset()
    combined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Let:
    """A loop of one iteration whose value is worth a name."""

    variable: str
    value: Affine
    body: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class If:
    """Code under a condition over loop variables and parameters."""

    condition: Condition
    then: tuple["Node", ...]
    otherwise: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Buffer:
    """A copy of elements of `array`, of which dimension d is dimension `order[d]`; `spans` are the sizes of its
    dimensions over parameters.

    `readers` gives each reference (statement, expression) that goes to the buffer instead of an array the subscripts in
    the order of the buffer's dimensions, over the counters of the statement as variables; the target of `copy`, the
    statement that fills the buffer, is one of them. The lowest index of a `Pack` is to be subtracted from them.
    """

    name: str
    array: str
    element: CType
    order: tuple[int, ...]
    spans: tuple[Affine, ...]
    readers: tuple[tuple[tuple[str, Ref], tuple[Affine, ...]], ...]
    copy: Statement = field(compare=False)


@dataclass(frozen=True, slots=True)
class Pack:
    """The code that fills `buffer` and then reads it; the element with the indices `corner` is its first."""

    buffer: Buffer
    corner: tuple[Affine, ...]
    body: tuple["Node", ...]


Node: TypeAlias = For | Let | If | Pack | Instance


@dataclass(frozen=True, slots=True)
class LoopTree:
    """The code of a nest, in order of execution."""

    body: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below `node`."""
    match node:
        case For(body=body) | Let(body=body) | Pack(body=body):
            return body
        case If(then=then, otherwise=otherwise):
            return then + otherwise
        case Instance():
            return ()
        case _:
            assert_never(node)


def walk(body: tuple[Node, ...]) -> Iterator[Node]:
    """All nodes of `body` and below, outermost first, in textual order."""
    for node in body:
        yield node
        yield from walk(children(node))


def instances(body: tuple[Node, ...]) -> Iterator[Instance]:
    """All instances in `body` and below."""
    return (node for node in walk(body) if isinstance(node, Instance))


def buffers(body: tuple[Node, ...]) -> tuple[Buffer, ...]:
    """The buffers that `body` packs into, each once."""
    return tuple(dict.fromkeys(node.buffer for node in walk(body) if isinstance(node, Pack)))


def is_unrolled(loop: For) -> bool:
    """True if the generated code has copies of the body in place of `loop`."""
    return loop.unroll and (trips := trip_count(loop)) is not None and trips <= MAX_UNROLLED_ITERATIONS


def is_replicated(loop: For) -> bool:
    """True if no loop is left in the generated code in place of `loop`: it is unrolled or runs in vectors."""
    return lane_count(loop) > 0 or is_unrolled(loop)


def lane_count(loop: For) -> int:
    """The lanes of the vectors that run the iterations of `loop`, all of them; 0 if there are no such vectors."""
    trips = (trip_count(loop) or 0) if loop.vector else 0
    if trips > loop.vector:
        return loop.vector if trips % loop.vector == 0 and trips <= MAX_UNROLLED_ITERATIONS else 0
    return trips if trips in VECTOR_LANES else 0


def without_vectors(body: tuple[Node, ...], is_plain: Callable[[For], bool]) -> tuple[Node, ...]:
    """`body` where the vector loops that `is_plain` holds for are ordinary ones."""
    result: list[Node] = []
    for node in body:
        match node:
            case For():
                was_plain = is_plain(node)
                node = with_body(node, without_vectors(node.body, is_plain))
                if was_plain:
                    node = replace(node, vector=0, independent=seems_innermost(node))
            case _:
                node = with_bodies(node, lambda body: without_vectors(body, is_plain))
        result.append(node)
    return tuple(result)


def is_short(loop: For) -> bool:
    """True if compilers write out all iterations of `loop` before they look for vectors."""
    trips = trip_count(loop)
    return trips is not None and trips <= MOST_SHORT_TRIPS and _copies((loop,)) <= MOST_SHORT_INSTANCES


def _copies(body: tuple[Node, ...]) -> float:
    """The instances that `body` executes; infinite if that is not a constant."""
    total = 0.0
    for node in body:
        match node:
            case Instance():
                total += 1.0
            case For():
                trips = trip_count(node)
                total += math.inf if trips is None else trips * _copies(node.body)
            case _:
                total += _copies(children(node))
    return total


def seems_innermost(loop: For) -> bool:
    """True if compilers see no loop inside `loop` when they look for vectors."""
    return not any(isinstance(n, For) and not is_replicated(n) and not is_short(n) for n in walk(loop.body))


def trip_count(loop: For) -> int | None:
    """The number of iterations of `loop` if it is a constant."""
    span = subtract(loop.stop, loop.start)
    return max(0, -(-span.constant // loop.step)) if span.is_constant else None


def replace_variables(body: tuple[Node, ...], values: Mapping[str, Affine]) -> tuple[Node, ...]:
    """`body` with variables replaced and what becomes unreachable left out; inner definitions are unaffected."""
    result: list[Node] = []
    for node in body:
        match node:
            case Instance(statement=statement, counters=counters):
                result.append(Instance(statement, tuple(substitute(c, values) for c in counters)))
            case For():
                result.append(_replace_in_loop(node, values))
            case Let(variable=variable, value=value, body=inner):
                hidden = {name: v for name, v in values.items() if name != variable}
                result.append(Let(variable, substitute(value, values), replace_variables(inner, hidden)))
            case Pack(buffer=buffer, corner=corner, body=inner):
                moved = tuple(substitute(index, values) for index in corner)
                result.append(Pack(buffer, moved, replace_variables(inner, values)))
            case If(condition=condition, then=then, otherwise=otherwise):
                known = substitute_condition(condition, values)
                match truth(known):
                    case True:
                        result.extend(replace_variables(then, values))
                    case False:
                        result.extend(replace_variables(otherwise, values))
                    case None:
                        result.append(If(known, replace_variables(then, values), replace_variables(otherwise, values)))
            case _:
                assert_never(node)
    return tuple(result)


def _replace_in_loop(loop: For, values: Mapping[str, Affine]) -> For:
    hidden = {name: v for name, v in values.items() if name != loop.variable}
    return with_body(
        loop,
        replace_variables(loop.body, hidden),
        start=substitute(loop.start, values),
        stop=substitute(loop.stop, values),
    )


def with_bodies(node: Node, change: Callable[[tuple[Node, ...]], Iterable[Node]]) -> Node:
    """`node` with `change` applied to what is directly below it, to each branch apart."""
    match node:
        case For() | Let() | Pack():
            return replace(node, body=tuple(change(node.body)))
        case If(condition=condition, then=then, otherwise=otherwise):
            return If(condition, tuple(change(then)), tuple(change(otherwise)))
        case Instance():
            return node
        case _:
            assert_never(node)


def with_body(
    loop: For,
    body: tuple[Node, ...],
    *,
    start: Affine | None = None,
    stop: Affine | None = None,
    variable: str | None = None,
) -> For:
    """`loop` with another body and, where given, other bounds or another variable."""
    return replace(
        loop, variable=variable or loop.variable, start=start or loop.start, stop=stop or loop.stop, body=body
    )
