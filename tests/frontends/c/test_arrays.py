"""Arrays as the models see them: shapes, storage, what lives in and out, and the checks that they need."""

from collections.abc import Callable

import pytest

from frontends.c import CProgram
from optimizer.ir.scop import AccessKind, AssumptionKind, Scop, Storage

Only = Callable[..., Scop]


def conditions(scop: Scop, kind: AssumptionKind) -> list[str]:
    return [a.condition for a in scop.assumptions if a.kind is kind]


def relation(scop: Scop, array: str, kind: AccessKind) -> list[str]:
    found = [a.relation for s in scop.statements for a in s.accesses if a.array == array and a.kind is kind]
    return [str(r.gist_domain(r.domain())).split(" -> ", 1)[1] if "->" in str(r) else str(r) for r in found]


def loops(*names: str) -> str:
    return " ".join(f"for (int {i} = 0; {i} < {n}; {i}++)" for i, n in (name.split(":") for name in names))


SHAPES = [
    ("double *a", "i:n j:m", "a[i * m + j]", (None, "m"), []),
    ("double *a", "i:n j:m k:p", "a[(i * m + j) * p + k]", (None, "m", "p"), []),
    ("double *a", "i:n j:m k:p", "a[i * m * p + j * p + k]", (None, "m", "p"), []),
    ("double *a", "i:n j:m", "a[(i + 1) * m + j]", (None, "m"), []),
    ("double *a", "i:n j:m", "a[i * p + j]", (None, "p"), ["p >= m"]),
    ("double *a", "i:n j:m", "a[i * (m + 1) + j + 1]", (None, "(m + 1)"), []),
    ("double *a", "i:n j:m", "a[(i + 1) * (m + 2 * p) + j + p]", (None, "(m + 2 * p)"), ["p >= 0"]),
    ("double *a", "i:n j:m k:p", "a[(i * (m + 2) + j) * (p + 3) + k]", (None, "(m + 2)", "(p + 3)"), []),
    ("double *a", "i:n", "a[(i + 6) * m + i + 2]", (None, "m"), ["m >= n + 2"]),
    ("double *a", "i:n j:m", "*(a + i * m + j)", (None, "m"), []),
    ("double *a", "i:n j:m", "(a + i * m)[j]", (None, "m"), []),
    ("double *a", "i:n j:m", "(&a[i * m])[j]", (None, "m"), []),
    ("unsigned char *a", "i:n j:m", "a[(i * m + j) * 3 + 2]", (None, "3 * m"), []),
    ("double *a", "i:n j:8", "a[i * 8 + j]", (None,), []),
    ("double a[n][m]", "i:n j:m", "a[i][j]", (None, "m"), []),
    ("double a[restrict n][m]", "i:n j:p", "a[i][j]", (None, "m"), ["m >= p"]),
    ("double (*a)[m]", "i:n j:m", "a[i][j]", (None, "m"), []),
    ("double (*a)[7][9]", "i:7 j:9", "(*a)[i][j]", (None, "7", "9"), []),
    ("double a[][20]", "i:n j:m", "a[i][j + 1]", (None, "20"), ["m <= 19"]),
]


@pytest.mark.parametrize(("parameter", "around", "element", "extents", "checks"), SHAPES)
def test_shapes(
    scop_of: Only, parameter: str, around: str, element: str, extents: tuple[str | None, ...], checks: list[str]
) -> None:
    scop = scop_of(f"void f(int n, int m, int p, {parameter}) {{ {loops(*around.split())} {element} = 1; }}")
    assert scop.arrays[0].extents == extents
    assert [c.replace("(long)", "") for c in conditions(scop, AssumptionKind.EXTENT)] == checks


def test_unsigned_linear_subscripts_are_checked_for_wrap_around(scop_of: Only) -> None:
    text = (
        "void f(unsigned n, unsigned m, float *a) { for (unsigned i = 0; i < n; i++) for (unsigned j = 0; j < m; j++)"
    )
    scop = scop_of(text + " a[i * m + j] = 1; }")
    (condition,) = conditions(scop, AssumptionKind.NO_WRAP)
    assert condition.endswith(" <= 4294967296.0")


def test_unsigned_difference_is_checked(scop_of: Only) -> None:
    scop = scop_of("void f(unsigned n, float *a) { for (unsigned i = 0; i < n - 1; i++) a[i] = a[i + 1]; }")
    assert conditions(scop, AssumptionKind.NO_WRAP) == ["n >= 1"]


def test_wide_parameters_are_bounded(scop_of: Only) -> None:
    scop = scop_of("#include <stddef.h>\nvoid f(size_t n, float *a) { for (size_t i = 0; i < n; i++) a[i] = 1; }")
    assert conditions(scop, AssumptionKind.RANGE) == ["n <= 1099511627776UL"]


