"""One process tree: started with limits, drained, and always ended as a whole."""

import contextlib
import hashlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from optimizer.execution.limits import Limits

_GRACE_S = 2.0
_PIPE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Stream:
    """What was written to one stream: the first bytes, and size and digest of everything."""

    data: bytes
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process tree ended. `status` is the exit status, 128 + N after signal N."""

    status: int
    stdout: Stream
    stderr: Stream
    timed_out: bool
    wall_s: float

    @property
    def signal(self) -> signal.Signals | None:
        """The signal that ended the program, as far as the status tells."""
        with contextlib.suppress(ValueError):
            return signal.Signals(self.status - 128) if self.status > 128 else None
        return None


@dataclass(slots=True)
class _Reader:
    limit: int
    kept: bytearray = field(default_factory=bytearray)
    size: int = 0
    hasher: "hashlib.blake2b" = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def take(self, data: bytes) -> None:
        self.size += len(data)
        self.hasher.update(data)
        self.kept += data[: max(0, self.limit - len(self.kept))]

    def stream(self) -> Stream:
        return Stream(bytes(self.kept), self.size, self.hasher.digest())


@dataclass(frozen=True, slots=True)
class Command:
    """What the operating system starts. `uid` is the user to become; only root can give one."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    uid: int | None = None


def run(command: Command, limits: Limits, stdin: bytes = b"") -> Finished:
    """Run `command` to its end or to the wall limit; nothing that it started is left, whatever is raised."""
    started = time.monotonic()
    process = subprocess.Popen(
        command.argv,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(command.environment),
        cwd="/",
        start_new_session=True,
        user=command.uid,
        group=command.uid,
        extra_groups=None if command.uid is None else [],
    )
    readers = (_Reader(limits.output_bytes), _Reader(limits.output_bytes))
    try:
        timed_out = not _drain(process, readers, stdin, started + limits.wall_s)
    finally:
        status = _end(process)
    wall_s = time.monotonic() - started
    return Finished(status, readers[0].stream(), readers[1].stream(), timed_out, wall_s)


def _drain(process: subprocess.Popen[bytes], readers: tuple[_Reader, _Reader], stdin: bytes, deadline: float) -> bool:
    """Feed and read `process` until it ends (True) or `deadline` has passed (False)."""
    assert process.stdout is not None and process.stderr is not None
    pending = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, readers[0])
        selector.register(process.stderr, selectors.EVENT_READ, readers[1])
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, None)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            for key, _ in selector.select(left):
                if key.data is None:
                    pending = _feed(selector, process.stdin, pending)
                    continue
                data = os.read(key.fd, _PIPE_BYTES)
                if data:
                    key.data.take(data)
                else:
                    selector.unregister(key.fileobj)
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _feed(selector: selectors.BaseSelector, pipe: IO[bytes] | None, pending: memoryview) -> memoryview:
    assert pipe is not None
    try:
        pending = pending[os.write(pipe.fileno(), pending[:_PIPE_BYTES]) :]
    except BrokenPipeError:
        pending = pending[:0]
    if not pending:
        selector.unregister(pipe)
        pipe.close()
    return pending


def _end(process: subprocess.Popen[bytes]) -> int:
    """End the tree under `process` and give its exit status, 128 + N after signal N."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode
