import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.cli.main import main
from optimizer.execution.sandbox import MODES

ROOT = Path(__file__).resolve().parents[3]
SOURCE = b"""#include <stdio.h>
#define N 600
static double t[N][N], c[N][N];
int main(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            t[i][j] = (i * 3 + j) % 7 - 2.5;
    printf("%g\\n", t[3][5]);
    for (int a = 0; a < N; a++)
        for (int b = a; b < N; b++) {
            c[a][b] = 0.0;
            for (int i = 0; i < N; i++)
                c[a][b] += t[i][a] * t[i][b];
        }
    printf("%.17g %.17g\\n", c[3][5], c[N / 2][N - 1]);
    return 0;
}
"""  # the second nest walks down columns: several times slower than along rows, whatever else the machine does


def output_of(program: Path) -> bytes:
    subprocess.run(["gcc", "-O1", "-fopenmp", str(program), "-o", "run", "-lm"], cwd=program.parent, check=True)
    return subprocess.run([program.parent / "run"], capture_output=True, check=True).stdout


def test_a_slow_program_becomes_a_faster_one_with_the_same_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, output, report = tmp_path / "slow.c", tmp_path / "fast.c", tmp_path / "report.json"
    file.write_bytes(SOURCE)
    flags = ["--budget", "25s", "--threads", "1", "--report", str(report)]
    assert main(["tune", str(file), *flags, "-o", str(output)]) == 0
    streams = capfd.readouterr()
    assert streams.out == ""
    assert "nests rewritten" in streams.err
    assert output_of(output) == output_of(file)
    assert file.read_bytes() == SOURCE
    document = json.loads(report.read_text())
    winners = [nest for nest in document["nests"] if nest["script"] is not None]
    assert winners
    assert all(nest["outcome"]["low"] > 1 for nest in winners)
    assert document["sandbox"] in MODES


def test_a_program_that_does_not_run_keeps_its_nests(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(SOURCE.replace(b"int main(void)\n{", b"#include <stdlib.h>\nint main(void)\n{\n    abort();"))
    assert main(["tune", str(file), "--budget", "2s"]) == 0
    streams = capfd.readouterr()
    assert streams.out.encode() == file.read_bytes()
    assert "stays as it is" in streams.err


def test_an_interrupt_leaves_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(SOURCE)
    command = [sys.executable, "-m", "optimizer.cli.main", "tune", str(file), "-i", "--budget", "100s"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.decode().endswith("loopwright: interrupted\n")
    assert b"Traceback" not in err
    assert file.read_bytes() == SOURCE
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.c"]


@pytest.mark.parametrize("flags", [["--budget", "soon"], ["--report", "x.json", "-o", "x.json"], ["--link", "no.c"]])
def test_wrong_flags_of_tune(flags: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.c"
    file.write_bytes(SOURCE)
    assert main(["tune", str(file), *flags]) == 2
    assert capfd.readouterr().err.startswith("loopwright: error: ")
