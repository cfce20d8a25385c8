"""Scripts that change storage and statements: what they make of small programs, run beside the original."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.search.checked import Rejected, apply_checked
from optimizer.transforms import Expand, Inapplicable, parse_script, refine
from optimizer.verify.pipeline import emit, read

HEAD = """#include <stdio.h>
#include <stdlib.h>
#define N 37
static double A[N][N], B[N][N], C[N][N], v[N], u[N];
static unsigned long T[N][N];
static void kernel(int n)
{
    double t = 0, s = 0;
    (void)t;
    (void)s;
"""
TAIL = """
}
int main(void)
{
    for (int i = 0; i < N; i++) {
        v[i] = (7 * i % 11) / 3.0 + 1;
        u[i] = (5 * i % 13) / 7.0 - 1;
        for (int j = 0; j < N; j++) {
            A[i][j] = (i * j % 17) / 5.0 + (i == j) * 20;
            B[i][j] = (3 * i + j) % 7 / 9.0;
            C[i][j] = (i + 2 * j) % 5 / 3.0;
            T[i][j] = (i * 7 + j * 11) % 23 - 5;
        }
    }
    kernel(N);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            printf("%a %a %a %lu %a %a\\n", A[i][j], B[i][j], C[i][j], T[i][j], v[i], u[i]);
    return 0;
}
"""
SYMMETRIC = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            t = 0;
            for (int k = 0; k < i; k++) {
                C[k][j] += B[i][j] * A[i][k];
                t += B[k][j] * A[i][k];
            }
            C[i][j] = 0.5 * C[i][j] + B[i][j] * A[i][i] + t;
        }
"""
DECOMPOSITION = """
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            t = A[i][j];
            for (int k = 0; k < j; k++)
                t -= A[i][k] * A[k][j];
            A[i][j] = t / A[j][j];
        }
        for (int j = i; j < n; j++) {
            t = A[i][j];
            for (int k = 0; k < i; k++)
                t -= A[i][k] * A[k][j];
            A[i][j] = t;
        }
    }
"""
IN_PLACE = """
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++)
                A[i][j] -= A[i][k] * A[k][j];
            A[i][j] /= A[j][j];
        }
        for (int j = i; j < n; j++)
            for (int k = 0; k < i; k++)
                A[i][j] -= A[i][k] * A[k][j];
    }
"""
APART = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            A[i][j] += 1.0;
"""
JOINED = "isl(fusion=max); join(S0, S2)"
UPDATE_APART = (
    "split(S0, floor(i/8) - floor(k/8)); split(S0c, floor(j/8) - floor(k/8)); strip_mine(S0cc@0, 8); "
    "reorder(S0cc, S1); distribute(S0b@1, S0cc); pack(S0cc@1, A, group=1); parallel(S0cc@2)"
)
PATHS = """
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                T[i][j] = T[i][j] < T[i][k] + T[k][j] ? T[i][j] : T[i][k] + T[k][j];
"""
PATHS_SPLIT = "split(S0, j - k); split(S0a, i - k); split(S0b, i - k); split(S0c, i - k)"
RECURRENCE = """
    for (int i = 0; i < n; i++) {
        t = 0;
        s = v[i];
        for (int j = 0; j < n; j++) {
            B[i][j] = A[i][j] * s + t;
            t = s;
            s = B[i][j];
        }
    }
"""
CARRIED = """
    for (int i = 0; i < n; i++) {
        if (i == 0)
            t = 1;
        v[i] = t;
        t = u[i];
    }
"""
BELOW_ZERO = """
    for (int i = -4; i < n - 4; i++) {
        t = v[i + 4] * 2;
        for (int j = 0; j < n; j++)
            A[i + 4][j] += t;
    }
"""
DATA = """
    for (int i = 0; i < n; i++) {
        t = u[i];
        if (v[i] > 2)
            t = v[i];
        A[i][i] = t;
    }
"""
TWICE = """
    for (int i = 0; i < n; i++) {
        v[i] = v[i] * u[i];
        v[i] = v[i] * u[i];
    }
"""
STRETCHES = """
    for (int i = n - 1; i >= 0; i--)
        for (int j = i + 1; j < n; j++) {
            T[i][j] = T[i][j] >= T[i][j - 1] ? T[i][j] : T[i][j - 1];
            for (int k = i + 1; k < j; k++)
                T[i][j] = T[i][j] >= T[i][k] + T[k + 1][j] ? T[i][j] : T[i][k] + T[k + 1][j];
        }
