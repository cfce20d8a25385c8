"""`--help` is quick, and no command line pays for what it does not use."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("ray", "transformers", "torch", "numba", "islpy", "numpy", "rich")
SCRIPT = """
import sys
from optimizer.cli.main import main
code = main(sys.argv[1:])
print(code, *sorted(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""


def run(*arguments: str) -> list[str]:
    command = [sys.executable, "-c", SCRIPT.format(heavy=HEAVY), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return done.stderr.split()


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("optimize", "--help"), ("tune", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == ["0"]


def test_help_answers_within_300_ms_of_cpu_time() -> None:
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) <= 0.3
