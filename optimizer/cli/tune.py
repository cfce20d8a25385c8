"""`loopwright tune`: searches by building, checking and timing candidates in a sandbox."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli import options
from optimizer.ir.diagnostic import UsageError

if TYPE_CHECKING:
    from optimizer.report.progress import Update
    from optimizer.search.request import Request, Result, Trial


def tune(
    context: typer.Context,
    file: options.File,
    output: options.Output = None,
    in_place: Annotated[bool, typer.Option("-i", "--in-place", help="Replace the file.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print a unified diff instead of the file.")] = False,
    budget: Annotated[str, typer.Option("--budget", metavar="TIME", help="How long to search: 90s, 2m, 1h.")] = "2m",
    report: Annotated[
        str | None, typer.Option("--report", metavar="FILE", help="Write the whole story there, as JSON.")
    ] = None,
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
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds make equal choices.")] = 0,
    output_format: options.OutputFormat = options.Format.TEXT,
    strict: options.Strict = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Make FILE faster by measuring; what does not win beyond the noise stays as it is."""
    from optimizer.cli.files import check_output
    from optimizer.cli.output import Telling, Verbosity
    from optimizer.cli.product import Destination
    from optimizer.cli.request import Choices, CompilerOptions, make_request, parse_budget

    telling = Telling(output_format, Verbosity(quiet, verbose), strict)
    destination = Destination(file, output, in_place, diff)
    if report is not None:
        if report == output:
            raise UsageError("-o and --report name the same file")
        check_output(report, file)
    seconds = parse_budget(budget)
    compiler = CompilerOptions(cc, includes, defines, undefines, context.obj or ())
    request = make_request(file, compiler, Choices(param, function, link, arg, threads, seed, reassociate))
    started_s = time.process_time()  # spent before the search begins, which counts for the user
    result = _tune(request, max(seconds - started_s, seconds / 2), telling.verbosity.quiet, verbose)
    if report is not None:
        _write_report(report, result)
    return destination.deliver(request, result, telling)


def _tune(request: "Request", seconds: float, quiet: bool, verbose: bool) -> "Result":
    from optimizer.report.progress import progress, silent
    from optimizer.search.tune import tune_program

    if quiet:
        return tune_program(request, budget_s=seconds, report=_Reporter(seconds, silent, verbose))
    with progress(sys.stderr, str(request.path)) as update:
        return tune_program(request, budget_s=seconds, report=_Reporter(seconds, update, verbose))


class _Reporter:
    """Turns trials into progress: the part of the budget that is spent, and the best result so far."""

    def __init__(self, seconds: float, update: "Update", verbose: bool) -> None:
        self.seconds = seconds
        self.update = update
        self.verbose = verbose
        self.start = time.monotonic()
        self.trials = 0
        self.best: dict[str, float] = {}

    def __call__(self, nest: str, trial: "Trial") -> None:
        from optimizer.ir.outcome import Measured
        from optimizer.report.outcome import outcome_line

        self.trials += 1
        if isinstance(trial.outcome, Measured):
            self.best[nest] = max(self.best.get(nest, 0.0), trial.outcome.speedup)
        if self.verbose:
            sys.stderr.write(f"{nest}: {outcome_line(trial.outcome)}: {trial.script or 'as written'}\n")
        best = ", ".join(f"{name} {speedup:.2f}x" for name, speedup in self.best.items())
        done = min(1.0, (time.monotonic() - self.start) / self.seconds)
        self.update(done, f"{self.trials} trials, best {best or 'none yet'}")


def _write_report(file: str, result: "Result") -> None:
    from optimizer.cli.files import write_product
    from optimizer.report.document import render_json
    from optimizer.report.result import result_as_json

    write_product(render_json(result.refusals, result_as_json(result)).encode(), file)
