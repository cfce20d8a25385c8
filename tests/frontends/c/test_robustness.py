"""Odd but valid programs: an answer in time, and no traceback."""

import time
from collections.abc import Callable

import pytest

from frontends.c import CProgram

LOOP = "for (int i = 0; i < n; i++) a[i] = 1;"
PROGRAMS = {
    "parentheses": "void f(int n, int *a) { a[0] = " + "(" * 240 + "1" + ")" * 240 + "; " + LOOP + " }",
    "blocks": "void f(int n, int *a) {" + "{" * 240 + LOOP + "}" * 241,
    "conditions": "void f(int n, int *a) {" + "if (n) " * 3000 + LOOP + "}",
    "loops": "void f(int n, int *a) {"
    + "".join(f"for (int i{k} = 0; i{k} < n; i{k}++) " for k in range(200))
    + LOOP
    + "}",
    "branches": "void f(int n, int *a) {"
    + "".join(f"if (n == {k}) a[0] = {k}; else " for k in range(2000))
    + ";"
    + LOOP
    + "}",
    "terms": "void f(int n, int *a) {" + LOOP.replace("= 1", "= " + " + ".join(["a[i + 1]"] * 4000)) + "}",
    "sum": "void f(int n, int *a) {" + LOOP.replace("= 1", "= " + " + ".join(["a[i + 1]"] * 99)) + "}",
    "choices": "void f(int n, int *a) {"
    + LOOP.replace("= 1", "= " + "".join(f"a[i] == {k} ? {k} : " for k in range(50)) + "0")
    + "}",
    "signs": "void f(int n, int *a) {" + LOOP.replace("= 1", "= " + "- " * 3000 + "1") + "}",
    "pointers": "void f(int n, int " + "*" * 3000 + "p, int *a) {" + LOOP + "}",
    "dimensions": "void f(int n, int *a) { int z" + "[1]" * 55 + "; z" + "[0]" * 55 + " = 1; " + LOOP + "}",
    "structures": "".join(f"struct s{k} {{" for k in range(200))
    + "int x;"
    + "} y;" * 200
    + "void f(int n, int *a) {"
    + LOOP
    + "}",
    "values": "int z[] = {" + "1, " * 20000 + "}; void f(int n, int *a) {" + LOOP + "}",
    "calls": "int g(int); void f(int n, int *a) { a[0] = " + "g(" * 200 + "1" + ")" * 200 + "; " + LOOP + "}",
    "statements": "void f(int n, int *a) {" + "a[0]++; " * 5000 + LOOP + "}",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_large_programs(read: Callable[..., CProgram], name: str) -> None:
    start = time.process_time()
    program = read(PROGRAMS[name])
    assert time.process_time() - start < 5
    assert len(program.scops) == 1 or [d.code for d in program.refusals] == ["LW110"]
