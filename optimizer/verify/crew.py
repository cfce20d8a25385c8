"""Runs pieces of a campaign in child processes, so that a crash or a hang costs one seed only."""

import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Lost:
    """One seed whose process ended without a result."""

    seed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Crew(Generic[_T]):
    """`jobs` processes at a time that call `work` on chunks of seeds; a seed may use `seed_cpu_s` of processor time."""

    work: Callable[[Sequence[int]], _T]
    jobs: int
    seed_cpu_s: int

    def results(self, chunks: Sequence[Sequence[int]]) -> Iterator[_T | Lost]:
        """What `work` gives for each chunk, as they end. The seeds of a chunk whose process died are tried alone."""
        waiting = [list(chunk) for chunk in reversed(chunks)]
        running: dict[Connection, tuple[BaseProcess, list[int]]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    self._start(waiting.pop(), running)
                for connection in wait(list(running)):
                    assert isinstance(connection, Connection)
                    process, chunk = running.pop(connection)
                    try:
                        yield connection.recv()
                    except EOFError:
                        process.join()
                        if len(chunk) > 1:
                            waiting.extend([seed] for seed in chunk)
                        else:
                            yield Lost(chunk[0], _reason(process.exitcode))
                    process.join()
        finally:
            for process, _ in running.values():
                process.kill()

    def _start(
        self, chunk: list[int], running: dict[Connection, tuple[BaseProcess, list[int]]]
    ) -> None:
        context = get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=self._child, args=(sender, chunk), daemon=True)
        process.start()
        sender.close()
        running[receiver] = (process, chunk)

    def _child(self, sender: Connection, chunk: list[int]) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is for the parent, which then ends its children
        seconds = self.seed_cpu_s * (len(chunk) if len(chunk) > 1 else 2)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        sender.send(self.work(chunk))


def _reason(code: int | None) -> str:
    return "out of processor time" if code in (-24, -9) else f"ended by {code}"
