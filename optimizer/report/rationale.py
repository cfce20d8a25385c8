"""Why a schedule should be fast, in words and as JSON."""

import dataclasses
from collections.abc import Iterator, Mapping

from optimizer.report.document import Json
from optimizer.search.rationale import Explained, LoopStep, Movement, Rationale, Residence

_BOUNDS = {
    "arithmetic": "the arithmetic itself: what is left is the processor's own limit",
    "accesses": "loads and stores, even if all hit the nearest cache; keeping more in registers would help",
    "latency": "the chain of operations that wait for each other; more accumulators side by side would help",
    "threads": "entering the parallel loop again and again; a parallel loop further out would help",
}
_HIDDEN = 1e-12


def rationale_text(rationale: Rationale, texts: Mapping[str, str]) -> str:
    """The explanation in lines; `texts` holds the C text of each array."""
    lines = [f"nest {rationale.nest}: {rationale.script or 'as written'}"]
    lines.append(f"  expected {rationale.predicted_speedup:.2g}x as fast as the order as written (static model)")
    lines += [f"  packing: {step} copies what is reused into a contiguous buffer" for step in rationale.packing]
    for statement in rationale.statements:
        lines.append(f"  {statement.statement}")
        lines += [f"    {name:10} {text}" for name, text in _parts(statement, texts)]
    return "".join(f"{line}\n" for line in lines)


def rationale_as_json(rationale: Rationale) -> Json:
    """The JSON object of the explanation."""
    return {
        "nest": rationale.nest,
        "script": rationale.script,
        "predicted_speedup": rationale.predicted_speedup,
        "packing": list(rationale.packing),
        "statements": [_statement_as_json(statement) for statement in rationale.statements],
    }


def _statement_as_json(statement: Explained) -> Json:
    vectors, registers, threads = statement.vectors, statement.registers, statement.threads
    return {
        "statement": statement.statement,
        "loops": [_loop_as_json(loop) for loop in statement.loops],
        "references": [
            {"array": each.array, "write": each.is_write, "movement": each.movement.name.lower()}
            for each in statement.references
        ],
        "vectors": None if vectors is None else dict(dataclasses.asdict(vectors)),
        "registers": None if registers is None else {**dataclasses.asdict(registers), "arrays": list(registers.arrays)},
        "caches": [
            {
                "level": cache.level,
                "bytes": cache.capacity,
                "holds": None if cache.loop is None else cache.loop.variable,
                "fetched_lines": cache.lines,
            }
            for cache in statement.caches
        ],
        "threads": None if threads is None else dict(dataclasses.asdict(threads)),
        "cycles": dict(statement.costs),
        "bound": statement.bound,
    }


def _loop_as_json(loop: LoopStep) -> Json:
    return {"variable": loop.variable, "trips": loop.trips, "role": loop.role, "bytes": dict(loop.array_bytes)}


def _parts(statement: Explained, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "loops", " > ".join(_loop(loop) for loop in statement.loops) or "none"
    yield "registers", _registers(statement)
    yield "vectors", _vectors(statement, texts)
    for cache in statement.caches:
        yield f"L{cache.level}", _cache(cache, statement, texts)
    if statement.threads is not None:
        yield "threads", _threads(statement)
    yield "bound by", _bound(statement)


def _loop(loop: LoopStep) -> str:
    role = {"threads": " on threads", "vector": " in a vector", "unrolled": " unrolled"}.get(loop.role, "")
    return f"{loop.variable} ({loop.trips:.4g}{role})"


def _registers(statement: Explained) -> str:
    held = statement.registers
    if held is None:
        return "nothing stays in variables across the innermost loop"
    kinds = [(held.vectors, "vector"), (held.scalars, "scalar")]
    what = " and ".join(f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in kinds if count)
    written = f", {held.written} of them accumulators that are stored after it" if held.written else ""
    verb = "stays" if held.vectors + held.scalars == 1 else "stay"
    return f"{what} {verb} in variables while {held.variable} runs{written}"


def _vectors(statement: Explained, texts: Mapping[str, str]) -> str:
    groups: dict[Movement, list[str]] = {}
    for reference in statement.references:
        groups.setdefault(reference.movement, []).append(texts.get(reference.array, reference.array))
    moves = "; ".join(f"{', '.join(dict.fromkeys(arrays))}: {how.value}" for how, arrays in groups.items())
    if statement.vectors is None:
        return f"none: one iteration at a time{f' ({moves})' if moves else ''}"
    found = statement.vectors
    who = "written out" if found.is_explicit else "left to the compiler"
    return f"{found.lanes} lanes along {found.variable}, {who} ({moves})"


def _cache(cache: Residence, statement: Explained, texts: Mapping[str, str]) -> str:
    size = _size(cache.capacity)
    if cache.loop is None:
        return f"{size}: too small for one iteration of the innermost loop"
    arrays = ", ".join(f"{texts.get(name, name)} {_size(bytes_)}" for name, bytes_ in cache.loop.array_bytes)
    share = cache.loop.bytes / cache.capacity
    text = f"{size}: holds what one run of {cache.loop.variable} touches ({arrays}; {share:.0%})"
    if cache.loop is statement.loops[0]:
        return f"{text}, which is all that the statement touches"
    return f"{text}; {_size(cache.lines * 64.0)} come in from behind it in all"


def _threads(statement: Explained) -> str:
    found = statement.threads
    assert found is not None
    times = "once" if found.entries <= 1.0 else f"{found.entries:.4g} times"
    return (
        f"{found.threads} share the {found.iterations:.4g} iterations of {found.variable}, entered {times}; "
        f"{found.iteration_cycles:.2g} cycles each, {found.balance:.0%} balanced"
    )


def _bound(statement: Explained) -> str:
    costs = statement.costs
    name = statement.bound
    total = max(costs.values()) or _HIDDEN
    reason = _BOUNDS.get(name)
    if reason is None:
        deepest = f"L{statement.caches[-1].level}"
        behind = "memory" if name == deepest else f"L{int(name[1:]) + 1}"
        reason = f"the way from {behind} into {name}; more reuse inside {name} would help"
    others = [f"{other} {cost / total:.0%}" for other, cost in costs.items() if other != name and cost > 0.0]
    beside = f" (beside it: {', '.join(others)})" if others else ""
    return reason + beside


def _size(count: float) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} B"
