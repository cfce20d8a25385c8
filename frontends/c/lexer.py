"""Preprocessed text -> tokens that know where in the original file they stand."""

import re
from dataclasses import dataclass

_LEX = re.compile(
    r"""(?P<mark>/\*@lw:(?P<side>[se])(?P<offset>\d+)\*/)
    |(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<directive>^[ \t]*\#[^\n]*)
    |(?P<space>\s+|\\\n)
    |(?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    |(?P<char>[uUL]?'(?:\\.|[^'\\\n])*')
    |(?P<word>[^\W\d]\w*|\$\w+)
    |(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
    |(?P<punct>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#|.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `start` and `end` are byte offsets in the original, where a mark gives them; `near` is the last mark
    before the token, `next_mark` the first behind it.
    """

    kind: str  # word number string char punct pragma end
    text: str
    near: int
    start: int | None = None
    end: int | None = None


def tokenize(text: str) -> list[Token]:
    """The tokens of preprocessed `text` ended by one of kind `end`."""
    tokens: list[Token] = []
    near, start = 0, None
    match_at = _LEX.match
    position, size = 0, len(text)
    while position < size:
        match = match_at(text, position)
        assert match is not None
        position = match.end()
        kind = match.lastgroup or ""
        if kind in ("space", "comment"):
            continue
        if kind in ("mark", "side", "offset"):
            near = int(match["offset"])
            if match["side"] == "s":
                start = near
            elif tokens and tokens[-1].text in (";", "{", "}"):
                last = tokens[-1]
                tokens[-1] = Token(last.kind, last.text, last.near, last.start, near)
            continue
        if kind == "directive":
            if match.group().lstrip()[1:].lstrip().startswith("pragma"):
                tokens.append(Token("pragma", match.group().strip(), near))
            continue
        tokens.append(Token(kind, match.group(), near, start, None))
        start = None
    tokens.append(Token("end", "", near))
    return tokens
