"""Diagnostics as one JSON document. Field names are part of the command line's interface."""

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from optimizer.ir.diagnostic import Diagnostic, Span

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

FORMAT_VERSION = 1


def render_json(diagnostics: Iterable[Diagnostic], extra: Mapping[str, Json] | None = None) -> str:
    """A JSON object with the list `diagnostics` and the members of `extra`, with a final newline."""
    document: dict[str, Json] = {"version": FORMAT_VERSION}
    document.update(extra or {})
    document["diagnostics"] = [diagnostic_as_json(diagnostic) for diagnostic in diagnostics]
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def diagnostic_as_json(diagnostic: Diagnostic) -> Json:
    """The JSON object of one diagnostic."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "span": span_as_json(diagnostic.span),
        "label": diagnostic.label,
        "related": [{"span": span_as_json(span), "label": label} for span, label in diagnostic.related],
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
    }


def span_as_json(span: Span) -> Json:
    """The JSON object of a span: lines and columns from 1, columns in bytes, the end exclusive."""
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
