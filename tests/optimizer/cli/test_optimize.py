import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from optimizer.cli.main import main

SOURCE = b"""#include <stdio.h>
#define N 300
static double a[N][N], b[N][N], c[N][N]; /* kept \xc3\xa9 */

static void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++)
                c[i][j] += a[i][k] * b[k][j];
}

int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (i * 7 + j) % 13 - 6;
            b[i][j] = (i + j * 5) % 11 - 5;
        }
    multiply();
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum += c[i][j] * (1 + i % 3);
    printf("%.17g\\n", sum);
    return 0;
}
"""
TILE = ["--function", "multiply", "--schedule", "interchange(S0@1, S0@2); tile(S0@0, 32, 32, 32)"]
STENCIL = b"""void f(int T, int N, double a[T + 1][N])
{
    for (int t = 0; t < T; t++)
        for (int i = 1; i < N - 1; i++)
            a[t + 1][i] = a[t][i - 1] + a[t][i + 1];
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "multiply.c"
    path.write_bytes(SOURCE)
    return path


def run(source: bytes, folder: Path) -> bytes:
    """What the program `source` prints."""
    (folder / "run.c").write_bytes(source)
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-fopenmp", "-ffp-contract=off"]
    subprocess.run(["gcc", *flags, "run.c", "-o", "run", "-lm"], cwd=folder, check=True)
    return subprocess.run([folder / "run"], capture_output=True, check=True).stdout


def test_a_script_rewrites_its_nest_and_nothing_else(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["optimize", str(file), *TILE]) == 0
    product = capfdbinary.readouterr().out
    start, end = SOURCE.index(b"    for (int i"), SOURCE.index(b"\n}\n\nint main")
    assert product.startswith(SOURCE[:start])
    assert product.endswith(SOURCE[end:])
    assert b"tile(S0@0, 32, 32, 32)" in product
    assert run(product, file.parent) == run(SOURCE, file.parent)
    assert file.read_bytes() == SOURCE


def test_the_model_chooses_without_a_script(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["optimize", str(file)]) == 0
    streams = capfdbinary.readouterr()
    assert streams.out != SOURCE
    assert run(streams.out, file.parent) == run(SOURCE, file.parent)
    assert b"nests rewritten" in streams.err


def test_standard_input_gives_the_same(
    file: Path, loopwright: "object", capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["optimize", str(file), *TILE]) == 0
    done = loopwright("optimize", "-", *TILE, stdin=SOURCE)  # type: ignore[operator]
    assert (done.returncode, done.stdout) == (0, capfdbinary.readouterr().out)
    assert b"<stdin>" in done.stderr


def test_in_place_keeps_the_mode(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file.chmod(0o640)
    assert main(["optimize", str(file), "-i", *TILE]) == 0
    assert capfdbinary.readouterr().out == b""
    assert file.read_bytes() != SOURCE
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


def test_check_writes_nothing(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["optimize", str(file), "--check", *TILE]) == 1
    assert capfdbinary.readouterr().out == b""
    assert file.read_bytes() == SOURCE


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
def test_a_diff_applies(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["optimize", str(file), *TILE]) == 0
    product = capfdbinary.readouterr().out
    assert main(["optimize", str(file), "--diff", "--check", *TILE]) == 1
    subprocess.run(["patch", "-s", str(file)], input=capfdbinary.readouterr().out, check=True)
    assert file.read_bytes() == product


def test_an_illegal_script_shows_its_witness_and_a_repair(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stencil.c"
    file.write_bytes(STENCIL)
    assert main(["optimize", str(file), "-i", "--schedule", "interchange(S0@0, S0@1)"]) == 1
    streams = capfd.readouterr()
    assert streams.out == ""
    assert "interchange(S0@0, S0@1) is illegal: it reverses a flow dependence on 'a' [LW201]" in streams.err
    assert "which would now run first" in streams.err
    assert "skew(S0@1, S0@0, 1); interchange(S0@0, S0@1)' is legal" in streams.err
    assert file.read_bytes() == STENCIL


def test_a_command_that_does_not_fit_is_a_finding(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(file), "--function", "multiply", "--schedule", "reverse(S0@9)"]) == 1
    assert "[LW204]" in capfd.readouterr().err


def test_several_nests_need_a_name(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(file), "--schedule", "reverse(S0@0)"]) == 2
    assert "the file has several nests; choose one of: multiply:0 (line 7)" in capfd.readouterr().err


def test_json_is_one_document_beside_the_product(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    output = file.parent / "out.c"
    assert main(["optimize", str(file), *TILE, "-o", str(output), "--format", "json"]) == 0
    streams = capfd.readouterr()
    document = json.loads(streams.out)
    assert streams.err == ""
    assert document["changed"] is True
    assert document["nests"][0]["script"] == TILE[3]
    assert output.read_bytes() != SOURCE


def test_refusals_are_told_and_strict_makes_them_findings(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(b"void f(int n, int *a) { while (n--) for (int i = 0; i < n; i++) { a[a[i]] = 0; } }\n")
    assert main(["optimize", str(file)]) == 0
    streams = capfd.readouterr()
    assert streams.out.encode() == file.read_bytes()
    assert ": remark: " in streams.err
    assert main(["optimize", str(file), "--strict", "-q"]) == 1
    assert capfd.readouterr().err == ""
    assert main(["optimize", str(file), "--check", "--format", "sarif"]) == 0
    results = json.loads(capfd.readouterr().out)["runs"][0]["results"]
    assert results
    assert all(result["ruleId"].startswith("LW1") for result in results)


def test_an_output_that_cannot_be_written_leaves_everything(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(file), "-o", str(file.parent), *TILE]) == 2
    assert "is a directory" in capfd.readouterr().err
    assert file.read_bytes() == SOURCE
