"""Draws loop headers: plain, triangular, banded, strided, descending, with `!=`, quotients, minima and conjunctions."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimizer.verify.nests import Linear, Loop, Range, loop_range


@dataclass(frozen=True, slots=True)
class HeaderContext:
    """What a header may use: ranges of counters and sizes, the counters around it, and which names are unsigned."""

    env: Mapping[str, Range]
    outer: tuple[str, ...]  # counters, outermost first
    sizes: tuple[str, ...]  # parameters
    largest: int  # constant bounds stay below
    unsigned_context: bool  # bounds are computed in unsigned types
    unsigned_counter: bool


def draw_header(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    """A loop without a body; its counter never wraps around and its bounds never overflow."""
    shapes = [_plain, _plain, _plain, _strided, _descending, _unequal, _divided]
    if context.outer:
        shapes += [_triangular, _triangular, _triangular, _trapezoid, _banded]
    loop = _sound(rng.choice(shapes)(rng, counter, context), context)
    if loop is not None:
        low, high = loop_range(loop, context.env)
        if low <= high or rng.random() < 0.1:  # a loop that never runs is worth a test, but not many
            return loop
    loop = _plain(rng, counter, context)
    return _sound(loop, context) or replace(loop, relation="<")


def _size(rng: random.Random, context: HeaderContext) -> Linear:
    """The last value of a loop over a whole size."""
    if rng.random() < 0.15:
        return Linear((), rng.randint(1, context.largest - 1))
    return Linear(((rng.choice(context.sizes), 1),), -1)


def _plain(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    starts = (0, 0, 0, 1) if context.unsigned_counter or context.unsigned_context else (0, 0, 0, 1, -2)
    first = Linear((), rng.choice(starts))
    return Loop(counter, first, _size(rng, context), (), relation=rng.choice(("<", "<", "<=")))


def _strided(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    return replace(_plain(rng, counter, context), step=rng.randint(2, 4))


def _descending(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    last = Linear((), rng.choice((0, 0, 1) if context.unsigned_context else (0, 0, 1, -3)))
    if context.unsigned_counter:
        return Loop(counter, _size(rng, context).plus(1), Linear((), 1), (), -1, rng.choice((">", ">=", "!=")))
    step = -rng.choice((1, 1, 1, 2, 3))
    relation = rng.choice((">=", ">=", ">", "!=" if step == -1 else ">="))
    if context.outer and rng.random() < 0.4:
        last = Linear(((rng.choice(context.outer), 1),), rng.choice((0, 1)))
        relation = rng.choice((">=", ">"))
    return Loop(counter, _size(rng, context), last, (), step, relation)


def _unequal(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    return Loop(counter, Linear(), _size(rng, context), (), relation="!=")


def _divided(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    return replace(_plain(rng, counter, context), divisor=rng.randint(2, 3))


def _triangular(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    plain, outer = _plain(rng, counter, context), rng.choice(context.outer)
    if rng.random() < 0.5:
        return replace(plain, last=Linear(((outer, 1),), rng.choice((-1, 0, 1))))
    return replace(plain, first=Linear(((outer, rng.choice((1, 1, 1, 2))),), rng.choice((0, 1))))


def _trapezoid(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    plain, outer = _plain(rng, counter, context), rng.choice(context.outer)
    last = Linear((*plain.last.terms, (outer, -1)), plain.last.constant + rng.choice((0, 0, 1, 2)))
    return replace(plain, last=last)


def _banded(rng: random.Random, counter: str, context: HeaderContext) -> Loop:
    plain, outer, width = _plain(rng, counter, context), rng.choice(context.outer), rng.randint(1, 3)
    below = Linear(((outer, 1),), -width) if not context.unsigned_context else None
    above = Linear(((outer, 1),), width)
    return replace(plain, first_other=below, last_other=above, joined=rng.random() < 0.3)


def _sound(loop: Loop, context: HeaderContext) -> Loop | None:
    """`loop` with an operator that ends it in every case, None if its bounds can wrap around."""
    ends = [loop.last] + ([loop.last_other] if loop.last_other else [])
    lowest = min(end.range(context.env)[0] for end in ends)
    if loop.divisor > 1 and lowest < 0:
        return None
    if loop.relation == "!=" and (
        loop.step not in (1, -1) or (lowest < loop.first.range(context.env)[1] - 1 and loop.step > 0)
    ):
        loop = replace(loop, relation="<" if loop.step > 0 else ">=")
    if loop.step < 0:
        if context.unsigned_counter and loop.first.range(context.env)[0] < 0:
            return None
        highest = loop.last.range(context.env)[1]
        if loop.relation == "!=" and loop.first.range(context.env)[0] < highest - 1:
            loop = replace(loop, relation=">=")
        return loop
    if context.unsigned_context or context.unsigned_counter:
        firsts = [loop.first] + ([loop.first_other] if loop.first_other else [])
        if lowest < -1 or min(first.range(context.env)[0] for first in firsts) < 0:
            return loop if context.unsigned_counter and not context.unsigned_context and lowest >= -1 else None
        return replace(loop, relation="<") if lowest < 0 else loop
    return loop
