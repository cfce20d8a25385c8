"""`loopwright explain`: the nests of a file, their dependences, the refusals, and what becomes of a script."""

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli import options
from optimizer.ir.diagnostic import Diagnostic, Span, UsageError

if TYPE_CHECKING:
    from optimizer.cli.output import Telling
    from optimizer.ir.dependence import Nest
    from optimizer.report.document import Json
    from optimizer.search.request import Request


def explain(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="FILE[:LINE]", help="A C file, or the nest around a line of it.")],
    script: Annotated[str | None, typer.Argument(metavar="SCRIPT", help="Is this script legal there?")] = None,
    best: Annotated[
        bool, typer.Option("--best", help="Say why SCRIPT, or what `optimize` chooses, should be fast.")
    ] = False,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="SCRIPT", help="The script, as `optimize` takes it.")
    ] = None,
    nest: Annotated[str | None, typer.Option("--nest", metavar="NAME", help="Only this nest.")] = None,
    function: options.Functions = None,
    includes: options.Includes = None,
    defines: options.Defines = None,
    undefines: options.Undefines = None,
    cc: options.CompilerCommand = None,
    param: options.Parameters = None,
    threads: options.Threads = None,
    reassociate: options.Reassociate = False,
    output_format: options.OutputFormat = options.Format.TEXT,
    strict: options.Strict = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show the nests, dependences and refusals of a file; with SCRIPT: legal, or the dependence that it breaks."""
    from optimizer.cli.output import Telling, Verbosity
    from optimizer.cli.request import Choices, CompilerOptions, make_request
    from optimizer.search.prepare import prepare

    if script is not None and schedule is not None:
        raise UsageError("SCRIPT and --schedule say the same; give one of them")
    script = script if schedule is None else schedule
    telling = Telling(output_format, Verbosity(quiet, verbose), strict)
    file, line = split_place(place)
    compiler = CompilerOptions(cc, includes, defines, undefines, context.obj or ())
    request = make_request(file, compiler, Choices(param, function, threads=threads, reassociate=reassociate))
    ready = prepare(request)
    nests = [one for one in ready.nests if _is_meant(one.scop.span, line) and nest in (None, one.scop.name)]
    if nest is not None and not nests:
        known = ", ".join(one.scop.name for one in ready.nests) or "none"
        raise UsageError(f"there is no nest '{nest}' there; the nests are: {known}")
    if best:
        from optimizer.cli.reasons import explain_best

        return explain_best(request, nests, script, telling)
    if script is not None:
        return _judge(request, nests, script, telling)
    refusals = tuple(refusal for refusal in ready.refusals if _is_meant(refusal.span, line))
    return _describe(request, nests, refusals, telling)


def split_place(place: str) -> tuple[str, int | None]:
    """The file and the line of FILE:LINE; a file whose name ends like that is taken as a file."""
    from pathlib import Path

    match = re.fullmatch(r"(.+?):(\d{1,9})(?::\d*)?", place)
    if match is None or Path(place).is_file():
        return place, None
    return match.group(1), int(match.group(2))


def _is_meant(span: Span, line: int | None) -> bool:
    return line is None or span.line <= line <= span.end_line


def _describe(request: "Request", nests: "Sequence[Nest]", refusals: tuple[Diagnostic, ...], telling: "Telling") -> int:
    from optimizer.cli.output import Findings, show
    from optimizer.report.nest import nest_as_json, nest_text

    if telling.output_format is options.Format.TEXT:
        sys.stdout.write("\n".join(nest_text(nest) for nest in nests))
    summary = "" if nests or refusals else f"{request.path}: there is no loop nest here\n"
    document: dict[str, Json] = {"file": str(request.path), "nests": [nest_as_json(nest) for nest in nests]}
    show(Findings(refusals, summary, document, _sources(request)), telling, stdout_is_free=True)
    return int(telling.strict and bool(refusals))


def _judge(request: "Request", nests: "Sequence[Nest]", text: str, telling: "Telling") -> int:
    """Say whether the script `text` is legal for the one nest of `nests`; exit code 1 if it is not."""
    from optimizer.cli.output import Findings, show
    from optimizer.cli.script import choose_nest, rejection
    from optimizer.search.checked import Rejected, apply_checked
    from optimizer.transforms import parse_script

    script = parse_script(text)
    nest = choose_nest(nests, None)
    found = apply_checked(script, nest)
    diagnostics = (rejection(found, nest, script),) if isinstance(found, Rejected) else ()
    document: dict[str, Json] = {
        "file": str(request.path),
        "nest": nest.scop.name,
        "script": str(script),
        "legal": not diagnostics,
    }
    if telling.output_format is options.Format.TEXT and not diagnostics:
        sys.stdout.write(f"{nest.scop.span}: '{script}' is legal for nest {nest.scop.name}\n")
    show(Findings(diagnostics, "", document, _sources(request)), telling, stdout_is_free=True)
    return int(bool(diagnostics))


def _sources(request: "Request") -> dict[str, bytes]:
    return {str(request.path): request.text}
