"""Breaks generated lines that are too long to read."""

import re
import textwrap
from collections.abc import Iterable, Iterator

CONTINUATION = " " * 8
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_OPERATOR = re.compile(r" (?=(?:[-+*/%<>=&|^?:]|[<>=!]=|<<|>>|&&|\|\||[-+*/%&|^]=) )")


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """`lines` of C, those over `width` characters broken in front of operators and after commas where possible."""
    for line in lines:
        if len(line) <= width:
            yield line
        elif line.startswith("#"):
            yield " \\\n".join(_split(line, width - 2))
        else:
            yield from _split(line, width)


def _split(line: str, width: int) -> Iterator[str]:
    indent = line[: len(line) - len(line.lstrip())]
    while len(line) > width:
        position = _best_break(line, width, len(indent) + len(CONTINUATION))
        if position is None:
            break
        yield line[:position]
        line = indent + CONTINUATION + line[position:].lstrip()
    yield line


def _best_break(line: str, width: int, start: int) -> int | None:
    """Where to break `line`: outside of as many brackets as possible, at || or && if it can be, else late."""
    bare = _LITERAL.sub(lambda match: "_" * len(match.group()), line)
    candidates = {m.start() for m in _OPERATOR.finditer(bare)} | {m.end() for m in re.finditer(r"[,;)](?= )", bare)}
    best: tuple[int, int] | None = None
    depth = 0
    for position, character in enumerate(bare[: width + 1]):
        depth += (character in "([") - (character in ")]")
        if position in candidates and position > start + (width - start) // 3:
            looseness = 2 * depth + (not bare.startswith(("||", "&&"), position + 1))
            best = (looseness, position) if best is None or looseness <= best[0] else best
    return None if best is None else best[1]


def comment(paragraphs: Iterable[str], width: int) -> Iterator[str]:
    """The lines of one C comment with `paragraphs`."""
    lines = [line for text in paragraphs for line in textwrap.wrap(text.replace("*/", "* /"), width - 6)]
    if len(lines) == 1:
        yield f"/* {lines[0]} */"
        return
    yield f"/* {lines[0]}"
    yield from (f" * {line}" for line in lines[1:-1])
    yield f" * {lines[-1]} */"
