"""Printed expressions parse back to the same tree in C: precedence, casts, signs."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.codegen.affine import Variable, add, number, scale, single
from optimizer.codegen.integers import Integers, ParameterText
from optimizer.codegen.statements import StatementPrinter
from optimizer.ir.ctype import DOUBLE, INT, LONG, UINT, CType
from optimizer.ir.expr import (
    COMPARISONS,
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    Iterator,
    Literal,
    Ref,
    Select,
    Symbol,
    Unary,
)  # fmt: skip

J = single(Variable("j"))


def printer(value=J) -> StatementPrinter:
    parameters = {"n": ParameterText("n", None, True, False, 0, 100)}
    return StatementPrinter(Integers(parameters, set()), {"A": "A", "s": "*s", "p": "q->p"}, {"i": value})


def i(ctype: CType = INT) -> Expr:
    return Iterator("i", ctype)


def n(ctype: CType = INT) -> Expr:
    return Symbol("n", ctype)


def one(text: str = "1", ctype: CType = INT) -> Expr:
    return Literal(text, ctype)


@pytest.mark.parametrize(
    ("value", "subscript", "expected"),
    [
        (J, Binary("-", i(), one()), "A[j - 1]"),
        (add(J, number(2)), Binary("-", i(), one()), "A[j + 1]"),
        (scale(J, -1), Binary("-", i(), one()), "A[-j - 1]"),
        (number(3), Binary("+", i(), one()), "A[4]"),
        (J, Binary("+", Binary("*", i(), n()), one("2")), "A[j * n + 2]"),
        (add(J, number(1)), Binary("+", Binary("*", i(), n()), i()), "A[(j + 1) * n + j + 1]"),
        (number(0), Binary("+", Binary("*", i(), n()), i()), "A[0]"),
        (number(1), Binary("+", Binary("*", i(), n()), i()), "A[n + 1]"),
        (J, Binary("-", i(UINT), one("1u", UINT)), "A[(unsigned int)j - 1u]"),
        (J, i(UINT), "A[j]"),
        (J, Binary("%", i(), one("3")), "A[(int)j % 3]"),
        (J, Ref("A", (i(),), INT), "A[A[j]]"),
        (J, Binary("-", n(), Unary("-", i())), "A[j + n]"),
        (J, Cast(LONG, i()), "A[(long)(int)j]"),
        (J, Binary("*", one("2"), Binary("+", i(), n())), "A[2 * (j + n)]"),
    ],
)
def test_subscripts(value, subscript, expected):
    assert printer(value).expression(Ref("A", (subscript,), DOUBLE)).code == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (i(), "(int)j"),
        (i(LONG), "j"),
        (Binary("/", n(DOUBLE), Ref("s", (), DOUBLE)), "n / (*s)"),
        (Ref("p", (i(),), DOUBLE), "q->p[j]"),
        (Unary("-", Unary("-", n())), "-(-n)"),
        (Binary("-", n(), Unary("-", n())), "n - -n"),
        (Binary("-", n(), Binary("-", n(), n())), "n - (n - n)"),
        (Symbol("a + b", INT), "a + b"),
        (Binary("*", Symbol("a + b", INT), n()), "(a + b) * n"),
        (Binary("*", Symbol("(a) + (b)", INT), n()), "((a) + (b)) * n"),
        (Cast(INT, Binary("+", n(), n())), "(int)(n + n)"),
        (Call("fmax", (n(), Select(n(), n(), n())), DOUBLE), "fmax(n, n ? n : n)"),
        (Binary("&", Binary("+", n(), n()), n()), "(n + n) & n"),
        (Binary("||", Binary("&&", n(), n()), n()), "(n && n) || n"),
        (Binary("==", Binary("<", n(), n()), n()), "(n < n) == n"),
        (Literal("-1", INT), "-1"),
        (Binary("-", n(), Literal("-1", INT)), "n - -1"),
    ],
)
def test_values(expr, expected):
    assert printer().expression(expr).code == expected


def test_conditional_statements():
    assign = Assign(Ref("A", (i(),), DOUBLE), "+=", n())
    lines = list(printer().lines((Conditional(Binary("<", i(), n()), (assign,), (Conditional(n(), (assign,)),)),)))
    assert lines == [
        "if ((int)j < n) {", "    A[j] += n;", "} else {", "    if (n) {", "        A[j] += n;", "    }", "}",
    ]  # fmt: skip


LEAVES = st.sampled_from([Symbol("a", UINT), Symbol("b", UINT), Literal("3u", UINT), Literal("0u", UINT)])
OPERATORS = ["+", "-", "*", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||"]


def _grown(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(Binary, st.sampled_from(OPERATORS), inner, inner),
        st.builds(Binary, st.sampled_from(["<<", ">>"]), inner, st.just(Literal("1u", UINT))),
        st.builds(Unary, st.sampled_from(["-", "~", "!", "+"]), inner),
        st.builds(Select, inner, inner, inner),
        inner.map(lambda e: Cast(UINT, e)),
    )


def _value(expr: Expr, a: int, b: int) -> int:
    mask = 2**32 - 1
    match expr:
        case Symbol(text=text):
            return a if text == "a" else b
        case Literal(text=text):
            return int(text[:-1])
        case Cast(operand=operand):
            return _value(operand, a, b) & mask
        case Select(condition=c, then=t, otherwise=o):
            return _value(t if _value(c, a, b) else o, a, b)
        case Unary(op=op, operand=operand):
            value = _value(operand, a, b)
            return {"-": -value, "~": ~value, "!": not value, "+": value}[op] & mask
        case Binary(op=op, left=left, right=right):
            x, y = _value(left, a, b), _value(right, a, b)
            if op in ("&&", "||"):
                return int(bool(x) and bool(y)) if op == "&&" else int(bool(x) or bool(y))
            return int(eval(f"x {op} y")) & mask
        case _:
            raise AssertionError(expr)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(st.recursive(LEAVES, _grown, max_leaves=8), min_size=25, max_size=25))
def test_printed_trees_evaluate_equally(tmp_path: Path, batch: list[Expr]):
    unsigned = [_all_unsigned(e) for e in batch]
    lines = [f'printf("%u ", {printer().expression(Cast(UINT, e)).code});' for e in unsigned]
    body = "unsigned a = 5, b = 0xfffffff0u;\n" + "\n".join(lines)
    (tmp_path / "e.c").write_text(f"#include <stdio.h>\nint main(void) {{\n{body}\nreturn 0; }}\n")
    command = ["gcc", "-Werror=parentheses", "-o", str(tmp_path / "e"), str(tmp_path / "e.c")]
    subprocess.run(command, check=True, capture_output=True)
    output = subprocess.run([str(tmp_path / "e")], capture_output=True, text=True, check=True).stdout
    assert [int(w) for w in output.split()] == [_value(Cast(UINT, e), 5, 0xFFFFFFF0) for e in unsigned]


def _all_unsigned(expr: Expr) -> Expr:
    """`expr` with comparisons, which are int in C, cast to unsigned."""
    match expr:
        case Binary(op=op, left=left, right=right):
            changed: Expr = Binary(op, _all_unsigned(left), _all_unsigned(right))
            return Cast(UINT, changed) if op in COMPARISONS else changed
        case Unary(op=op, operand=operand):
            return Cast(UINT, Unary(op, _all_unsigned(operand))) if op == "!" else Unary(op, _all_unsigned(operand))
        case Select(condition=c, then=t, otherwise=o):
            return Select(_all_unsigned(c), _all_unsigned(t), _all_unsigned(o))
        case Cast(type=ctype, operand=operand):
            return Cast(ctype, _all_unsigned(operand))
        case _:
            return expr
