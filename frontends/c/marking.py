"""A copy of the source whose statements carry their byte offsets through the preprocessor, as comments.

`/*@lw:s12*/` stands in front of a token that begins a statement at byte 12, `/*@lw:e34*/` behind a `;`, `{` or `}` that
ends at byte 34. Tokens inside parentheses get no mark, so a macro argument never carries one.
"""

import re
from dataclasses import dataclass

from frontends.c.source import Source

MAX_NESTING = 250

_TOKEN = re.compile(
    rb"""(?P<space>[ \t\r\f\v\n]+|\\\r?\n)
    |(?P<comment>//(?:\\\r?\n|[^\n])*|/\*.*?\*/)
    |(?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|[uUL]?'(?:\\.|[^'\\\n])*')
    |(?P<word>[A-Za-z_$\x80-\xff][\w$\x80-\xff]*)
    |(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    |(?P<hash>\#)
    |(?P<punct>.)""",
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(rb"(?:\\\r?\n|/\*.*?\*/|//[^\n]*|[^\n])*?(?=\n|\Z)", re.DOTALL)
_KEYWORDS = frozenset({b"for", b"while", b"do", b"if", b"switch", b"return", b"goto", b"break", b"continue"})


@dataclass(frozen=True)
class Marked:
    """The marked copy, and every name that occurs in the original."""

    text: bytes
    identifiers: frozenset[str]


@dataclass
class _Scan:
    parens: int = 0
    conditional: list[tuple[int, int]] | None = None
    braces: int = 0
    at_start: bool = True  # the next token begins a statement


def mark(source: Source) -> Marked:
    """The marked copy of `source`; raises InputError if brackets are nested deeper than MAX_NESTING."""
    data, out, names, scan = source.data, bytearray(), set[bytes](), _Scan(conditional=[])
    position, line_begins, size = 0, True, len(source.data)
    while position < size:
        match = _TOKEN.match(data, position)
        assert match is not None
        kind, end = match.lastgroup, match.end()
        if kind == "hash" and line_begins:
            directive = _DIRECTIVE.match(data, position)
            assert directive is not None
            end = directive.end()
            _follow_conditional(directive.group(), scan)
            names.update(re.findall(rb"[A-Za-z_]\w*", directive.group()))
            out += data[position:end]
            position = end
            continue
        token = match.group()
        if kind == "space":
            line_begins = line_begins or (b"\n" in token and not token.startswith(b"\\"))
        elif kind != "comment":
            line_begins = False
        if kind in ("space", "comment"):
            out += token
        else:
            if kind == "word":
                names.add(token)
            _copy(token, position, out, scan)
            if scan.braces + scan.parens > MAX_NESTING:
                raise source.fail(
                    "LW105",
                    f"brackets are nested more than {MAX_NESTING} deep here",
                    source.span(position, end),
                    "split the code; nothing in this file was analysed",
                )
        position = end
    return Marked(bytes(out), frozenset(name.decode("utf-8") for name in names))


def _copy(token: bytes, position: int, out: bytearray, scan: _Scan) -> None:
    if scan.parens == 0 and (scan.at_start or token in _KEYWORDS):
        out += b"/*@lw:s%d*/" % position
    out += token
    scan.at_start = False
    if token in (b"(", b"["):
        scan.parens += 1
    elif token in (b")", b"]"):
        scan.parens = max(0, scan.parens - 1)
    elif token in (b"{", b"}"):
        scan.braces = max(0, scan.braces + (1 if token == b"{" else -1))
    if token in (b";", b"{", b"}") and scan.parens == 0:
        out += b"/*@lw:e%d*/" % (position + 1)
        scan.at_start = True


def _follow_conditional(directive: bytes, scan: _Scan) -> None:
    """Keeps the bracket depth right where #if branches open or close different numbers of brackets."""
    assert scan.conditional is not None
    word = directive[1:].lstrip()
    if word.startswith(b"if"):
        scan.conditional.append((scan.parens, scan.braces))
    elif word.startswith(b"el") and scan.conditional:
        scan.parens, scan.braces = scan.conditional[-1]
    elif word.startswith(b"endif") and scan.conditional:
        scan.conditional.pop()
