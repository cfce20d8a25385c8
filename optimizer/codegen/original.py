"""Looks at the original text of a nest: which counters it declares itself, how it is indented."""

import re
from collections.abc import Iterator

from optimizer.ir.scop import Scop

_COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|[-+*/%&|^<>=!]=|\S")
_NOT_TYPES = frozenset({"return", "else", "do", "case", "goto", "sizeof"})


def outer_counters(scop: Scop, original: str) -> Iterator[str]:
    """The counters that `original` assigns to but does not declare, as far as its text shows it.

    Where the generated code is the only one left, these variables would otherwise look unused.
    """
    tokens = _TOKEN.findall(_COMMENT_OR_STRING.sub(" ", original))
    counters = dict.fromkeys(counter.source_name for s in scop.statements for counter in s.counters)
    for name in counters:
        places = [index for index, token in enumerate(tokens) if token == name]
        is_assigned = any(tokens[index + 1 : index + 2] == ["="] for index in places)
        if is_assigned and not any(_declares(tokens, index) for index in places):
            yield name


def _declares(tokens: list[str], index: int) -> bool:
    """True if the name at `index` is declared there: a type is in front of it, in front of it and a `*`, or in front of
    the declarators before it.
    """
    before = index - 1
    while before >= 0 and (tokens[before].isidentifier() or tokens[before] == "*"):
        before -= 1
    if before >= 0 and tokens[before] not in (";", "{", "}", "(", ")", ","):
        return False  # part of a value: `float x = weight[name]`
    start = index
    while start > 0 and tokens[start - 1] not in (";", "{", "}", "("):
        start -= 1
    if start == index:
        return False
    first, second = tokens[start], tokens[start + 1]
    if not first.isidentifier() or first in _NOT_TYPES:
        return False
    return second.isidentifier() or (second == "*" and tokens[start + 2 : index + 1].count("*") < index - start)


def indented(original: str, indent: str, extra: str) -> Iterator[str]:
    """The lines of `original`, which starts after `indent`, each moved right by `extra`; tokens are unchanged.

    The lines do not contain `indent`, except where a line of the original is not indented by it.
    """
    lines = original.replace("\r\n", "\n").split("\n")
    if any(line.endswith("\\") for line in lines):  # a string may go on in the next line
        yield "\n".join(lines)
        return
    yield extra + lines[0]
    for line in lines[1:]:
        bare = line.removeprefix(indent)
        if line.lstrip().startswith("#"):
            yield line.strip()
        else:
            yield extra + bare if bare.strip() else ""
