"""Every program of the corpus: raised as expected, regenerated and rescheduled without a change of its output."""

import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from frontends.c import read_program
from optimizer.dependences import analyze, find_violation
from optimizer.ir.schedule import Schedule
from optimizer.transforms import original
from optimizer.verify.pipeline import emit, read
from optimizer.verify.scripts import draw_script
from optimizer.verify.witness import refute

WARNINGS = ("-Wall", "-Wextra", "-Werror")


def run(text: str, directory: Path, *flags: str) -> str:
    source, program = directory / "candidate.c", directory / "candidate"
    source.write_text(text)
    subprocess.run(["gcc", "-ffp-contract=off", *flags, str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([str(program)], check=True, capture_output=True, text=True, timeout=30).stdout


def outcome(path: Path) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Function -> (nests taken, codes of refusals)."""
    program = read_program(path, flags=(), compiler="gcc")
    taken: dict[str, int] = defaultdict(int)
    codes: dict[str, set[str]] = defaultdict(set)
    for scop in program.scops:
        taken[scop.function] += 1
    for refusal in program.refusals:
        inside = [f.name for f in program.functions if f.span.line <= refusal.span.line <= f.span.end_line]
        codes[inside[0] if inside else "-"].add(refusal.code)
    return {name: (taken[name], tuple(sorted(codes[name]))) for name in sorted(taken.keys() | codes.keys())}


def test_nests_are_taken_or_refused_as_expected(case: Any, tmp_path: Path) -> None:
    path = tmp_path / "input.c"
    path.write_text(case.text)
    assert outcome(path) == case.expected


def test_order_as_written_keeps_the_output(case: Any, tmp_path: Path) -> None:
    source = read(case.text, tmp_path)
    nests = [analyze(scop) for scop in source.scops]
    text = emit(source, nests, [original(nest.scop) for nest in nests])
    assert text is not None
    check(case, text, tmp_path)


@pytest.mark.parametrize("seed", [0])
def test_random_schedules_keep_the_output(case: Any, seed: int, tmp_path: Path) -> None:
    source = read(case.text, tmp_path)
    nests = [analyze(scop) for scop in source.scops]
    rng = random.Random(f"{case.name}{seed}")
    schedules: list[Schedule] = []
    for nest in nests:
        drawn = draw_script(rng, nest, 3)
        for step in drawn.refused:
            assert refute(step.violation, step.schedule.subject(nest).scop, step.schedule) is None
        assert find_violation(drawn.schedule, nest) is None
        schedules.append(drawn.schedule)
    text = emit(source, nests, schedules)
    if text is not None:
        check(case, text, tmp_path)


def test_optimized_programs_keep_their_output(case: Any, tmp_path: Path) -> None:
    path, out = tmp_path / "input.c", tmp_path / "output.c"
    path.write_text(case.text)
    command = [sys.executable, "-m", "optimizer.cli.main", "optimize", str(path), "-o", str(out), "--quiet"]
    subprocess.run(command, check=True, timeout=120)
    check(case, out.read_text(), tmp_path)


def check(case: Any, text: str, directory: Path) -> None:
    """The program `text` compiles without warnings and prints what the original prints."""
    if not case.is_program:
        (directory / "candidate.c").write_text(text)
        command = ["gcc", "-c", *WARNINGS, "-fopenmp", "candidate.c", "-o", "candidate.o"]
        subprocess.run(command, cwd=directory, check=True)
        return
    expected = run(case.text, directory, "-O1")
    assert run(text, directory, "-O2", "-fopenmp", *WARNINGS) == expected
    assert run(text, directory, "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-w") == expected
    if not any(taken for taken, _ in case.expected.values()):
        assert text == case.text
