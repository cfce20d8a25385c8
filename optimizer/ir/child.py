"""Runs work in a forked child under a limit on its processor time: for isl's schedulers, whose integer programs can run
for minutes between two of the operations that isl counts. Only text comes back.
"""

import os
import resource
import signal
from collections.abc import Callable


class CpuLimitExceeded(Exception):
    """The work did not end within its processor time, or its process died; there is no result."""


def text_from_child(work: Callable[[], str], cpu_s: int) -> str:
    """What `work` returns, computed in a copy of this process; CpuLimitExceeded after `cpu_s` seconds of its time.

    `work` must not print, and must not raise: an exception counts as a death of the child.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _run(work, cpu_s, reader, writer)
    os.close(writer)
    try:
        with os.fdopen(reader, "rb") as pipe:
            data = pipe.read()
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        status = os.waitpid(child, 0)[1]
    if status != 0:
        raise CpuLimitExceeded(f"isl did not find an answer within {cpu_s} s of processor time")
    return data.decode()


def _run(work: Callable[[], str], cpu_s: int, reader: int, writer: int) -> None:
    """The life of the child; ends the process without running anything of the parent's."""
    status = 1
    try:
        os.close(reader)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        data = work().encode()
        while data:
            data = data[os.write(writer, data) :]
        status = 0
    finally:
        os._exit(status)
