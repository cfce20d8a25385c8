import json

import islpy as isl
import pytest

from optimizer.dependences import analyze
from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.dependence import Nest
from optimizer.ir.diagnostic import Span
from optimizer.ir.order import Leaf, Loop, original_schedule
from optimizer.ir.scop import (
    Access,
    AccessKind,
    Array,
    Assumption,
    AssumptionKind,
    Counter,
    Parameter,
    Scop,
    Statement,
    Storage,
)
from optimizer.report.distance import edges, shared_loops
from optimizer.report.nest import nest_as_json, nest_text


def statement(name: str, counters: str, domain: str, accesses: str, line: int) -> Statement:
    """`accesses` spells `w A[i]; r B[i]`."""
    found = []
    for access in accesses.split("; "):
        kind = AccessKind.WRITE if access[0] == "w" else AccessKind.READ
        relation = isl.Map(f"[n] -> {{ {name}[{counters}] -> {access[2:]} }}")
        found.append(Access(kind, relation.get_tuple_name(isl.dim_type.out) or "", relation))
    return Statement(
        name,
        tuple(Counter(c, INT, c) for c in counters.split(", ")),
        isl.Set(f"[n] -> {{ {name}[{counters}] : {domain} }}"),
        (),
        tuple(found),
        Span("a.c", line, 1, line, 9),
        text=f"{accesses.partition(';')[0]} = ...;",
    )


@pytest.fixture
def nest() -> Nest:
    """for i { S0: x[i] = a[i]; for j < i  S1: x[i] -= x[j]; }  with a scalar that is accumulated."""
    statements = (
        statement("S0", "i", "0 <= i < n", "w x[i]; r a[i]", 2),
        statement("S1", "i, j", "0 <= j < i < n", "w x[i]; r x[i]; r x[j]", 4),
    )
    domains = {s.name: s.domain for s in statements}
    scop = Scop(
        "f:0",
        "f",
        (Parameter("n", "n", INT),),
        isl.Set("[n] -> { : }"),
        tuple(Array(name, name, DOUBLE, (None,), Storage.POINTER, 1) for name in ("x", "a")),
        statements,
        original_schedule([Loop(0, (Leaf("S0"), Loop(1, (Leaf("S1"),))))], domains),
        Span("a.c", 1, 1, 5, 2),
        (Assumption(AssumptionKind.NO_OVERLAP, "x + n <= a || a + n <= x", "x and a may overlap"),),
    )
    return analyze(scop)


def test_distances_are_numbers_or_signs_of_the_shared_loops(nest: Nest) -> None:
    assert [str(edge) for edge in edges(nest)] == [
        "flow x: S0 -> S1 (0+)",
        "output x: S0 -> S1 (0)",
        "anti x: S1 -> S1 (0, 1)",
        "flow x: S1 -> S1 (0+, 1)",
        "output x: S1 -> S1 (0, 1)",
    ]
    assert shared_loops(nest, "S0", "S1") == 1
    assert shared_loops(nest, "S1", "S1") == 2


def test_the_text_says_all_there_is(nest: Nest) -> None:
    text = nest_text(nest)
    assert text.startswith("a.c:1:1: nest f:0, 2 statements\n")
    assert "S1  [S1@0 = i, S1@1 = j]  line 4: w x[i] = ...;" in text
    assert "flow x: S0 -> S1 (0+)" in text
    assert "x + n <= a || a + n <= x  (no overlap: x and a may overlap)" in text


def test_the_json_says_the_same(nest: Nest) -> None:
    document = json.loads(json.dumps(nest_as_json(nest)))
    assert [s["loops"] for s in document["statements"]] == [["i"], ["i", "j"]]
    assert len(document["dependences"]) == len(edges(nest))
    assert document["assumptions"][0]["kind"] == "no overlap"
    assert document["span"]["end_line"] == 5
