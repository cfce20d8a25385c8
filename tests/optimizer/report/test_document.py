import json

from optimizer.ir.diagnostic import Diagnostic, Severity, Span
from optimizer.report.document import render_json


def test_every_field_of_a_diagnostic_is_in_the_document() -> None:
    span = Span("a.c", 1, 2, 3, 4)
    found = Diagnostic("LW111", Severity.REMARK, "a while loop", span, "here", ((span, "there"),), ("n",), ("h",))
    document = json.loads(render_json([found], {"nests": []}))
    place = {"file": "a.c", "line": 1, "column": 2, "end_line": 3, "end_column": 4}
    assert document == {
        "version": 1,
        "nests": [],
        "diagnostics": [
            {
                "code": "LW111",
                "severity": "remark",
                "message": "a while loop",
                "span": place,
                "label": "here",
                "related": [{"span": place, "label": "there"}],
                "notes": ["n"],
                "help": ["h"],
            }
        ],
    }