STORAGE = [
    ("void f(double *x)", "x", Storage.POINTER),
    ("void f(double *restrict x)", "x", Storage.RESTRICT),
    ("void f(double x[restrict 9])", "x", Storage.RESTRICT),
    ("void f(double *restrict y)", "x", Storage.POINTER),
    ("static double x[9]; void f(void)", "x", Storage.OBJECT),
    ("struct s { double v[9]; } *p; void f(void)", "p->v", Storage.POINTER),
    ("struct s { double v[9]; } g; void f(void)", "g.v", Storage.OBJECT),
]


@pytest.mark.parametrize(("head", "base", "storage"), STORAGE)
def test_storage(scop_of: Only, head: str, base: str, storage: Storage) -> None:
    copy = "double *x = y;" if "*restrict y" in head else ""
    scop = scop_of(f"{head} {{ {copy} for (int i = 0; i < 9; i++) {base}[i] = i; }}")
    assert [(a.text, a.storage) for a in scop.arrays] == [(base, storage)]


def test_values_of_locals(scop_of: Only) -> None:
    scop = scop_of(
        "double f(int n, double *a) { double dead, live = 0; for (int i = 0; i < n; i++) {"
        " double inner = a[i]; double row[4]; row[i % 4] = inner; dead = row[i % 4]; live += dead; } return live; }"
    )
    described = {a.name: (a.storage, a.live_in, a.live_out) for a in scop.arrays}
    assert described["inner"] == described["row"] == (Storage.LOCAL, False, False)
    assert described["dead"] == (Storage.OBJECT, True, False)
    assert described["live"] == (Storage.OBJECT, True, True)
    assert described["a"] == (Storage.POINTER, True, True)


def test_a_value_used_in_the_next_round_is_live(read: Callable[..., CProgram]) -> None:
    program = read(
        "int g(int); void f(int n, double *a) { double x = 0; while (g(n)) { a[0] = x;"
        " for (int i = 0; i < n; i++) x = a[i]; } }"
    )
    assert program.scops[0].array("x").live_out


ESCAPES = [
    ("double *p = buffer; ", "return p[3];", True),
    ("keep(buffer); ", "return kept();", True),
    ("keep(&buffer[2]); ", "return kept();", True),
    ("", "return buffer[3];", True),
    ("buffer[0] = 1; ", "return n;", False),
]


@pytest.mark.parametrize(("before", "after", "live"), ESCAPES)
def test_arrays_that_pointers_reach_are_live(scop_of: Only, before: str, after: str, live: bool) -> None:
    scop = scop_of(
        "void keep(double *p); double kept(void);"
        f" double f(int n, double *a) {{ double buffer[9]; {before}"
        f" for (int i = 0; i < 9; i++) {{ buffer[i] = i; a[i] = buffer[8 - i]; }} {after} }}"
    )
    assert scop.array("buffer").live_out is live
    assert scop.array("buffer").is_reachable is (live and before != "")


def test_indirect_reads_touch_the_whole_array(scop_of: Only) -> None:
    scop = scop_of(
        "void f(int n, int *at, float x[10], float *restrict y) { for (int i = 0; i < n; i++) y[i] = x[at[i]]; }"
    )
    reads = [a for a in scop.statements[0].accesses if a.array == "x"]
    assert reads[0].kind is AccessKind.READ
    assert not reads[0].relation.is_single_valued()


def test_guarded_writes_may_happen(scop_of: Only) -> None:
    scop = scop_of(
        "void f(int n, float *a, float t) { for (int i = 1; i < n; i++) if (i > 3 && a[i] > t) a[i - 1] = t; }"
    )
    kinds = [(a.kind, a.array) for a in scop.statements[0].accesses]
    assert (AccessKind.MAY_WRITE, "a") in kinds
    assert str(scop.statements[0].domain) == "[n] -> { S0[i] : 4 <= i < n }"


def test_pure_functions_of_the_file_may_be_called(scop_of: Only) -> None:
    scop = scop_of(
        "static inline float sq(float x) { float y = x * x; return y > 1 ? y : 1; }"
        " void f(int n, float *a) { for (int i = 0; i < n; i++) a[i] = sq(a[i]); }"
    )
    assert len(scop.statements) == 1


IMPURE = [
    "static float g(float x) { static float y; y += x; return y; }",
    "float total; static float g(float x) { total += x; return x; }",
    "static float g(float x) { return x > 1 ? g(x - 1) : x; }",
    "static float g(float x) { while (x > 1) x -= 1; return x; }",
    "float g(float x);",
]


@pytest.mark.parametrize("function", IMPURE)
def test_other_functions_may_not(read: Callable[..., CProgram], function: str) -> None:
    program = read(function + " void f(int n, float *a) { for (int i = 0; i < n; i++) a[i] = g(a[i]); }")
    assert [d.code for d in program.refusals if d.code == "LW113"] == ["LW113"]
    assert program.scops == ()
