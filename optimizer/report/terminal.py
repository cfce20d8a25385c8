"""Writes diagnostics to stderr for a person, with the sources that they point to."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from optimizer.ir.diagnostic import Diagnostic
from optimizer.report.color import palette_for
from optimizer.report.text import render_text


def print_diagnostics(diagnostics: Iterable[Diagnostic], sources: Mapping[str, bytes] | None = None) -> None:
    """Write each diagnostic to stderr; files missing from `sources` are read from disk where they can be."""
    known = dict(sources or {})
    palette = palette_for(sys.stderr)
    for diagnostic in diagnostics:
        for span in (diagnostic.span, *(span for span, _ in diagnostic.related)):
            if span.file not in known and (content := _content(span.file)) is not None:
                known[span.file] = content
        sys.stderr.write(render_text(diagnostic, known, palette) + "\n")


def _content(file: str) -> bytes | None:
    try:
        return Path(file).read_bytes() if Path(file).is_file() else None
    except (OSError, ValueError):
        return None
