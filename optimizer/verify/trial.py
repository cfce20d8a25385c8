"""One random nest on its way through the whole path: raised, rescheduled at random, generated. Nothing is run here
but the interpreter; `judge` compiles and compares.
"""

import random
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from optimizer.dependences import analyze, find_violation
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.transforms import Inapplicable, apply_script, original, parse_script
from optimizer.verify.evaluate import NotExecutable
from optimizer.verify.interpreter import TooLarge, compare_orders
from optimizer.verify.nests import NestPlan, layouts
from optimizer.verify.pipeline import Source, emit, read
from optimizer.verify.render import render
from optimizer.verify.scripts import DrawnScript, draw_script
from optimizer.verify.witness import refute

_INTERPRETED = 250  # instances


class FailureKind(Enum):
    """What went wrong with a random nest; all but COMPILER are bugs of ours."""

    WRONG_RESULT = "wrong result"
    BROKEN_PROGRAM = "generated program does not compile or run"
    WRONG_ORDER = "accepted schedule changes the interpreter's result"
    FALSE_WITNESS = "violation without a true witness"
    EXCEPTION = "exception"
    DEATH = "the process died"
    COMPILER = "compiled wrongly by one compiler setting only"
    GENERATOR = "the random program itself is broken"


@dataclass(frozen=True, slots=True)
class Failure:
    """One finding: the program, the scripts of its nests, and what was seen."""

    kind: FailureKind
    seed: int
    detail: str
    plan: NestPlan = field(repr=False)
    scripts: tuple[str, ...] = ()
    text: str = field(default="", repr=False)  # the generated program, if there is one

    @property
    def identity(self) -> tuple[FailureKind, str]:
        """Failures with the same identity have probably the same cause: the kind and the place of an exception."""
        last = self.detail.strip().splitlines()[-1] if self.detail.strip() else ""
        return self.kind, last.split(":")[0] if self.kind is FailureKind.EXCEPTION else ""


@dataclass(frozen=True, slots=True)
class Variant:
    """The program after one script per nest."""

    scripts: tuple[str, ...]
    text: str


@dataclass(slots=True)
class Trial:
    """What became of one nest before anything is compiled."""

    plan: NestPlan
    text: str = ""
    nests: int = 0
    refusals: Counter[str] = field(default_factory=Counter[str])
    variants: list[Variant] = field(default_factory=list[Variant])
    failures: list[Failure] = field(default_factory=list[Failure])
    illegal: int = 0
    interpreted: int = 0
    ungenerated: int = 0  # schedules that the generator declined

    def fail(self, kind: FailureKind, detail: str, scripts: Sequence[str] = ()) -> None:
        """Note a failure."""
        self.failures.append(Failure(kind, self.plan.seed, detail, self.plan, tuple(scripts)))


def attempt(plan: NestPlan, variants: int) -> Trial:
    """Raise the program of `plan`, draw `variants` scripts for each nest of it, check their orders, generate."""
    trial = Trial(plan)
    _guarded(trial, lambda: _attempt(trial, variants))
    return trial


def replay(plan: NestPlan, scripts: Sequence[str]) -> Trial:
    """The same for given scripts, one per nest; no variant if one of them does not apply or is illegal."""
    trial = Trial(plan)
    _guarded(trial, lambda: _replay(trial, scripts))
    return trial


def _guarded(trial: Trial, action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:  # noqa: BLE001  a crash of the tool is a finding, and the next nest must get its turn
        trial.fail(FailureKind.EXCEPTION, traceback.format_exc())


def _open(trial: Trial, directory: Path) -> tuple[Source, list[Nest]]:
    trial.text = render(trial.plan)
    source = read(trial.text, directory, "kernel")
    trial.refusals.update(source.refusals)
    trial.nests = len(source.scops)
    return source, [analyze(scop) for scop in source.scops]


def _attempt(trial: Trial, variants: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source, nests = _open(trial, Path(directory))
        if not nests:
            return
        _add_variant(trial, source, nests, [original(nest.scop) for nest in nests])
        for number in range(variants):
            rng = random.Random(f"{trial.plan.seed}:{number}")
            drawn = [draw_script(rng, nest, rng.randint(1, 5)) for nest in nests]
            for nest, script in zip(nests, drawn, strict=True):
                _check_refusals(trial, nest, script)
                _check_order(trial, nest, script.schedule)
            if any(script.schedule.script for script in drawn):
                _add_variant(trial, source, nests, [script.schedule for script in drawn])


def _replay(trial: Trial, scripts: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source, nests = _open(trial, Path(directory))
        if len(nests) != len(scripts):
            return
        schedules: list[Schedule] = []
        for nest, text in zip(nests, scripts, strict=True):
            schedule = apply_script(parse_script(text), nest)
            if isinstance(schedule, Inapplicable):
                return
            violation = find_violation(schedule, nest)
            if violation is not None:
                _check_refusals(trial, nest, DrawnScript(schedule, ()))
                return
            _check_order(trial, nest, schedule)
            schedules.append(schedule)
        _add_variant(trial, source, nests, schedules)


def _add_variant(trial: Trial, source: Source, nests: Sequence[Nest], schedules: Sequence[Schedule]) -> None:
    scripts = tuple(str(schedule) for schedule in schedules)
    text = emit(source, nests, schedules)
    if text is None:
        trial.ungenerated += 1
        return
    trial.variants.append(Variant(scripts, text))


def _check_refusals(trial: Trial, nest: Nest, script: DrawnScript) -> None:
    for step in script.refused:
        trial.illegal += 1
        reason = refute(step.violation, step.schedule.subject(nest).scop, step.schedule)
        if reason is not None:
            trial.fail(
                FailureKind.FALSE_WITNESS,
                f"{nest.scop.name}: {step.schedule}\n{step.violation}\n{reason}",
                (str(step.schedule),),
            )


def known_sizes(plan: NestPlan) -> dict[str, int]:
    """The values at run time of the variables that the nest may take for parameters."""
    sizes = {parameter.name: parameter.value for parameter in plan.parameters}
    for name, layout in layouts(plan).items():
        sizes.update({f"{name}_{dimension}": extent for dimension, extent in enumerate(layout.extents)})
    return sizes


def _check_order(trial: Trial, nest: Nest, schedule: Schedule) -> None:
    sizes = known_sizes(trial.plan)
    parameters = {p.name: sizes[p.text] for p in nest.scop.parameters if p.text in sizes}
    if len(parameters) < len(nest.scop.parameters):
        return
    try:
        difference = compare_orders(schedule.subject(nest).scop, schedule.tree, parameters, limit=_INTERPRETED)
    except (TooLarge, NotExecutable):
        return
    trial.interpreted += 1
    if difference is not None:
        trial.fail(FailureKind.WRONG_ORDER, f"{nest.scop.name}: {schedule}\n{difference}", (str(schedule),))
