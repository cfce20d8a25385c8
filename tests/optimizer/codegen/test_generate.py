"""Generated code is compiled without warnings and executed against the original."""

import importlib
from dataclasses import replace

import islpy as isl
import pytest

from optimizer.codegen import Generated, GenerationFailed, generate, overlap
from optimizer.dependences import analyze
from optimizer.ir.ctype import INT, UINT, ULONG
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Assumption, AssumptionKind, ExitValue, Storage

MAIN = """
#include <stdio.h>
#include <stdlib.h>
#define N 37
static double A[N][N], B[N][N];
static void f(int n)
{
    int i, j;
    @NEST@
}
int main(void)
{
    for (int n = -1; n <= N; n += 19) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) { A[i][j] = i * 31 + j; B[i][j] = (i * j) % 7; }
        f(n);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                printf("%.17g %.17g\\n", A[i][j], B[i][j]);
    }
    return 0;
}
"""
TRIANGLE = """for (i = 0; i < n; i++)
        for (j = 0; j < i; j++)
            A[i][j] += B[j][i] * 2.0;"""
DOMAIN = "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < i }"


@pytest.fixture
def triangle(make, declare, loops):
    return make([DOMAIN], ["A[i][j] += B[j][i] * 2.0"], [loops(0, loops(1, "S0"))],
                arrays=[declare("A", "37", "37"), declare("B", "37", "37")])


def tree(text: str, domain: str = DOMAIN) -> Schedule:
    return Schedule(isl.Schedule(f'{{ domain: "{domain}", child: {text} }}'), ("by hand",))


def band(*members: str) -> str:
    return ",".join(f"{{ {member} }}" for member in members)


@pytest.mark.parametrize(
    "schedule",
    [
        None,
        tree('{ schedule: "[{S0[i,j]->[j]},{S0[i,j]->[i]}]" }'),
        tree('{ schedule: "[{S0[i,j]->[-i]},{S0[i,j]->[j]}]" }'),
        tree('{ schedule: "[{S0[i,j]->[i+j]},{S0[i,j]->[i-j]}]" }'),
        tree('{ schedule: "[{S0[i,j]->[8*floor(i/8)]},{S0[i,j]->[5*floor(j/5)]},{S0[i,j]->[i]},{S0[i,j]->[j]}]" }'),
        tree('{ schedule: "[{S0[i,j]->[floor(i/8)]},{S0[i,j]->[i mod 8]},{S0[i,j]->[j]}]" }'),
        tree('{ mark: "loopwright:parallel", child: { schedule: "[{S0[i,j]->[i]}]", child: '
             '{ schedule: "[{S0[i,j]->[4*floor(j/4)]}]", child: { mark: "loopwright:unroll", child: '
             '{ schedule: "[{S0[i,j]->[j]}]" } } } } }'),
        tree('{ mark: "loopwright:parallel", child: { schedule: "[{S0[i,j]->[16*floor(i/16)]}]", child: '
             '{ schedule: "[{S0[i,j]->[i]}, {S0[i,j]->[j]}]" } } }'),
    ],
    ids=["as written", "interchanged", "reversed", "skewed", "tiled", "scaled", "parallel unrolled", "parallel tiles"],
)  # fmt: skip
def test_orders_of_a_triangle(checker, triangle, schedule):
    checker.check(triangle, schedule, MAIN, TRIANGLE)


def test_full_tiles_are_unrolled_without_bounds(checker, triangle, make, loops):
    domain = "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }"
    case = make([domain], ["A[i][j] += B[j][i] * 2.0"], [loops(0, loops(1, "S0"))], arrays=triangle.arrays)
    schedule = tree(
        '{ schedule: "[{S0[i,j]->[i]}]", child: { schedule: "[{S0[i,j]->[4*floor(j/4)]}]", '
        'options: "[n] -> { isolate[[i] -> [j]] : 0 <= j and j + 3 < n }", child: '
        '{ mark: "loopwright:unroll", child: { schedule: "[{S0[i,j]->[j]}]" } } } }', domain)  # fmt: skip
    square = TRIANGLE.replace("j < i", "j < n")
    text = checker.check(case, schedule, MAIN, square)
    assert "A[i][jj + 3] += B[jj + 3][i] * 2.0;" in text


