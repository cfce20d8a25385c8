"""The printed C of integer expressions has the value that isl gives them, negative operands included."""

import subprocess
from pathlib import Path

import islpy as isl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.codegen.affine import (
    ParameterValue,
    Variable,
    add,
    compare,
    floor_div,
    junction,
    maximum,
    minimum,
    number,
    scale,
    single,
    substitute,
    subtract,
)  # fmt: skip
from optimizer.codegen.build import Reader
from optimizer.codegen.integers import Integers, ParameterText

N, M, J = single(ParameterValue("n")), single(ParameterValue("m")), single(Variable("i"))
PARAMETERS = {
    "n": ParameterText("n", None, True, False, -(2**31), 2**31 - 1),
    "m": ParameterText("m", None, True, False, 0, 1000),
    "u": ParameterText("u", None, True, True, 0, 2**32 - 1),
    "w": ParameterText("w", None, False, False, -(2**40), 2**40),
}
U, W = single(ParameterValue("u")), single(ParameterValue("w"))


def text(value):
    return Integers(PARAMETERS, set()).value(value).code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (N, "n"),
        (add(J, number(1)), "i + 1"),
        (subtract(number(5), J), "5 - i"),
        (subtract(M, number(1)), "m - 1"),
        (subtract(N, number(1)), "(long)n - 1"),
        (add(N, M), "(long)m + n"),
        (add(J, add(N, M)), "i + m + n"),
        (add(scale(J, -1), add(N, M)), "(long)m + n - i"),
        (scale(N, 2), "2 * (long)n"),
        (scale(M, 2), "2 * m"),
        (scale(U, -1), "-(long)u"),
        (subtract(U, number(1)), "(long)u - 1"),
        (scale(W, 3), "3 * w"),
        (floor_div(J, 4, truncates=False), "i / 4 - (i % 4 < 0)"),
        (floor_div(add(J, N), 4, truncates=True), "(i + n) / 4"),
        (floor_div(N, 4, truncates=True), "(long)n / 4"),
        (minimum([N, add(J, number(32))]), "n < i + 32 ? n : i + 32"),
        (minimum([U, number(5)]), "(long)u < 5 ? (long)u : 5"),
        (minimum([add(J, number(3)), add(J, number(1))]), "i + 1"),
        (maximum([number(3), number(-3)]), "3"),
        (number(-7), "-7"),
    ],
)
def test_text_of_values(value, expected):
    assert text(value) == expected


def test_text_of_conditions():
    printer = Integers(PARAMETERS, set())
    both = junction("&&", [compare(">=", N, number(1)), compare("<", U, J)])
    assert printer.condition(both).code == "n >= 1 && (long)u < i"
    assert printer.condition(junction("||", [both, compare("==", J, number(0))])).code == (
        "(n >= 1 && (long)u < i) || i == 0"
    )
    assert printer.condition(compare("<", number(1), number(2))).code == "1"


def test_substitution_folds():
    value = minimum([add(J, number(4)), N])
    assert text(substitute(value, {"i": subtract(N, number(2))})) == "n"
    assert substitute(floor_div(J, 4, truncates=False), {"i": number(-1)}) == number(-1)


EXPRESSIONS = st.recursive(
    st.sampled_from(["n", "m", "i"]) | st.integers(-9, 9).map(str),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} - {p[1]})"),
        st.tuples(st.integers(-4, 4), inner).map(lambda p: f"({p[0]} * {p[1]})"),
        st.tuples(inner, st.integers(2, 5)).map(lambda p: f"floor(({p[0]}) / {p[1]})"),
        st.tuples(inner, st.integers(2, 5)).map(lambda p: f"(({p[0]}) mod {p[1]})"),
    ),
    max_leaves=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(EXPRESSIONS, min_size=12, max_size=12), use_max=st.booleans())
def test_printed_expressions_have_isl_values(tmp_path: Path, batch: list[str], use_max: bool):
    points = [(n, m, i) for n in (-7, 0, 5) for m in (0, 3) for i in (-6, -1, 4)]
    build = isl.AstBuild.from_context(isl.Set("[n, m, i] -> { : m >= 0 }"))
    reader, values, prints = Reader(frozenset("nm")), [], []
    for first, second in zip(batch[::2], batch[1::2], strict=True):
        pair = [isl.PwAff(f"[n, m, i] -> {{ [({e})] }}") for e in (first, second)]
        value = pair[0].max(pair[1]) if use_max else pair[0].min(pair[1])
        values += [_evaluate(value, point) for point in points]
        prints.append(text(reader.value(build.expr_from_pw_aff(value))))
    body = "\n".join(f'printf("%ld ", (long)({code}));' for code in prints)
    calls = [f"f{k}({n}, {m}, {i});" for k in range(len(prints)) for n, m, i in points]
    functions = "".join(
        f"static void f{k}(int n, int m, long i) {{ (void)n; (void)m; (void)i; {line} }}\n"
        for k, line in enumerate(body.splitlines())
    )
    (tmp_path / "e.c").write_text(f"#include <stdio.h>\n{functions}int main(void) {{ {' '.join(calls)} return 0; }}\n")
    command = ["gcc", "-O0", "-Wall", "-Wextra", "-Werror", "-o", str(tmp_path / "e"), str(tmp_path / "e.c")]
    subprocess.run(command, check=True)
    output = subprocess.run([str(tmp_path / "e")], capture_output=True, text=True, check=True).stdout
    assert [int(word) for word in output.split()] == values


def _evaluate(value: isl.PwAff, point: tuple[int, int, int]) -> int:
    domain = isl.Set(f"[n, m, i] -> {{ : n = {point[0]} and m = {point[1]} and i = {point[2]} }}")
    return int(value.intersect_params(domain).max_val().to_python())
