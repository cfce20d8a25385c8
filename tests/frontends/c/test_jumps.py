"""`continue` becomes a branch; what all branches assign is surely written."""

from collections.abc import Callable

import pytest

from frontends.c import CProgram
from optimizer.ir.scop import AccessKind, Scop

Only = Callable[..., Scop]

SKIPS = [
    "if (a[i] < 0) continue; a[i] = 1;",
    "if (i == 3) continue; a[i] = 1; b[i] = 2;",
    "if (a[i] > 2) { b[i] = 1; continue; } else b[i] = 2; a[i] = 3;",
    "if (a[i] > 2) b[i] = 4; else continue; b[i] += a[i];",
    "if (a[i] > 0) { if (b[i] > 0) continue; b[i] = 1; }",
    "b[i] = 0; { if (!a[i]) continue; a[i] = 4; continue; }",
    "for (int j = 0; j < 4; j++) { if (a[j] == i) continue; b[i] += j; }",
]


@pytest.mark.parametrize("body", SKIPS)
def test_continue_is_a_branch(scop_of: Only, body: str) -> None:
    scop = scop_of(f"void f(int n, int *restrict a, int *restrict b) {{ for (int i = 0; i < n; i++) {{ {body} }} }}")
    assert any("continue" in statement.text for statement in scop.statements) or "==" in body


@pytest.mark.parametrize(
    "body",
    [
        "if (a[i] > 0) { if (b[i] > 0) continue; b[i] = 1; } a[i] = 2;",
        "switch (a[i]) { case 1: continue; default: b[i] = 1; }",
        "while (a[i] > 3) { a[i]--; if (b[i]) continue; b[i] = a[i]; }",
    ],
)
def test_other_jumps_are_refused(read: Callable[..., CProgram], body: str) -> None:
    program = read(f"void f(int n, int *a, int *b) {{ for (int i = 0; i < n; i++) {{ {body} }} }}")
    assert not program.scops
    assert {refusal.code for refusal in program.refusals} <= {"LW111", "LW112"}


def test_what_both_branches_assign_is_surely_written(scop_of: Only) -> None:
    scop = scop_of(
        "void f(int n, int *a, int *b) { for (int i = 0; i < n; i++) { int t; if (a[i] > 0) { t = 1; b[i] = 2; }"
        " else if (a[i] < -3) t = 2; else t = a[i]; a[i] = t; } }"
    )
    kinds = {(access.array, access.kind) for access in scop.statements[0].accesses}
    assert ("t", AccessKind.WRITE) in kinds
    assert ("t", AccessKind.MAY_WRITE) not in kinds
    assert ("b", AccessKind.MAY_WRITE) in kinds
