"""The values that counters have after the nest."""

from collections.abc import Mapping, Sequence

import islpy as isl

from frontends.c import sets
from frontends.c.raising import LoopRecord
from frontends.c.refusal import Refusal
from frontends.c.syntax import Variable
from optimizer.ir.scop import ExitValue


def exit_value(
    variable: Variable, loops: Sequence[LoopRecord], context: isl.Set, texts: Mapping[Variable, str]
) -> ExitValue:
    """The value of `variable` after the loops that count with it; raises Refusal if it depends on the data."""
    if any(loop.header.countdown for loop in loops):
        raise Refusal(
            "LW131", f"the value of '{variable.name}' after counting down is not modelled", loops[0].header.start.at,
            "declare the counter inside the loop",
        )  # fmt: skip
    if any(loop.guarded for loop in loops):
        raise Refusal(
            "LW131", f"the value of '{variable.name}' after the nest depends on the data", loops[0].header.start.at,
            "declare the counter inside the loop",
        )  # fmt: skip
    depth = 2 * max(len(loop.position) for loop in loops) - 1
    times = [f"__time{index}" for index in range(depth)]
    ends: isl.Set | None = None
    for loop in loops:
        end = _ends(loop, times)
        ends = end if ends is None else ends.union(end)
    assert ends is not None
    last = isl.Set.from_params(ends.intersect(context))
    for index, name in enumerate([*times, "__value"]):
        position = last.find_dim_by_name(isl.dim_type.param, name)
        last = last.move_dims(isl.dim_type.set, index, isl.dim_type.param, position, 1)
    last = last.lexmax().project_out(isl.dim_type.set, 0, depth).coalesce()
    return ExitValue(texts[variable], loops[0].header.ctype, _as_function(last))


def _ends(loop: LoopRecord, times: Sequence[str]) -> isl.Set:
    """{ time of reaching the header, value at the end } as a set of parameters."""
    test, name = loop.tests, loop.frame.name
    final = sets.first(test, name, ascending=loop.header.stride < 0)
    final = sets.renamed(final, name, "__value")
    entries: list[isl.PwAff] = []
    for index, position in enumerate(loop.position):
        entries.append(sets.linear({}, position))
        if index < len(loop.outer):
            entries.append(sets.linear({loop.outer[index].name: 1 if loop.directions[index] > 0 else -1}))
    entries += [sets.linear({})] * (len(times) - len(entries))
    for time, entry in zip(times, entries, strict=True):
        final = final.intersect(sets.atom(time).eq_set(entry))
    return sets.without(final, [f.name for f in loop.outer])


def _as_function(values: isl.Set) -> isl.PwAff:
    """The function over parameters whose graph is the one-dimensional set `values`."""
    return isl.PwMultiAff.from_set(values).get_pw_aff(0).coalesce()
