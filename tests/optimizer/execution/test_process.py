"""One process tree: drained, limited, ended."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.execution import Limits, workspace
from optimizer.execution.process import Command, run


def test_both_streams_are_kept_apart() -> None:
    done = run(Command(("/bin/sh", "-c", "echo out; echo err >&2; exit 3"), {}), Limits(wall_s=20))
    assert (done.status, done.stdout.data, done.stderr.data, done.signal) == (3, b"out\n", b"err\n", None)


def test_large_input_and_output_do_not_block_each_other() -> None:
    data = bytes(range(256)) * 8192
    done = run(Command(("/bin/cat",), {}), Limits(wall_s=20, output_bytes=1 << 22), data)
    assert done.stdout.data == data


def test_input_that_nobody_reads_is_no_error() -> None:
    done = run(Command(("/bin/true",), {}), Limits(wall_s=20), b"x" * (1 << 22))
    assert done.status == 0


def test_signals_are_told() -> None:
    done = run(Command(("/bin/sh", "-c", "kill -SEGV $$"), {}), Limits(wall_s=20))
    assert (done.status, done.signal) == (139, signal.SIGSEGV)


def test_background_processes_are_ended() -> None:
    started = time.monotonic()
    done = run(Command(("/bin/sh", "-c", "sleep 30 & echo $!"), {"PATH": "/usr/bin:/bin"}), Limits(wall_s=1))
    assert done.timed_out
    assert time.monotonic() - started < 10
    with pytest.raises(ProcessLookupError):
        for _ in range(50):
            os.kill(int(done.stdout.data), 0)
            time.sleep(0.1)


def test_an_interrupt_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(root), *sys.path])
    script = """
from pathlib import Path; import sys
from optimizer.execution import Limits, workspace, detect_sandbox
from optimizer.execution.sandbox import Job
with workspace(Path(sys.argv[1])) as directory:
    (directory / "work").mkdir()
    print("ready", flush=True)
    detect_sandbox(directory).run(Job(("/usr/bin/sleep", "4242"), directory / "work", {}), Limits())
"""
    tmp_path.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as caller:  # fmt: skip
        assert caller.stdout is not None
        caller.stdout.readline()
        for _ in range(100):
            if _sleepers():
                break
            time.sleep(0.05)
        assert _sleepers()
        caller.send_signal(signal.SIGINT)
        assert caller.wait(10) != 0
    for _ in range(40):
        if not _sleepers():
            break
        time.sleep(0.05)
    assert not _sleepers()
    assert list(tmp_path.iterdir()) == []


def _sleepers() -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"/usr/bin/sleep", b"4242"]:
            found.append(path.parent.name)
    return found


def test_the_workspace_goes_with_its_content(tmp_path: Path) -> None:
    with workspace(tmp_path) as directory:
        (directory / "a/b/c").mkdir(parents=True)
        (directory / "a/b/c/file").touch()
        (directory / "a/link").symlink_to("/etc")
        (directory / "a/b/c").chmod(0)
        (directory / "a/b").chmod(0o500)
    assert list(tmp_path.iterdir()) == []
