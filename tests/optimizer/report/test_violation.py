import pytest

from optimizer.ir.dependence import DependenceKind, Instance, Violation
from optimizer.ir.diagnostic import Severity
from optimizer.ir.scop import Scop
from optimizer.report.text import render_text
from optimizer.report.violation import violation_diagnostic

PARAMETERS = (("T", 2), ("N", 4))


def reversed_flow(**changes: object) -> Violation:
    fields: dict[str, object] = {
        "kind": DependenceKind.FLOW,
        "array": "B",
        "source": Instance("S0", (0, 2)),
        "sink": Instance("S0", (1, 1)),
        "parameters": PARAMETERS,
    }
    return Violation(**(fields | changes))  # type: ignore[arg-type]


def test_a_reversed_dependence_shows_both_accesses_and_the_witness(stencil: Scop, source: bytes) -> None:
    diagnostic = violation_diagnostic(
        reversed_flow(), stencil, "interchange(S0@0, S0@1)", repairs=("skew(S0@1, S0@0, 1)",)
    )
    assert render_text(diagnostic, {"jacobi.c": source}) == (
        "jacobi.c:4:5: remark: interchange(S0@0, S0@1) is illegal: it reverses a flow dependence on 'B' [LW201]\n"
        " 4 |     B[t+1][i] = B[t][i-1] + B[t][i] + B[t][i+1];\n"
        "   |     ^^^^^^^^^ written here by S0[t=0, i=2]\n"
        "   |                                       ^^^^^^^^^ read here by S0[t=1, i=1], which would now run first\n"
        "   = note: smallest counterexample: T = 2, s->n = 4\n"
        "   = help: 'skew(S0@1, S0@0, 1)' is legal"
    )


def test_the_access_that_touches_the_same_element_is_shown(stencil: Scop) -> None:
    diagnostic = violation_diagnostic(reversed_flow(sink=Instance("S0", (1, 3))), stencil, "reverse(S0@0)")
    assert [span.column for span, _ in diagnostic.related] == [17]


def test_a_parallel_loop_that_carries_a_dependence_names_the_loop(stencil: Scop) -> None:
    diagnostic = violation_diagnostic(
        reversed_flow(loop="S0@0"), stencil, "parallel(S0@0)", severity=Severity.ERROR
    )
    assert (diagnostic.code, diagnostic.severity) == ("LW202", Severity.ERROR)
    assert diagnostic.message == "parallel(S0@0) is illegal: loop S0@0 carries a flow dependence on 'B'"
    assert diagnostic.related[0][1] == "read here by S0[t=1, i=1], which could now run at the same time"


def test_a_stale_copy_names_the_loop_in_front_of_which_it_is_made(stencil: Scop) -> None:
    violation = reversed_flow(loop="S0@0", is_stale=True)
    diagnostic = violation_diagnostic(violation, stencil, "pack(S0@0, B)")
    assert diagnostic.code == "LW205"
    assert diagnostic.message == (
        "pack(S0@0, B) is illegal: 'B' is packed in front of loop S0@0 and written in it before it is read"
    )
    assert diagnostic.related[0][1].endswith(", which would now read the copy made before")


def test_an_anti_dependence_starts_at_the_read(stencil: Scop) -> None:
    violation = reversed_flow(
        kind=DependenceKind.ANTI, source=Instance("S0", (1, 1)), sink=Instance("S0", (0, 1))
    )
    diagnostic = violation_diagnostic(violation, stencil, "reverse(S0@0)")
    assert diagnostic.label == "read here by S0[t=1, i=1]"
    assert diagnostic.message.endswith("it reverses an anti dependence on 'B'")
    assert diagnostic.related[0][1].startswith("written here by S0[t=0, i=1]")


def test_an_overwritten_private_value_names_the_intruder(stencil: Scop) -> None:
    violation = reversed_flow(intruder=Instance("S0", (0, 3)))
    diagnostic = violation_diagnostic(violation, stencil, "tile(S0@0, S0@1, 32, 32)")
    assert diagnostic.code == "LW203"
    assert diagnostic.related[1][1] == "overwritten by S0[t=0, i=3], which would now run in between"


@pytest.mark.parametrize("parameters", [(), (("N", 4),)])
def test_unknown_parameters_are_no_obstacle(stencil: Scop, parameters: tuple[tuple[str, int], ...]) -> None:
    diagnostic = violation_diagnostic(reversed_flow(parameters=parameters), stencil, "reverse(S0@0)")
    assert len(diagnostic.notes) == bool(parameters)
