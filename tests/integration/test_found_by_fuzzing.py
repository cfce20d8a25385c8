"""Programs and scripts with which the random campaign once found a wrong result: never again.

One folder a case: `input.c`, whose function `kernel` holds one nest, and `script.txt`.
"""

from pathlib import Path

import pytest

from optimizer.dependences import analyze, find_violation
from optimizer.ir.schedule import Schedule
from optimizer.transforms import apply_script, parse_script
from optimizer.verify.batch import LIGHT, ORIGINAL, SANITIZED, run_all
from optimizer.verify.pipeline import emit, read

CASES = sorted(path for path in (Path(__file__).parent / "found").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_result_is_kept(folder: Path, tmp_path: Path) -> None:
    text = (folder / "input.c").read_text()
    source = read(text, tmp_path, "kernel")
    (nest,) = (analyze(scop) for scop in source.scops)
    schedule = apply_script(parse_script((folder / "script.txt").read_text().strip()), nest)
    assert isinstance(schedule, Schedule)
    if find_violation(schedule, nest) is not None:
        return
    changed = emit(source, [nest], [schedule])
    if changed is None:
        return
    (expected,) = run_all([text], ORIGINAL, tmp_path)
    for build in (LIGHT, SANITIZED):
        assert run_all([changed], build, tmp_path) == [expected]
