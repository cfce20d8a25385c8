"""Delivers a rewritten file: to stdout, another file or in place, whole or as a diff, with what is to be said."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.diff import colored, unified_diff
from optimizer.cli.files import STDIN, check_output, replace_file, write_product
from optimizer.cli.output import Findings, Telling, show
from optimizer.ir.diagnostic import Diagnostic, UsageError

if TYPE_CHECKING:
    from optimizer.search.request import Request, Result


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the rewritten text of `file` goes. UsageError for flags that contradict each other."""

    file: str
    output: str | None = None
    in_place: bool = False
    diff: bool = False
    check: bool = False

    def __post_init__(self) -> None:
        if self.in_place and self.output is not None:
            raise UsageError("--in-place and -o contradict each other")
        if self.in_place and self.file == STDIN:
            raise UsageError("--in-place needs a file, not standard input")
        if self.check and (self.in_place or self.output is not None):
            raise UsageError("--check writes nothing; leave out -o and --in-place")
        if self.output is not None:
            check_output(self.output, self.file)

    @property
    def stdout_is_free(self) -> bool:
        """True if neither the file nor a diff goes to standard output."""
        to_file = self.in_place or self.output not in (None, STDIN)
        return not self.diff and (to_file or self.check)

    def deliver(self, request: "Request", result: "Result | Diagnostic", telling: Telling) -> int:
        """The exit code after the product and everything that is said about it was written.

        A diagnostic instead of a result is a finding without a product.
        """
        sources = {str(request.path): request.text}
        if isinstance(result, Diagnostic):
            show(Findings((result,), "", {}, sources), telling, stdout_is_free=True)
            return 1
        from optimizer.report.result import result_as_json, result_text

        findings = Findings(result.refusals, result_text(result), result_as_json(result), sources)
        show(findings, telling, stdout_is_free=self.stdout_is_free)
        self._write(request.text, result.text)
        changed = result.text != request.text
        return int((self.check and changed) or (telling.strict and bool(result.refusals)))

    def _write(self, before: bytes, after: bytes) -> None:
        if self.diff:
            from optimizer.report.color import palette_for

            name = self.file if self.file != STDIN else "stdin"
            write_product(colored(unified_diff(before, after, name), palette_for(sys.stdout)), None)
        if self.check:
            return
        if self.in_place:
            if after != before:
                replace_file(Path(self.file), after)
        elif self.output is not None or not self.diff:
            write_product(after, self.output)
