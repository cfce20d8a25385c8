"""Preparations: changes of storage and of statements that take dependences away, each followed by a new order.

They are structures to start from, like isl's schedulers; recipes and the beam search go on from them.
"""

from collections.abc import Iterator, Sequence

from optimizer.ir import expr as ir
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Statement
from optimizer.transforms import Contract, Expand, Inapplicable, Refinement, Split
from optimizer.transforms.names import AffineText

ORDERS = ("isl(fusion=min)", "isl(fusion=smart)", "isl(fusion=max)", "")
MOST_PIECES = 9  # of one statement
CPU_S = 2


def preparations(nest: Nest) -> tuple[str, ...]:
    """Scripts that free `nest` from dependences that only storage or rare instances cause; best ones first."""
    try:
        return result_from_child(lambda: tuple(dict.fromkeys(_all(nest))), CPU_S)
    except CpuLimitExceeded:
        return ()


def _all(nest: Nest) -> Iterator[str]:
    contracted, steps = _follow(nest, list(Contract.candidates(nest)))
    expanded, more = _follow(contracted, list(Expand.candidates(contracted)))
    if steps or more:
        yield from _ordered([*steps, *more])
    if steps and more:
        yield from _ordered(steps)
    if steps:
        yield from _ordered(_follow(nest, list(Expand.candidates(nest)))[1])
    yield from _split(expanded, [*steps, *more])


def _ordered(steps: list[Refinement]) -> Iterator[str]:
    for order in ORDERS if steps else ():
        yield _script([*steps, order])


def _script(steps: Sequence[Refinement | str]) -> str:
    return "; ".join(text for step in steps if (text := str(step)))


def _follow(nest: Nest, steps: list[Contract] | list[Expand]) -> tuple[Nest, list[Refinement]]:
    """`nest` after those of `steps` that fit, one after the other, and these."""
    taken: list[Refinement] = []
    for step in steps:
        found = step.refine(nest)
        if not isinstance(found, Inapplicable):
            nest = found.nest
            taken.append(step)
    return nest, taken


def _split(nest: Nest, before: list[Refinement]) -> Iterator[str]:
    """Each statement that reads its own row or column, taken apart there, and the loops around the parts as well."""
    for statement in nest.scop.statements:
        steps, first = _crossings(nest, statement)
        if steps:
            depth = len(statement.counters)
            yield from (_script([*before, *steps, f"distribute({first}@{level})"]) for level in range(depth))


def _crossings(nest: Nest, statement: Statement) -> tuple[list[Refinement], str]:
    """The splits of `statement` at the elements that it reads for other instances, and its first part."""
    steps: list[Refinement] = []
    parts = [statement.name]
    for value in dict.fromkeys(_differences(statement)):
        if 3 * len(parts) > MOST_PIECES:
            break
        fresh: list[str] = []
        for part in parts:
            step = Split(part, value)
            found = step.refine(nest)
            if isinstance(found, Inapplicable):
                fresh.append(part)
                continue
            nest = found.nest
            steps.append(step)
            fresh += [domain.get_tuple_name() or "" for domain in found.pieces[part]]
        parts = fresh
    return steps, parts[0]


def _differences(statement: Statement) -> Iterator[AffineText]:
    """What is 0 where the element that `statement` assigns and one that it reads meet, a subscript at a time."""
    names = {counter.name: counter.source_name for counter in statement.counters}
    for action in statement.body:
        if not isinstance(action, ir.Assign):
            continue
        for read in ir.walk(action.value):
            if isinstance(read, ir.Ref) and read.array == action.target.array:
                for own, other in zip(action.target.subscripts, read.subscripts, strict=True):
                    if isinstance(own, ir.Iterator) and isinstance(other, ir.Iterator) and own.name != other.name:
                        yield AffineText(f"{names[own.name]} - {names[other.name]}")
