"""Judging: equal results pass, others are failures of the right kind."""

import shutil
from dataclasses import replace
from pathlib import Path

from optimizer.verify.batch import LIGHT, ORIGINAL, Broken, Printed, run_all
from optimizer.verify.generator import random_nest
from optimizer.verify.judge import compare, is_right_elsewhere, judge
from optimizer.verify.render import render
from optimizer.verify.trial import FailureKind, Trial, Variant

PLAN = random_nest(12)
TEXT = render(PLAN)


def trial(*texts: str) -> Trial:
    return Trial(PLAN, TEXT, variants=[Variant((f"script {number}",), text) for number, text in enumerate(texts)])


def test_a_program_equals_itself(tmp_path: Path) -> None:
    assert judge([trial(TEXT, TEXT)], LIGHT, tmp_path) == []


def test_a_wrong_result_and_a_broken_program(tmp_path: Path) -> None:
    wrong = TEXT.replace("random_state = 12ULL", "random_state = 13ULL")
    broken = TEXT.replace("return 0;", "return undeclared;")
    failures = judge([trial(wrong, TEXT, broken)], LIGHT, tmp_path)
    assert [(f.kind, f.scripts) for f in failures] == [
        (FailureKind.WRONG_RESULT, ("script 0",)),
        (FailureKind.BROKEN_PROGRAM, ("script 2",)),
    ]
    assert "instead of" in failures[0].detail
    assert "undeclared" in failures[1].detail


def test_a_broken_original_is_the_generators_fault() -> None:
    failure = compare(PLAN, Variant((), TEXT), Broken("no"), Printed("yes"))
    assert failure is not None
    assert failure.kind is FailureKind.GENERATOR


def test_a_right_program_that_one_setting_breaks_is_blamed_on_the_compiler(tmp_path: Path) -> None:
    """A macro that only one command line defines stands for the compiler's mistake."""
    text = TEXT.replace("    return 0;\n", '#ifdef MISTAKE\n    puts("A 0");\n#endif\n    return 0;\n')
    mistaken = replace(ORIGINAL, flags=(*ORIGINAL.flags, "-DMISTAKE"))
    (expected,) = run_all([TEXT], ORIGINAL, tmp_path)
    if shutil.which("clang") or shutil.which("clang-19"):  # two compilers make the same mistake: then it is none
        assert not is_right_elsewhere(text, mistaken, expected, tmp_path)
    only_gcc = text.replace("#ifdef MISTAKE", "#if defined MISTAKE && !defined __clang__")
    assert is_right_elsewhere(only_gcc, mistaken, expected, tmp_path)
    assert [f.kind for f in judge([trial(only_gcc)], mistaken, tmp_path)] == [FailureKind.COMPILER]
    really_wrong = text.replace("#ifdef MISTAKE", "#if 1")
    assert not is_right_elsewhere(really_wrong, LIGHT, expected, tmp_path)


def test_a_result_that_depends_on_threads_is_ours(tmp_path: Path) -> None:
    text = TEXT.replace("    return 0;\n", '#ifdef _OPENMP\n    puts("A 0");\n#endif\n    return 0;\n')
    assert [f.kind for f in judge([trial(text)], LIGHT, tmp_path)] == [FailureKind.WRONG_RESULT]
