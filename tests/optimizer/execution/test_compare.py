"""Every planted difference is found and named."""

import dataclasses
from typing import Any

import pytest

from optimizer.execution import Dump, compare
from optimizer.ir.ctype import DOUBLE, FLOAT, INT, LONG_DOUBLE, UINT
from optimizer.ir.outcome import Crashed, Miscompiled, Refused

RIGHT = "for (int i = 0; i < N; i++) A[i] = i;"


def _compare(workshop: Any, right: Any, wrong: Any) -> Any:
    return compare(workshop.observe(right), workshop.observe(wrong))


def test_equal_programs_have_no_difference(workshop: Any) -> None:
    backwards = workshop.program(nest="for (int i = N - 1; i >= 0; i--) A[i] = i;")
    assert _compare(workshop, workshop.program(nest=RIGHT), backwards) is None


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("A[39] = 39.00000000000001;", "'A[39]' is 39.00000000000001"),
        ("A[0] = -0.0;", "'A[0]' is -0.0 (-0x0.0p+0) instead of 0.0 (0x0.0p+0)"),
        ("A[7] = 0.0 / (B[0] - 1.0);", "'A[7]' is nan"),
        ("A[7] = 1 / 0.0;", "'A[7]' is inf"),
    ],
)
def test_wrong_values_are_named(workshop: Any, change: str, detail: str) -> None:
    quiet = "return 0;"
    right, wrong = workshop.program(nest=RIGHT, after=quiet), workshop.program(nest=RIGHT + change, after=quiet)
    outcome = _compare(workshop, right, wrong)
    assert isinstance(outcome, Miscompiled)
    assert outcome.detail.startswith(detail)


def test_one_ulp_is_a_difference(workshop: Any) -> None:
    nest = "for (int i = 0; i < N; i++) A[i] = (B[i] + 0.2) + 0.1;"
    other = "for (int i = 0; i < N; i++) A[i] = B[i] + (0.2 + 0.1);"
    outcome = _compare(workshop, workshop.program(nest=nest), workshop.program(nest=other))
    assert isinstance(outcome, Miscompiled)


def test_all_nans_are_one(workshop: Any) -> None:
    texts = [f'{RIGHT} A[3] = {sign}__builtin_nan("{payload}");' for sign, payload in (("", "0x1"), ("-", "0x77"))]
    assert _compare(workshop, *(workshop.program(nest=text) for text in texts)) is None


@pytest.mark.parametrize(
    ("element", "right", "wrong", "detail"),
    [
        (INT, "-5", "-6", "'x[2]' is -6 instead of -5"),
        (UINT, "4294967295u", "4294967294u", "'x[2]' is 4294967294 instead of 4294967295"),
        (FLOAT, "0.5f", "0.25f", "'x[2]' is 0.25 (0x1.0000000000000p-2) instead of 0.5 (0x1.0000000000000p-1)"),
        (LONG_DOUBLE, "0.5L", "0.25L", "'x[2]' is 0.25 instead of 0.5"),
    ],
)
def test_every_element_type_is_spelled(workshop: Any, element: Any, right: str, wrong: str, detail: str) -> None:
    programs = [
        workshop.program(
            before=f"static {element} x[4];", nest=f"x[2] = {value};", dumps=(Dump("x", "x", "sizeof x", element),)
        )
        for value in (right, wrong)
    ]
    assert _compare(workshop, *programs) == Miscompiled(detail)


def test_scalars_have_no_subscript(workshop: Any) -> None:
    dumps = (Dump("s", "&s", "sizeof s", DOUBLE),)
    programs = [workshop.program(before="static double s;", nest=f"s = {v};", dumps=dumps) for v in ("1", "2")]
    outcome = _compare(workshop, *programs)
    assert isinstance(outcome, Miscompiled)
    assert outcome.detail.startswith("'s' is 2.0")


def test_large_arrays_name_the_piece(workshop: Any) -> None:
    dumps = (Dump("big", "big", "sizeof big", DOUBLE),)
    programs = [
        workshop.program(before="static double big[12000000];", nest=f"big[11999999] = {v};", dumps=dumps)
        for v in (1, 2)
    ]
    assert _compare(workshop, *programs) == Miscompiled("'big' differs between elements 11993088 and 11999999")


def test_output_alone_is_compared(workshop: Any) -> None:
    one, other = (workshop.program(after=f'puts("first"); puts("sum {v}"); return 0;') for v in (1, 2))
    assert _compare(workshop, one, other) == Miscompiled("stdout differs in line 2: 'sum 2' instead of 'sum 1'")
    one, other = (workshop.program(after=f'fputs("{v}", stderr); return 0;') for v in ("a", "ab"))
    assert _compare(workshop, one, other) == Miscompiled("stderr differs in line 1: 'ab' instead of 'a'")


def test_output_beyond_what_is_kept_is_compared(workshop: Any) -> None:
    one, other = (
        workshop.program(after=f'for (int i = 0; i < 200000; i++) puts(i < {n} ? "0123456" : "0123457"); return 0;')
        for n in (199998, 199999)
    )
    assert _compare(workshop, one, other) == Miscompiled("stdout differs after byte 1048576")


def test_another_exit_status_is_a_crash(workshop: Any) -> None:
    one, other = (workshop.program(after=f"return {v};") for v in (0, 6))
    assert _compare(workshop, one, other) == Crashed("exit status 6 instead of 0")


def test_another_number_of_executions_is_found(workshop: Any) -> None:
    one = workshop.program(nest="for (int i = 0; i < N; i++) A[i] = 0;")
    loop = one.text.replace(b"/*begin*/", b"for (int t = 0; t < 2; t++) ")
    shift = len(b"for (int t = 0; t < 2; t++) ") - len(b"/*begin*/")
    region = one.regions[0]
    moved = dataclasses.replace(region, start=region.start + shift, end=region.end + shift)
    outcome = _compare(workshop, one, one.with_text(loop, (moved,)))
    assert outcome == Miscompiled("loop nest 0 is executed 2 times instead of 1")


def test_a_wrong_value_that_is_overwritten_later_is_found(workshop: Any) -> None:
    """Only execution 300 of 400 is wrong, and the next one repairs it; it is not recorded by itself, but hashed."""

    def text(bad: int) -> Any:
        program = workshop.program(
            before="static int t;", nest=f"for (int i = 0; i < N; i++) A[i] = t == {bad};", after="return 0;"
        )
        loop = b"for (t = 0; t < 400; t++) "
        region = program.regions[0]
        shift = len(loop) - len(b"/*begin*/")
        moved = dataclasses.replace(region, start=region.start + shift, end=region.end + shift)
        return program.with_text(program.text.replace(b"/*begin*/", loop), (moved,))

    assert _compare(workshop, text(-1), text(300)) == Miscompiled("an execution of loop nest 0 leaves other values")
    named = _compare(workshop, text(-1), text(2))
    assert isinstance(named, Miscompiled)
    assert named.detail.endswith("(execution 3 of 400)")


def test_nothing_to_compare_is_refused(workshop: Any) -> None:
    silent = workshop.program(dumps=(), after="return 0;")
    outcome = _compare(workshop, silent, silent)
    assert isinstance(outcome, Refused)


def test_memory_of_another_size_is_found(workshop: Any) -> None:
    one, other = (
        workshop.program(before="static int n;", nest=f"{RIGHT} n = {n};", dumps=(Dump("A", "A", "8 * n", DOUBLE),))
        for n in (40, 39)
    )
    assert _compare(workshop, one, other) == Miscompiled("'A' has 312 bytes instead of 320")
