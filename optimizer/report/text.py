"""Diagnostics as text in the form that compilers use, with the source line and carets below it."""

from collections.abc import Iterable, Mapping

from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.report.color import PLAIN, Palette

TAB_WIDTH = 8
MAXIMUM_WIDTH = 200  # bytes of a source line that are shown


def render_text(diagnostic: Diagnostic, sources: Mapping[str, bytes], palette: Palette = PLAIN) -> str:
    """`diagnostic` in several lines, the last without a newline; `sources` maps file names to their content.

    A span whose file is not in `sources`, or lies outside of it, is named without its line.
    """
    color = _color(diagnostic.severity, palette)
    head = f"{palette.bold}{diagnostic.span}:{palette.reset} {color}{diagnostic.severity.value}:{palette.reset} "
    lines = [f"{head}{palette.bold}{diagnostic.message}{palette.reset} [{diagnostic.code}]"]
    width = max(len(str(span.line)) for span, _ in _labels(diagnostic))
    shown: tuple[str, int] | None = None
    for span, label in _labels(diagnostic):
        text = source_line(span, sources)
        if text is None:
            continue
        if (span.file, span.line) != shown:
            place = "" if span.file == diagnostic.span.file else f" {span.file}"
            lines.append(f" {span.line:{width}} | {_visible(text)}{place}")
        shown = (span.file, span.line)
        lines.append(f" {'':{width}} | {_carets(span, text, label, palette)}")
    lines += [f" {'':{width}} = note: {note}" for note in diagnostic.notes]
    lines += [f" {'':{width}} = help: {text}" for text in diagnostic.help]
    return "\n".join(lines)


def source_line(span: Span, sources: Mapping[str, bytes]) -> bytes | None:
    """The line of `span` without its newline, or None where there is no such line."""
    content = sources.get(span.file)
    if content is None or span.line < 1:
        return None
    lines = content.split(b"\n", span.line)
    return lines[span.line - 1].rstrip(b"\r") if span.line <= len(lines) else None


def _labels(diagnostic: Diagnostic) -> Iterable[tuple[Span, str]]:
    yield diagnostic.span, diagnostic.label
    yield from diagnostic.related


def _color(severity: Severity, palette: Palette) -> str:
    match severity:
        case Severity.ERROR:
            return palette.error
        case Severity.WARNING:
            return palette.warning
        case Severity.REMARK | Severity.NOTE:
            return palette.remark


def _visible(text: bytes) -> str:
    """`text` as a terminal may show it: tabs expanded, control characters replaced, long lines cut."""
    cut = text[:MAXIMUM_WIDTH]
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in _expanded(cut))
    return line + ("..." if len(text) > MAXIMUM_WIDTH else "")


def _expanded(text: bytes) -> str:
    return text.decode(errors="replace").expandtabs(TAB_WIDTH)


def _carets(span: Span, text: bytes, label: str, palette: Palette) -> str:
    start = min(span.column - 1, MAXIMUM_WIDTH)
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    end = min(max(end, start + 1), MAXIMUM_WIDTH + 1)
    indent = len(_expanded(text[:start]))
    length = max(1, len(_expanded(text[:end])) - indent)
    return f"{'':{indent}}{palette.accent}{'^' * length}{palette.reset}{' ' if label else ''}{label}"
