"""A stencil whose interchange is illegal: `for t for i: B[t+1][i] = B[t][i-1] + B[t][i] + B[t][i+1];`."""

import islpy as isl
import pytest

from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.diagnostic import Span
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Parameter, Scop, Statement, Storage

SOURCE = (
    b"void f(int T, int N, double B[T + 1][N]) {\n"
    b"\tfor (int t = 0; t < T; t++)\n"
    b"\tfor (int i = 1; i < N - 1; i++)\n"
    b"    B[t+1][i] = B[t][i-1] + B[t][i] + B[t][i+1];\n"
    b"}\n"
)


def span(column: int, end_column: int, line: int = 4) -> Span:
    return Span("jacobi.c", line, column, line, end_column)


@pytest.fixture
def source() -> bytes:
    return SOURCE


@pytest.fixture
def stencil() -> Scop:
    domain = isl.Set("[T, N] -> { S0[t, i] : 0 <= t < T and 1 <= i < N - 1 }")

    def access(kind: AccessKind, time: str, place: str, where: Span) -> Access:
        return Access(kind, "B", isl.Map(f"[T, N] -> {{ S0[t, i] -> B[{time}, {place}] }}"), where)

    statement = Statement(
        "S0",
        (Counter("c0", INT, "t"), Counter("c1", INT, "i")),
        domain,
        (),
        (
            access(AccessKind.WRITE, "t + 1", "i", span(5, 14)),
            access(AccessKind.READ, "t", "i - 1", span(17, 26)),
            access(AccessKind.READ, "t", "i", span(29, 36)),
            access(AccessKind.READ, "t", "i + 1", span(39, 48)),
        ),
        span(5, 49),
    )
    return Scop(
        "f:0",
        "f",
        (Parameter("T", "T", INT), Parameter("N", "s->n", INT)),
        isl.Set("[T, N] -> { : }"),
        (Array("B", "B", DOUBLE, ("T + 1", "N"), Storage.POINTER, 2),),
        (statement,),
        isl.Schedule.from_domain(isl.UnionSet.from_set(domain)),
        span(2, 49, 2),
    )
