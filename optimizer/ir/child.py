"""Runs work in a forked child under a limit on its processor time: isl may compute for minutes between two of the
operations that it counts. What comes back is pickled by our own child, never read from elsewhere.
"""

import os
import pickle
import resource
import signal
import traceback
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class CpuLimitExceeded(Exception):
    """The work did not end within its processor time, or its process died; there is no result."""


class ChildFailed(Exception):
    """The work raised an exception in the child; carries its traceback."""


def result_from_child(work: Callable[[], T], cpu_s: int) -> T:
    """What `work` returns, computed in a copy of this process; CpuLimitExceeded after `cpu_s` seconds of its time.

    The result must pickle (isl sets do, schedules do not). An exception in the child is a ChildFailed here.
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
        raise CpuLimitExceeded(f"isl found no answer within {cpu_s} s of processor time")
    succeeded, value = pickle.loads(data)
    if not succeeded:
        raise ChildFailed(value)
    return value  # type: ignore[no-any-return]


def _run(work: Callable[[], object], cpu_s: int, reader: int, writer: int) -> None:
    """The life of the child; ends the process without running anything of the parent's."""
    status = 1
    try:
        os.close(reader)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, most = resource.getrlimit(resource.RLIMIT_CPU)  # that of an outer child, where children nest
        limit = cpu_s if most == resource.RLIM_INFINITY else min(cpu_s, most)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        try:
            data = pickle.dumps((True, work()))
        except Exception:  # noqa: BLE001 - a process boundary: the parent raises it again
            data = pickle.dumps((False, traceback.format_exc()))
        while data:
            data = data[os.write(writer, data) :]
        status = 0
    finally:
        os._exit(status)
