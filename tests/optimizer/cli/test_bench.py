"""The bench command around its runs: arguments, what it prints and writes, and what an interruption leaves."""

import json
from pathlib import Path

import pytest
import typer

from optimizer.cli.bench import bench
from optimizer.ir.diagnostic import UsageError
from optimizer.ir.outcome import Measured
from polybench.results import Row

CHOICE = ["--kernels", "gemm,lu", "--size", "mini"]


def run(*arguments: str) -> int:
    app = typer.Typer()
    app.command()(bench)
    return app(list(arguments), standalone_mode=False) or 0


@pytest.fixture
def speedups(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Kernel -> measured speedup, instead of a real run; a kernel that is not there is interrupted."""
    table: dict[str, float] = {}

    def run_kernel(kernel, _plan, _report):
        if kernel.name not in table:
            raise KeyboardInterrupt
        speedup = table[kernel.name]
        return Row(kernel.name, Measured(speedup, speedup, speedup, 1e6, 1e6 / speedup, 9), "reverse(S0@0)")

    monkeypatch.setattr("polybench.runner.run_kernel", run_kernel)
    return table


def test_prints_a_table_and_writes_files(
    speedups: dict[str, float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    speedups |= {"gemm": 4.0, "lu": 1.0}
    assert run(*CHOICE, "--threads", "1", "--output", str(tmp_path)) == 0
    printed = capsys.readouterr()
    assert "4.00" in printed.out and "geometric mean" in printed.out
    assert "2/2 lu" in printed.err and "2/2" not in printed.out
    written = json.loads((tmp_path / "mini.json").read_text())
    assert [row["kernel"] for row in written["rows"]] == ["gemm", "lu"]
    assert written["geometric_mean"]["ours"] == pytest.approx(2.0)
    assert (written["threads"], written["size"]) == (1, "MINI")
    assert len((tmp_path / "mini.csv").read_text().splitlines()) == 3


def test_a_slower_kernel_is_a_finding(speedups: dict[str, float], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    speedups |= {"gemm": 4.0, "lu": 0.5}
    assert run(*CHOICE, "--output", str(tmp_path)) == 1
    assert "lu: slower" in capsys.readouterr().out


def test_an_interruption_leaves_what_was_finished(
    speedups: dict[str, float], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    speedups |= {"gemm": 4.0}
    assert run(*CHOICE, "--output", str(tmp_path)) == 130
    assert "gemm" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "mini.json").read_text())["rows"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kernels", "gemm,nothing"], "no such kernel"),
        (["--kernels", ","], "names no kernel"),
        (["--against", "icc"], "choose from gcc, graphite, clang, polly, ours-gcc, ours-clang"),
        (["--budget", "soon"], "expected a duration"),
        (["--output", "/dev/null/x"], "Not a directory"),
    ],
)
def test_usage_errors(arguments: list[str], message: str, tmp_path: Path):
    folder = [] if "--output" in arguments else ["--output", str(tmp_path)]
    with pytest.raises(UsageError, match=message):
        run(*arguments, *folder)


def test_an_absent_rival_is_said(
    speedups: dict[str, float],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    speedups |= {"gemm": 4.0, "lu": 2.0}
    monkeypatch.setattr("polybench.rivals.newest", lambda _name: None)
    assert run(*CHOICE, "--against", "polly", "--output", str(tmp_path)) == 0
    printed = capsys.readouterr()
    assert "not compared with polly: no clang" in printed.err
    assert "not compared: polly (no clang" in printed.out
