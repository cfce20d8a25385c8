from pathlib import Path

from frontends.c import read_program
from frontends.c.macros import depends_on_flags, read_macros
from optimizer.ir.scop import AssumptionKind, Scop

PROGRAM = b"""
#ifndef N
#define N 100
#endif
#define SIZE (N)
#define EPS 0.5
double A[N][N + 2], x;
void f(void) {
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < 10; j++)
            A[i][j] += EPS;
}
"""


def macro_conditions(text: bytes, *flags: str) -> set[str]:
    scops: tuple[Scop, ...] = read_program(Path("a.c"), flags=flags, text=text).scops
    return {a.condition for s in scops for a in s.assumptions if a.kind is AssumptionKind.MACRO}


def test_numbers_that_other_flags_would_change_are_checked() -> None:
    assert macro_conditions(PROGRAM) == {
        "N == 100",
        "SIZE == 100",
        "EPS == 0.5",
        "sizeof(A[0]) == 8 * (100 + 2)",
        "sizeof(A) / sizeof(A[0]) == 100",
    }


def test_a_file_without_conditionals_needs_no_checks() -> None:
    plain = PROGRAM.replace(b"#ifndef N\n", b"").replace(b"#endif\n", b"")
    assert macro_conditions(plain) == set()
    assert not depends_on_flags(plain, ())
    assert depends_on_flags(plain, ("-DX",))


def test_definitions_are_read_with_and_without_arguments() -> None:
    macros = read_macros("#define A 1\n#define F(x) x\n#define E\n")
    assert (macros["A"].body, macros["F"].is_function, macros["E"].body) == ("1", True, "")
