"""Violations: true ones are confirmed, and every way in which one can be false is found out."""

from dataclasses import replace

import islpy as isl
import pytest

from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.dependence import DependenceKind, Instance, Violation
from optimizer.ir.diagnostic import Span
from optimizer.ir.expr import Assign, Binary, Iterator, Literal, Ref
from optimizer.ir.order import Leaf, Loop, original_schedule
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Parameter, Scop, Statement, Storage
from optimizer.verify.witness import confirm, refute

SPAN = Span("w.c", 1, 1, 1, 1)


def stencil() -> Scop:
    """for (i = 1; i < n; i++) for (j = 0; j < n - 1; j++) A[i][j] = A[i-1][j+1];"""
    domain = isl.Set("[n] -> { S0[i, j] : 1 <= i < n and 0 <= j < n - 1 }")
    accesses = (
        Access(AccessKind.READ, "A", isl.Map("[n] -> { S0[i, j] -> A[i - 1, j + 1] }")),
        Access(AccessKind.WRITE, "A", isl.Map("[n] -> { S0[i, j] -> A[i, j] }")),
    )
    counters = (Counter("i", INT, "i"), Counter("j", INT, "j"))
    statement = Statement("S0", counters, domain, (), accesses, SPAN)
    tree = original_schedule((Loop(0, (Loop(1, (Leaf("S0"),)),)),), {"S0": domain})
    array = Array("A", "A", DOUBLE, (None, "n"), Storage.OBJECT, 2)
    return Scop(
        "f:0", "f", (Parameter("n", "n", INT),), isl.Set("[n] -> { : }"), (array,), (statement,), tree, SPAN
    )


def interchanged(scop: Scop) -> Schedule:
    tree = isl.Schedule.from_domain(scop.domain)
    text = "[n] -> [{ S0[i, j] -> [j] }, { S0[i, j] -> [i] }]"
    return Schedule(tree.insert_partial_schedule(isl.MultiUnionPwAff.read_from_str(scop.context.get_ctx(), text)))


def parallel(scop: Scop, loop: int) -> Schedule:
    return marked(scop, loop, "loopwright:parallel")


def marked(scop: Scop, loop: int, mark: str) -> Schedule:
    node = scop.schedule.get_root().child(0)
    for _ in range(loop):
        node = node.child(0)
    return Schedule(node.insert_mark(isl.Id(mark)).get_schedule())


TRUE = Violation(
    DependenceKind.FLOW, "A", Instance("S0", (1, 1)), Instance("S0", (2, 0)), (("n", 3),)
)  # fmt: skip


def test_a_true_violation_is_confirmed() -> None:
    scop = stencil()
    assert confirm(TRUE, scop, interchanged(scop))


@pytest.mark.parametrize(
    ("false", "reason"),
    [
        (replace(TRUE, parameters=(("n", 2),)), "does not exist"),
        (replace(TRUE, parameters=()), "no value"),
        (replace(TRUE, sink=Instance("S0", (9, 0))), "does not exist"),
        (replace(TRUE, source=TRUE.sink, sink=TRUE.source), "does not run the source first"),
        (replace(TRUE, sink=Instance("S0", (2, 1))), "touch one element"),
        (replace(TRUE, kind=DependenceKind.ANTI), "touch one element"),
        (replace(TRUE, kind=DependenceKind.OUTPUT), "touch one element"),
        (replace(TRUE, array="B"), "touch one element"),
        (replace(TRUE, intruder=Instance("S0", (1, 0))), "touch one element"),
    ],
)
def test_a_false_violation_is_refuted(false: Violation, reason: str) -> None:
    scop = stencil()
    found = refute(false, scop, interchanged(scop))
    assert found is not None
    assert reason in found


def test_a_kept_order_is_no_violation() -> None:
    scop = stencil()
    assert refute(TRUE, scop, Schedule(scop.schedule)) == "the schedule runs the source first"


def test_a_parallel_loop_that_carries_the_dependence() -> None:
    scop = stencil()
    assert confirm(replace(TRUE, loop="S0@0"), scop, parallel(scop, 0))


def test_a_copy_that_is_stale_when_it_is_read() -> None:
    scop = stencil()
    row, column, one = Iterator("i", INT), Iterator("j", INT), Literal("1", INT)
    source = Ref("A", (Binary("-", row, one), Binary("+", column, one)), DOUBLE)
    body = (Assign(Ref("A", (row, column), DOUBLE), "=", source),)
    scop = replace(scop, statements=(replace(scop.statements[0], body=body),))
    stale = replace(TRUE, loop="S0@0", is_stale=True)
    assert confirm(stale, scop, marked(scop, 0, "loopwright:pack:A:0:"))
    reason = "no packed loop holds both instances in one execution"
    assert refute(stale, scop, marked(scop, 1, "loopwright:pack:A:0:")) == reason
    assert refute(stale, scop, parallel(scop, 0)) == reason


def test_a_parallel_loop_inside_the_carrying_one() -> None:
    scop = stencil()
    assert refute(replace(TRUE, loop="S0@1"), scop, parallel(scop, 1)) == "no parallel loop separates the instances"
    assert not confirm(replace(TRUE, loop="S0@0"), scop, Schedule(scop.schedule))


def temporary() -> Scop:
    """for (i = 0; i < 3; i++) { t = ...; B[i] = t; }  with t dead outside."""
    first, second = isl.Set("{ S0[i] : 0 <= i < 3 }"), isl.Set("{ S1[i] : 0 <= i < 3 }")
    write = Access(AccessKind.WRITE, "t", isl.Map("{ S0[i] -> t[] }"))
    read = Access(AccessKind.READ, "t", isl.Map("{ S1[i] -> t[] }"))
    counters = (Counter("i", INT, "i"),)
    statements = (
        Statement("S0", counters, first, (), (write,), SPAN),
        Statement("S1", counters, second, (), (read,), SPAN),
    )
    tree = original_schedule((Loop(0, (Leaf("S0"), Leaf("S1"))),), {"S0": first, "S1": second})
    array = Array("t", "t", DOUBLE, (), Storage.OBJECT, 0, live_in=False, live_out=False)
    return Scop("f:0", "f", (), isl.Set("{ : }"), (array,), statements, tree, SPAN)


def distributed(scop: Scop) -> Schedule:
    band = "[{ S0[i] -> [0]; S1[i] -> [1] }, { S0[i] -> [i]; S1[i] -> [i] }]"
    schedule = isl.MultiUnionPwAff.read_from_str(scop.context.get_ctx(), band)
    return Schedule(isl.Schedule.from_domain(scop.domain).insert_partial_schedule(schedule))


def test_an_intruder_between_write_and_read() -> None:
    scop = temporary()
    pair = Violation(DependenceKind.FLOW, "t", Instance("S0", (0,)), Instance("S1", (0,)), ())
    assert confirm(replace(pair, intruder=Instance("S0", (2,))), scop, distributed(scop))
    assert not confirm(replace(pair, intruder=Instance("S0", (2,))), scop, Schedule(scop.schedule))
    assert not confirm(replace(pair, intruder=Instance("S0", (0,))), scop, distributed(scop))
    assert not confirm(replace(pair, intruder=Instance("S0", (7,))), scop, distributed(scop))
    assert not confirm(pair, scop, distributed(scop))
