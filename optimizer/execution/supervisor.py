"""Runs a command and ends everything it left behind: where there is no process namespace, daemons must not survive.

Started as a script (`python -I -S supervisor.py [--read=PATH] [--write=PATH] -- command ...`), never imported; needs
Linux. With paths, Landlock keeps the command from all other files and from TCP.
"""

import contextlib
import ctypes
import os
import signal
import stat
import struct
import sys
import types
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # system calls, the same on every architecture
_VERSION, _PATH_BENEATH = 1, 1
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # of files, by version of the interface; later ones are as 5
_EXECUTE, _WRITE, _READ, _READ_DIRECTORY, _TRUNCATE, _IOCTL = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_TCP = 0b11
_REFUSED = 126


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


def _restrict(libc: ctypes.CDLL, readable: list[str], writable: list[str]) -> None:
    """Keep this process and its children from all files but those below the given paths; OSError if it cannot."""
    version = _call(libc, _CREATE_RULESET, None, 0, _VERSION)
    rights = (1 << _RIGHTS.get(version, _RIGHTS[5])) - 1
    attributes = struct.pack("QQ", rights, _TCP if version >= 4 else 0)[: 16 if version >= 4 else 8]
    ruleset = _call(libc, _CREATE_RULESET, attributes, len(attributes), 0)
    for paths, wanted in ((readable, _EXECUTE | _READ | _READ_DIRECTORY), (writable, rights)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
                allowed = wanted & rights & (-1 if stat.S_ISDIR(os.fstat(handle).st_mode) else _ON_FILES)
                _call(libc, _ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", allowed, handle), 0)
                os.close(handle)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call(libc, _RESTRICT_SELF, ruleset, 0)


def _call(libc: ctypes.CDLL, number: int, *arguments: bytes | int | None) -> int:
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def _start(libc: ctypes.CDLL, readable: list[str], writable: list[str], command: list[str]) -> int:
    """The process id of `command`, started in a process group of its own."""
    pid = os.fork()
    if pid > 0:
        return pid
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        if writable:
            _restrict(libc, readable, writable)
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error}", file=sys.stderr)  # noqa: T201
    finally:
        os._exit(_REFUSED)


def main(argv: list[str]) -> int:
    """The exit status of the command in `argv`, 128 + N after signal N, once none of its descendants is left."""
    split = argv.index("--")
    readable = [word.removeprefix("--read=") for word in argv[:split] if word.startswith("--read=")]
    writable = [word.removeprefix("--write=") for word in argv[:split] if word.startswith("--write=")]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, _stop)
    child = _start(libc, readable, writable, argv[split + 1 :])
    while True:
        pid, status = os.wait()
        if pid == child:
            break
    _kill_children()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
