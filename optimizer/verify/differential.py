"""Two C files run on the same inputs: equal, different, or nothing that can be compared. Proves nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from frontends.c import CProgram, read_program
from optimizer.codegen import precise_text, replace_nests
from optimizer.execution import (
    Binary,
    Limits,
    Observation,
    Program,
    Purpose,
    Toolchain,
    build,
    compare,
    run_check,
    run_reference,
    synthesize,
    workspace,
)
from optimizer.execution.gauge import Gauge
from optimizer.execution.observation import ended_badly
from optimizer.execution.runner import Placement, run_binary
from optimizer.ir.diagnostic import Span
from optimizer.ir.function import Function
from optimizer.ir.outcome import Accuracy, CompileError, Crashed, Miscompiled, Refused, TimedOut
from optimizer.search.call_plan import plan_call
from optimizer.search.prepare import prepare
from optimizer.search.request import Request

INSTANCES = (1e3, 1e6)  # how much a lone function may do in one call; each bound gives a set of sizes
LIMITS = Limits(wall_s=120.0, cpu_s=480)

Difference: TypeAlias = Miscompiled | Crashed
Unusable: TypeAlias = CompileError | Crashed | TimedOut | Refused


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of one program or function: at most one of `difference` and `unusable`; neither if equal."""

    subject: str  # "the program", or the name of a function
    sizes: Mapping[str, int]
    difference: Difference | None = None
    unusable: Unusable | None = None
    accuracy: Accuracy | None = None  # of the second, if sums may be rounded in another order and it is not equal


def compare_files(left: Request, right: Request) -> tuple[Comparison, ...]:
    """How the file of `right` differs from that of `left`, run with the compiler, links and sizes of `left`.

    Files with a main run as programs; of others every function that both define is called. Empty if there is none.
    If `left` reassociates, that of `right` may be about as far from what the nests of `left` compute in long double.
    Raises InputError if a file cannot be used.
    """
    programs = [_read(request) for request in (left, right)]
    with workspace() as directory:
        precise = _in_long_double(left) if left.reassociate else None
        runner = _Runner(left.toolchain, directory, left.threads or 1, precise)
        if left.links or all(program.has_main for program in programs):
            return (runner.whole(_whole(left), _whole(right)),)
        if any(program.has_main for program in programs):
            return (Comparison("the program", {}, unusable=Refused("only one of the files has a main")),)
        return tuple(
            comparison
            for function in _common(programs[0], programs[1], left.functions)
            for comparison in runner.function(function, (left, right), programs)
        )


def _in_long_double(request: Request) -> bytes:
    """The file of `request` whose nests compute in long double, as far as they have such a form."""
    found: list[tuple[Span, str]] = []
    for nest in prepare(request).nests:
        text = precise_text(nest)
        if isinstance(text, str):
            found.append((nest.scop.span, text))
    return replace_nests(request.text, found)


def _read(request: Request) -> CProgram:
    toolchain = request.toolchain
    return read_program(request.path, flags=toolchain.user_flags, compiler=toolchain.compiler, text=request.text)


def _whole(request: Request) -> Program:
    return Program(request.path, request.text, links=request.links, arguments=request.arguments)


def _common(left: CProgram, right: CProgram, chosen: frozenset[str]) -> list[Function]:
    """The functions of `left` that `right` defines with the same parameters and result."""
    others = {function.name: function for function in right.functions}
    return [
        function
        for function in left.functions
        if (other := others.get(function.name)) is not None
        and (function.parameters, function.returns) == (other.parameters, other.returns)
        and (not chosen or function.name in chosen)
    ]


