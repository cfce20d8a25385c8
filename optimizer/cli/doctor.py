"""`loopwright doctor`: what Loopwright finds on this machine, and what would make it work better."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.options import PlainFormat

if TYPE_CHECKING:
    from optimizer.cli.environment import Environment


def doctor(
    probe: Annotated[
        bool, typer.Option("--probe", help="Measure arithmetic and memory bandwidth too, with one thread and all.")
    ] = False,
    output_format: Annotated[PlainFormat, typer.Option("--format", help="How it is written.")] = PlainFormat.TEXT,
) -> int:
    """Show the compilers, the sandbox and the machine; exit with 1 if something needed is missing."""
    from optimizer.cli.environment import inspect_environment

    environment = inspect_environment(probes=probe)
    match output_format:
        case PlainFormat.TEXT:
            sys.stdout.write(_as_text(environment))
        case PlainFormat.JSON:
            sys.stdout.write(_as_json(environment))
    return 1 if environment.problems else 0


def _as_json(environment: "Environment") -> str:
    import dataclasses
    import json

    return json.dumps(dataclasses.asdict(environment), indent=2) + "\n"


def _as_text(environment: "Environment") -> str:
    from optimizer.report.probe import probe_line

    machine = environment.machine
    rows = [
        ("loopwright", f"{environment.loopwright} on Python {environment.python}"),
        ("packages", ", ".join(f"{name} {version}" for name, version in environment.packages.items())),
    ]
    for compiler in environment.compilers:
        openmp = (
            f"OpenMP with {compiler.openmp_threads} threads" if compiler.openmp_threads is not None else "no OpenMP"
        )
        noise = f", noise {compiler.noise:.1%}" if compiler.noise is not None else ""
        rows.append((compiler.command, f"{compiler.version} ({compiler.path}), {openmp}{noise}"))
    rows += [
        ("sandbox", environment.sandbox),
        *((name, str(value)) for name, value in machine.items() if name != "sandbox"),
        *(("probe", probe_line(probe)) for probe in environment.probes),
        *(("missing", problem) for problem in environment.problems),
        *(("advice", advice) for advice in environment.advice),
    ]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:{width}}  {text}\n" for name, text in rows)
