"""Runs a command and ends everything it left behind: where there is no process namespace, daemons must not survive.

Started as a script (`python -I -S supervisor.py command ...`), never imported; needs Linux.
"""

import contextlib
import ctypes
import os
import signal
import sys
import types
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _kill_children() -> None:
    """Kill until no child is left; orphans of the command become children of this process."""
    while True:
        for children in Path("/proc/self/task").glob("*/children"):
            for pid in children.read_text().split():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _stop(_number: int, _frame: types.FrameType | None) -> None:
    _kill_children()
    os._exit(128 + signal.SIGTERM)


def main(argv: list[str]) -> int:
    """The exit status of `argv`, 128 + N after signal N, once none of its descendants is left."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, _stop)
    child = os.posix_spawnp(argv[0], argv, os.environ, setpgroup=0, setsigdef=[signal.SIGTERM, signal.SIGPIPE])
    while True:
        pid, status = os.wait()
        if pid == child:
            break
    _kill_children()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
