"""The type names that system headers declare, found on demand: headers are long, and a file uses few of their types."""

import re
from functools import cached_property

from frontends.c.lexer import Token, tokenize

_MARKER = re.compile(r'^[ \t]*#[ \t]*(?:line[ \t]+)?\d+[ \t]+"(?:[^"\\\n]|\\.)*"(?P<flags>[ \d]*)$', re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TYPEDEF = re.compile(
    r"\btypedef\b(?P<text>(?:[^;{}]|\{(?:[^{}]|\{[^{}]*\})*\})*?(?:\b(?P<name>[A-Za-z_]\w*)|\(\s*\*\s*(?P<pointer>\w+)\s*\)\s*\([^;]*\))"
    r"\s*(?:\[[^\]]*\]\s*)*(?:__attribute__\s*\(\(.*?\)\)\s*)*);",
    re.DOTALL,
)


class SystemTypes:
    """Typedefs of the system headers in a preprocessed text."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _definitions(self) -> dict[str, str]:
        text = _MARKER.sub("", _COMMENT.sub(" ", self._text))
        return {m["name"] or m["pointer"]: m["text"] for m in _TYPEDEF.finditer(text)}

    def __contains__(self, name: str) -> bool:
        return name in self._definitions

    def tokens_of(self, name: str) -> list[Token]:
        """The tokens of the declaration behind `typedef` of `name`, a `;` and the end token last."""
        return tokenize(self._definitions[name] + ";")


def split_system(text: str) -> tuple[str, SystemTypes]:
    """`text` without what came from system headers, and the types found there.

    A marker with flag 1 enters a file and one with flag 2 returns; others only say that a macro of a system header was
    expanded, and change nothing.
    """
    own: list[str] = []
    system: list[str] = []
    position, target = 0, own
    around: list[list[str]] = []
    for marker in _MARKER.finditer(text):
        target.append(text[position : marker.start()])
        flags = marker["flags"].split()
        if "1" in flags:
            around.append(target)
            target = system if "3" in flags else own
        elif "2" in flags and around:
            target = around.pop()
        position = marker.end()
    target.append(text[position:])
    return "".join(own), SystemTypes("".join(system))