def test_the_text_is_readable(checker, triangle):
    schedule = tree('{ schedule: "[{S0[i,j]->[8*floor(i/8)]},{S0[i,j]->[j]},{S0[i,j]->[i]}]" }')
    assert checker.text(triangle, schedule, TRIANGLE) == """/* loopwright: by hand */
    {
        (void)i;
        (void)j;
        for (long ii = 0; ii < n; ii += 8) {
            const long j_end = (long)n - 1 < ii + 7 ? (long)n - 1 : ii + 7;
            for (long j = 0; j < j_end; j++) {
                const long i_begin = ii > j + 1 ? ii : j + 1;
                const long i_end = n < ii + 8 ? n : ii + 8;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
                for (long i = i_begin; i < i_end; i++) {
                    A[i][j] += B[j][i] * 2.0;
                }
            }
        }
    }"""


def test_private_scalar_in_a_parallel_loop(checker, make, declare, loops):
    program = MAIN.replace("int i, j;", "int i, j; double t;")
    original = """for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            t = A[i][j] * 3;
            B[i][j] = t + t * j;
        }"""
    case = make(
        ["[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }", "[n] -> { S1[i, j] : 0 <= i < n and 0 <= j < n }"],
        ["t = A[i][j] * 3", "B[i][j] = t + t * j"], [loops(0, loops(1, "S0", "S1"))],
        arrays=[declare("A", "37", "37"), declare("B", "37", "37"), declare("t", live_in=False, live_out=False)],
    )  # fmt: skip
    domain = case.domains[0][:-1] + ";" + case.domains[1].split("{")[1]
    schedule = tree(
        '{ mark: "loopwright:parallel", child: { schedule: "[{S0[i,j]->[i]; S1[i,j]->[i]}]", child: '
        '{ schedule: "[{S0[i,j]->[j]; S1[i,j]->[j]}]", child: '
        '{ sequence: [{ filter: "{S0[i,j]}" }, { filter: "{S1[i,j]}" }] } } } }',
        domain)  # fmt: skip
    text = checker.check(case, schedule, program, original)
    assert "double t;" in text.split("for (long j")[1]


def test_local_array_is_declared_where_it_lives(checker, make, declare, loops):
    program = MAIN.replace("int i, j;", "int i;")
    original = """for (i = 0; i < n; i++) {
        double row[4];
        for (int j = 0; j < 4; j++)
            row[j] = A[i][j];
        for (int j = 0; j < 4; j++)
            B[i][j] = row[3 - j];
    }"""
    domains = ["[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < 4 }", "[n] -> { S1[i, j] : 0 <= i < n and 0 <= j < 4 }"]
    case = make(domains, ["row[j] = A[i][j]", "B[i][j] = row[3 - j]"], [loops(0, loops(1, "S0"), loops(1, "S1"))],
                arrays=[declare("A", "37", "37"), declare("B", "37", "37"),
                        declare("row", "4", storage=Storage.LOCAL, live_in=False, live_out=False)])  # fmt: skip
    domain = domains[0][:-1] + ";" + domains[1].split("{")[1]
    schedule = tree(
        '{ mark: "loopwright:parallel", child: { schedule: "[{S0[i,j]->[i]; S1[i,j]->[i]}]", child: { sequence: ['
        '{ filter: "{S0[i,j]}", child: { schedule: "[{S0[i,j]->[j]}]" } }, '
        '{ filter: "{S1[i,j]}", child: { schedule: "[{S1[i,j]->[j]}]" } }] } } }',
        domain)  # fmt: skip
    text = checker.check(case, schedule, program, original)
    assert text.index("for (long i") < text.index("double row[4];") < text.index("for (long j")


POINTERS = """
#include <stdio.h>
static double memory[400];
static void f(double *a, double *b, int n)
{
    @NEST@
}
int main(void)
{
    for (int shift = -40; shift <= 40; shift += 4) {
        for (int i = 0; i < 400; i++) memory[i] = i % 11;
        f(memory + 100, memory + 100 + shift, 40);
        f(memory, memory + 200, 0);
        for (int i = 0; i < 400; i++) printf("%g ", memory[i]);
    }
    return 0;
}
"""


