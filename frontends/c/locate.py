"""Tokens of the preprocessed text -> spans of the original file."""

import re
from collections.abc import Sequence

from frontends.c.lexer import Token
from frontends.c.source import Source
from optimizer.ir.diagnostic import Span

_CONDITIONAL = re.compile(rb"^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b", re.MULTILINE)


class Locator:
    """Finds the bytes that tokens came from."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens

    def exact(self, first: int, last: int) -> tuple[int, int] | None:
        """The bytes of tokens [first, last) if they are one whole piece of the original, else None."""
        start, end = self.tokens[first].start, self.tokens[last - 1].end
        if start is None or end is None or end <= start:
            return None
        depth = 0
        for match in _CONDITIONAL.finditer(self.source.data, start, end):
            depth += 1 if match[1].startswith(b"if") else -1 if match[1] == b"endif" else 0
            if depth < 0 or (depth == 0 and match[1].startswith(b"el")):
                return None
        return (start, end) if depth == 0 else None

    def span(self, first: int, last: int) -> Span:
        """The span of tokens [first, last), as near as can be told."""
        exact = self.exact(first, last)
        if exact is not None:
            return self.source.span(*exact)
        start, final, token = self._find(first), self._find(last - 1), self.tokens[last - 1]
        end = token.end if token.end is not None else None if final is None else final + len(token.text.encode())
        start = self.tokens[first].near if start is None else start
        end = self._next_mark(last - 1) if end is None else end  # out of a macro: all between two marks
        return self.source.span(start, max(start, min(end, len(self.source.data))))

    def token(self, index: int) -> Span:
        """The span of one token."""
        found = self._find(index)
        start = min(self.tokens[index].near, len(self.source.data)) if found is None else found
        text = self.tokens[index].text.encode()
        matches = self.source.data[start : start + len(text)] == text
        return self.source.span(start, start + len(text) if matches else start)

    def text(self, first: int, last: int) -> str:
        """The source of tokens [first, last), macros as written."""
        span = self.span(first, last)
        return self.source.data[span.start_byte : span.end_byte].decode("utf-8", "replace")

    def _next_mark(self, index: int) -> int:
        """Where the first mark behind token `index` stands."""
        near = self.tokens[index].near
        for follower in range(index, len(self.tokens)):
            token = self.tokens[follower]
            if token.end is not None or token.near > near:
                return token.end if token.end is not None else token.near
        return len(self.source.data)

    def _find(self, index: int) -> int | None:
        """Where token `index` begins: exactly, or the place of the same text behind the last mark; None if neither."""
        token = self.tokens[index]
        if token.start is not None:
            return token.start
        same, cursor = 1, index - 1
        while cursor >= 0 and self.tokens[cursor].near == token.near and self.tokens[cursor].end is None:
            same += self.tokens[cursor].text == token.text
            cursor -= 1
        limit = self._next_mark(index)
        pattern = re.escape(token.text.encode())
        if token.kind == "word":
            pattern = rb"(?<![\w])" + pattern + rb"(?![\w])"
        for number, match in enumerate(re.finditer(pattern, self.source.data[token.near : limit]), 1):
            if number == same:
                return token.near + match.start()
        return None
