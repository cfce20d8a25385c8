"""What the analysis says about a matrix product under scripts of which one can tell by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.execution import detect_toolchain
from optimizer.report.rationale import rationale_as_json, rationale_text
from optimizer.search.analytical import AnalyticalModel
from optimizer.search.explore import Candidate, Effort, Explorer
from optimizer.search.machine import CacheLevel, Machine
from optimizer.search.prepare import explorer_of, prepare
from optimizer.search.rationale import Movement, Rationale, explain_schedule
from optimizer.search.request import Request
from optimizer.transforms import parse_script

SOURCE = b"""
void f(double C[512][512], double A[512][512], double B[512][512])
{
    for (int i = 0; i < 512; i++)
        for (int j = 0; j < 512; j++)
            for (int k = 0; k < 512; k++)
                C[i][j] += A[i][k] * B[k][j];
}
"""
MACHINE = Machine((CacheLevel(32 << 10, 4.0), CacheLevel(1 << 20, 12.0), CacheLevel(16 << 20, 20.0)), 32, 64, 2)

Explain = Callable[[str], Rationale]


@pytest.fixture(scope="module")
def explain() -> Explain:
    request = Request(Path("f.c"), SOURCE, detect_toolchain("gcc"))
    (nest,) = prepare(request).nests
    explorer = explorer_of(nest, request, {}, Effort(0, 0.0))
    assert isinstance(explorer, Explorer) and isinstance(explorer.predictor, AnalyticalModel)
    as_written = explorer.make("")
    assert as_written is not None
    model = AnalyticalModel(MACHINE, {}, as_written.code.loop_tree, nest)

    def explained(script: str) -> Rationale:
        made = explorer.follow(parse_script(script))
        assert isinstance(made, Candidate)
        return explain_schedule(nest, made.schedule.script, made.code, model)

    return explained


def test_the_order_as_written_waits_for_its_sum(explain: Explain) -> None:
    found = explain("")
    (only,) = found.statements
    assert found.predicted_speedup == pytest.approx(1.0)
    assert [loop.trips for loop in only.loops] == [512.0] * 3
    assert only.vectors is None and only.threads is None
    assert only.registers is not None and (only.registers.scalars, only.registers.written) == (1, 1)
    assert {r.array: r.movement for r in only.references} == {
        "C": Movement.BROADCAST,
        "A": Movement.CONTIGUOUS,
        "B": Movement.STRIDED,
    }
    assert only.latency_cycles > only.arithmetic_cycles > 0.0


def test_an_interchange_lets_the_compiler_use_vectors(explain: Explain) -> None:
    (only,) = explain("interchange(S0@1, S0@2)").statements
    assert only.vectors is not None and (only.vectors.lanes, only.vectors.is_explicit) == (4, False)
    assert only.latency_cycles == 0.0
    assert {r.array: r.movement for r in only.references}["B"] is Movement.CONTIGUOUS


def test_a_register_tile_keeps_its_accumulators(explain: Explain) -> None:
    script = "interchange(S0@0, S0@1); vectorize(S0@0, 8); unroll_and_jam(S0@0, 2); unroll_and_jam(S0@1, 4)"
    (only,) = explain(script).statements
    assert only.vectors is not None and (only.vectors.lanes, only.vectors.is_explicit) == (8, True)
    assert only.registers is not None
    assert (only.registers.vectors, only.registers.scalars, only.registers.written) == (8, 0, 8)
    assert only.access_cycles < only.arithmetic_cycles
    text = rationale_text(explain(script), {})
    assert "8 vectors stay in variables while k runs, 8 of them accumulators" in text
    assert "8 lanes along j, written out" in text


def test_tiles_stand_in_the_caches_that_they_fit(explain: Explain) -> None:
    (only,) = explain("tile(S0@0, 32, 32, 32); interchange(S0@4, S0@5); parallel(S0@0)").statements
    first, second, third = only.caches
    assert first.loop is not None and second.loop is not None and third.loop is not None
    assert first.loop.bytes == 3 * 32 * 32 * 8 and first.loop is only.loops[3]
    assert third.loop is only.loops[0] and third.loop.bytes == 3 * 512 * 512 * 8
    assert first.lines > second.lines > third.lines > 0.0
    assert only.threads is not None
    assert (only.threads.iterations, only.threads.entries, only.threads.balance) == (16.0, 1.0, 1.0)
    assert replace(only.threads, iterations=3.0).balance == 0.75


def test_as_text_and_json(explain: Explain) -> None:
    found = explain("tile(S0@0, 32, 32, 32); interchange(S0@4, S0@5); parallel(S0@0)")
    text = rationale_text(found, {"C": "C", "A": "s->a", "B": "B"})
    assert "L1         32 KiB: holds what one run of i touches (s->a 8 KiB, B 8 KiB, C 8 KiB; 75%)" in text
    assert "2 share the 16 iterations of ii, entered once" in text
    document = rationale_as_json(found)
    assert isinstance(document, dict) and isinstance(document["statements"], list)
    (only,) = document["statements"]
    assert isinstance(only, dict) and isinstance(only["cycles"], dict)
    assert only["bound"] == max(only["cycles"], key=lambda name: only["cycles"][name])
