"""`--reassociate` from the command line: what is legal with it, what code and reports say, what is still wrong."""

import json
from pathlib import Path

import pytest

from optimizer.cli.main import main

SOURCE = b"""double dot(int n, const double *restrict a, const double *restrict b)
{
    double s = 0.0;
    for (int i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}
"""
SCRIPT = "vectorize(S0@0, 4); unroll(S0@0, 2)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dot.c"
    path.write_bytes(SOURCE)
    return path


def test_a_script_needs_consent(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), SCRIPT]) == 1
    assert "[LW20" in capfd.readouterr().err
    assert main(["explain", str(file), SCRIPT, "--reassociate"]) == 0
    assert "is legal" in capfd.readouterr().out
    assert main(["optimize", str(file), "--schedule", SCRIPT]) == 1


def test_explain_says_which_sums_are_free(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), "--reassociate"]) == 0
    assert "S0 accumulates into s by +, in any order: rounding may change" in capfd.readouterr().out
    assert main(["explain", str(file)]) == 0
    assert "order kept" in capfd.readouterr().out


def test_tuned_sums_are_measured_against_higher_precision(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report, out = file.with_name("report.json"), file.with_name("fast.c")
    arguments = ["--param", "n=3000", "--threads", "1", "--budget", "6s", "--report", str(report), "-o", str(out)]
    assert main(["tune", str(file), "--reassociate", *arguments]) == 0
    (nest,) = json.loads(report.read_text())["nests"]
    assert nest["reordered"] == ["s"]
    accuracy = nest["accuracy"]
    assert 0.0 <= accuracy["own_ulps"] <= max(16.0, 8 * accuracy["original_ulps"])
    assert "largest error" in capfd.readouterr().err
    assert b"rounded in another order: s" in out.read_bytes()


def test_verify_tells_rounding_from_errors(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    own, wrong = file.with_name("own.c"), file.with_name("wrong.c")
    chosen = ["--reassociate", "--schedule", SCRIPT]
    assert main(["optimize", str(file), "-o", str(own), *chosen]) == 0
    wrong.write_bytes(own.read_bytes().replace(b"s_0[3]", b"s_0[2]"))
    capfd.readouterr()
    assert main(["verify", str(file), str(own)]) == 1
    capfd.readouterr()
    assert main(["verify", str(file), str(own), "--reassociate", "--format", "json"]) == 0
    compared = json.loads(capfd.readouterr().out)["compared"]
    assert all(one["verdict"] == "equal" and "accuracy" in one for one in compared)
    assert main(["verify", str(file), str(wrong), "--reassociate"]) == 1
    assert "units of rounding" in capfd.readouterr().err
