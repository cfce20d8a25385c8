"""What a program computed: exit status, output, and the watched memory after each execution of a region."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.execution.limits import Limits
from optimizer.execution.process import Finished, Stream
from optimizer.execution.program import Binary, Dump, Purpose
from optimizer.execution.runner import Placement, run_binary
from optimizer.ir.outcome import Crashed, Refused, TimedOut

CHUNK_BYTES = 65536
_RECORD = struct.Struct("<9Q")
_DUMP, _OVERRUN, _ENTRIES = 1, 2, 3
_CHECK_ENVIRONMENT = {"MALLOC_PERTURB_": "255"}  # fresh memory reads as zero everywhere


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One dump after execution number `entry` of its region. NaNs are normalized: C does not say which one it is.

    `contents` is None if the memory was too large to keep; `hashes` then tells chunks of CHUNK_BYTES apart.
    `running` also covers the executions that were not recorded one by one.
    """

    region: int
    dump: int
    entry: int
    size: int
    comparable: int  # elements that are no NaN
    running: int
    hashes: bytes
    contents: bytes | None


@dataclass(frozen=True, slots=True)
class Observation:
    """All that is compared between two versions of a program. A stream is None if it differs from run to run."""

    status: int
    stdout: Stream | None
    stderr: Stream | None
    entries: tuple[tuple[int, int], ...]  # of each region: executions, digest over all of them
    snapshots: tuple[Snapshot, ...]
    overruns: tuple[tuple[int, int], ...]  # of the harness: array, offset in bytes from subscript 0
    watched: tuple[tuple[Dump, ...], ...]


def run_check(
    binary: Binary, *, limits: Limits | None = None, threads: int = 1
) -> Observation | Crashed | TimedOut | Refused:
    """What one run of `binary`, built to check, computes.

    A program that ends by a signal is Crashed; another exit status than 0 is an observation like any other.
    """
    assert binary.purpose is Purpose.CHECK
    limits = limits or Limits()
    finished, result = run_binary(binary, Placement(threads=threads, environment=_CHECK_ENVIRONMENT), limits)
    failure = ended_badly(finished, limits)
    if failure is not None:
        return failure
    return _observation(binary, finished, result)


def run_reference(
    binary: Binary, *, limits: Limits | None = None, threads: int = 1
) -> Observation | Crashed | TimedOut | Refused:
    """What the original computes: run twice, so that what differs from run to run is not held against a candidate.

    Refused if the watched memory itself differs, or if there is nothing to compare.
    """
    first = run_check(binary, limits=limits, threads=threads)
    if not isinstance(first, Observation):
        return first
    second = run_check(binary, limits=limits, threads=threads)
    if not isinstance(second, Observation):
        return second
    if (first.status, first.entries, first.snapshots) != (second.status, second.entries, second.snapshots):
        return Refused("the program computes other values in every run, so there is nothing to compare with")
    stable = replace(
        first,
        stdout=first.stdout if first.stdout == second.stdout else None,
        stderr=first.stderr if first.stderr == second.stderr else None,
    )
    reason = why_incomparable(stable)
    return stable if reason is None else Refused(reason)


def why_incomparable(observation: Observation) -> str | None:
    """Why `observation` of an original says nothing about a candidate; None if it does."""
    if observation.overruns:
        return f"the function writes to {overrun(observation)}, outside the memory that was made for it"
    if not any(entries for entries, _ in observation.entries):
        return why_not_executed(observation.status, observation.stderr)
    if any(observation.watched) and not any(snapshot.comparable for snapshot in observation.snapshots):
        return "the loop nest leaves no value to compare: everything it may change is NaN or empty"
    printed = any(stream is not None and stream.size for stream in (observation.stdout, observation.stderr))
    if not any(observation.watched) and not printed:
        return "the loop nest leaves nothing behind, and the program prints nothing to compare"
    return None


def why_not_executed(status: int, stderr: Stream | None) -> str:
    """What to tell of a program that ended by itself before its loop nests."""
    reason = "the program ended without executing the loop nest"
    if status == 0 or stderr is None:
        return reason
    last = stderr.data.decode(errors="replace").strip().splitlines()
    return f"{reason} (exit status {status}{': ' + last[-1][:200] if last else ''})"


def overrun(observation: Observation) -> str:
    """The first element outside its array that was written, in quotes; there must be one."""
    array, offset = observation.overruns[0]
    dump = observation.watched[-1][array]
    return f"'{dump.label}[{offset // dump.element.size}]'"


def ended_badly(finished: Finished, limits: Limits) -> Crashed | TimedOut | None:
    """The outcome of a run that did not end by itself; None if it did."""
    signal = finished.signal
    if finished.timed_out:
        return TimedOut(limits.wall_s)
    if signal is None:
        return None
    if signal.name == "SIGXCPU":
        return TimedOut(float(limits.cpu_s))
    last = finished.stderr.data.decode(errors="replace").strip().splitlines()
    return Crashed(f"ended by {signal.name}" + (f": {last[-1][:200]}" if last else ""))


def _observation(binary: Binary, finished: Finished, result: bytes) -> Observation | Refused:
    watched = binary.program.watched
    entries: dict[int, tuple[int, int]] = {}
    snapshots: list[Snapshot] = []
    overruns: list[tuple[int, int]] = []
    try:
        for kind, snapshot in _records(result):
            if kind == _DUMP:
                snapshots.append(snapshot)
                entries.setdefault(snapshot.region, (0, 0))
            elif kind == _OVERRUN:
                offset = snapshot.size - (1 << 64) if snapshot.size >> 63 else snapshot.size
                overruns.append((snapshot.dump, offset))
            elif kind == _ENTRIES:
                entries[snapshot.region] = (snapshot.entry, snapshot.running)
            else:
                return Refused("the result file of the program is damaged")
    except struct.error:
        return Refused("the result file of the program is cut off")
    counts = tuple(entries.get(region, (0, 0)) for region in range(len(watched)))
    if not any(count for count, _ in counts) and snapshots:  # ended by _exit(): no totals, but the records are there
        seen = {s.region: s.entry + 1 for s in snapshots}
        counts = tuple((seen.get(region, 0), 0) for region in range(len(watched)))
    return Observation(
        finished.status, finished.stdout, finished.stderr, counts, tuple(snapshots), tuple(overruns), watched
    )


def _records(result: bytes) -> Iterator[tuple[int, Snapshot]]:
    at = 0
    while at < len(result):
        kind, region, dump, entry, size, comparable, running, chunks, kept = _RECORD.unpack_from(result, at)
        at += _RECORD.size
        end = at + 8 * chunks + kept
        if end > len(result):
            raise struct.error
        hashes = result[at : at + 8 * chunks]
        contents = result[end - kept : end] if kept == size else None
        yield kind, Snapshot(region, dump, entry, size, comparable, running, hashes, contents)
        at = end
