"""A benchmark report as a table for people, as JSON and as CSV."""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING

from optimizer.ir.outcome import Measured, Outcome
from optimizer.report.cost import cost_as_json, cost_line
from optimizer.report.outcome import duration, outcome_line
from optimizer.report.probe import probe_line
from polybench.footprint import Footprint
from polybench.peers import CLOSE_ENOUGH, Peer, provenance
from polybench.results import Report, Row, against_peers, geometric_mean, losses, rival_ratios

if TYPE_CHECKING:
    from rich.table import Table


def print_report(report: Report, stream: IO[str]) -> None:
    """Write the table and what follows from it to `stream`; a narrow terminal gets fewer columns."""
    from rich.console import Console
    from rich.markup import escape
    from rich.measure import Measurement

    console = Console(file=stream, highlight=False)
    for columns in (_all_columns(report), _few_columns(report)):
        table = _table(report, columns)
        width = Measurement.get(console, console.options.update(width=400), table).maximum
        if width <= console.width or not stream.isatty():
            break
    # a terminal that is still too narrow wraps lines, which loses less than cells cut short
    console.width = max(console.width, width)
    console.print(table)
    for line in _conclusions(report):
        console.print(escape(line), soft_wrap=True)


@dataclasses.dataclass(frozen=True, slots=True)
class _Column:
    """A column of figures: its heading, the text of a row's cell, and what stands below them all."""

    heading: str
    cell: Callable[[Row], str]
    footer: str = ""


def _all_columns(report: Report) -> list[_Column]:
    few = _few_columns(report)
    return [
        _Column("original", lambda row: _measured(row, lambda m: duration(m.original_ns))),
        _Column("ours", lambda row: _measured(row, lambda m: duration(m.candidate_ns))),
        few[0],
        _Column("98% interval", lambda row: _measured(row, lambda m: f"{m.low:.2f} - {m.high:.2f}")),
        *few[1:],
    ]


def _few_columns(report: Report) -> list[_Column]:
    columns = [
        _Column("ratio", lambda row: f"{row.ratio:.2f}", _mean([row.ratio for row in report.rows])),
        _Column("reached", _reached),
        _Column("of roof", lambda row: "" if row.fraction is None else f"{row.fraction:.0%}"),
    ]
    if report.reassociate:
        columns.append(_Column("error", _error))
    columns += [_rival_column(report, name) for name in report.rivals]
    peers = report.peers
    if peers:
        ratios = [peer.speedup or 1.0 for row in report.rows if (peer := peers.get(row.kernel)) is not None]
        columns.append(_Column("best peer", lambda row: _peer_cell(peers.get(row.kernel)), _mean(ratios)))
    return columns


def _error(row: Row) -> str:
    """The largest error of ours and of the original; nothing where they are equal bit for bit."""
    return "" if row.accuracy is None else f"{row.accuracy.own_ulps:.2g} / {row.accuracy.original_ulps:.2g}"


def _rival_column(report: Report, name: str) -> _Column:
    return _Column(name, lambda row: _ratio(row.rivals.get(name)), _mean(rival_ratios(report, name)))


def _mean(ratios: list[float]) -> str:
    return f"{geometric_mean(ratios):.2f}" if ratios else ""


def _peer_cell(peer: Peer | None) -> str:
    return "" if peer is None or peer.speedup is None else f"{peer.speedup:.2f}"


def _measured(row: Row, text: Callable[[Measured], str]) -> str:
    return text(row.outcome) if isinstance(row.outcome, Measured) else ""


def _reached(row: Row) -> str:
    """Operations a second; bytes a second where these are the bound."""
    reached = row.reached
    if reached is None or not isinstance(row.outcome, Measured):
        return ""
    if reached.roof is not None and reached.roof.bound == "stream":
        return f"{reached.gbs(row.outcome.candidate_ns):.1f} GB/s"
    return f"{reached.gops(row.outcome.candidate_ns):.1f} Gop/s"