def test_overlapping_pointers_give_the_original_result(checker, make, declare, loops):
    pointers = [declare(name, None, storage=Storage.POINTER) for name in "ab"]
    case = make(["[n] -> { S0[i] : 1 <= i < n }"], ["a[i] = a[i] + b[i - 1]"], [loops(0, "S0")], arrays=pointers)
    original = "for (int i = 1; i < n; i++)\n        a[i] = a[i] + b[i - 1];"
    backwards = tree('{ schedule: "[{S0[i]->[-i]}]" }', case.domains[0])
    text = checker.check(case, backwards, POINTERS, original)
    assert "if (a + n <= b || b + ((long)n - 1) <= a + 1)" in text
    assert "} else {\n            for (int i = 1; i < n; i++)\n                a[i] = a[i] + b[i - 1];" in text


def test_restrict_pointers_need_no_check(checker, make, declare, loops):
    arrays = [declare("a", None, storage=Storage.RESTRICT), declare("b", None, storage=Storage.POINTER)]
    case = make(["[n] -> { S0[i] : 1 <= i < n }"], ["a[i] = a[i] + b[i - 1]"], [loops(0, "S0")], arrays=arrays)
    assert "if (" not in checker.text(case, None, "for (int i = 1; i < n; i++) a[i] = a[i] + b[i - 1];")


def test_unbounded_reads_through_a_pointer_cannot_be_checked(make, declare, loops):
    arrays = [declare("a", None, storage=Storage.POINTER), declare("b", None, storage=Storage.POINTER)]
    scop = make(["[n] -> { S0[i] : 0 <= i < n }"], ["a[i] = b[i]"], [loops(0, "S0")], arrays=arrays).scop()
    reads, write = scop.statements[0].accesses
    anywhere = replace(reads, relation=isl.Map("[n] -> { S0[i] -> b[x] }"))
    scop = replace(scop, statements=(replace(scop.statements[0], accesses=(anywhere, write)),))
    made = generate(analyze(scop), Schedule(scop.schedule), original="")
    assert made == GenerationFailed("'a' and 'b' may overlap, and no check at run time can tell")
    typed = replace(scop, types_alias=False, arrays=(replace(scop.arrays[0], element=INT), scop.arrays[1]))
    assert isinstance(generate(analyze(typed), Schedule(scop.schedule), original=""), Generated)


def test_bounds_that_take_too_long_are_a_reason_to_decline(make, declare, loops, monkeypatch):
    arrays = [declare("a", None, storage=Storage.POINTER), declare("b", None, storage=Storage.POINTER)]
    case = make(["[n] -> { S0[i] : 1 <= i < n }"], ["a[i] = a[i] + b[i - 1]"], [loops(0, "S0")], arrays=arrays)
    monkeypatch.setattr(overlap, "RANGE_OPERATIONS", 10)
    made = generate(analyze(case.scop()), Schedule(case.scop().schedule), original="")
    assert made == GenerationFailed(
        "'a' and 'b' may overlap, and what the nest touches takes too long to compute"
    )


def test_assumptions_choose_the_original(checker, make, declare, loops):
    assumption = Assumption(AssumptionKind.RANGE, "n != 18", "n would be 18")
    case = make([DOMAIN], ["A[i][j] += B[j][i] * 2.0"], [loops(0, loops(1, "S0"))], assumptions=(assumption,),
                arrays=[declare("A", "37", "37"), declare("B", "37", "37")])  # fmt: skip
    original = TRIANGLE.replace("2.0;", "2.0;\n#if 1\n    (void)0; /* kept */\n#endif")
    text = checker.check(case, tree('{ schedule: "[{S0[i,j]->[j]},{S0[i,j]->[i]}]" }'), MAIN, original)
    assert "/* checked first, for the original below: n would be 18 */" in text
    assert "if (n != 18) {" in text
    assert "\n#if 1\n" in text


EXIT = """
#include <stdio.h>
static unsigned a[50];
static int f(int n, unsigned long m)
{
    int i = -7;
    @NEST@
    return i + (int)m;
}
int main(void)
{
    for (int n = -2; n < 20; n += 3) printf("%d ", f(n, 3));
    for (int i = 0; i < 50; i++) printf("%u ", a[i]);
    return 0;
}
"""


