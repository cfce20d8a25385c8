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
    measure,
    run_check,
    run_reference,
    text_bytes,
)
from optimizer.execution.build import COMPILE_LIMITS
from optimizer.execution.gauge import Gauge
from optimizer.execution.heats import Placing, Track, run_heats
from optimizer.execution.profile import Profile, profile
from optimizer.execution.timing import Sample
from optimizer.ir.outcome import Accuracy, CompileError, Crashed, Miscompiled, Outcome, Refused, TimedOut
from optimizer.ir.scop import AccessKind, Scop

Codes = Mapping[str, str]  # the new C text of nests, by the name of the Scop

BUILD_SHARE = 0.6  # of the time for a ranking
LEAST_BUILD_S = 1.0
LONG_RUN_S = 1.0  # a program that runs longer needs no warming up

Failure = CompileError | Crashed | Miscompiled | Refused | TimedOut


@dataclass(frozen=True, slots=True)
class Settings:
    """How versions are built and run."""

    toolchain: Toolchain
    directory: Path
    limits: Limits
    threads: int
    seed: int


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a version that rounds sums in another order is judged: `codes` compute its nests in higher precision, and the
    memory labelled `exact` must be equal all the same.
    """

    codes: Codes
    exact: frozenset[str] = frozenset()


class Workbench:
    """The versions of `program` (the user's text, without regions) in which nests of `scops` have other code."""

    def __init__(self, program: Program, scops: Sequence[Scop], settings: Settings) -> None:
        self.program = program
        self.scops = {scop.name: scop for scop in scops}
        self.settings = settings
        self.build_s = 0.0  # the longest build so far
        self.compile_s: dict[str, float] = {}  # processor seconds, by the code of a single nest
        self.reference_s = 0.0  # one run of the original with its results taken down
        self._profile = Profile((), Sample(0.0, (), 0, 0.0))
        self._profiled = frozenset[str]()
        self._precise: dict[tuple[tuple[str, ...], tuple[str, ...]], Observation | Failure] = {}
        self._references: dict[tuple[str, ...], Observation | Failure] = {}

    def build(
        self, codes: Codes, watched: Sequence[str], purpose: Purpose, *, limit_s: float = COMPILE_LIMITS.wall_s
    ) -> Binary | Failure:
        """The version with `codes`, built with a region around each nest named in `watched`."""
        changed = [(self.scops[name].span, text) for name, text in codes.items()]
        text = replace_nests(self.program.text, changed)
        regions = tuple(self._regions(codes, watched))
        if purpose is Purpose.TIME and self.program.harness is not None:
            regions = ()  # the call of the function is what is timed
        version = self.program.with_text(text, regions)
        settings = self.settings
        started = time.monotonic()
        limits = replace(COMPILE_LIMITS, wall_s=min(limit_s, COMPILE_LIMITS.wall_s))
        built = build(version, settings.toolchain, purpose=purpose, directory=settings.directory, limits=limits)
        self.build_s = max(self.build_s, time.monotonic() - started)
        if isinstance(built, Binary) and built.compile_cpu_s and purpose is Purpose.TIME and len(codes) == 1:
            self.compile_s.update(dict.fromkeys(codes.values(), built.compile_cpu_s))
        return built

    def profile(self, watched: Sequence[str]) -> Profile | Failure:
        """Where the original spends its time."""
        binary = self.build({}, watched, Purpose.TIME)
        found = profile(binary, self.settings.limits) if isinstance(binary, Binary) else binary
        if isinstance(found, Profile):
            self._profile, self._profiled = found, frozenset(watched)
        return found

    def scale(self, watched: Sequence[str]) -> Sample:
        """The run that `profile` took, with the time of the nests named in `watched`."""
        whole, order = self._profile.whole, sorted(self.scops.values(), key=lambda scop: scop.span.start_byte)
        if self.program.harness is not None:
            return whole
        names = [scop.name for scop in order if scop.name in self._profiled]
        spent = sum(ns for name, ns in zip(names, self._profile.regions_ns, strict=True) if name in watched)
        return replace(whole, watched_ns=spent)

    def beside_s(self, watched: Sequence[str]) -> float:
        """What a run of the program takes beside the nests named in `watched`."""
        scale = self.scale(watched)
        return max(0.0, scale.wall_s - scale.watched_ns * 1e-9)

    def check_s(self, watched: Sequence[str], speedup: float) -> float:
        """About how long it takes to check a candidate with this speedup, once the original was run for that."""
        saved = self.scale(watched).watched_ns * 1e-9 * (1.0 - 1.0 / max(speedup, 0.1))
        return self.build_s + max(0.1, self.reference_s - saved)

    def rank(
        self, candidates: Sequence[Codes], watched: Sequence[str], budget_s: float
    ) -> tuple[Placing | Failure, ...]:
        """How `candidates` do against each other: built side by side in half of the time, then run in turns."""
        started = time.monotonic()
        latest = started + BUILD_SHARE * budget_s
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            builds = [pool.submit(self._build_until, codes, watched, latest) for codes in candidates]
            built = [future.result() for future in builds]
        binaries = [binary for binary in built if isinstance(binary, Binary)]
        settings = self.settings
        track = Track(self.scale(watched), settings.threads, settings.seed, settings.limits)
        placings = iter(run_heats(binaries, track, started + budget_s))
        return tuple(next(placings) if isinstance(binary, Binary) else binary for binary in built)

    def _build_until(self, codes: Codes, watched: Sequence[str], latest: float) -> Binary | Failure:
        left_s = latest - time.monotonic()
        if left_s <= 0.0:
            return Refused("the time for building was spent before its turn")
        return self.build(codes, watched, Purpose.TIME, limit_s=max(LEAST_BUILD_S, left_s))

    def measure(self, codes: Codes, watched: Sequence[str], budget_s: float) -> Outcome:
        """The outcome of one candidate against the original, in interleaved runs."""
        started = time.monotonic()
        original = self.build({}, watched, Purpose.TIME)
        binary = self.build(codes, watched, Purpose.TIME)
        if not isinstance(original, Binary):
            return original
        if not isinstance(binary, Binary):
            return binary
        scale = self.scale(watched)
        return measure(
            original,
            binary,
            budget_s=budget_s - (time.monotonic() - started),
            seed=self.settings.seed,
            threads=self.settings.threads,
            limits=self.settings.limits,
            known=scale if scale.wall_s > LONG_RUN_S else None,
            overdraft=1.0,
        )

    def text_bytes(self, codes: Codes, watched: Sequence[str]) -> int | None:
        """The size of the machine code of the version with `codes`, built to be timed; None if that is not known."""
        binary = self.build(codes, watched, Purpose.TIME)
        return text_bytes(binary.path) if isinstance(binary, Binary) else None

    def check(
        self, codes: Codes, watched: Sequence[str], rounding: Rounding | None = None
    ) -> Failure | Accuracy | None:
        """None if the version with `codes` computes bit for bit what the original does, with `rounding` the accuracy if
        it is about that of the original; else what went wrong.
        """
        expected = self.reference(watched)
        if not isinstance(expected, Observation):
            return expected
        precise = self.precise(rounding.codes, watched) if rounding is not None else None
        if precise is not None and not isinstance(precise, Observation):
            return precise
        binary = self.build(codes, watched, Purpose.CHECK)
        if not isinstance(binary, Binary):
            return binary
        actual = run_check(binary, limits=self._checking(), threads=self.settings.threads)
        if not isinstance(actual, Observation):
            return actual
        if precise is None or rounding is None:
            return compare(expected, actual)
        return Gauge(expected, precise, rounding.exact).judge(actual)

    def precise(self, codes: Codes, watched: Sequence[str]) -> Observation | Failure:
        """What the original computes if its nests have `codes`, those of higher precision; it is run once."""
        key = (tuple(watched), tuple(sorted(codes)))
        if key not in self._precise:
            binary = self.build(codes, watched, Purpose.CHECK)
            self._precise[key] = (
                run_check(binary, limits=self._checking(), threads=self.settings.threads)
                if isinstance(binary, Binary)
                else binary
            )
        return self._precise[key]

    def reference(self, watched: Sequence[str]) -> Observation | Failure:
        """What the original computes in the nests named in `watched`; it is run once."""
        key = tuple(watched)
        if key not in self._references:
            started = time.monotonic()
            binary = self.build({}, watched, Purpose.CHECK)
            self._references[key] = (
                run_reference(binary, limits=self._checking(), threads=self.settings.threads)
                if isinstance(binary, Binary)
                else binary
            )
            self.reference_s = time.monotonic() - started
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

