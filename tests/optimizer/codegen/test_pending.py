from optimizer.codegen.affine import Affine
from optimizer.codegen.looptree import For, Instance, Node
from optimizer.codegen.pending import Local, Pending, declarations
from optimizer.ir.schedule import LoopRef

WRITE, READ = Instance("S0", ()), Instance("S1", ())
SCALAR = Local("t", "int", "t", "t", frozenset({"S0", "S1"}), is_read=True)
ARRAY = Local("t", "int", "t[4]", "t", frozenset({"S0", "S1"}), is_read=True)


def loop(*body: Node) -> For:
    return For("i", Affine(), Affine(), 1, body, LoopRef("S0", 0))


def declared(local: Local, *body: Node) -> list[str]:
    here, _ = Pending((local,)).at(body)
    return list(declarations(here))


def test_a_scalar_that_is_written_right_away_needs_no_value() -> None:
    assert declared(SCALAR, WRITE, READ) == ["int t;"]


def test_a_scalar_that_lives_across_iterations_has_a_value_from_the_start() -> None:
    assert declared(SCALAR, loop(READ, WRITE)) == ["int t = 0;"]


def test_an_array_has_no_initializer() -> None:
    assert declared(ARRAY, loop(READ, WRITE)) == ["int t[4];"]
