"""Small helpers for lines of C."""

import re
from collections.abc import Iterable, Iterator

from optimizer.codegen.statements import INDENT


def mentions(lines: Iterable[str], name: str) -> bool:
    """True if the variable `name` occurs in `lines`."""
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    return any(pattern.search(line) for line in lines)


def indented(lines: Iterable[str]) -> Iterator[str]:
    """`lines` one level further in; what the preprocessor reads stays at the margin."""
    return (line if line.startswith("#") else INDENT + line for line in lines)
