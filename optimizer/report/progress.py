"""Shows how far a long command is: a live line on a terminal, a plain line every ten seconds elsewhere."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import IO, TypeAlias

INTERVAL_S = 10.0

Update: TypeAlias = Callable[[float, str], None]  # the part that is done (0 to 1), and what is going on


@contextmanager
def progress(stream: IO[str], title: str, clock: Callable[[], float] = time.monotonic) -> Generator[Update, None, None]:
    """A function to call as often as one likes; what it shows goes to `stream`."""
    if stream.isatty():
        with _live(stream, title) as update:
            yield update
    else:
        yield plain_lines(stream, title, clock)


def silent(_done: float, _text: str) -> None:
    """Shows nothing."""


def plain_lines(stream: IO[str], title: str, clock: Callable[[], float]) -> Update:
    """An update function that writes a line at most every ten seconds, the first one after ten seconds."""
    start = clock()
    last = start

    def update(done: float, text: str) -> None:
        nonlocal last
        now = clock()
        if now - last >= INTERVAL_S:
            last = now
            stream.write(f"{title}: {done:.0%} after {now - start:.0f} s, {text}\n")
            stream.flush()

    return update


@contextmanager
def _live(stream: IO[str], title: str) -> Generator[Update, None, None]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[text]}"))
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task(escape(title), total=1.0, text="")
        yield lambda done, text: bar.update(task, completed=done, text=escape(text))
