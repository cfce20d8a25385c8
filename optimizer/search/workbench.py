"""Builds, checks and times versions of one program that differ from the user's file in the code of some nests."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.codegen import footprint, replace_nests
from optimizer.execution import (
    Binary,
    Dump,
    Limits,
    Observation,
    Program,
    Purpose,
    Region,
    Toolchain,
    build,
    compare,
    measure_many,
    run_check,
    run_reference,
)
from optimizer.execution.profile import Profile, profile
from optimizer.ir.outcome import CompileError, Crashed, Miscompiled, Outcome, Refused, TimedOut
from optimizer.ir.scop import AccessKind, Scop

Codes = Mapping[str, str]  # the new C text of nests, by the name of the Scop

Failure = CompileError | Crashed | Miscompiled | Refused | TimedOut


@dataclass(frozen=True, slots=True)
class Settings:
    """How versions are built and run."""

    toolchain: Toolchain
    directory: Path
    limits: Limits
    threads: int
    seed: int


class Workbench:
    """The versions of `program` (the user's text, without regions) in which nests of `scops` have other code."""

    def __init__(self, program: Program, scops: Sequence[Scop], settings: Settings) -> None:
        self.program = program
        self.scops = {scop.name: scop for scop in scops}
        self.settings = settings
        self.build_s = 0.0  # the longest build so far
        self.run_s = 0.0  # one run of the original
        self._references: dict[tuple[str, ...], Observation | Failure] = {}

    def build(self, codes: Codes, watched: Sequence[str], purpose: Purpose) -> Binary | Failure:
        """The version with `codes`, built with a region around each nest named in `watched`."""
        changed = [(self.scops[name].span, text) for name, text in codes.items()]
        text = replace_nests(self.program.text, changed)
        regions = tuple(self._regions(codes, watched))
        if purpose is Purpose.TIME and self.program.harness is not None:
            regions = ()  # the call of the function is what is timed
        version = self.program.with_text(text, regions)
        settings = self.settings
        started = time.monotonic()
        built = build(version, settings.toolchain, purpose=purpose, directory=settings.directory)
        self.build_s = max(self.build_s, time.monotonic() - started)
        return built

    def profile(self, watched: Sequence[str]) -> Profile | Failure:
        """Where the original spends its time."""
        binary = self.build({}, watched, Purpose.TIME)
        found = profile(binary, self.settings.limits) if isinstance(binary, Binary) else binary
        if isinstance(found, Profile):
            self.run_s = found.wall_s
        return found

    @property
    def candidate_s(self) -> float:
        """About how long it takes to build one more candidate and to run it a few times."""
        return self.build_s / len(os.sched_getaffinity(0)) + 4 * self.run_s

    @property
    def check_s(self) -> float:
        """About how long it takes to check a candidate."""
        return 2 * self.build_s + 4 * self.run_s

    def tournament(
        self, candidates: Sequence[Codes], watched: Sequence[str], budget_s: float
    ) -> tuple[Outcome, ...]:
        """The outcomes of `candidates`, built in parallel and then timed against the original one after another."""
        original = self.build({}, watched, Purpose.TIME)
        if not isinstance(original, Binary):
            return tuple(original for _ in candidates)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            builds = [pool.submit(self.build, codes, watched, Purpose.TIME) for codes in candidates]
            built = [future.result() for future in builds]
        binaries = [binary for binary in built if isinstance(binary, Binary)]
        timed = iter(
            measure_many(
                original,
                binaries,
                budget_s=budget_s,
                seed=self.settings.seed,
                threads=self.settings.threads,
                limits=self.settings.limits,
            )
            if binaries
            else ()
        )
        return tuple(next(timed) if isinstance(binary, Binary) else binary for binary in built)

    def measure(self, codes: Codes, watched: Sequence[str], budget_s: float) -> Outcome:
        """The outcome of one candidate."""
        return self.tournament([codes], watched, budget_s)[0]

    def check(self, codes: Codes, watched: Sequence[str]) -> Failure | None:
        """None if the version with `codes` computes bit for bit what the original does; else what went wrong."""
        expected = self._reference(watched)
        if not isinstance(expected, Observation):
            return expected
        binary = self.build(codes, watched, Purpose.CHECK)
        if not isinstance(binary, Binary):
            return binary
        actual = run_check(binary, limits=self._checking(), threads=self.settings.threads)
        return compare(expected, actual) if isinstance(actual, Observation) else actual

    def _reference(self, watched: Sequence[str]) -> Observation | Failure:
        key = tuple(watched)
        if key not in self._references:
            binary = self.build({}, watched, Purpose.CHECK)
            self._references[key] = (
                run_reference(binary, limits=self._checking(), threads=self.settings.threads)
                if isinstance(binary, Binary)
                else binary
            )
        return self._references[key]

    def _checking(self) -> Limits:
        """Checking copies and hashes memory: it may take longer than a plain run."""
        return replace(self.settings.limits, wall_s=2 * self.settings.limits.wall_s)

    def _regions(self, codes: Codes, watched: Sequence[str]) -> Iterator[Region]:
        shift = 0
        for scop in sorted(self.scops.values(), key=lambda scop: scop.span.start_byte):
            start = scop.span.start_byte + shift
            length = scop.span.end_byte - scop.span.start_byte
            if scop.name in codes:
                new = len(codes[scop.name].encode())
                shift += new - length
                length = new
            if scop.name in watched:
                yield Region(start, start + length, tuple(live_out_dumps(scop)))


def live_out_dumps(scop: Scop) -> Iterator[Dump]:
    """The memory that the nest may change and that may be read after it."""
    written = {a.array for s in scop.statements for a in s.accesses if a.kind is not AccessKind.READ}
    for array in scop.arrays:
        if array.live_out and array.name in written:
            found = footprint(scop, array.name)
            if found is not None:
                yield Dump(array.text, found.address, found.size, array.element)

