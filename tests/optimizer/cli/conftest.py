"""The command line as users start it: another process, its streams apart."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def loopwright(tmp_path: Path) -> Run:
    """Runs `loopwright ARGUMENTS` in the test's directory."""

    def run(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> "subprocess.CompletedProcess[bytes]":
        root = str(Path(__file__).resolve().parents[3])
        return subprocess.run(
            [sys.executable, "-m", "optimizer.cli.main", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, **environment},
            timeout=120,
            check=False,
        )

    return run
