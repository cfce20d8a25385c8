"""Kept failures hold all that is needed to see them again."""

from pathlib import Path

from optimizer.verify.fuzz import FuzzSettings, keep_all, shrunk
from optimizer.verify.generator import random_nest
from optimizer.verify.keep import keep
from optimizer.verify.trial import Failure, FailureKind


def failure(seed: int = 4) -> Failure:
    plan, scripts = random_nest(seed), ("reverse(S0@0)",)
    return Failure(FailureKind.WRONG_RESULT, seed, "A 1 instead of A 2", plan, scripts, "new text")


def test_a_failure_is_kept_as_found_and_as_shrunk(tmp_path: Path) -> None:
    folder = keep(failure(5), failure(), tmp_path / "kept")
    names = {path.name for path in folder.iterdir()}
    for stem in ("found", "shrunk"):
        assert {f"{stem}.{end}" for end in ("c", "script.txt", "detail.txt", "plan.txt", "optimized.c")} <= names
    assert (folder / "seed.txt").read_text() == "4\n"
    assert (folder / "found.script.txt").read_text() == "reverse(S0@0)\n"
    assert "A 1 instead of A 2" in (folder / "found.detail.txt").read_text()


def test_a_failure_that_is_gone_is_kept_as_found() -> None:
    assert shrunk(failure(), 5.0) == failure()


def test_all_failures_are_kept(tmp_path: Path) -> None:
    keep_all([failure(4), failure(6)], FuzzSettings(2, 0, tmp_path, shrink_s=1.0), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["4-wrong-result", "6-wrong-result"]
