"""Draws random schedule scripts: any registered transformation, any of its places, random sizes."""

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from optimizer.dependences import find_violation
from optimizer.ir.dependence import Nest, Violation
from optimizer.ir.schedule import Schedule
from optimizer.transforms import REGISTRY, Inapplicable, Transformation, original

_SIZES = (1, 2, 2, 3, 3, 4, 5, 7, 8, 16)
_PLACES = 60  # of one transformation that are looked at
_TRIES = 12


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """A schedule that the legality check turned down."""

    schedule: Schedule
    violation: Violation


@dataclass(frozen=True, slots=True)
class DrawnScript:
    """An accepted schedule and the illegal ones that were met on the way to it."""

    schedule: Schedule
    refused: tuple[RefusedStep, ...]


def draw_script(rng: random.Random, nest: Nest, length: int) -> DrawnScript:
    """Up to `length` random steps that the legality check accepts, one after the other."""
    schedule, refused = original(nest.scop), list[RefusedStep]()
    for _ in range(length):
        for candidate in _candidates(rng, schedule, nest):
            violation = find_violation(candidate, nest)
            if violation is None:
                schedule = candidate
                break
            refused.append(RefusedStep(candidate, violation))
    return DrawnScript(schedule, tuple(refused))


def _candidates(rng: random.Random, schedule: Schedule, nest: Nest) -> Iterator[Schedule]:
    """Changed schedules, legal or not."""
    for _ in range(_TRIES):
        kind = REGISTRY[rng.choice(sorted(REGISTRY))]
        places = list(islice(kind.applicable(schedule, nest), _PLACES))
        if not places:
            continue
        step = resize(rng, rng.choice(places))
        changed = step.apply(schedule, nest)
        if not isinstance(changed, Inapplicable):
            yield changed


def resize(rng: random.Random, step: Transformation) -> Transformation:
    """`step` with other random numbers, half of the time."""
    if rng.random() < 0.5 or not dataclasses.is_dataclass(step):
        return step
    values: dict[str, object] = {field.name: getattr(step, field.name) for field in dataclasses.fields(step)}
    changes: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, int) and not isinstance(value, bool):
            changes[name] = rng.choice(_SIZES) * (-1 if value < 0 else 1)
        elif isinstance(value, tuple):
            numbers = [number for number in cast("tuple[object, ...]", value) if isinstance(number, int)]
            if numbers:
                changes[name] = tuple(rng.choice(_SIZES) for _ in numbers)
    try:
        return dataclasses.replace(step, **changes)
    except ValueError:  # the transformation wants other numbers
        return step
