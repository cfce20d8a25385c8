"""Bundled programs print what they print alone, and a broken one does not hide the others."""

from pathlib import Path

from optimizer.verify.batch import LIGHT, ORIGINAL, Broken, Build, Printed, run_all
from optimizer.verify.generator import random_nest
from optimizer.verify.render import render


def test_a_bundle_prints_what_its_programs_print(tmp_path: Path) -> None:
    programs = [render(random_nest(seed)) for seed in range(6)]
    together = run_all(programs, ORIGINAL, tmp_path)
    alone = [run_all([program], ORIGINAL, tmp_path)[0] for program in programs]
    assert together == alone
    assert all(isinstance(result, Printed) and result.text for result in alone)


def test_a_broken_program_does_not_hide_the_others(tmp_path: Path) -> None:
    good = render(random_nest(1))
    crash = "#include <stdlib.h>\nint main(void)\n{\n    abort();\n}\n"
    wrong = "int main(void)\n{\n    return undeclared;\n}\n"
    results = run_all([good, crash, wrong, good], ORIGINAL, tmp_path)
    assert isinstance(results[0], Printed)
    assert results[0] == results[3]
    assert isinstance(results[1], Broken)
    assert "SIGABRT" in results[1].detail
    assert isinstance(results[2], Broken)
    assert "undeclared" in results[2].detail


def test_levels_of_one_compiler_agree(tmp_path: Path) -> None:
    programs = [render(random_nest(seed)) for seed in range(20, 30)]
    plain = Build("gcc", ("-O2", "-fno-ivopts", "-ffp-contract=off"))
    assert run_all(programs, plain, tmp_path) == run_all(programs, LIGHT, tmp_path)
