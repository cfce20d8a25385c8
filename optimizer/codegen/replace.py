"""Puts generated code into the bytes of a source file."""

from collections.abc import Sequence

from optimizer.ir.diagnostic import Span


def replace_nests(source: bytes, replacements: Sequence[tuple[Span, str]]) -> bytes:
    """`source` with the bytes of each span replaced by its text (as UTF-8); all other bytes are unchanged.

    The spans do not overlap. Lines end as in `source`.
    """
    newline = b"\r\n" if b"\r\n" in source else b"\n"
    parts: list[bytes] = []
    position = 0
    for span, text in sorted(replacements, key=lambda item: item[0].start_byte):
        if span.start_byte < position or span.end_byte > len(source):
            raise ValueError(f"span {span} overlaps another one or lies outside of the file")
        parts += [source[position : span.start_byte], text.encode("utf-8", "surrogateescape").replace(b"\n", newline)]
        position = span.end_byte
    return b"".join([*parts, source[position:]])
