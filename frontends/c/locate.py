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
        start = self._offset(first)
        token = self.tokens[last - 1]
        end = token.end if token.end is not None else self._offset(last - 1) + len(token.text.encode())
        return self.source.span(start, max(start, min(end, len(self.source.data))))

    def token(self, index: int) -> Span:
        """The span of one token."""
        start = self._offset(index)
        text = self.tokens[index].text.encode()
        found = self.source.data[start : start + len(text)] == text
        return self.source.span(start, start + len(text) if found else start)

    def text(self, first: int, last: int) -> str:
        """The source of tokens [first, last), macros as written."""
        span = self.span(first, last)
        return self.source.data[span.start_byte : span.end_byte].decode("utf-8", "replace")

    def _offset(self, index: int) -> int:
        """Where token `index` begins: exactly, or the place of the same text behind the last mark, or that mark."""
        token = self.tokens[index]
        if token.start is not None:
            return token.start
        same, cursor = 1, index - 1
        while cursor >= 0 and self.tokens[cursor].near == token.near and self.tokens[cursor].end is None:
            same += self.tokens[cursor].text == token.text
            cursor -= 1
        follower = index
        while follower < len(self.tokens) - 1 and self.tokens[follower].near == token.near:
            follower += 1
        limit = self.tokens[follower].near if self.tokens[follower].near > token.near else len(self.source.data)
        pattern = re.escape(token.text.encode())
        if token.kind == "word":
            pattern = rb"(?<![\w])" + pattern + rb"(?![\w])"
        for number, match in enumerate(re.finditer(pattern, self.source.data[token.near : limit]), 1):
            if number == same:
                return token.near + match.start()
        return min(token.near, len(self.source.data))
