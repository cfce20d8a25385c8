"""Constants and constant expressions against the compiler."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontends.c.constants import evaluate_integer, floating_type, integer_constant
from frontends.c.lexer import tokenize
from frontends.c.parser import Parser
from frontends.c.typedefs import SystemTypes

CONSTANTS = [
    ("0", 0, "int"), ("2147483647", 2**31 - 1, "int"), ("2147483648", 2**31, "long"),
    ("0x80000000", 2**31, "unsigned int"),
    ("017", 15, "int"), ("0b101", 5, "int"), ("7u", 7, "unsigned int"), ("7ul", 7, "unsigned long"),
    ("7LL", 7, "long long"), ("0xffffffffffffffff", 2**64 - 1, "unsigned long"), ("'a'", 97, "int"),
    ("'\\n'", 10, "int"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "ctype"), CONSTANTS)
def test_integer_constants(text: str, value: int, ctype: str) -> None:
    found = integer_constant(text)
    assert found is not None
    assert (found[0], found[1].name) == (value, ctype)


@pytest.mark.parametrize(
    ("text", "ctype"),
    [
        ("1.0", "double"),
        ("1e3", "double"),
        (".5f", "float"),
        ("0x1.8p3", "double"),
        ("2.l", "long double"),
        ("1f", None),
    ],
)
def test_floating_constants(text: str, ctype: str | None) -> None:
    found = floating_type(text)
    assert (None if found is None else found.name) == ctype


LEAVES = st.sampled_from(["0", "1", "7", "-3", "2147483647", "0x80000000", "5u", "3ul", "sizeof(int)", "'b'", "1L"])


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        ["+", "-", "*", "/", "%", "&", "|", "^", "<", ">", "<=", ">=", "==", "!=", "&&", "||", "<<", ">>"]
    )
    return st.one_of(
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, operators, inner),
        st.builds(lambda a, b, c: f"({a} ? {b} : {c})", inner, inner, inner),
        st.builds(lambda op, a: f"{op}({a})", st.sampled_from("-~!"), inner),
        st.builds(lambda t, a: f"({t})({a})", st.sampled_from(["unsigned char", "long", "unsigned", "_Bool"]), inner),
    )


@given(st.lists(st.recursive(LEAVES, grow, max_leaves=5), min_size=60, max_size=60))
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_constant_expressions_have_the_compiler_s_value(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    known = [(text, value) for text in texts if (value := parse(text)) is not None]
    lines = "\n".join(
        f'printf("%d\\n", ({text}) == (__int128)({value}LL) || ({text}) == {value}ULL);' for text, value in known
    )
    path: Path = tmp_path_factory.mktemp("constants") / "values.c"
    path.write_text(f"#include <stdio.h>\nint main(void) {{ {lines} return 0; }}")
    subprocess.run(["gcc", "-w", str(path), "-o", str(path.with_suffix(""))], check=True)
    printed = subprocess.run([str(path.with_suffix(""))], check=True, capture_output=True, text=True).stdout.split()
    assert [text for (text, _), answer in zip(known, printed, strict=True) if answer != "1"] == []


def parse(text: str) -> int | None:
    return evaluate_integer(Parser(tokenize(text), SystemTypes("")).expression())


def test_what_is_not_constant_or_not_defined() -> None:
    for text in ("1 / 0", "2147483647 + 1", "1 << 40", "x", "f(3)", "1.5", "-2147483647 - 2"):
        assert parse(text) is None
