"""Lone functions are called with sensible arguments, and everything they may change is compared."""

from typing import Any

import pytest

from optimizer.execution import (
    ArrayPlan,
    CallPlan,
    Dump,
    GlobalPlan,
    Harness,
    Observation,
    Purpose,
    Values,
    compare,
    is_win,
    measure,
    run_reference,
    synthesize,
)
from optimizer.ir.ctype import ARITHMETIC_TYPES, BOOL, DOUBLE, FLOAT, INT, LONG, CType, Kind
from optimizer.ir.diagnostic import Span
from optimizer.ir.function import Function, FunctionParameter
from optimizer.ir.outcome import Crashed, Measured, Miscompiled, Refused

SPAN = Span("lone.c", 1, 1, 1, 1)
GRID = CType("struct grid", Kind.OPAQUE, 0)


def _function(*parameters: FunctionParameter, returns: CType | None = None) -> Function:
    return Function("kernel", parameters, returns, False, SPAN)


def _pointer(name: str, element: CType = DOUBLE) -> FunctionParameter:
    return FunctionParameter(name, element, 1, (None,))


AXPY = _function(FunctionParameter("n", INT), FunctionParameter("a", DOUBLE), _pointer("x"), _pointer("y"))
AXPY_PLAN = CallPlan({"n": 100}, {"x": ArrayPlan(100), "y": ArrayPlan(100)})
AXPY_TEXT = (
    "void kernel(int n, double a, const double *x, double *y) { for (int i = %s; i < n; i++) y[i] += a * x[i]; }\n"
)


def test_arguments_and_results_are_shown(workshop: Any) -> None:
    program = workshop.with_harness(AXPY_TEXT % 0, synthesize(AXPY, AXPY_PLAN))
    seen = run_reference(workshop.build(program), limits=workshop.limits)
    assert isinstance(seen, Observation)
    assert [(s.entry, s.dump, s.size) for s in seen.snapshots] == [(e, d, 800) for e in range(3) for d in range(2)]
    inputs = [s.contents for s in seen.snapshots if s.dump == 0]
    assert len(set(inputs)) == 3


def test_a_wrong_function_is_found(workshop: Any) -> None:
    right, wrong = (
        workshop.observe(workshop.with_harness(AXPY_TEXT % start, synthesize(AXPY, AXPY_PLAN))) for start in (0, 1)
    )
    outcome = compare(right, wrong)
    assert isinstance(outcome, Miscompiled)
    assert outcome.detail.startswith("'y[0]' is ")


@pytest.mark.parametrize("subscript", [100, -3, 500, -500])
def test_writes_outside_are_found(workshop: Any, subscript: int) -> None:
    text = (AXPY_TEXT % 0).replace("}", f"y[{subscript}] = 1; }}")
    right = workshop.observe(workshop.with_harness(AXPY_TEXT % 0, synthesize(AXPY, AXPY_PLAN)))
    wrong = workshop.observe(workshop.with_harness(text, synthesize(AXPY, AXPY_PLAN)))
    assert compare(right, wrong) == Miscompiled(f"writes to 'y[{subscript}]', outside the array")
    reference = run_reference(workshop.build(workshop.with_harness(text, synthesize(AXPY, AXPY_PLAN))))
    assert isinstance(reference, Refused)
    assert "outside the memory that was made for it" in reference.reason


def test_far_writes_outside_crash(workshop: Any) -> None:
    text = (AXPY_TEXT % 0).replace("}", "y[n + 100000] = 1; }")
    assert isinstance(workshop.run(workshop.with_harness(text, synthesize(AXPY, AXPY_PLAN))), Crashed)


def test_negative_subscripts_have_their_place(workshop: Any) -> None:
    plan = CallPlan({"n": 100}, {"x": ArrayPlan(100), "y": ArrayPlan(100, before=3)})
    text = "void kernel(int n, double a, const double *x, double *y) { for (int i = -3; i < n; i++) y[i] = i; }\n"
    seen = workshop.observe(workshop.with_harness(text, synthesize(AXPY, plan)))
    assert seen.overruns == ()
    assert seen.snapshots[1].size == 8 * 103


def test_index_arrays_stay_in_their_range(workshop: Any) -> None:
    function = _function(_pointer("to", INT), _pointer("y"))
    plan = CallPlan(arrays={"to": ArrayPlan(500, values=Values(10, 20)), "y": ArrayPlan(20)})
    body = "for (int i = 0; i < 500; i++) { if (to[i] < 10) __builtin_trap(); y[to[i]] += i; }"
    text = f"void kernel(int *to, double *y) {{ {body} }}\n"
    seen = workshop.observe(workshop.with_harness(text, synthesize(function, plan)))
    assert seen.overruns == ()


