"""Arguments of commands that are neither loops nor statements nor numbers."""

import re

_OPERATOR = re.compile(r"(?<=[\w)])([-+])(?=[\w(])")
_BLANK = re.compile(r"\s+")


class ArrayName(str):
    """The name of an array of the nest."""

    __slots__ = ()


class AffineText(str):
    """An integer expression over counters and parameters, such as `i - j + 1` or `floor(i/32)`, evenly spaced."""

    __slots__ = ()

    def __new__(cls, text: str) -> "AffineText":
        """The expression `text` with blanks around + and - between operands only."""
        return super().__new__(cls, _OPERATOR.sub(r" \1 ", _BLANK.sub("", text)))
