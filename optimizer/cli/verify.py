"""`loopwright verify`: runs two files on the same inputs and compares what they compute."""

import sys
from typing import TYPE_CHECKING

import typer

from optimizer.cli import options
from optimizer.ir.diagnostic import Diagnostic, Severity, Span, UsageError

if TYPE_CHECKING:
    from optimizer.ir.outcome import Outcome
    from optimizer.report.document import Json
    from optimizer.verify.differential import Comparison


def verify(
    context: typer.Context,
    first: options.File,
    second: options.SecondFile,
    function: options.Functions = None,
    includes: options.Includes = None,
    defines: options.Defines = None,
    undefines: options.Undefines = None,
    cc: options.CompilerCommand = None,
    link: options.Links = None,
    arg: options.Arguments = None,
    param: options.Parameters = None,
    threads: options.Threads = None,
    reassociate: options.Reassociate = False,
    output_format: options.OutputFormat = options.Format.TEXT,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Compare what FIRST and SECOND compute; exit with 0 if equal, 1 if different, 2 if nothing can be compared."""
    from optimizer.cli.files import STDIN
    from optimizer.cli.output import Findings, Telling, Verbosity, show
    from optimizer.cli.request import Choices, CompilerOptions, make_request
    from optimizer.verify.differential import compare_files

    telling = Telling(output_format, Verbosity(quiet, verbose))
    if first == second == STDIN:
        raise UsageError("only one of the files can be standard input")
    compiler = CompilerOptions(cc, includes, defines, undefines, context.obj or ())
    choices = Choices(param, function, link, arg, threads, reassociate=reassociate)
    left, right = (make_request(file, compiler, choices) for file in (first, second))
    compared = compare_files(left, right)
    diagnostics = tuple(_diagnose(compared, str(right.path)))
    if output_format is options.Format.TEXT:
        sys.stdout.write("".join(f"{_line(one)}\n" for one in compared))
    sources = {str(request.path): request.text for request in (left, right)}
    document: dict[str, Json] = {
        "first": str(left.path),
        "second": str(right.path),
        "compared": [_as_json(one) for one in compared],
    }
    show(Findings(diagnostics, "", document, sources), telling, stdout_is_free=True)
    if any(one.difference is not None for one in compared):
        return 1
    return 0 if any(_is_equal(one) for one in compared) else 2


def _as_json(comparison: "Comparison") -> "Json":
    verdict = "equal" if _is_equal(comparison) else "different" if comparison.difference is not None else "unusable"
    document: dict[str, Json] = {"subject": comparison.subject, "sizes": dict(comparison.sizes), "verdict": verdict}
    if comparison.accuracy is not None:
        from optimizer.report.result import accuracy_as_json

        document["accuracy"] = accuracy_as_json(comparison.accuracy)
    return document


def _is_equal(comparison: "Comparison") -> bool:
    return comparison.difference is None and comparison.unusable is None


def _line(comparison: "Comparison") -> str:
    sizes = ", ".join(f"{name} = {value}" for name, value in comparison.sizes.items())
    where = f"{comparison.subject} ({sizes})" if sizes else comparison.subject
    if comparison.difference is not None:
        return f"{where}: different"
    if comparison.accuracy is not None:
        from optimizer.report.outcome import accuracy_line

        return f"{where}: equal but for rounding, {accuracy_line(comparison.accuracy)}"
    return f"{where}: {'not compared' if comparison.unusable is not None else 'equal'}"


def _diagnose(compared: "tuple[Comparison, ...]", file: str) -> list[Diagnostic]:
    span = Span(file, 1, 1, 1, 1)
    if not compared:
        message = "the files have no function in common that can be called"
        return [Diagnostic("LW405", Severity.ERROR, message, span)]
    found: list[Diagnostic] = []
    for one in compared:
        outcome = one.difference or one.unusable
        if outcome is not None:
            from optimizer.report.outcome import outcome_line

            severity = Severity.ERROR if one.difference is not None else Severity.WARNING
            found.append(Diagnostic(_code(outcome), severity, f"{one.subject}: {outcome_line(outcome)}", span))
    return found


def _code(outcome: "Outcome") -> str:
    names = {"Miscompiled": "LW401", "CompileError": "LW402", "Crashed": "LW403", "TimedOut": "LW404"}
    return names.get(type(outcome).__name__, "LW405")