def test_outputs_hold_nothing_before_the_call(workshop: Any) -> None:
    plan = CallPlan({"n": 100}, {"x": ArrayPlan(100), "y": ArrayPlan(100, values=Values(live_in=False))})
    seen = workshop.observe(workshop.with_harness(AXPY_TEXT % 0, synthesize(AXPY, plan)))
    assert [s.comparable for s in seen.snapshots if s.dump == 1] == [0, 0, 0]


def test_globals_and_return_values_are_compared(workshop: Any) -> None:
    function = _function(FunctionParameter("n", LONG), returns=FLOAT)
    plan = CallPlan({"n": 5}, globals=(GlobalPlan(Dump("table", "table", "sizeof table", INT), Values(1, 4)),))
    text = "static int table[8]; static float kernel(long n) { table[n]++; return table[0] + %d; }\n"
    one, other = (workshop.observe(workshop.with_harness(text % v, synthesize(function, plan))) for v in (0, 1))
    outcome = compare(one, other)
    assert isinstance(outcome, Miscompiled)
    assert outcome.detail.startswith("'the return value' is ")
    assert [d.label for d in one.watched[0]] == ["table", "the return value"]


def test_structs_are_made_field_by_field(workshop: Any) -> None:
    fields = (
        FunctionParameter("n", INT),
        FunctionParameter("a", DOUBLE, 1, (None,)),
        FunctionParameter("w", FLOAT, 0, ("3",)),
    )
    function = _function(
        FunctionParameter("s", GRID, 1, (), False, fields), FunctionParameter("v", GRID, 0, (), False, fields)
    )
    plan = CallPlan({"s->n": 10, "v.n": 20}, {"s->a": ArrayPlan(10), "v.a": ArrayPlan(20)})
    text = (
        "struct grid { int n; double *a; float w[3]; };\n"
        "void kernel(struct grid *s, struct grid v) {\n"
        "  for (int i = 0; i < s->n; i++) s->a[i] = v.a[v.n - 1 - i] + s->w[2]; }\n"
    )
    seen = workshop.observe(workshop.with_harness(text, synthesize(function, plan)))
    assert seen.overruns == ()
    assert [d.label for d in seen.watched[0]] == ["s->a", "s->w", "v.a", "v.w", "s->n", "v.n"]


def test_every_arithmetic_type_can_be_passed(workshop: Any) -> None:
    types = list(ARITHMETIC_TYPES.values())
    parameters = [FunctionParameter(f"s{k}", t) for k, t in enumerate(types)]
    parameters += [_pointer(f"p{k}", t) for k, t in enumerate(types)]
    signature = ", ".join([f"{t} s{k}" for k, t in enumerate(types)] + [f"{t} *p{k}" for k, t in enumerate(types)])
    body = " ".join(f"for (int i = 0; i < 50; i++) p{k}[i] = p{k}[i] + s{k};" for k in range(len(types)))
    plan = CallPlan({"s13": 1.25, "s9": 2**64 - 1, "s8": -(2**63)}, {f"p{k}": ArrayPlan(50) for k in range(len(types))})
    text = f"void kernel({signature}) {{ {body} }}\n"
    program = workshop.with_harness(text, synthesize(_function(*parameters), plan))
    seen = run_reference(workshop.build(program), limits=workshop.limits)
    assert isinstance(seen, Observation), seen
    assert all(s.comparable == 50 for s in seen.snapshots)
    flags = [s.contents for s in seen.snapshots if seen.watched[0][s.dump].element == BOOL]
    assert all(contents is not None and set(contents) <= {0, 1} for contents in flags)


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        (_pointer("z"), "the size of 'z' is not known"),
        (FunctionParameter("z", DOUBLE, 2, (None, None)), "'z' is a pointer to pointers"),
        (FunctionParameter("z", GRID, 1), "the size of 'z' is not known"),
        (FunctionParameter("z", GRID), "the type 'struct grid' of 'z' is not known"),
    ],
)
def test_functions_that_cannot_be_called_are_refused(parameter: FunctionParameter, reason: str) -> None:
    assert synthesize(_function(parameter), CallPlan()) == Refused(f"'kernel' cannot be called by a harness: {reason}")


def test_calls_are_timed_with_the_same_input(workshop: Any) -> None:
    text = (
        "void kernel(int n, double a, const double *x, double *y) {\n"
        "  for (volatile int t = 0; t < %d; t++) for (int i = 0; i < n; i++) y[i] = 0.5 * y[i] + a * x[i]; }\n"
    )
    harness = synthesize(AXPY, AXPY_PLAN)
    assert isinstance(harness, Harness)
    slow, fast = (workshop.build(workshop.with_harness(text % n, harness), Purpose.TIME) for n in (20000, 1000))
    measured = measure(slow, fast, budget_s=3, seed=1)
    assert isinstance(measured, Measured)
    assert is_win(measured)
