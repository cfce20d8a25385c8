import json
import subprocess
from pathlib import Path

import pytest

from optimizer.cli.main import main

SOURCE = b"""#include <stdio.h>
#define N 400
static double a[N][N], b[N][N], c[N][N];
int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i % 7 + j;
            b[i][j] = j % 5 - i;
        }
    for (int j = 0; j < N; j++)
        for (int k = 0; k < N; k++)
            for (int i = 0; i < N; i++)
                c[i][j] += a[i][k] * b[k][j];
    printf("%.17g %.17g\\n", c[3][5], c[N - 1][N / 2]);
    return 0;
}
"""


def output_of(program: Path) -> bytes:
    subprocess.run(["gcc", "-O1", "-fopenmp", str(program), "-o", "run", "-lm"], cwd=program.parent, check=True)
    return subprocess.run([program.parent / "run"], capture_output=True, check=True).stdout


def test_a_slow_program_becomes_a_faster_one_with_the_same_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, output, report = tmp_path / "slow.c", tmp_path / "fast.c", tmp_path / "report.json"
    file.write_bytes(SOURCE)
    assert main(["tune", str(file), "--budget", "8s", "-o", str(output), "--report", str(report)]) == 0
    streams = capfd.readouterr()
    assert streams.out == ""
    assert "nests rewritten" in streams.err
    assert output_of(output) == output_of(file)
    assert file.read_bytes() == SOURCE
    document = json.loads(report.read_text())
    winners = [nest for nest in document["nests"] if nest["script"] is not None]
    assert winners
    assert all(nest["outcome"]["low"] > 1 for nest in winners)
    assert document["sandbox"] in ("bubblewrap", "rlimits")


def test_a_program_that_does_not_run_keeps_its_nests(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(SOURCE.replace(b"int main(void)\n{", b"#include <stdlib.h>\nint main(void)\n{\n    abort();"))
    assert main(["tune", str(file), "--budget", "2s"]) == 0
    streams = capfd.readouterr()
    assert streams.out.encode() == file.read_bytes()
    assert "stays as it is" in streams.err


@pytest.mark.parametrize("flags", [["--budget", "soon"], ["--report", "x.json", "-o", "x.json"], ["--link", "no.c"]])
def test_wrong_flags_of_tune(flags: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(SOURCE)
    assert main(["tune", str(file), *flags]) == 2
    assert capfd.readouterr().err.startswith("loopwright: error: ")
