import json
from pathlib import Path

import pytest

from optimizer.cli.explain import split_place
from optimizer.cli.main import main

SOURCE = b"""void f(int n, double *restrict a, const double *restrict b)
{
    for (int i = 1; i < n; i++)
        a[i] = a[i - 1] + b[i];
    for (int i = 0; i < n; i++)
        a[i] *= 2.0;
    for (int i = 0; i < n; i++)
        a[(int)b[i]] = 0.0;
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.c"
    path.write_bytes(SOURCE)
    return path


def test_nests_and_refusals_are_listed(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file)]) == 0
    streams = capfd.readouterr()
    assert "nest f:0" in streams.out
    assert "S0@0 = i" in streams.out
    assert "flow a: S0 -> S0 (1)" in streams.out
    assert "[LW11" in streams.err


def test_a_line_chooses_what_is_there(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{file}:8"]) == 0
    streams = capfd.readouterr()
    assert streams.out == ""
    assert "[LW11" in streams.err
    assert main(["explain", f"{file}:1"]) == 0
    assert "there is no loop nest here" in capfd.readouterr().err


def test_a_legal_and_an_illegal_script(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{file}:3", "parallel(S0@0)"]) == 1
    assert "parallel(S0@0) is illegal: loop S0@0 carries a flow dependence on 'a' [LW202]" in capfd.readouterr().err
    assert main(["explain", f"{file}:3", "strip_mine(S0@0, 4)"]) == 0
    assert "is legal" in capfd.readouterr().out


def test_json_holds_all_of_it(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["nests"][0]["dependences"][0]["array"] == "a"
    assert [found["span"]["line"] for found in document["diagnostics"]] == [8]
    assert main(["explain", f"{file}:3", "reverse(S0@0)", "--format", "json"]) == 1
    document = json.loads(capfd.readouterr().out)
    assert document["legal"] is False
    assert document["diagnostics"][0]["code"] == "LW201"


def test_an_unknown_nest_names_those_there_are(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), "--nest", "g:0"]) == 2
    assert "the nests are: f:0" in capfd.readouterr().err


def test_places(tmp_path: Path) -> None:
    odd = tmp_path / "a.c:12"
    odd.write_bytes(b"")
    assert split_place("a.c:12") == ("a.c", 12)
    assert split_place("a.c:12:3") == ("a.c", 12)
    assert split_place("a.c") == ("a.c", None)
    assert split_place(str(odd)) == (str(odd), None)


def test_best_explains_a_script_or_what_would_be_chosen(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", f"{file}:5", "--best", "--schedule", "parallel(S1@0)", "--threads", "2"]) == 0
    out = capfd.readouterr().out
    assert "parallel(S1@0)" in out and "bound by" in out
    assert main(["explain", str(file), "--best", "--format", "json", "--param", "n=1000"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert [reason["nest"] for reason in document["reasons"]] == ["f:0"]
    assert main(["explain", f"{file}:3", "--best", "reverse(S0@0)"]) == 1
    assert "[LW201]" in capfd.readouterr().err
    assert main(["explain", str(file), "--best", "reverse(S0@0)", "--schedule", "reverse(S0@0)"]) == 2
