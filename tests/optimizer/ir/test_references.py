"""Which reads count as references, and how they are grouped."""

from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.ir.form import Form
from optimizer.ir.references import Reference, references
from optimizer.ir.scop import Scop


def scop_of(statement: str, directory: Path) -> Scop:
    path = directory / "f.c"
    path.write_text(
        f"void f(int n, double A[n][n], double B[n], int P[n])\n{{\n"
        f"    for (int i = 2; i < n - 2; i++)\n        for (int j = 2; j < n - 2; j++)\n            {statement}\n}}\n"
    )
    (scop,) = read_program(path).scops
    return scop


def found(statement: str, directory: Path, array: str = "A") -> tuple[Reference, ...]:
    return references(scop_of(statement, directory), array)


def test_references_with_the_same_coefficients_are_a_group(tmp_path: Path) -> None:
    reads = found("B[i] += A[i][j + 1] + A[j][i] + A[i - 1][j] + A[i][2] + A[n - 1 - i][j];", tmp_path)
    assert [reference.group for reference in reads] == [0, 1, 0, 2, 3]
    names = {c.source_name: c.name for s in scop_of("B[i] += A[i][j];", tmp_path).statements for c in s.counters}
    assert reads[0].subscripts == (Form(((names["i"], 1),)), Form(((names["j"], 1),), (), 1))
    assert reads[4].subscripts[0].counters == ((names["i"], -1),)
    assert reads[4].subscripts[0].constant == -1


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("A[i][j] += 1.0;", 0),  # the read belongs to the target
        ("A[i][j] = A[i][j] + 1.0;", 1),
        ("B[i] = B[j] > 0 ? A[i][j] : 0.0;", 0),
        ("B[i] = A[i][j] > 0 ? 1.0 : 0.0;", 1),
        ("B[i] = B[i] > 0 && A[i][j] > 0;", 0),
        ("if (B[j] > 0) B[i] = A[i][j];", 0),
        ("B[i] = A[P[i]][j];", 0),
        ("B[i] = A[i / 2][j];", 0),
    ],
)  # fmt: skip
def test_only_what_is_always_read_counts(tmp_path: Path, statement: str, count: int) -> None:
    assert len(found(statement, tmp_path)) == count
    assert len(found("B[i] = A[i][j] + P[i];", tmp_path, "P")) == 1
