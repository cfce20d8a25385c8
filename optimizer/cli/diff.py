"""Unified diffs of bytes, in the form that patch applies."""

import difflib
import re
from collections.abc import Iterator

from optimizer.report.color import Palette

LINE = re.compile(rb"[^\n]*\n|[^\n]+")
NO_NEWLINE = b"\\ No newline at end of file\n"


def unified_diff(old: bytes, new: bytes, name: str) -> bytes:
    """The difference between two contents of the file `name`; empty if there is none."""
    label = name.encode()
    lines = difflib.diff_bytes(difflib.unified_diff, LINE.findall(old), LINE.findall(new), label, label, lineterm=b"\n")
    return b"".join(_terminated(lines))


def _terminated(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n" + NO_NEWLINE


def colored(diff: bytes, palette: Palette) -> bytes:
    """`diff` with its added and removed lines coloured."""
    starts = {b"+": palette.added.encode(), b"-": palette.removed.encode()}
    reset = palette.reset.encode()
    return b"".join(
        starts[line[:1]] + line.rstrip(b"\n") + reset + b"\n" if line[:1] in starts and reset else line
        for line in LINE.findall(diff)
    )
