"""Shrinking keeps what makes a program fail and drops the rest."""

from optimizer.verify.generator import random_nest
from optimizer.verify.nests import NestPlan, Node, Statement, children
from optimizer.verify.render import render
from optimizer.verify.shrink import Scripts, shrink


def count(nodes: tuple[Node, ...]) -> int:
    return sum(1 if isinstance(node, Statement) else count(children(node)) for node in nodes)


def test_a_program_shrinks_to_the_statement_that_matters() -> None:
    plan = next(p for p in map(random_nest, range(400)) if "sqrt" in render(p) and count(p.body) >= 5)

    def still_fails(candidate: NestPlan, _scripts: Scripts) -> bool:
        return "sqrt" in render(candidate).split("void kernel")[1]

    small, _ = shrink(plan, ("",), still_fails, 20.0)
    assert count(small.body) == 1
    assert still_fails(small, ())
    assert len(render(small)) < len(render(plan))


def test_scripts_shrink_step_by_step() -> None:
    plan = random_nest(1)

    def still_fails(candidate: NestPlan, scripts: Scripts) -> bool:
        return candidate == plan and any("tile" in script for script in scripts)

    _, scripts = shrink(plan, ("reverse(S0@0); tile(S1@0, 4); parallel(S0@0)", "reverse(S2@0)"), still_fails, 20.0)
    assert scripts == ("tile(S1@0, 4)", "")


def test_statement_names_follow_when_a_statement_is_removed() -> None:
    plan = next(p for p in map(random_nest, range(400)) if count(p.body) >= 4)
    seen: set[Scripts] = set()

    def still_fails(_candidate: NestPlan, scripts: Scripts) -> bool:
        seen.add(scripts)
        return False

    shrink(plan, ("reverse(S3@0)",), still_fails, 20.0)
    assert ("reverse(S2@0)",) in seen


def test_the_budget_ends_it() -> None:
    plan = random_nest(2)
    assert shrink(plan, ("",), lambda _plan, _scripts: True, 0.0) == (plan, ("",))