"""
STRETCHES_EXCHANGED = "reorder(S0, S1); interchange(S1@1, S1@2)"
SUMS = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n - 1; j++) {
            T[0][i] += 3 * T[n - 1][j];
            T[0][i] += T[j + 1][i] * 5;
        }
"""


def program(kernel: str) -> str:
    return HEAD + kernel + TAIL


def nest_of(kernel: str, directory: Path) -> Nest:
    (scop,) = read(program(kernel), directory, "kernel").scops
    return analyze(scop)


def run(text: str, directory: Path, *flags: str, compiler: str = "gcc") -> str:
    source, binary = directory / "run.c", directory / "run"
    source.write_text(text)
    command = [compiler, "-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", *flags]
    built = subprocess.run([*command, "-o", binary, source], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr + text
    ran = subprocess.run([binary], capture_output=True, text=True, check=False, timeout=20)
    assert ran.returncode == 0, ran.stderr + text
    return ran.stdout


def rewritten(kernel: str, script: str, directory: Path) -> str:
    """The program after `script`, every step of which is legal; it computes the same under the compilers present."""
    source = read(program(kernel), directory, "kernel")
    nest = analyze(source.scops[0])
    schedule = apply_checked(parse_script(script), nest)
    assert not isinstance(schedule, Rejected), schedule
    assert str(schedule) == script
    text = emit(source, [nest], [schedule])
    assert text is not None
    expected = run(program(kernel), directory)
    sanitized = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    assert run(text, directory, *sanitized) == expected, text
    assert run(text, directory, "-fopenmp", "-O3") == expected, text
    if shutil.which("clang-19"):
        assert run(text, directory, compiler="clang-19") == expected, text
    return text


CONTRACTION = """
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n - i; j++) {
            for (int k = 0; k < n - j; k++) {
                v[k] = 0;
                for (int l = 0; l < n; l++)
                    v[k] += A[i][l] * B[l][k];
            }
            for (int k = 0; k < n - j; k++)
                C[i][j] += v[k];
        }
"""  # the last value of v[k] is that of the last i for which there is one
SHARED = "expand(v, 2, shared=1); fuse(S2, S3, 1); distribute(S0@1)"
THREADS = "parallel(S0@0)"
TWO_WRITERS = """
    for (int i = 1; i < n; i++) {
        t = A[i][0];
        u[i % 3] = t;
        for (int j = 0; j < n; j++)
            A[i][j] += u[i % 3];
        if (i < n - 5) {
            u[i % 3] = t + 1;
            B[i][0] = u[i % 3];
        }
    }
"""


@pytest.mark.parametrize(
    ("kernel", "script"),
    [
        (CONTRACTION, "expand(v, 1)"),
        (CONTRACTION, "expand(v, 2); distribute(S0@1); interchange(S1@1, S1@2); parallel(S0@0)"),
        (CONTRACTION, "isl(fusion=max); expand(v, 2)"),
        (CONTRACTION, "expand(v, 2); isl(fusion=min)"),
        (CONTRACTION, SHARED),
        (CONTRACTION, f"{SHARED}; interchange(S1@1, S1@2); vectorize(S1@1, 8); unroll_and_jam(S1@2, 4); {THREADS}"),
        (CONTRACTION, "expand(v, 2, shared=1); distribute(S0@1)"),
        (SYMMETRIC, "expand(t, 2, shared=1); distribute(S0@1); interchange(S1@1, S1@2)"),
        (TWO_WRITERS, "expand(u, 1); expand(t, 1); distribute(S0@0)"),
        (SYMMETRIC, "expand(t, 2); isl(fusion=min)"),
        (SYMMETRIC, "expand(t, 1); distribute(S1@2)"),
        (SYMMETRIC, "expand(t, 2); isl(fusion=min); tile(S2@0, 8, 8, 8); parallel(S2@0)"),
        (SYMMETRIC, "expand(t, 2); distribute(S1@2); reorder(S1, S2); reorder(S1, S3); distribute(S0@0)"),
        (DECOMPOSITION, "contract(t, A); isl()"),
        (DECOMPOSITION, "expand(t, 2); interchange(S1@1, S1@2)"),
        (IN_PLACE, f"{JOINED}; parallel(S0@1); tile(S0@1, 8, 8)"),
        (IN_PLACE, f"{JOINED}; {UPDATE_APART}"),
        (IN_PLACE, f"{JOINED}; split(S0, j - i); reorder(S0a, S0c)"),
        (PATHS, f"{PATHS_SPLIT}; distribute(S0aa@1); parallel(S0aa@1); parallel(S0cc@2)"),
        (PATHS, "split(S0, i); distribute(S0b@1)"),
        (PATHS, "split(S0, k - n + 1)"),
        (RECURRENCE, "expand(t, 1); expand(s, 1); distribute(S0@0); interchange(S2@0, S2@1); parallel(S2@1)"),
        (BELOW_ZERO, "expand(t, 1); distribute(S0@0); interchange(S1@0, S1@1)"),
        (DATA, "expand(t, 1); distribute(S0@0)"),
        (STRETCHES, STRETCHES_EXCHANGED),
        (STRETCHES, f"{STRETCHES_EXCHANGED}; unroll_and_jam(S1@1, 4)"),
        (SUMS, "reorder(S0, S1); reverse(S0@1)"),
    ],
)
def test_the_program_computes_the_same(kernel: str, script: str, tmp_path: Path) -> None:
    rewritten(kernel, script, tmp_path)


def test_each_value_has_a_cell(tmp_path: Path) -> None:
    text = rewritten(SYMMETRIC, "expand(t, 2)", tmp_path)
    assert "t_x[i][j]" in text
    assert text.count("__builtin_malloc") == 1
    assert text.count("__builtin_free(t_x_memory)") == 2  # behind the nest, and where there is no memory
    assert "double (*restrict t_x)[37] =" in text


def test_last_values_are_copied_back(tmp_path: Path) -> None:
    text = rewritten(CONTRACTION, "expand(v, 2)", tmp_path)
    assert "v_x[i][j][k]" in text
    assert re.search(r"v\[e0\] = v_x\[.*\]\[.*\]\[e0\];", text)


def test_cells_that_iterations_share_belong_to_a_thread(tmp_path: Path) -> None:
    text = rewritten(CONTRACTION, f"{SHARED}; vectorize(S1@2, 8); parallel(S0@0)", tmp_path)
    before, _, after = text.partition("double v_x[37][37];")
    assert "#pragma omp parallel for" in before
    assert "malloc" not in text
    assert re.search(r"\*\(f64x8_u \*\)&v_x\[", after)


def test_counters_that_the_element_tells_are_no_part_of_the_cell(tmp_path: Path) -> None:
    nest = nest_of(CONTRACTION, tmp_path)
    assert [str(step) for step in Expand.candidates(nest)] == ["expand(v, 2)"]


def test_contracted_values_need_no_copies(tmp_path: Path) -> None:
    text = rewritten(DECOMPOSITION, "contract(t, A)", tmp_path)
    assert "A_0 -= A[i][k] * A[k][j];" in text
    assert "A[i][j] = A[i][j];" not in text


def test_parts_carry_nothing(tmp_path: Path) -> None:
    nest = nest_of(PATHS, tmp_path)
    assert isinstance(apply_checked(parse_script("parallel(S0@1)"), nest), Rejected)
    assert not isinstance(
        apply_checked(parse_script(f"{PATHS_SPLIT}; distribute(S0aa@1); parallel(S0aa@2)"), nest), Rejected
    )


@pytest.mark.parametrize(
    ("kernel", "script", "reason"),
    [
        (CARRIED, "expand(t, 1)", "lives from one iteration"),
        (SYMMETRIC, "expand(C, 1)", "holds values before or after"),
        (CONTRACTION, "expand(v, 0)", "lives from one iteration"),
        (CONTRACTION, "expand(v, 1, shared=1)", "lives from one iteration"),
        (SYMMETRIC, "expand(x, 1)", "no array 'x'"),
        (SYMMETRIC, "contract(t, C)", "overwritten before its last read"),
        (SYMMETRIC, "contract(t, B)", "no value of 't' ends up"),
        (SYMMETRIC, "contract(t, T)", "no array 'T'"),
        (RECURRENCE, "contract(s, B)", ""),
        (PATHS, "split(S1, i - j)", "no statement S1"),
        (PATHS, "split(S0, i - m)", "m is no counter"),
        (PATHS, "split(S0, i + 1)", "the same sign"),
        (DECOMPOSITION, "split(S1, i - j)", "the same sign"),
        (IN_PLACE, "join(S0, S1)", "S1 does something else"),
        (IN_PLACE, "join(S0, S3)", "no such statement"),
        (IN_PLACE, "join(S0, S2)", "different loops"),
        (TWICE, "join(S0, S1)", "the same values of their counters"),
        (APART, "split(S0, j - i); shift(S0b, 0, 1); join(S0a, S0b)", "at the same time"),
    ],
)
def test_refused(kernel: str, script: str, reason: str, tmp_path: Path) -> None:
    found = apply_checked(parse_script(script), nest_of(kernel, tmp_path))
    assert isinstance(found, Rejected)
    assert isinstance(found.reason, Inapplicable)
    assert reason in found.reason.reason


def test_an_order_that_needs_the_expansion_is_illegal_without(tmp_path: Path) -> None:
    nest = nest_of(SYMMETRIC, tmp_path)
    steps = "distribute(S1@2); reorder(S1, S2); reorder(S1, S3); distribute(S0@0)"
    assert isinstance(apply_checked(parse_script(steps), nest), Rejected)
    assert isinstance(apply_checked(parse_script(f"expand(t, 1); {steps}"), nest), Rejected)


def test_contraction_is_checked_against_the_order_it_meets(tmp_path: Path) -> None:
    nest = nest_of("\n    for (int i = 0; i < n; i++) { t = v[i] * 2; u[i] = v[i] + 1; v[i] = t; }\n", tmp_path)
    found = apply_checked(parse_script("contract(t, v)"), nest)
    assert isinstance(found, Rejected)


def test_refinements_alone_lead_to_the_refined_nest(tmp_path: Path) -> None:
    nest = nest_of(PATHS, tmp_path)
    script = parse_script("split(S0, j - k); distribute(S0a@2); split(S0c, i - 1)")
    schedule = apply_checked(parse_script("split(S0, j - k); split(S0c, i - 1)"), nest)
    assert not isinstance(schedule, Rejected)
    names = [statement.name for statement in schedule.subject(nest).scop.statements]
    assert names == ["S0a", "S0b", "S0ca", "S0cb", "S0cc"]
    assert [statement.name for statement in refine(nest, script).scop.statements] == names


@pytest.mark.parametrize("text", ["split(S0, i-j+1)", "split(S0, floor(i/32) - floor((k+1)/32))", "expand(t,  2)"])
def test_scripts_reparse(text: str) -> None:
    script = parse_script(text)
    assert parse_script(str(script)) == script


def test_updates_that_commute_may_change_places(tmp_path: Path) -> None:
    nest = nest_of(STRETCHES, tmp_path)
    assert not isinstance(apply_checked(parse_script("reorder(S0, S1)"), nest), Rejected)
    found = apply_checked(parse_script("interchange(S1@1, S1@2)"), nest)  # S0 would run before the updates it reads
    assert isinstance(found, Rejected)


def test_updates_that_commute_do_not_run_at_the_same_time(tmp_path: Path) -> None:
    nest = nest_of(STRETCHES, tmp_path)
    assert isinstance(apply_checked(parse_script("parallel(S1@2)"), nest), Rejected)


@pytest.mark.parametrize(
    "kernel",
    [
        "for (int i = 0; i < n; i++) { u[0] = u[0] > v[i] ? u[0] : v[i]; u[0] = u[0] > A[i][0] ? u[0] : A[i][0]; }",
        "for (int i = 0; i < n; i++) { W[0] += W[i + 1]; W[0] += 2 * W[i + 2]; }",
        "for (int i = 0; i < n; i++) { T[0][0] |= T[i + 1][1]; T[0][0] ^= T[i + 1][2]; }",
        "for (int i = 0; i < n; i++) { H[0] = H[0] > H[i] ? H[0] : H[i]; H[0] = H[0] > H[i + 1] ? H[0] : H[i + 1]; }",
    ],
)
def test_others_keep_their_order(kernel: str, tmp_path: Path) -> None:
    declared = kernel.join(["long *w = W; short *h = H; (void)w; (void)h;\n", "\n"])
    text = HEAD.replace("static void", "static long W[99];\nstatic short H[99];\nstatic void") + declared + TAIL
    (scop,) = read(text, tmp_path, "kernel").scops
    assert isinstance(apply_checked(parse_script("reorder(S0, S1)"), analyze(scop)), Rejected)
