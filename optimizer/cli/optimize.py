"""`loopwright optimize`: rewrites the nests of a file by the static model or a given script; never runs the program."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli import options
from optimizer.ir.diagnostic import UsageError

if TYPE_CHECKING:
    from optimizer.ir.diagnostic import Diagnostic
    from optimizer.ir.scop import Scop
    from optimizer.search.request import Request, Result


def optimize(
    context: typer.Context,
    file: options.File,
    output: options.Output = None,
    in_place: Annotated[bool, typer.Option("-i", "--in-place", help="Replace the file.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print a unified diff instead of the file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if it would change.")] = False,
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="SCRIPT", help="Apply this script to the one nest chosen.")
    ] = None,
    nest: Annotated[str | None, typer.Option("--nest", metavar="NAME", help="The nest for --schedule.")] = None,
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
    """Rewrite the loop nests of FILE; the program is not run. The rewritten file goes to standard output."""
    from optimizer.cli.output import Telling, Verbosity
    from optimizer.cli.product import Destination
    from optimizer.cli.request import Choices, CompilerOptions, make_request

    verbosity = Verbosity(quiet, verbose)
    destination = Destination(file, output, in_place, diff, check)
    if nest is not None and schedule is None:
        raise UsageError("--nest names the nest for --schedule; to choose what is optimized use --function")
    compiler = CompilerOptions(cc, includes, defines, undefines, context.obj or ())
    request = make_request(file, compiler, Choices(param, function, threads=threads, reassociate=reassociate))
    result = _optimize(request, verbose=verbose) if schedule is None else _follow(request, schedule, nest)
    return destination.deliver(request, result, Telling(output_format, verbosity, strict))


def _optimize(request: "Request", *, verbose: bool) -> "Result":
    from optimizer.search.optimize import optimize_program

    def announce(scop: "Scop") -> None:
        if verbose:
            sys.stderr.write(f"{scop.span}: note: searching for nest {scop.name}\n")

    return optimize_program(request, announce=announce)


def _follow(request: "Request", schedule: str, nest: str | None) -> "Result | Diagnostic":
    from optimizer.cli.script import follow

    return follow(request, schedule, nest)
