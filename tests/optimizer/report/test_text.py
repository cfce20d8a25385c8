from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.report.color import COLORED
from optimizer.report.text import render_text


def diagnostic(span: Span, **more: object) -> Diagnostic:
    return Diagnostic("LW118", Severity.REMARK, "the bound is not affine", span, **more)  # type: ignore[arg-type]


def test_a_line_without_source_stands_alone() -> None:
    assert render_text(diagnostic(Span("a.c", 3, 7, 3, 9)), {}) == "a.c:3:7: remark: the bound is not affine [LW118]"


def test_tabs_and_wide_bytes_do_not_move_the_carets() -> None:
    source = "\tx = \"é\"; y;\n".encode()
    start = source.index(b"y") + 1
    text = render_text(diagnostic(Span("a.c", 1, start, 1, start + 1)), {"a.c": source})
    line, carets = text.splitlines()[1:]
    assert line.index("y") == carets.index("^")
    assert carets.count("^") == 1


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    text = render_text(diagnostic(Span("a.c", 1, 3, 2, 4)), {"a.c": b"  for (;;)\r\n    x;\n"})
    assert text.splitlines()[1:] == [" 1 |   for (;;)", "   |   ^^^^^^^^"]


def test_spans_outside_of_the_file_are_only_named() -> None:
    text = render_text(diagnostic(Span("a.c", 9, 1, 9, 2), related=((Span("a.c", 0, 1, 0, 1), "x"),)), {"a.c": b"y\n"})
    assert text.count("\n") == 0


def test_related_lines_of_another_file_name_it() -> None:
    related = ((Span("b.h", 1, 1, 1, 2), "defined here"),)
    text = render_text(diagnostic(Span("a.c", 1, 1, 1, 2), related=related), {"a.c": b"x\n", "b.h": b"y\n"})
    assert " 1 | y b.h" in text.splitlines()
    assert text.endswith("^ defined here")


def test_control_characters_never_reach_the_terminal() -> None:
    text = render_text(diagnostic(Span("a.c", 1, 1, 1, 2)), {"a.c": b"x\x1b[31m\n"})
    assert "\x1b" not in text


def test_a_very_long_line_is_cut() -> None:
    text = render_text(diagnostic(Span("a.c", 1, 5000, 1, 5001)), {"a.c": b"x" * 10_000})
    assert max(map(len, text.splitlines())) < 250


def test_notes_and_help_line_up_below() -> None:
    text = render_text(diagnostic(Span("a.c", 12, 1, 12, 2), notes=("n",), help=("h",)), {})
    assert text.splitlines()[1:] == ["    = note: n", "    = help: h"]


def test_colours_change_nothing_but_colours() -> None:
    import re

    found = diagnostic(Span("a.c", 1, 1, 1, 2), label="here")
    sources = {"a.c": b"x\n"}
    assert re.sub(r"\x1b\[[\d;]*m", "", render_text(found, sources, COLORED)) == render_text(found, sources)
