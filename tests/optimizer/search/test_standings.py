"""Ratings across tournaments, and who is raced first."""

import math
from dataclasses import replace

import pytest

from frontends.c import read_program
from optimizer.codegen import Generated, generate
from optimizer.dependences import analyze
from optimizer.execution.heats import Heat
from optimizer.ir.outcome import Measured, TimedOut
from optimizer.search.explore import Candidate
from optimizer.search.lineup import lineup
from optimizer.search.standings import Standings
from optimizer.transforms import original
from polybench.suite import find


@pytest.fixture(scope="module")
def plain() -> Candidate:
    (scop,) = read_program(find("mvt").path, flags=("-DMINI_DATASET",), compiler="gcc").scops
    nest = analyze(scop)
    code = generate(nest, original(scop), original="", indent="")
    assert isinstance(code, Generated)
    return Candidate(original(scop), code, 0.0)


def _named(plain: Candidate, script: str, gain: float = 0.0, recipe: str = "") -> Candidate:
    return Candidate(replace(plain.schedule, script=(script,)), plain.code, gain, recipe)


def test_a_newcomer_is_rated_by_the_leader_of_its_tournament(plain: Candidate) -> None:
    standings = Standings(1000.0)
    first, second = _named(plain, "unroll(S0@1, 2)"), _named(plain, "unroll(S0@1, 3)")
    standings.enter([first], [Heat(500.0, 3)])
    outcomes = standings.enter([first, second], [Heat(1000.0, 3), Heat(500.0, 3)])  # the machine became slower
    assert standings.leader is second
    assert math.exp(standings.ratings[second.script]) == pytest.approx(4.0)
    assert standings.leader_ns == pytest.approx(250.0)
    assert isinstance(outcomes[1], Measured)
    assert outcomes[1].pairs == 0


def test_failures_are_remembered_and_progress_ends(plain: Candidate) -> None:
    standings = Standings(1000.0)
    first, second = _named(plain, "unroll(S0@1, 2)"), _named(plain, "unroll(S0@1, 3)")
    standings.enter([first], [Heat(500.0, 3)])
    assert standings.stale == 0
    standings.enter([first, second], [Heat(500.0, 3), TimedOut(1.0)])
    assert standings.knows(second)
    assert standings.leader is first
    assert standings.stale == 2


def test_every_recipe_and_kind_comes_before_variations(plain: Candidate) -> None:
    ranked = [
        _named(plain, "unroll(S0@1, 2)", 3.0, "one"),
        _named(plain, "unroll(S0@1, 3)", 2.0, "one"),
        _named(plain, "unroll(S0@1, 4)", 1.5),
        _named(plain, "tile(S0@0, 8, 8)", 1.0),
        _named(plain, "unroll(S0@1, 6)", 0.5, "two"),
    ]
    order = [candidate.script for candidate in lineup(ranked)]
    assert order[:2] == ["unroll(S0@1, 2)", "unroll(S0@1, 6)"]
    assert order.index("tile(S0@0, 8, 8)") < order.index("unroll(S0@1, 4)")
    assert sorted(order) == sorted(candidate.script for candidate in ranked)
