"""How statements walk through their arrays: which loop moves to the neighbouring element, which one jumps."""

from collections.abc import Mapping

import islpy as isl

from optimizer.ir.schedule import Schedule, loops_around
from optimizer.ir.scop import Scop, Statement
from optimizer.search.linear import numeric_accesses

MATRIX_RANK = 2


def matrices(scop: Scop, statements: tuple[str, ...]) -> frozenset[str]:
    """The arrays of at least two dimensions that `statements` touch."""
    touched = {access.array for name in statements for access in scop.statement(name).accesses}
    return frozenset(name for name in touched if scop.array(name).rank >= MATRIX_RANK)


def jumps(scop: Scop, schedule: Schedule, name: str, sizes: Mapping[str, int], depth: int = -1) -> int:
    """How many more accesses of statement `name` leave their row from one iteration of the loop at `depth` around it
    (if not given: the innermost one) to the next than stay in it; 0 without loops.
    """
    loops = loops_around(schedule.tree, name)
    if not loops:
        return 0
    statement = scop.statement(name)
    moving = _counters(loops[depth].node, loops[depth].member, statement)
    balance = 0
    for access in numeric_accesses(scop, statement, sizes):
        if access.subscripts is None or len(access.subscripts) < MATRIX_RANK:
            continue
        rows = any(form.coefficients[d] for form in access.subscripts[:-1] for d in moving)
        columns = any(access.subscripts[-1].coefficients[d] for d in moving)
        balance += 1 if rows else -1 if columns else 0
    return balance


def _counters(band: isl.ScheduleNode, member: int, statement: Statement) -> tuple[int, ...]:
    """The positions of the counters of `statement` that the loop depends on."""
    pieces: list[isl.PwAff] = []
    band.band_get_partial_schedule().get_union_pw_aff(member).foreach_pw_aff(pieces.append)
    found: set[int] = set()
    for piece in pieces:
        if piece.get_domain_space().get_tuple_name(isl.dim_type.set) == statement.name:
            positions = range(piece.dim(isl.dim_type.in_))
            found |= {position for position in positions if piece.involves_dims(isl.dim_type.in_, position, 1)}
    return tuple(sorted(found))
