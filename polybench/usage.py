"""What a command costs: processor time and peak memory of a child process and its descendants."""

import os
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources of a command that ended with `status` (negative: the signal). `output` is its standard output.

    `peak_bytes` is the largest resident set of any one of its processes.
    """

    status: int
    cpu_s: float
    peak_bytes: int
    output: str
    errors: str


def run_measured(command: Sequence[str]) -> Usage:
    """The usage of `command`, run to its end; needs Linux."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        output, errors = _read_both(process)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
    cpu_s = used.ru_utime + used.ru_stime
    return Usage(os.waitstatus_to_exitcode(status), cpu_s, used.ru_maxrss * 1024, output, errors)


def _read_both(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Both streams to their end, without reaping the process."""
    assert process.stdout is not None and process.stderr is not None
    errors: list[bytes] = []
    stderr = process.stderr
    reader = threading.Thread(target=lambda: errors.append(stderr.read()), daemon=True)
    reader.start()
    output = process.stdout.read()
    reader.join()
    process.stdout.close()
    stderr.close()
    return output.decode(errors="replace"), errors[0].decode(errors="replace") if errors else ""