def _table(report: Report, columns: Sequence[_Column]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    threads = f"{report.threads} thread{'s' if report.threads > 1 else ''}"
    title = f"PolyBench {report.size.value}, {threads}, {report.compiler}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("kernel", "geometric mean", no_wrap=True)
    for column in columns:
        table.add_column(column.heading, column.footer, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    for row in report.rows:
        table.add_row(*(escape(cell) for cell in (row.kernel, *(c.cell(row) for c in columns), row.verdict)))
    return table


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
    if report.reassociate:
        lines.append(
            "error: the largest of ours / of the original against long double, in units of rounding of the largest "
            "element; empty where both are equal bit for bit"
        )
    lines += [*_machine_lines(report)]
    lines += ["", *(f"{row.kernel}: {row.script}" for row in report.rows if row.script), *_reasons(report), ""]
    early = [f"{row.kernel} ({row.settled})" for row in report.rows if row.settled]
    lines += [f"ended before the budget: {', '.join(early)}", ""] if early else []
    lines += _cost_lines(report)
    lines += [f"not compared: {absent.name} ({absent.reason})" for absent in report.absent]
    lines += [*_failed_rivals(report), *_peer_lines(report)]
    lost = losses(report)
    if lost:
        lines.append("losses:")
        lines += [f"  {line}" for line in lost]
    else:
        lines.append("losses: none")
    return lines


def _machine_lines(report: Report) -> list[str]:
    """What the machine was found to reach, and what the fractions mean."""
    lines = [f"machine, {probe_line(probe)}" for probe in report.probes]
    if any(row.fraction is not None for row in report.rows):
        lines.append(
            "of roof: the part of min(peak, intensity x stream) that ours reached, both as probed beside the kernel's "
            "runs; operations that need not be repeated count once, each byte moves once, streams run through as many "
            "bytes as the kernel touches. More than 100%: data stayed nearer than the probe's."
        )
    unsteady = [row.kernel for row in report.rows if row.reached is not None and not row.reached.is_steady]
    if unsteady:
        lines.append(f"the machine's peak changed while these were compared: {', '.join(unsteady)}")
    return lines


def _cost_lines(report: Report) -> list[str]:
    """What making the candidates took, and the largest program."""
    costs = [cost for row in report.rows for cost in row.costs]
    lines = [cost_line(costs)] if costs else []
    sizes = [(row.text_bytes, row.kernel) for row in report.rows if row.text_bytes is not None]
    if sizes:
        most, kernel = max(sizes)
        lines.append(f"machine code of a whole program with ours: at most {most / 1024:.0f} KiB ({kernel})")
    return lines


def _peer_lines(report: Report) -> list[str]:
    found = against_peers(report)
    if not found.kernels:
        return []
    reached = found.kernels - len(found.behind)
    lines = [provenance(), f"at least {CLOSE_ENOUGH}x of the best peer: {reached} of {found.kernels} kernels"]
    return [*lines, *(_behind(row, peer) for row, peer in found.behind)]


def _behind(row: Row, peer: Peer) -> str:
    """One line with the ratios, and with the times, as the originals of both runs may not take the same."""
    theirs = "" if peer.seconds is None else f" in {duration(peer.seconds * 1e9)}"
    ours = _measured(row, lambda m: f" in {duration(m.candidate_ns)}")
    return f"  behind on {row.kernel}: {peer.config} {peer.speedup:.2f}x{theirs}, ours {row.ratio:.2f}x{ours}"


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
    found = against_peers(report)
    means |= {name: geometric_mean(ratios) for name in report.rivals if (ratios := rival_ratios(report, name))}
    document = {
        "loopwright": report.version,
        "size": report.size.value,
        "threads": report.threads,
        "budget_s": report.budget_s,
        "reassociate": report.reassociate,
        "compiler": report.compiler,
        "machine": dict(report.machine),
        "probes": [dataclasses.asdict(probe) for probe in report.probes],
        "rows": [_row_object(row) for row in report.rows],
        "best_peers": {
            row.kernel: {"config": peer.config, "speedup": peer.speedup}
            for row in report.rows
            if (peer := report.peers.get(row.kernel)) is not None
        },
        "best_peers_from": provenance() if report.peers else None,
        "behind_best_peer": [row.kernel for row, _ in found.behind],
        "not_compared": {absent.name: absent.reason for absent in report.absent},
        "costs": cost_as_json([cost for row in report.rows for cost in row.costs]),
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
        "settled": row.settled,
        "costs": cost_as_json(row.costs),
        "text_bytes": row.text_bytes,
        "fraction_of_roofline": row.fraction,
        "accuracy": dataclasses.asdict(row.accuracy) if row.accuracy is not None else None,
        "reached": _reached_object(row),
    }


def _reached_object(row: Row) -> dict[str, object] | None:
    """Operations, bytes and rates of the row with the bounds of its own time."""
    reached = row.reached
    if reached is None:
        return None
    measured = row.outcome if isinstance(row.outcome, Measured) else None
    roof = reached.roof
    return {
        "operations": reached.demand.operations,
        "bytes": reached.demand.bytes,
        "element": reached.demand.element,
        "gops": reached.gops(measured.candidate_ns) if measured else None,
        "gbs": reached.gbs(measured.candidate_ns) if measured else None,
        "roof_gops": roof.gops if roof is not None and math.isfinite(roof.gops) else None,
        "bound": roof.bound if roof is not None else None,
        "probes": [dataclasses.asdict(probe) for probe in reached.probes],
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
    columns += ["operations", "bytes", "gops", "gbs", "roof_gops", "bound", "fraction_of_roofline"]
    columns += ["own_error_ulps", "original_error_ulps", "best_peer", "best_peer_ratio"]
    for name in report.rivals:
        columns += [f"{name}_ratio", f"{name}_low", f"{name}_high"]
    writer.writerow(columns)
    for row in report.rows:
        values: list[object] = [row.kernel, report.size.value, report.threads, row.verdict, row.ratio, row.script]
        measured = row.outcome if isinstance(row.outcome, Measured) else None
        values += [measured.original_ns, measured.candidate_ns, measured.low, measured.high] if measured else [""] * 4
        values += _reached_cells(row)
        values += [row.accuracy.own_ulps, row.accuracy.original_ulps] if row.accuracy is not None else [""] * 2
        peer = report.peers.get(row.kernel)
        values += [peer.config, peer.speedup] if peer is not None else [""] * 2
        for name in report.rivals:
            rival = row.rivals.get(name)
            values += [rival.speedup, rival.low, rival.high] if isinstance(rival, Measured) else [""] * 3
        writer.writerow(values)
    return out.getvalue()


def _reached_cells(row: Row) -> list[object]:
    found = _reached_object(row)
    if found is None:
        return [""] * 7
    names = ("operations", "bytes", "gops", "gbs", "roof_gops", "bound")
    return ["" if value is None else value for value in (*(found[name] for name in names), row.fraction)]
