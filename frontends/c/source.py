"""The bytes of a source file, its spans, and the checks that need no parser."""

import bisect
from dataclasses import dataclass
from functools import cached_property

from optimizer.ir.diagnostic import Diagnostic, InputError, Severity, Span

MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class Source:
    """A file as the user wrote it; `name` is how diagnostics call it."""

    name: str
    data: bytes

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        position = self.data.find(b"\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.data.find(b"\n", position + 1)
        return tuple(starts)

    def line_of(self, offset: int) -> int:
        """The line, from 1, that holds the byte at `offset`."""
        return bisect.bisect_right(self._line_starts, offset)

    def span(self, start: int, end: int) -> Span:
        """The span of the bytes [start, end)."""
        line, end_line = self.line_of(start), self.line_of(end)
        return Span(
            self.name,
            line,
            start - self._line_starts[line - 1] + 1,
            end_line,
            end - self._line_starts[end_line - 1] + 1,
            start,
            end,
        )

    def line_span(self, line: int, column: int = 1) -> Span:
        """The span of `line` from `column` on; the end of the file if there is no such line."""
        if not 1 <= line <= len(self._line_starts):
            return self.span(len(self.data), len(self.data))
        start = self._line_starts[line - 1]
        end = self.data.find(b"\n", start)
        end = len(self.data) if end < 0 else end
        return self.span(min(start + column - 1, end), end)

    def fail(self, code: str, message: str, span: Span, *help_: str) -> InputError:
        """An error about the file as a whole, to be raised."""
        return InputError(Diagnostic(code, Severity.ERROR, message, span, help=help_))


def check_text(source: Source) -> None:
    """Raises InputError if the bytes cannot be a C file that is worth compiling."""
    data = source.data
    start = source.span(0, 0) if len(data) <= MAX_BYTES else Span(source.name, 1, 1, 1, 1)
    if len(data) > MAX_BYTES:
        raise source.fail(
            "LW101",
            f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read",
            start,
            "move the functions that matter into a file of their own",
        )
    if not data.strip():
        raise source.fail("LW104", "the file is empty", start, "pass a C file with at least one function")
    position = data.find(b"\0")
    if position >= 0:
        raise source.fail(
            "LW102",
            "this is a binary file: it contains a NUL byte",
            source.span(position, position + 1),
            "pass C source text",
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise source.fail(
            "LW103",
            f"the file is not UTF-8 text: byte 0x{data[error.start]:02x}",
            source.span(error.start, error.start + 1),
            "convert it first, for example with 'iconv -f latin1 -t utf-8'",
        ) from None
