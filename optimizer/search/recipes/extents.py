"""Which counter each loop around a statement goes over, and how often it runs."""

from collections.abc import Mapping

import islpy as isl

from optimizer.ir.schedule import LoopPosition, LoopRef, find_loop, loops_around
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.sizes import at_sizes


def counters_of(attempt: Attempt, statement: str) -> list[int] | None:
    """The counter of `statement` that each loop around it goes over; None if one goes over several, or several over
    one.
    """
    found = loop_counters(attempt, statement)
    return None if found is None or len(set(found)) < len(found) else found


def loop_counters(attempt: Attempt, statement: str) -> list[int] | None:
    """The counter of `statement` whose values each loop around it takes; None if one depends on several."""
    found = [_counter(position, statement) for position in loops_around(attempt.schedule.tree, statement)]
    known = [counter for counter in found if counter is not None]
    return known if len(known) == len(found) else None


def counter_along(attempt: Attempt, loop: LoopRef) -> int | None:
    """The counter of the statement of `loop` whose values `loop` takes; None if these are no values of one counter."""
    position = find_loop(attempt.schedule.tree, loop)
    return None if position is None else _counter(position, loop.statement)


def _counter(position: LoopPosition, statement: str) -> int | None:
    pieces: list[isl.PwAff] = []
    position.node.band_get_partial_schedule().get_at(position.member).foreach_pw_aff(pieces.append)
    own = [p for p in pieces if p.get_domain_space().get_tuple_name(isl.dim_type.set) == statement]
    if len(own) != 1 or own[0].n_piece() != 1:
        return None
    aff = own[0].get_pieces()[0][1]
    used = [i for i in range(aff.dim(isl.dim_type.in_)) if not aff.get_coefficient_val(isl.dim_type.in_, i).is_zero()]
    return None if len(used) != 1 or aff.dim(isl.dim_type.div) else used[0]


def trips_of(attempt: Attempt, statement: str, sizes: Mapping[str, int]) -> list[int] | None:
    """The extent of each loop around `statement` at the values `sizes` of the parameters; None if a loop is no plain
    counter.
    """
    counters = counters_of(attempt, statement)
    if counters is None:
        return None
    scop = attempt.nest.scop
    domain = at_sizes(scop.statement(statement).domain.intersect_params(scop.context), sizes)
    if domain.is_empty():
        return [1] * len(counters)
    bounds = [(domain.dim_min_val(c).to_python(), domain.dim_max_val(c).to_python()) for c in counters]
    return [int(last) - int(first) + 1 for first, last in bounds]
