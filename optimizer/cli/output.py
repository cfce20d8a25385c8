"""Where each thing goes: the product to stdout or a file, diagnostics to stderr, documents to whichever is free."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from optimizer.cli.options import Format
from optimizer.ir.diagnostic import Diagnostic, Severity, UsageError
from optimizer.report.document import Json


@dataclass(frozen=True, slots=True)
class Verbosity:
    """How much a person wants to read on stderr."""

    quiet: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UsageError("--quiet and --verbose contradict each other")


@dataclass(frozen=True, slots=True)
class Telling:
    """How findings are told, and whether a refusal is one."""

    output_format: Format
    verbosity: Verbosity
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything said about one input: diagnostics, a summary for people, and the members of a JSON document."""

    diagnostics: tuple[Diagnostic, ...]
    summary: str
    document: Mapping[str, Json]
    sources: Mapping[str, bytes]


def show(findings: Findings, telling: Telling, *, stdout_is_free: bool) -> None:
    """Write `findings` as chosen: text for people to stderr, documents to stdout if that is free."""
    match telling.output_format:
        case Format.TEXT:
            show_text(findings, quiet=telling.verbosity.quiet)
        case Format.JSON:
            from optimizer.report.document import render_json

            _stream(stdout_is_free=stdout_is_free).write(render_json(findings.diagnostics, findings.document))
        case Format.SARIF:
            from loopwright import __version__
            from optimizer.report.sarif import render_sarif

            log = render_sarif(findings.diagnostics, __version__, findings.sources, all_titles())
            _stream(stdout_is_free=stdout_is_free).write(log)


def show_text(findings: Findings, *, quiet: bool) -> None:
    """Diagnostics with their source lines, then the summary, to stderr; only errors if `quiet`."""
    from optimizer.report.terminal import print_diagnostics

    errors = tuple(found for found in findings.diagnostics if found.severity is Severity.ERROR)
    print_diagnostics(errors if quiet else findings.diagnostics, findings.sources)
    if not quiet:
        sys.stderr.write(findings.summary)


def all_titles() -> Mapping[str, str]:
    """What every code stands for."""
    from frontends.c.codes import CODES
    from optimizer.report.codes import TITLES

    return {**CODES, **TITLES}


def _stream(*, stdout_is_free: bool) -> IO[str]:
    return sys.stdout if stdout_is_free else sys.stderr
