"""`loopwright fuzz`: random loop nests through the whole path, compared with the compiler and an interpreter."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from optimizer.verify.fuzz import FuzzReport


def fuzz(
    count: Annotated[int, typer.Option("--count", min=1, help="How many random programs.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds try equal programs.")] = 0,
    keep: Annotated[Path | None, typer.Option("--keep", help="Where failures are kept, shrunk.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Processes; 0: one per core.")] = 0,
) -> int:
    """Try random loop nests under random schedules; exit 1 if any result is wrong."""
    import os

    from optimizer.verify.fuzz import FuzzReport, FuzzSettings
    from optimizer.verify.fuzz import fuzz as run

    latest = FuzzReport()

    def progress(report: "FuzzReport") -> None:
        nonlocal latest
        latest = report
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{report.programs}/{count} programs, {len(report.failures)} failures ")
            sys.stderr.flush()

    settings = FuzzSettings(count, seed, keep, jobs or len(os.sched_getaffinity(0)))
    try:
        latest = run(settings, progress)
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
        sys.stdout.write(summary(latest))
    return 1 if latest.bugs else 0


def summary(report: "FuzzReport") -> str:
    """The report as lines of text."""
    lines = [
        f"programs             {report.programs}, raised as a whole {report.taken}, nests {report.nests}",
        f"compared             {report.scripts} generated programs, {report.interpreted} schedules interpreted",
        f"illegal schedules    {report.illegal}, witness confirmed {report.confirmed}",
    ]
    if report.refusals:
        codes = ", ".join(f"{code} {number}" for code, number in sorted(report.refusals.items()))
        lines.append(f"refused nests        {codes}")
    if report.unfinished:
        lines.append(f"not finished         {report.unfinished} programs for which isl takes too long")
    if report.ungenerated:
        lines.append(f"not generated        {report.ungenerated} schedules declined by the generator")
    kinds: dict[str, int] = {}
    for failure in report.failures:
        kinds[failure.kind.value] = kinds.get(failure.kind.value, 0) + 1
    lines.append(f"failures             {', '.join(f'{k}: {n}' for k, n in kinds.items()) or 'none'}")
    for failure in report.failures[:10]:
        script = " | ".join(failure.scripts)
        last = failure.detail.strip().splitlines()[-1:]
        lines.append(f"  seed {failure.seed}: {failure.kind.value}: {''.join(last)[:160]} [{script}]")
    return "\n".join(lines) + "\n"