@dataclass(frozen=True, slots=True)
class _Runner:
    toolchain: Toolchain
    directory: Path
    threads: int
    precise: bytes | None  # the text of the first file with nests in long double, if errors are to be measured

    def whole(self, left: Program, right: Program) -> Comparison:
        """The comparison of two programs by what they print and how they exit."""
        binaries = self._build(left, right)
        if not isinstance(binaries, tuple):
            return Comparison("the program", {}, unusable=binaries)
        first, again, other = (self._output(binary) for binary in (binaries[0], *binaries))
        if not isinstance(first, Observation):
            return Comparison("the program", {}, unusable=first)
        if not isinstance(again, Observation) or first.status != again.status:
            return Comparison("the program", {}, unusable=Refused("the first program does not end twice the same way"))
        expected = replace(
            first,
            stdout=first.stdout if first.stdout == again.stdout else None,
            stderr=first.stderr if first.stderr == again.stderr else None,
        )
        return self._verdict("the program", {}, (left, expected), other)

    def function(
        self, function: Function, requests: tuple[Request, Request], programs: Sequence[CProgram]
    ) -> list[Comparison]:
        """The comparisons of one function, one for each set of sizes."""
        scops = [scop for program in programs for scop in program.scops if scop.function == function.name]
        found: list[Comparison] = []
        tried: list[Mapping[str, int]] = []
        for instances in INSTANCES:
            planned = plan_call(function, scops, requests[0].sizes, instances)
            if isinstance(planned, Refused):
                return [Comparison(function.name, {}, unusable=planned)]
            plan, sizes = planned
            if sizes in tried:
                continue
            tried.append(sizes)
            harness = synthesize(function, plan)
            if isinstance(harness, Refused):
                return [Comparison(function.name, sizes, unusable=harness)]
            left, right = (replace(_whole(request), harness=harness) for request in requests)
            found.append(self._call(function.name, sizes, left, right))
        return found

    def _call(self, name: str, sizes: Mapping[str, int], left: Program, right: Program) -> Comparison:
        binaries = self._build(left, right)
        if not isinstance(binaries, tuple):
            return Comparison(name, sizes, unusable=binaries)
        expected = run_reference(binaries[0], limits=LIMITS, threads=self.threads)
        if not isinstance(expected, Observation):
            return Comparison(name, sizes, unusable=expected)
        actual = run_check(binaries[1], limits=LIMITS, threads=self.threads)
        return self._verdict(name, sizes, (left, expected), actual)

    def _verdict(
        self,
        subject: str,
        sizes: Mapping[str, int],
        first: tuple[Program, Observation],
        actual: Observation | Crashed | TimedOut | Refused,
    ) -> Comparison:
        """The comparison of `actual` with what `first` computes; a second program that crashes differs from one that
        does not.
        """
        program, expected = first
        outcome = compare(expected, actual) if isinstance(actual, Observation) else actual
        if isinstance(outcome, Miscompiled) and isinstance(actual, Observation) and self.precise is not None:
            precise = self._observe(replace(program, text=self.precise))
            if not isinstance(precise, Observation):
                return Comparison(subject, sizes, unusable=precise)
            found = Gauge(expected, precise).judge(actual)
            if isinstance(found, Accuracy):
                return Comparison(subject, sizes, accuracy=found)
            outcome = found
        if isinstance(outcome, Miscompiled | Crashed):
            return Comparison(subject, sizes, difference=outcome)
        return Comparison(subject, sizes, unusable=outcome)

    def _observe(self, program: Program) -> Observation | Unusable:
        """What `program` computes: in memory under a harness, else what it prints."""
        binary = build(program, self.toolchain, purpose=Purpose.CHECK, directory=self.directory)
        if not isinstance(binary, Binary):
            return binary
        if program.harness is None:
            return self._output(binary)
        return run_check(binary, limits=LIMITS, threads=self.threads)

    def _build(self, left: Program, right: Program) -> tuple[Binary, Binary] | CompileError | TimedOut:
        built: list[Binary] = []
        for program in (left, right):
            binary = build(program, self.toolchain, purpose=Purpose.CHECK, directory=self.directory)
            if not isinstance(binary, Binary):
                return binary
            built.append(binary)
        return built[0], built[1]

    def _output(self, binary: Binary) -> Observation | Crashed | TimedOut:
        """What one run prints, as an observation of one region that leaves nothing in memory."""
        finished, _ = run_binary(binary, Placement(threads=self.threads), LIMITS)
        failure = ended_badly(finished, LIMITS)
        if failure is not None:
            return failure
        return Observation(finished.status, finished.stdout, finished.stderr, ((1, 0),), (), (), ((),))

