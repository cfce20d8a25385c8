"""The nest in long double: the same but for rounding, wherever the memory comes from; refused where it cannot be."""

import subprocess
from pathlib import Path

import pytest

from optimizer.codegen import GenerationFailed, precise_text, replace_nests
from optimizer.dependences import analyze
from optimizer.verify.pipeline import read

NESTS = {
    "void f(int n, double *a, const float *b) { for (int i = 1; i < n; i++) a[i] += a[i - 1] * b[i] / 3 + 0.1; }": (
        "double a[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}; float b[9] = {3, 1, 4, 1, 5, 9, 2, 6, 5}; f(9, a, b); r = a[8];"
    ),
    "void f(int n, int m, double *a) { for (int i = 2; i < n; i++) for (int j = 1; j < m; j++) "
    "a[i * m + j] = sqrt(a[(i - 1) * m + j]) + i; }": (
        "double a[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9}; f(4, 3, a); r = a[11] + 2 * a[7] + a[0];"
    ),
    "struct s { double x[7], y; }; void f(int n, struct s *s) { for (int i = 3; i < n; i++) "
    "{ double t = s->x[i] > 2 ? s->x[i] / 7 : -1; s->y += (float)t * fabs(s->x[i]); } }": (
        "struct s s = {{1, 2, 3, 4, 5, 6, 7}, 0.5}; f(7, &s); f(0, &s); r = s.y;"
    ),
    "void f(int n, double a[n][n], double *s) { for (int i = 0; i < n; i++) for (int j = i; j < n; j++) "
    "if (a[i][j] > 1) *s -= a[i][j] * exp(a[j][i]); }": (
        "double a[3][3] = {{1, 2, 3}, {2, 1, 0}, {1, 1, 2}}; f(3, a, &r);"
    ),
}
HEAD = "#include <math.h>\n#include <stdio.h>\n"


def value(text: str, calls: str, directory: Path) -> float:
    """The number r that a program of `text` prints after `calls`."""
    source, program = directory / "p.c", directory / "p"
    source.write_text(f'{text}\nint main(void) {{ double r = 0; {calls} printf("%.17g", r); return 0; }}\n')
    flags = ["-O1", "-w", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    built = subprocess.run(["gcc", *flags, str(source), "-o", str(program), "-lm"], capture_output=True, check=False)
    assert built.returncode == 0, built.stderr
    return float(subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("function", NESTS)
def test_values_are_the_same_but_for_rounding(function: str, tmp_path: Path) -> None:
    source = read(HEAD + function + "\n", tmp_path)
    (scop,) = source.scops
    text = precise_text(analyze(scop))
    assert isinstance(text, str)
    assert "long double" in text
    changed = replace_nests(source.text, [(scop.span, text)]).decode()
    expected = value(HEAD + function, NESTS[function], tmp_path)
    assert value(changed, NESTS[function], tmp_path) == pytest.approx(expected, rel=1e-7)
    assert expected != 0


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("void f(int n, long double *a) { for (int i = 0; i < n; i++) a[i] += 1; }", "of type long double already"),
        ("static double g(double x) { return x * x; } void f(int n, double *a) { for (int i = 0; i < n; i++) "
         "a[i] = g(a[i]); }", "'g' has no form in long double"),
    ],
)  # fmt: skip
def test_refusals(function: str, reason: str, tmp_path: Path) -> None:
    (scop,) = read(f"{HEAD}{function}\n", tmp_path).scops
    found = precise_text(analyze(scop))
    assert isinstance(found, GenerationFailed)
    assert reason in found.reason
