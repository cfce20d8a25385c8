"""Preparations: changes of storage and of statements that take dependences away, each followed by a new order.

They are structures to start from, like isl's schedulers; recipes and the beam search go on from them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import islpy as isl

from optimizer.ir import expr as ir
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.dependence import Nest
from optimizer.ir.scop import Statement
from optimizer.search.checked import Rejected, apply_checked
from optimizer.transforms import Contract, Distribute, Expand, Inapplicable, Refined, Refinement, Split, parse_script
from optimizer.transforms.convert import read_tree
from optimizer.transforms.names import AffineText

ORDERS = ("isl(fusion=min)", "isl(fusion=smart)", "isl(fusion=max)", "")
MOST_PIECES = 9  # of one statement
MOST_DISTRIBUTIONS = 8
CPU_S = 2


def preparations(nest: Nest) -> tuple[str, ...]:
    """Scripts that free `nest` from dependences that only storage or rare instances cause; best ones first."""
    try:
        return result_from_child(lambda: tuple(dict.fromkeys(_all(nest))), CPU_S)
    except CpuLimitExceeded:
        return ()


def _all(nest: Nest) -> Iterator[str]:
    yield from _shared(nest)
    contracted, steps = _follow(nest, list(Contract.candidates(nest)))
    expanded, more = _follow(contracted, list(Expand.candidates(contracted)))
    if steps or more:
        yield from _ordered(expanded, [*steps, *more])
    if steps and more:
        yield from _ordered(contracted, steps)
    if steps:
        yield from _ordered(*_follow(nest, list(Expand.candidates(nest))))
    yield from _split(expanded, [*steps, *more])
    yield from _before_updates(nest)


def _ordered(nest: Nest, steps: list[Refinement]) -> Iterator[str]:
    """`steps`, which lead to `nest`, with each order that may profit."""
    if steps:
        yield from (_script([*steps, order]) for order in ORDERS)
        tree = read_tree(nest.scop.schedule)
        for parting in () if tree is None else islice(Distribute.candidates(tree), MOST_DISTRIBUTIONS):
            yield _script([*steps, str(parting)])


def _shared(nest: Nest) -> Iterator[str]:
    """Expansions whose cells the iterations of the outermost loop share, the last values copied in that loop, with
    each way to split a loop in it.
    """
    for candidate in Expand.candidates(nest):
        step = replace(candidate, shared=1)
        found = step.refine(nest) if candidate.counters > 1 else None
        if not isinstance(found, Refined):
            continue
        steps = [str(step)]
        names = [statement.name for statement in found.nest.scop.statements]
        if found.after is not None:
            steps.append(f"fuse({names[-2]}, {names[-1]}, 1)")
        schedule = apply_checked(parse_script("; ".join(steps)), nest)
        tree = None if isinstance(schedule, Rejected) else read_tree(schedule.tree)
        if tree is not None:
            partings = [p for p in Distribute.candidates(tree) if p.loop.depth]
            yield from (_script([*steps, str(parting)]) for parting in partings[:MOST_DISTRIBUTIONS])


def _before_updates(nest: Nest) -> Iterator[str]:
    """Orders in which the innermost loop of an update that commutes changes places with the one around it.

    What prepares the element in that outer loop first has to follow the update; the rest may leave the loop.
    """
    scop = nest.scop
    commuting = [d.relation.domain().union(d.relation.range()) for d in nest.dependences.ordered if d.commutes]
    names = [s.name for s in scop.statements if any(s.name in _names(part) for part in commuting)]
    for name in names:
        depth = len(scop.statement(name).counters)
        before = [other for other in names[: names.index(name)] if len(scop.statement(other).counters) == depth - 1]
        exchanged = f"interchange({name}@{depth - 2}, {name}@{depth - 1})"
        for other in before if depth > 1 else ():
            apart = f"distribute({name}@{depth - 2}, {other})"
            if other != before[-1]:
                yield f"reorder({other}, {before[-1]}); {apart}; reorder({other}, {name}); {exchanged}"
            yield f"reorder({other}, {name}); {exchanged}"


def _names(instances: isl.UnionSet) -> frozenset[str]:
    found: list[isl.Set] = []
    instances.foreach_set(found.append)
    return frozenset(part.get_tuple_name() or "" for part in found)


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
