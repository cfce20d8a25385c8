"""Random nests are complete C programs without warnings that matter, undefined behaviour or trivial content."""

from pathlib import Path

import pytest

from optimizer.verify.batch import SANITIZED, Broken, run_all
from optimizer.verify.generator import random_nest
from optimizer.verify.nests import Linear, Loop, Reference, Statement, children, layouts, loop_range, substitute
from optimizer.verify.render import render


def test_equal_seeds_give_equal_programs() -> None:
    assert render(random_nest(5)) == render(random_nest(5))
    assert render(random_nest(5)) != render(random_nest(6))


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_programs_have_no_undefined_behaviour(first: int, tmp_path: Path) -> None:
    programs = [render(random_nest(seed)) for seed in range(1000 + first, 1060, 4)]
    results = run_all(programs, SANITIZED, tmp_path)
    assert [result for result in results if isinstance(result, Broken)] == []
    assert len(results) == len(programs)


def test_programs_are_varied() -> None:
    texts = [render(random_nest(seed)).split("void kernel")[1] for seed in range(300)]
    wanted = {
        "descending": "--", "stride": "+= 2", "unequal": "!= n", "min": "MIN(", "guard": "if (", "ternary": "?",
        "modulo": "% 2", "unsigned": "unsigned ", "size_t": "size_t ", "float": "float ", "int8": "char ",
        "int16": "int16_t ", "struct": "s->", "restrict": "restrict ", "indirect": "[idx[", "sqrt": "sqrt",
        "local": " w", "linear": "A_1 + ", "division": ") / 2", "joined": "&& ", "narrowing": "*= 0.5",
    }  # fmt: skip
    missing = [name for name, text in wanted.items() if not any(text in t for t in texts)]
    assert missing == []


def test_ranges_of_expressions() -> None:
    env = {"i": (2, 5), "n": (9, 9)}
    assert Linear((("i", -2), ("n", 1)), 1).range(env) == (0, 6)
    assert Linear((("(i / 2)", 1),)).range(env) == (1, 2)
    assert Linear((("(i % 3)", 1),)).range(env) == (0, 2)
    assert str(Linear((("i", -2), ("n", 1)), -1)) == "n - 2 * i - 1"
    assert str(Linear((("i", -1),), 0)) == "-i"
    assert str(Linear()) == "0"


def test_layouts_follow_the_subscripts() -> None:
    plan = random_nest(3)
    assert all(extent > 0 for layout in layouts(plan).values() for extent in layout.extents)


def test_substitution_removes_a_counter() -> None:
    statement = Statement("{0} = i + ii;", (Reference("A", (Linear((("i", 2),), 1), Linear((("(i / 2)", 1),)))),))
    loop = Loop("j", Linear((("i", 1),)), Linear((("n", 1),)), (statement,))
    fixed = substitute(loop, "i", 5)
    assert isinstance(fixed, Loop)
    assert fixed.first == Linear((), 5)
    (inner,) = children(fixed)
    assert inner == Statement("{0} = 5 + ii;", (Reference("A", (Linear((), 11), Linear((), 2))),))
    assert loop_range(fixed, {"n": (9, 9)}) == (5, 9)
