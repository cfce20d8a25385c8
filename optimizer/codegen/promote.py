"""Scalar replacement: elements that a loop touches in every iteration are kept in variables while it runs.

The accumulators of a register tile are such elements: loaded once, updated in registers, stored once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import islpy as isl

from optimizer.codegen.affine import Affine, Variable, add, leaves, number, substitute, subtract
from optimizer.codegen.distinct import Fact, are_distinct
from optimizer.codegen.elements import Element, Lanes, element_of, references
from optimizer.codegen.looptree import (
    For,
    If,
    Instance,
    Node,
    is_replicated,
    is_unrolled,
    lane_count,
    replace_variables,
    trip_count,
)
from optimizer.codegen.views import Reading
from optimizer.ir.expr import Ref

MOST_REGISTERS = 96  # more values than that live in memory anyway


@dataclass(frozen=True, slots=True)
class Copy:
    """One instance in the body of a loop that holds no other loop, as `lanes` if it runs in vectors. `is_certain`: not
    under a condition.
    """

    statement: str
    counters: tuple[Affine, ...]
    lanes: Lanes | None
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Memory:
    """The C text of each array or buffer that lives in memory, the rows of those that the source addresses by one
    linear subscript, and what is known of the parameters.
    """

    arrays: Mapping[str, str]
    shapes: Mapping[str, tuple[str, ...]]
    context: isl.Set


@dataclass(frozen=True, slots=True)
class Held:
    """An element that a variable may hold while a loop runs; stored after it if it is written.

    `ref` with `counters` denotes it in C, that of lane 0 if there are several.
    """

    element: Element
    ref: Ref
    counters: Mapping[str, Affine]
    is_written: bool


@dataclass(frozen=True, slots=True)
class _Use:
    element: Element | None
    ref: Ref
    counters: Mapping[str, Affine]
    is_written: bool
    is_certain: bool

    @property
    def array(self) -> str:
        return self.ref.array


def held_elements(
    loop: For,
    around: Sequence[Fact],
    reading: Callable[[str], Reading],
    memory: Memory,
    lanes: Lanes | None = None,
) -> tuple[Held, ...]:
    """The elements that variables hold while `loop`, inside the loops and conditions `around`, runs.

    `reading` gives what a statement touches. With `lanes` the loop runs for all of them at once.
    """
    arrays = memory.arrays
    copies = written_out(loop.body, lanes)
    if copies is None:
        return ()
    uses = [use for copy in copies for use in _uses(copy, reading(copy.statement), memory.shapes)]
    names = [arrays[use.array] for use in {use.array: use for use in uses}.values() if use.array in arrays]
    held: list[Held] = []
    for array in dict.fromkeys(use.array for use in uses):
        if array in arrays and names.count(arrays[array]) == 1:
            own = [use for use in uses if use.array == array]
            held += _held(own, loop, around, memory.context)
    return tuple(held) if len(held) <= MOST_REGISTERS else ()


def written_out(body: tuple[Node, ...], lanes: Lanes | None = None) -> tuple[Copy, ...] | None:
    """The instances of `body` with replicated loops written out; None if there are other loops."""
    copies: list[Copy] = []
    for node in body:
        match node:
            case Instance(statement=statement, counters=counters):
                copies.append(Copy(statement, counters, lanes))
            case If(then=then, otherwise=otherwise):
                inner = written_out((*then, *otherwise), lanes)
                if inner is None:
                    return None
                copies += (replace(copy, is_certain=False) for copy in inner)
            case For() if is_replicated(node) and not (lane_count(node) and lanes):
                for part in _iterations(node, lanes):
                    if part is None:
                        return None
                    copies += part
            case _:
                return None
    return tuple(copies)


def straight_line(body: tuple[Node, ...], lanes: Lanes | None = None) -> tuple[Copy, ...] | None:
    """The same; None also where conditions decide what is executed."""
    copies = written_out(body, lanes)
    return copies if copies is not None and all(copy.is_certain for copy in copies) else None


def sure_elements(
    copies: Sequence[Copy], reading: Callable[[str], Reading], shapes: Mapping[str, tuple[str, ...]]
) -> tuple[frozenset[Element], frozenset[Element]]:
    """The elements that `copies` touch whatever conditions say, and those that they write."""
    uses = [use for copy in copies for use in _uses(copy, reading(copy.statement), shapes)]
    sure = [(use.element, use.is_written) for use in uses if use.is_certain and use.element is not None]
    return frozenset(element for element, _ in sure), frozenset(element for element, written in sure if written)


def _iterations(loop: For, lanes: Lanes | None) -> Iterator[tuple[Copy, ...] | None]:
    if lane_count(loop):
        for each in vectors_of(loop):
            yield written_out(loop.body, each)
    elif is_unrolled(loop):
        for index in range(trip_count(loop) or 0):
            value = add(loop.start, number(index * loop.step))
            yield written_out(replace_variables(loop.body, {loop.variable: value}), lanes)


def vectors_of(loop: For) -> tuple[Lanes, ...]:
    """The vectors that run the iterations of a vector loop."""
    lanes = lane_count(loop)
    starts = range(0, trip_count(loop) or 0, lanes)
    return tuple(Lanes(loop.variable, add(loop.start, number(i * loop.step)), loop.step, lanes) for i in starts)


def _uses(copy: Copy, source: Reading, shapes: Mapping[str, tuple[str, ...]]) -> Iterator[_Use]:
    counters = source.values(copy.counters)
    first = counters
    if copy.lanes is not None:
        at_first = {copy.lanes.variable: copy.lanes.start}
        first = {name: substitute(value, at_first) for name, value in counters.items()}
    for ref, is_written, is_certain in references(source.body):
        element = element_of(ref, counters, copy.lanes, shapes.get(ref.array, ()))
        yield _Use(element, ref, first, is_written, is_certain and copy.is_certain)


def _held(uses: Sequence[_Use], loop: For, around: Sequence[Fact], context: isl.Set) -> Iterator[Held]:
    """The elements of one array that may be held, out of all its `uses`.

    Each is touched in every iteration, and written in every one if it is written at all: memory is touched by the loads
    and stores around the loop only where the loop touches it.
    """
    is_written = any(use.is_written for use in uses)
    if is_written and any(use.element is None for use in uses):
        return
    distinct = {use.element: None for use in uses if use.element is not None}
    written = {use.element for use in uses if use.is_written}
    for element in distinct:
        own = [use for use in uses if use.element == element]
        certain = [use for use in own if use.is_certain and use.is_written == (element in written)]
        if not certain or not _is_invariant(element, loop) or not _is_dense(element):
            continue
        rivals = [other for other in distinct if other != element and (element in written or other in written)]
        if all(are_distinct(element, other, (*around, loop), context) for other in rivals):
            yield Held(element, certain[0].ref, certain[0].counters, element in written)


def _is_invariant(element: Element, loop: For) -> bool:
    variable = Variable(loop.variable)
    return not any(variable in leaves(subscript) for subscript in element.subscripts)


def _is_dense(element: Element) -> bool:
    """True for one element, and for elements that stand one behind the other in memory."""
    return element.lanes == 1 or (element.strides[-1] == 1 and not any(element.strides[:-1]))


def surely_runs(loop: For) -> bool:
    """True if `loop` has at least one iteration whatever the values of variables and parameters."""
    span = subtract(loop.stop, loop.start)
    return span.is_constant and span.constant > 0
