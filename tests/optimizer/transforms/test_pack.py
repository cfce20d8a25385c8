from dataclasses import replace

import pytest

from optimizer.dependences import analyze
from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.expr import Assign, Binary, Iterator, Literal, Ref
from optimizer.ir.packing import PackMark
from optimizer.transforms import Pack, original, parse_script

ROW, COLUMN, INNER = (Iterator(name, INT) for name in "ijk")


@pytest.fixture
def product(toolbox):
    """C[i][j] += A[i][k] * A[j][k + 1]."""
    nest = toolbox.nest(
        "i{j{k{S0}}}",
        "[n] -> { S0[i, j, k] : 0 <= i < n and 0 <= j < n and 0 <= k < n }",
        "w: S0[i, j, k] -> C[i, j]; r: S0[i, j, k] -> C[i, j]; "
        "r: S0[i, j, k] -> A[i, k]; r: S0[i, j, k] -> A[j, k + 1]",
        "[n] -> { : }",
    )
    after = Binary("+", INNER, Literal("1", INT))
    value = Binary("*", Ref("A", (ROW, INNER), DOUBLE), Ref("A", (COLUMN, after), DOUBLE))
    statement = replace(nest.scop.statement("S0"), body=(Assign(Ref("C", (ROW, COLUMN), DOUBLE), "+=", value),))
    return analyze(replace(nest.scop, statements=(statement,)))


def test_marks_the_loop_and_leaves_the_order(toolbox, product):
    assert "// loopwright:pack:A:1:1,0\nfor (int c1" in toolbox.code("pack(S0@1, A, 1, 0, group=1)", product)
    assert toolbox.order("pack(S0@1, A)", product, n=2) == toolbox.order("", product, n=2)


def test_marks_stay_on_tile_loops_and_go_with_their_loops(toolbox, product):
    code = toolbox.code("pack(S0@1, A); strip_mine(S0@1, 4); interchange(S0@0, S0@1)", product)
    assert code.startswith("// loopwright:pack:A:0:\nfor (int c0 = 0; c0 < n; c0 += 4)")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pack(S0@0, D)", "there is no array D to pack"),
        ("pack(S0@0, A, 0, 0)", "the order must name each of the dimensions 0 .. 1 once"),
        ("pack(S0@0, A, group=2)", "S0@0 always reads no reference of group 2 to A"),
        ("pack(S0@0, C)", "S0@0 always reads no reference of group 0 to C"),
        ("pack(S0@3, A)", "there is no loop S0@3: S0 stands in 3 loops, the innermost is S0@2"),
        ("pack(S0@1, A); pack(S0@1, A, 1, 0)", "group 0 of A is packed in front of S0@1 already"),
    ],
)
def test_refusals(toolbox, product, text, reason):
    assert reason in toolbox.refuse(text, product).reason


def test_what_the_search_may_try(product):
    found = list(map(str, Pack.applicable(original(product.scop), product)))
    assert found[:4] == [
        "pack(S0@0, A)",
        "pack(S0@0, A, 1, 0)",
        "pack(S0@0, A, group=1)",
        "pack(S0@0, A, 1, 0, group=1)",
    ]
    assert len(found) == 3 * 4
    assert all(str(parse_script(text)) == text for text in found)


def test_the_mark_is_text():
    for mark in (PackMark("A", 2, (1, 0)), PackMark("_b1", 0, ())):
        assert PackMark.read(str(mark)) == mark
    assert PackMark.read("loopwright:parallel") is None
