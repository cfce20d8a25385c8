"""Violations as diagnostics: both statements, a pair of instances that shows it, and the sizes at which it happens."""

import islpy as isl

from optimizer.ir.dependence import DependenceKind, Instance, Violation
from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.ir.scop import Access, AccessKind, Scop

REVERSED = "LW201"
CARRIED = "LW202"
OVERWRITTEN = "LW203"
STALE = "LW205"


def violation_diagnostic(
    violation: Violation,
    scop: Scop,
    command: str,
    *,
    repairs: tuple[str, ...] = (),
    severity: Severity = Severity.REMARK,
) -> Diagnostic:
    """What `violation` means for the source: the step `command` of a script breaks a dependence of `scop`.

    `repairs` are scripts that are legal instead.
    """
    source, sink = _access_pair(violation, scop)
    code, reason, consequence = _story(violation)
    related = [(_span(sink, violation.sink, scop), _label(sink, violation.sink, scop) + consequence)]
    if violation.intruder is not None:
        intruder = _touching(violation.intruder, violation.array, scop, writes=True)
        label = f"overwritten by {describe_instance(violation.intruder, scop)}, which would now run in between"
        related.append((_span(next(iter(intruder), None), violation.intruder, scop), label))
    return Diagnostic(
        code,
        severity,
        f"{command} is illegal: {reason}",
        _span(source, violation.source, scop),
        _label(source, violation.source, scop),
        tuple(related),
        _notes(violation, scop),
        tuple(f"'{repair}' is legal" for repair in repairs),
    )


def describe_instance(instance: Instance, scop: Scop) -> str:
    """`instance` with the names that the source gives the counters: S0[t=0, i=2]."""
    counters = scop.statement(instance.statement).counters
    values = zip(counters, instance.counters, strict=True)
    return f"{instance.statement}[{', '.join(f'{counter.source_name}={value}' for counter, value in values)}]"


def _story(violation: Violation) -> tuple[str, str, str]:
    what = f"{violation.kind.value} dependence on '{violation.array}'"
    article = "a" if violation.kind is DependenceKind.FLOW else "an"
    if violation.intruder is not None:
        return OVERWRITTEN, f"a value of '{violation.array}' would be overwritten before its last read", ""
    if violation.is_stale:
        reason = f"'{violation.array}' is packed in front of loop {violation.loop} and written in it before it is read"
        return STALE, reason, ", which would now read the copy made before"
    if violation.loop is not None:
        return CARRIED, f"loop {violation.loop} carries {article} {what}", ", which could now run at the same time"
    return REVERSED, f"it reverses {article} {what}", ", which would now run first"


def _notes(violation: Violation, scop: Scop) -> tuple[str, ...]:
    texts = {parameter.name: parameter.text for parameter in scop.parameters}
    values = ", ".join(f"{texts.get(name, name)} = {value}" for name, value in violation.parameters)
    return (f"smallest counterexample: {values}",) if values else ()


def _access_pair(violation: Violation, scop: Scop) -> tuple[Access | None, Access | None]:
    """The accesses of source and sink that touch the same element; any that fit the kind where none is found."""
    sources = _touching(violation.source, violation.array, scop, writes=violation.kind is not DependenceKind.ANTI)
    sinks = _touching(violation.sink, violation.array, scop, writes=violation.kind is not DependenceKind.FLOW)
    for source in sources:
        touched = _elements(source, violation.source, violation)
        for sink in sinks:
            if not touched.is_disjoint(_elements(sink, violation.sink, violation)):
                return source, sink
    return next(iter(sources), None), next(iter(sinks), None)


def _touching(instance: Instance, array: str, scop: Scop, *, writes: bool) -> list[Access]:
    accesses = scop.statement(instance.statement).accesses
    return [a for a in accesses if a.array == array and (a.kind is not AccessKind.READ) == writes]


def _elements(access: Access, instance: Instance, violation: Violation) -> isl.Set:
    relation = access.relation
    ctx = relation.get_ctx()
    for index, value in enumerate(instance.counters):
        relation = relation.fix_val(isl.dim_type.in_, index, isl.Val.int_from_si(ctx, value))
    for name, value in violation.parameters:
        index = relation.find_dim_by_name(isl.dim_type.param, name)
        if index >= 0:
            relation = relation.fix_val(isl.dim_type.param, index, isl.Val.int_from_si(ctx, value))
    return relation.range()


def _span(access: Access | None, instance: Instance, scop: Scop) -> Span:
    if access is not None and access.span is not None:
        return access.span
    return scop.statement(instance.statement).span


def _label(access: Access | None, instance: Instance, scop: Scop) -> str:
    reads = access is not None and access.kind is AccessKind.READ
    return f"{'read' if reads else 'written'} here by {describe_instance(instance, scop)}"
