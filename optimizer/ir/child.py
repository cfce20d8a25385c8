"""Runs work in a forked child under a limit on its processor time: isl may compute for minutes between two of the
operations that it counts. What comes back is pickled by our own child, never read from elsewhere.
"""

import os
import pickle
import resource
import selectors
import signal
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")

LOOK_AHEAD = 4  # results that may wait for an earlier one, for each child that runs
_CHUNK_BYTES = 1 << 20
_LIMIT = "isl found no answer within {} s of processor time"


class CpuLimitExceeded(Exception):
    """The work did not end within its processor time, or its process died; there is no result."""


class ChildFailed(Exception):
    """The work raised an exception in the child; carries its traceback."""


def result_from_child(work: Callable[[], T], cpu_s: int) -> T:
    """What `work` returns, computed in a copy of this process; CpuLimitExceeded after `cpu_s` seconds of its time.

    The result must pickle (isl sets do, schedules do not). An exception in the child is a ChildFailed here.
    """
    (result,) = results_from_children((work,), cpu_s, 1)
    if isinstance(result, CpuLimitExceeded):
        raise result
    return result


def results_from_children(
    works: Iterable[Callable[[], T]], cpu_s: int, at_once: int
) -> Generator[T | CpuLimitExceeded]:
    """What each of `works` returns, in their order, computed in copies of this process, `at_once` of them side by side.

    A child that passes `cpu_s` seconds of its time gives a CpuLimitExceeded. Work ahead of the result that the caller
    waits for is started; closing the generator ends it.
    """
    pending = iter(works)
    waiting: deque[_Child[T]] = deque()
    try:
        while True:
            while len(waiting) < LOOK_AHEAD * at_once and sum(child.is_running for child in waiting) < at_once:
                work = next(pending, None)
                if work is None:
                    break
                waiting.append(_Child(work, cpu_s, waiting))
            if not waiting:
                return
            if waiting[0].is_running:
                _read_some(waiting)
            else:
                done = waiting.popleft()
                yield _value(done) if done.status == 0 else CpuLimitExceeded(_LIMIT.format(cpu_s))
    finally:
        for child in waiting:
            child.end()


def _value(child: "_Child[T]") -> T:
    succeeded, value = pickle.loads(bytes(child.data))
    if not succeeded:
        raise ChildFailed(value)
    return value  # type: ignore[no-any-return]


def _read_some(children: "Iterable[_Child[T]]") -> None:
    """Wait until one of `children` has something to read, and read it."""
    with selectors.DefaultSelector() as selector:
        for child in children:
            if child.is_running:
                selector.register(child.reader, selectors.EVENT_READ, child)
        for key, _ in selector.select():
            key.data.read()


class _Child(Generic[T]):
    """A forked process at work; `status` is None while it runs, `data` what it has written so far."""

    def __init__(self, work: Callable[[], T], cpu_s: int, others: "Iterable[_Child[T]]") -> None:
        self.reader, writer = os.pipe()
        self.data = bytearray()
        self.status: int | None = None
        self.process = os.fork()
        if self.process == 0:
            _run(work, cpu_s, (self.reader, *(other.reader for other in others if other.is_running)), writer)
        os.close(writer)

    @property
    def is_running(self) -> bool:
        """True until everything that the child wrote was read."""
        return self.status is None

    def read(self) -> None:
        """Take what is there; at its end the child is gone."""
        chunk = os.read(self.reader, _CHUNK_BYTES)
        self.data += chunk
        if not chunk:
            self._wait()

    def end(self) -> None:
        """Stop the child if it still runs."""
        if self.is_running:
            os.kill(self.process, signal.SIGKILL)
            self._wait()

    def _wait(self) -> None:
        os.close(self.reader)
        self.status = os.waitpid(self.process, 0)[1]


def _run(work: Callable[[], object], cpu_s: int, readers: tuple[int, ...], writer: int) -> None:
    """The life of the child; ends the process without running anything of the parent's."""
    status = 1
    try:
        for reader in readers:
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
