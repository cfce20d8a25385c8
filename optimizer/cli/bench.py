"""`loopwright bench`: the PolyBench kernels, tuned and timed against the original and against other compilers."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.options import CompilerName, Reassociate, Threads
from polybench.suite import KERNELS, Kernel, Size, find

if TYPE_CHECKING:
    from optimizer.execution import Probe, Prober
    from optimizer.report.progress import Update
    from optimizer.search.request import Trial
    from polybench.footprint import Footprint
    from polybench.results import Report, Row
    from polybench.rivals import Absent
    from polybench.runner import Plan

SizeOption = Annotated[Size, typer.Option("--size", case_sensitive=False, help="The data set.")]
KernelNames = Annotated[
    str | None, typer.Option("--kernels", metavar="A,B", help="Only these kernels.", show_default="all 30")
]
Against = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="A,B",
        help="Compare with gcc, graphite, clang, polly, or with ours built by them: ours-gcc, ours-clang; '' for none.",
    ),
]
Budget = Annotated[str, typer.Option("--budget", metavar="TIME", help="The time for each kernel: 90s, 2m.")]
Folder = Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where the JSON and CSV files go.")]
OwnCosts = Annotated[
    bool, typer.Option("--self", help="Measure Loopwright itself: CPU time and memory to raise and to optimize.")
]


def bench(
    context: typer.Context,
    size: SizeOption = Size.MEDIUM,
    kernels: KernelNames = None,
    against: Against = "gcc,clang,polly",
    budget: Budget = "30s",
    threads: Threads = None,
    output: Folder = Path("loopwright-bench"),
    compiler: CompilerName = "gcc",
    reassociate: Reassociate = False,
    own_costs: OwnCosts = False,
) -> int:
    """Tune the PolyBench kernels and show what came of it; exit with 1 if one became slower or failed.

    Interrupted, it shows the kernels that were finished.
    """
    chosen = _chosen(kernels)
    _check_folder(output)
    if own_costs:
        return _measure_self(chosen, size, compiler, output)
    from optimizer.cli.request import parse_budget
    from optimizer.execution import Prober, detect_toolchain, workspace
    from optimizer.search.machine import this_machine
    from polybench.rivals import Absent, Rival, find_rival
    from polybench.runner import Plan

    used_threads = this_machine(threads).threads
    toolchain = detect_toolchain(compiler, context.obj or ())
    rivals = [find_rival(name, used_threads) for name in dict.fromkeys(against.split(",")) if name]
    absent = tuple(rival for rival in rivals if isinstance(rival, Absent))
    for missing in absent:
        sys.stderr.write(f"loopwright: not compared with {missing.name}: {missing.reason}\n")
    present = tuple(rival for rival in rivals if isinstance(rival, Rival))
    plan = Plan(size, used_threads, parse_budget(budget), toolchain, present, reassociate=reassociate)
    rows: list[Row] = []
    with workspace() as directory:
        prober = Prober(toolchain, directory)
        probes = _probes(prober, used_threads)
        try:
            _run_all(chosen, replace(plan, prober=prober), rows)
        finally:
            _publish(replace(_report(plan, rows, absent), probes=probes), output)
    return 1 if any(row.verdict in ("slower", "failed") for row in rows) else 0


def _chosen(names: str | None) -> list[Kernel]:
    """The kernels with these names, separated by commas; all if None."""
    from optimizer.ir.diagnostic import UsageError

    if names is None:
        return list(KERNELS)
    known = {kernel.name for kernel in KERNELS}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise UsageError(f"--kernels {name}: there is no such kernel, choose from {', '.join(sorted(known))}")
    if not wanted:
        raise UsageError("--kernels names no kernel")
    return [find(name) for name in dict.fromkeys(wanted)]


def _probes(prober: "Prober", threads: int) -> "tuple[Probe, ...]":
    """The machine before anything is timed, with one thread and with all."""
    found = [prober.probe(count) for count in dict.fromkeys((1, threads))]
    return tuple(probe for probe in found if probe is not None)


def _check_folder(folder: Path) -> None:
    from optimizer.ir.diagnostic import UsageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--output {folder}: {error.strerror}") from error


def _run_all(kernels: list[Kernel], plan: "Plan", rows: "list[Row]") -> None:
    """Append a row for each kernel to `rows`, as soon as it is known."""
    from optimizer.report.progress import progress
    from polybench.runner import run_kernel

    with progress(sys.stderr, "bench") as update:
        for kernel in kernels:
            rows.append(run_kernel(kernel, plan, _Announcer(update, len(rows) / len(kernels), kernel.name)))
            if not sys.stderr.isatty():
                sys.stderr.write(f"bench: {len(rows)}/{len(kernels)} {_line(rows[-1])}\n")
                sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class _Announcer:
    """Shows the candidates of one kernel as they are measured."""

    update: "Update"
    done: float
    kernel: str

    def __call__(self, _nest: str, trial: "Trial") -> None:
        self.update(self.done, f"{self.kernel}: {trial.script or 'as written'}")


def _line(row: "Row") -> str:
    from optimizer.report.outcome import outcome_line

    what = outcome_line(row.outcome) if row.outcome is not None else f"original kept: {row.note}"
    return f"{row.kernel}: {what}" + (f", {row.script}" if row.script else "")


def _report(plan: "Plan", rows: "list[Row]", absent: "tuple[Absent, ...]") -> "Report":
    from loopwright import __version__
    from optimizer.execution import detect_sandbox, machine_description, workspace
    from polybench.results import Report

    toolchain = plan.toolchain
    with workspace() as directory:
        machine = machine_description(toolchain, detect_sandbox(directory))
    compiler = f"{toolchain.version} {' '.join((*toolchain.flags, *toolchain.user_flags))}"
    budget_s, finished = plan.budget_s, tuple(rows)
    report = Report(plan.size, plan.threads, budget_s, compiler, machine, __version__, finished, absent)
    return replace(report, reassociate=plan.reassociate)


def _publish(report: "Report", folder: Path) -> None:
    """Print the table and write the files."""
    from optimizer.cli.files import replace_file
    from polybench.table import as_csv, as_json, print_report

    if not report.rows:
        return
    print_report(report, sys.stdout)
    stem = report.size.value.lower()
    for suffix, text in (("json", as_json(report)), ("csv", as_csv(report))):
        replace_file(folder / f"{stem}.{suffix}", text.encode())
    sys.stderr.write(f"loopwright: wrote {folder / stem}.json and .csv\n")


def _measure_self(kernels: list[Kernel], size: Size, compiler: str, folder: Path) -> int:
    from optimizer.cli.files import replace_file
    from optimizer.report.progress import progress
    from polybench.footprint import measure_footprint
    from polybench.table import footprints_json, print_footprints

    found: list[Footprint] = []
    try:
        with progress(sys.stderr, "bench") as update:
            for index, kernel in enumerate(kernels):
                update(index / len(kernels), kernel.name)
                found.append(measure_footprint(kernel, size, compiler))
    finally:
        if found:
            print_footprints(found, sys.stdout)
            replace_file(folder / "self.json", footprints_json(found).encode())
    return 1 if any(each.exceeded for each in found) else 0