def test_exit_values_are_assigned(checker, make, declare, loops):
    value = isl.PwAff("[n, m] -> { [(n)] : n > 2; [(2)] : n <= 2 }")
    case = make(
        ["[n, m] -> { S0[i] : 2 <= i < n }"], ["a[i + 1] = i * 3 + a[i]"], [loops(0, "S0")],
        parameters={"n": INT, "m": ULONG}, context="[n, m] -> { : 0 <= m < 100 }",
        arrays=[declare("a", "50", element=UINT)], exit_values=(ExitValue("i", INT, value),),
    )  # fmt: skip
    checker.check(case, None, EXIT, "for (i = 2; i < n; i++)\n        a[i + 1] = i * 3 + a[i];")


def test_partial_exit_values_keep_the_counter(checker, make, declare, loops):
    value = isl.PwAff("[n, m] -> { [(n)] : n > 2 }")
    case = make(
        ["[n, m] -> { S0[i] : 2 <= i < n }"], ["a[i + 1] = i * 3 + a[i]"], [loops(0, "S0")],
        parameters={"n": INT, "m": ULONG}, context="[n, m] -> { : 0 <= m < 100 }",
        arrays=[declare("a", "50", element=UINT)], exit_values=(ExitValue("i", INT, value),),
    )  # fmt: skip
    original = "if (n > 2)\n        for (i = 2; i < n; i++)\n            a[i + 1] = i * 3 + a[i];"
    checker.check(case, None, EXIT, original)


def test_unsigned_counters_keep_their_arithmetic(checker, make, declare, loops):
    program = """
#include <stdio.h>
static unsigned a[64];
static double d[64];
static void f(unsigned n, unsigned long m)
{
    @NEST@
}
int main(void)
{
    f(60, 2);
    for (int i = 0; i < 64; i++) printf("%u %g ", a[i], d[i]);
    return 0;
}
"""
    domains = ["[n, m] -> { S0[i] : m <= i < n }", "[n, m] -> { S1[i] : m <= i < n }"]
    case = make(
        domains, ["a[i - 1] = 3 - i", "d[i] = (i - 50) / 2"], [loops(0, "S0", "S1")],
        parameters={"n": UINT, "m": ULONG}, context="[n, m] -> { : 1 <= m < 1000000 and 0 <= n < 4294967296 }",
        arrays=[declare("a", "64", element=UINT), declare("d", "64")], counter_type=UINT,
    )  # fmt: skip
    original = """for (unsigned i = m; i < n; i++) {
        a[i - 1] = 3 - i;
        d[i] = (i - 50) / 2;
    }"""
    text = checker.check(case, None, program, original)
    assert "const long m_2 = (long)m;" in text
    domain = domains[0][:-1] + ";" + domains[1].split("{")[1]
    schedule = tree('{ sequence: [{ filter: "{S1[i]}", child: { schedule: "[{S1[i]->[floor(-i/3)]}]", child: '
                    '{ schedule: "[{S1[i]->[i]}]" } } }, { filter: "{S0[i]}", child: { schedule: "[{S0[i]->[-i]}]" } '
                    '}] }', domain)  # fmt: skip
    checker.check(case, schedule, program, original)


def test_strides_negative_bounds_and_pieces_without_loops(checker, make, declare, loops):
    program = MAIN.replace("int i, j;", "")
    original = """for (int i = -n; i < n; i += 3)
        B[0][i + 37] += i;
    B[1][1] = 5.0;"""
    case = make(
        ["[n] -> { S0[i] : -n <= i < n and (i + n) mod 3 = 0 }", "[n] -> { S1[] }"],
        ["B[0][i + 37] += i", "B[1][1] = 5.0"], [loops(0, "S0"), loops(0, "S1").body[0]],
        arrays=[declare("B", "37", "37")],
    )  # fmt: skip
    program = program.replace("B[N][N]", "B[N][2 * N + 1]")
    text = checker.check(case, None, program, original)
    assert "i += 3" in text


