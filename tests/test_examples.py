"""The example programs go through the tool and compute what they computed before."""

import re
import subprocess
from pathlib import Path

import pytest

from optimizer.cli.main import main

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SMALLER = {
    "covariance.c": ([(r"ROWS 1100", "ROWS 130"), (r"COLS 1000", "COLS 90")], []),
    "edges.c": ([], ["203", "98"]),
    "heat.c": ([(r"define N 1000", "define N 90")], ["11"]),
    "kmeans.c": ([(r"n = 40000", "n = 1700")], []),
}
WARNINGS = ["-Wall", "-Wextra", "-Werror"]


def output_of(source: Path, arguments: list[str], flags: list[str]) -> bytes:
    program = source.with_suffix("")
    subprocess.run(["gcc", *flags, *WARNINGS, str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([program, *arguments], capture_output=True, check=True).stdout


def test_every_example_is_tried() -> None:
    assert {file.name for file in EXAMPLES.glob("*.c")} == set(SMALLER)


@pytest.mark.parametrize("name", SMALLER)
def test_an_optimized_example_prints_the_same(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    changes, arguments = SMALLER[name]
    text = (EXAMPLES / name).read_text()
    for old, new in changes:
        text, count = re.subn(old, new, text)
        assert count == 1
    before, after = tmp_path / "before.c", tmp_path / "after.c"
    before.write_text(text)
    assert main(["optimize", str(before), "-o", str(after)]) == 0
    assert " 0 of " not in capfd.readouterr().err
    expected = output_of(before, arguments, ["-O2", "-ffp-contract=off"])
    assert expected
    for flags in (["-O2"], ["-O3", "-march=native", "-fopenmp"]):
        assert output_of(after, arguments, [*flags, "-ffp-contract=off"]) == expected
