"""A benchmark report as a table for people, as JSON and as CSV."""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

from optimizer.ir.outcome import Measured, Outcome
from optimizer.report.outcome import duration, outcome_line
from polybench.footprint import Footprint
from polybench.results import Report, Row, geometric_mean, losses, rival_ratios
from polybench.suite import find

if TYPE_CHECKING:
    from rich.table import Table


def print_report(report: Report, stream: IO[str]) -> None:
    """Write the table and what follows from it to `stream`."""
    from rich.console import Console
    from rich.markup import escape
    from rich.measure import Measurement

    console = Console(file=stream, highlight=False)
    table = _table(report)
    # a terminal that is too narrow wraps lines, which loses less than cells cut short
    console.width = max(console.width, Measurement.get(console, console.options.update(width=400), table).maximum)
    console.print(table)
    for line in _conclusions(report):
        console.print(escape(line), soft_wrap=True)


def _table(report: Report) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    threads = f"{report.threads} thread{'s' if report.threads > 1 else ''}"
    title = f"PolyBench {report.size.value}, {threads}, {report.compiler}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("kernel", "geometric mean", no_wrap=True)
    mean = f"{geometric_mean([row.ratio for row in report.rows]):.2f}"
    for heading, footer in (("original", ""), ("ours", ""), ("ratio", mean), ("98% interval", ""), ("GOP/s", "")):
        table.add_column(heading, footer, justify="right", no_wrap=True)
    for name in report.rivals:
        ratios = rival_ratios(report, name)
        table.add_column(name, f"{geometric_mean(ratios):.2f}" if ratios else "", justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for row in report.rows:
        table.add_row(*(escape(cell) for cell in _cells(report, row)))
    return table


def _cells(report: Report, row: Row) -> list[str]:
    rivals = [_ratio(row.rivals.get(name)) for name in report.rivals]
    match row.outcome:
        case Measured() as measured:
            rate = find(row.kernel).operation_count(report.size) / measured.candidate_ns
            times = [duration(measured.original_ns), duration(measured.candidate_ns), f"{measured.speedup:.2f}"]
            interval = f"{measured.low:.2f} - {measured.high:.2f}"
            return [row.kernel, *times, interval, f"{rate:.2f}", *rivals, row.verdict]
        case _:
            return [row.kernel, "", "", "1.00", "", "", *rivals, row.verdict]


def _ratio(outcome: Outcome | None) -> str:
    match outcome:
        case None:
            return ""
        case Measured():
            return f"{outcome.speedup:.2f}"
        case _:
            return "failed"


def _conclusions(report: Report) -> list[str]:
    lines = ["Ratios: the original's time over the column's, in the same interleaved runs; kept ones count as 1."]
    lines += ["", *(f"{row.kernel}: {row.script}" for row in report.rows if row.script), *_reasons(report), ""]
    lines += [f"not compared: {absent.name} ({absent.reason})" for absent in report.absent]
    lines += _failed_rivals(report)
    lost = losses(report)
    if lost:
        lines.append("losses:")
        lines += [f"  {line}" for line in lost]
    else:
        lines.append("losses: none")
    return lines


def _reasons(report: Report) -> list[str]:
    """A line for each reason why an original was kept, with the kernels, and one for each failure."""
    kernels: dict[str, list[str]] = {}
    failures: list[str] = []
    for row in report.rows:
        if row.outcome is None:
            kernels.setdefault(row.note or "no reason given", []).append(row.kernel)
        elif not isinstance(row.outcome, Measured):
            failures.append(f"{row.kernel}: {outcome_line(row.outcome)}")
    return [f"kept ({note}): {', '.join(names)}" for note, names in kernels.items()] + failures


def _failed_rivals(report: Report) -> list[str]:
    """A line for each way in which a rival failed, with the kernels that it failed on."""
    kernels: dict[tuple[str, str], list[str]] = {}
    for row in report.rows:
        for name, outcome in row.rivals.items():
            if not isinstance(outcome, Measured):
                kernels.setdefault((name, outcome_line(outcome)), []).append(row.kernel)
    return [f"{name} failed on {', '.join(where)}: {what}" for (name, what), where in kernels.items()]


def print_footprints(footprints: Sequence[Footprint], stream: IO[str]) -> None:
    """Write what Loopwright took on each kernel; limits that were not met are named."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="processor seconds and peak memory", title_justify="left")
    table.add_column("kernel", no_wrap=True)
    for heading in ("raise + dependences", "memory", "optimize", "memory"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("over the limit")
    for each in footprints:
        cells = [each.kernel]
        for cpu_s, peak in (
            (each.raise_cpu_s, each.raise_peak_bytes),
            (each.optimize_cpu_s, each.optimize_peak_bytes),
        ):
            cells += ["failed" if cpu_s is None else f"{cpu_s:.2f} s", f"{peak / 2**20:.0f} MiB"]
        table.add_row(*cells, escape(each.failure or ", ".join(each.exceeded)))
    Console(file=stream, width=None if stream.isatty() else 160, highlight=False).print(table)


def footprints_json(footprints: Sequence[Footprint]) -> str:
    """The footprints as a JSON document."""
    rows = [{**dataclasses.asdict(each), "exceeded": list(each.exceeded)} for each in footprints]
    return json.dumps(rows, indent=2) + "\n"


def as_json(report: Report) -> str:
    """The report as a JSON document, with the means and losses."""
    means = {"ours": geometric_mean([row.ratio for row in report.rows])} if report.rows else {}
    means |= {name: geometric_mean(ratios) for name in report.rivals if (ratios := rival_ratios(report, name))}
    document = {
        "loopwright": report.version,
        "size": report.size.value,
        "threads": report.threads,
        "budget_s": report.budget_s,
        "compiler": report.compiler,
        "machine": dict(report.machine),
        "rows": [_row_object(row) for row in report.rows],
        "not_compared": {absent.name: absent.reason for absent in report.absent},
        "geometric_mean": means,
        "losses": losses(report),
    }
    return json.dumps(document, indent=2) + "\n"


def _row_object(row: Row) -> dict[str, object]:
    return {
        "kernel": row.kernel,
        "verdict": row.verdict,
        "ratio": row.ratio,
        "script": row.script,
        "outcome": _outcome_object(row.outcome),
        "rivals": {name: _outcome_object(outcome) for name, outcome in row.rivals.items()},
        "seconds": round(row.seconds, 3),
        "note": row.note,
    }


def _outcome_object(outcome: Outcome | None) -> dict[str, object] | None:
    """The outcome's fields; an endless interval has no end in JSON either, it becomes null."""
    if outcome is None:
        return None
    fields: dict[str, object] = dataclasses.asdict(outcome)
    return {"kind": type(outcome).__name__} | {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in fields.items()
    }


def as_csv(report: Report) -> str:
    """One line a kernel: times in nanoseconds, ratios with their intervals; empty where nothing was measured."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = ["kernel", "size", "threads", "verdict", "ratio", "script", "original_ns", "candidate_ns", "low", "high"]
    for name in report.rivals:
        columns += [f"{name}_ratio", f"{name}_low", f"{name}_high"]
    writer.writerow(columns)
    for row in report.rows:
        values: list[object] = [row.kernel, report.size.value, report.threads, row.verdict, row.ratio, row.script]
        measured = row.outcome if isinstance(row.outcome, Measured) else None
        values += [measured.original_ns, measured.candidate_ns, measured.low, measured.high] if measured else [""] * 4
        for name in report.rivals:
            rival = row.rivals.get(name)
            values += [rival.speedup, rival.low, rival.high] if isinstance(rival, Measured) else [""] * 3
        writer.writerow(values)
    return out.getvalue()