def test_parameters_that_are_expressions_are_read_once(checker, make, declare, loops):
    program = MAIN.replace("static void f(int n)", "struct s { int n; };\nstatic void g(const struct s *p)").replace(
        "f(n);", "{ struct s s = { n }; g(&s); }")  # fmt: skip
    case = make([DOMAIN], ["A[i][j] += B[j][i] * 2.0"], [loops(0, loops(1, "S0"))], texts={"n": "p->n"},
                arrays=[declare("A", "37", "37"), declare("B", "37", "37")])  # fmt: skip
    text = checker.check(case, None, program, TRIANGLE.replace("< n", "< p->n"))
    assert "const long p_n = p->n;" in text


def test_parameters_are_not_read_before_their_checks(checker, make, declare, loops):
    program = MAIN.replace("static void f(int n)", "struct s { int n; };\nstatic void g(const struct s *p)").replace(
        "f(n);", "{ struct s s = { n }; g(n < 0 ? NULL : &s); }")  # fmt: skip
    assumption = Assumption(AssumptionKind.POSITIVE, "p != NULL", "'p' is only read if the loops run")
    case = make([DOMAIN], ["A[i][j] += B[j][i] * 2.0"], [loops(0, loops(1, "S0"))], texts={"n": "p->n"},
                assumptions=(assumption,), arrays=[declare("A", "37", "37"), declare("B", "37", "37")])  # fmt: skip
    original = "if (p)\n    " + TRIANGLE.replace("< n", "< p->n")
    checker.check(case, None, program, original)


def test_private_variables_that_are_only_written_raise_no_warning(checker, make, declare, loops):
    program = MAIN.replace("int i, j;", "int i; double t = n; B[0][0] = t;")
    original = """for (i = 0; i < n; i++) {
        t = A[i][0];
        B[0][i] = 1.0;
    }"""
    domains = ["[n] -> { S0[i] : 0 <= i < n }", "[n] -> { S1[i] : 0 <= i < n }"]
    case = make(domains, ["t = A[i][0]", "B[0][i] = 1.0"], [loops(0, "S0", "S1")],
                arrays=[declare("A", "37", "37"), declare("B", "37", "37"),
                        declare("t", live_in=False, live_out=False)])  # fmt: skip
    checker.check(case, None, program, original)


def test_indentation_follows_the_source(checker, triangle):
    scop = triangle.scop()
    made = generate(analyze(scop), Schedule(scop.schedule), original=TRIANGLE, indent="\t")
    assert isinstance(made, Generated)
    assert "\n\t\tfor (long i = 1; i < n; i++) {\n" in made.text
    assert checker.run(MAIN, made.text, "gcc") == checker.run(MAIN, TRIANGLE, "gcc")


def test_parallel_regions_with_little_work_run_on_one_thread(checker, triangle):
    schedule = tree('{ mark: "loopwright:parallel", child: { schedule: "[{S0[i,j]->[i]}]", child: '
                    '{ schedule: "[{S0[i,j]->[j]}]" } } }')  # fmt: skip
    text = checker.check(triangle, schedule, MAIN, TRIANGLE, min_parallel_work=500, threads=2)
    pragma = "#pragma omp parallel for schedule(dynamic, 4) num_threads(2) if ((double)n * n >= 500)"
    assert pragma in text
    assert "omp" not in checker.text(triangle, schedule, TRIANGLE, openmp=False)


def test_empty_domains_leave_nothing(checker, make, declare, loops):
    case = make(["[n] -> { S0[i] : i < 0 and i > 0 }"], ["A[0][i] = 1.0"], [loops(0, "S0")],
                arrays=[declare("A", "37", "37")])  # fmt: skip
    program = MAIN.replace("int i, j;", "(void)n;")
    checker.check(case, None, program, "for (int i = 1; i < 0; i++)\n        A[0][i] = 1.0;")


def test_generation_answers_when_isl_gives_up(monkeypatch, triangle):
    monkeypatch.setattr(importlib.import_module("optimizer.codegen.generate"), "BUILD_OPERATIONS", 50)
    scop = triangle.scop()
    assert isinstance(generate(analyze(scop), Schedule(scop.schedule), original=""), GenerationFailed)
    monkeypatch.undo()
    assert isinstance(generate(analyze(scop), Schedule(scop.schedule), original=""), Generated)
