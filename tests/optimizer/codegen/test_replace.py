import pytest

from optimizer.codegen import replace_nests
from optimizer.ir.diagnostic import Span


def span(start: int, end: int) -> Span:
    return Span("a.c", 1, 1, 1, 1, start, end)


def test_bytes_outside_are_untouched():
    source = "/* \xe9 */ for (;;);\r\n\tx;\xff".encode("latin-1")
    start = source.index(b"for")
    changed = replace_nests(source, [(span(start, start + 8), "{\n}")])
    assert changed == b"/* \xe9 */ {\r\n};\r\n\tx;\xff"


def test_several_nests_in_any_order():
    assert replace_nests(b"0123456789", [(span(6, 8), "b"), (span(1, 3), "aaaa")]) == b"0aaaa345b89"


@pytest.mark.parametrize("spans", [[span(1, 4), span(3, 5)], [span(8, 12)]])
def test_impossible_spans_are_errors(spans):
    with pytest.raises(ValueError, match="span"):
        replace_nests(b"0123456789", [(s, "") for s in spans])


def test_nothing_to_replace():
    assert replace_nests(b"abc", []) == b"abc"
