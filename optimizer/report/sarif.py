"""Diagnostics as a SARIF 2.1.0 log (OASIS standard), the format that code hosts and editors read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import quote

from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.report.document import Json
from optimizer.report.text import source_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.REMARK: "note",
    Severity.NOTE: "note",
}


def render_sarif(
    diagnostics: Iterable[Diagnostic], tool_version: str, sources: Mapping[str, bytes], titles: Mapping[str, str]
) -> str:
    """A SARIF log with one run that holds `diagnostics`, with a final newline.

    SARIF counts columns in characters; spans count bytes, so `sources` gives the lines to convert with. `titles`
    names the codes.
    """
    found = list(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in found})
    rules: list[Json] = [
        {"id": code, "shortDescription": {"text": titles.get(code, code)}} for code in codes
    ]
    run: Json = {
        "tool": {"driver": {"name": "loopwright", "version": tool_version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code), sources) for diagnostic in found],
    }
    log: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _result(diagnostic: Diagnostic, rule_index: int, sources: Mapping[str, bytes]) -> Json:
    text = ". ".join((diagnostic.message, *diagnostic.notes, *diagnostic.help))
    result: dict[str, Json] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [_location(diagnostic.span, diagnostic.label, sources)],
    }
    if diagnostic.related:
        result["relatedLocations"] = [_location(span, label, sources) for span, label in diagnostic.related]
    return result


def _location(span: Span, label: str, sources: Mapping[str, bytes]) -> Json:
    end = replace(span, line=span.end_line, column=span.end_column)
    region: Json = {
        "startLine": max(span.line, 1),
        "startColumn": _character_column(span, sources),
        "endLine": max(span.end_line, 1),
        "endColumn": _character_column(end, sources),
    }
    place: Json = {"artifactLocation": {"uri": quote(span.file)}, "region": region}
    location: dict[str, Json] = {"physicalLocation": place}
    if label:
        location["message"] = {"text": label}
    return location


def _character_column(span: Span, sources: Mapping[str, bytes]) -> int:
    line = source_line(span, sources)
    if line is None:
        return max(span.column, 1)
    return len(line[: max(span.column - 1, 0)].decode(errors="replace")) + 1
