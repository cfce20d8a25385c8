"""The iterations of a `for` loop as a set, with wrap-around and termination made sure of."""

from dataclasses import dataclass

import islpy as isl

from frontends.c import sets
from frontends.c.evaluator import Evaluator
from frontends.c.headers import Header
from frontends.c.model import Frame, Model, Obligation
from frontends.c.printing import c_text
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.syntax import Expr, Infix, Prefix
from optimizer.ir.scop import AssumptionKind


@dataclass(frozen=True)
class Iterations:
    """`domain` are the counters' values in the body; `tests` those at which the condition is evaluated, the last one
    included.
    """

    domain: isl.Set
    tests: isl.Set


def iterations(model: Model, evaluator: Evaluator, header: Header, frame: Frame, outer: isl.Set) -> Iterations:
    """The iterations of the loop whose header is reached by the instances `outer`; pushes nothing."""
    start, at = _start(model, evaluator, header, outer), header.start.at
    counter = sets.atom(frame.name)
    if header.countdown:
        return _counted_down(model, header, frame, outer, start)
    distance = counter.sub(start) if header.stride > 0 else start.sub(counter)
    base = outer.intersect(distance.ge_set(sets.linear({})))
    if abs(header.stride) > 1:
        base = base.intersect(distance.mod_val(sets.integer(abs(header.stride))).eq_set(sets.linear({})))
    model.frames.append(frame)
    try:
        holds = evaluator.truth(header.condition)
    except NotAffine as error:
        raise Refusal(error.code, f"the condition is not affine: {error.reason}", error.at) from None
    finally:
        model.frames.pop()
    obligations = evaluator.take_obligations()
    if _is_monotone(model, header, frame, evaluator):
        domain = base.intersect(holds)
    else:
        domain = _until_false(model, header, frame, outer, base, holds)
    first = outer.intersect(counter.eq_set(start))
    tests = first.union(sets.shifted(domain, frame.name, header.stride)).coalesce()
    model.require(tests, obligations)
    if header.ctype.rank < 3 or not header.ctype.signed or model.options.wraps_signed:
        good = sets.between(header.ctype.minimum, frame.name, header.ctype.maximum)
        reason = f"the counter '{header.counter.name}' of type {header.ctype.name} would wrap around"
        model.require(tests, [Obligation(good, None, AssumptionKind.NO_WRAP, reason, at)])
    return Iterations(domain.coalesce(), tests)


def _counted_down(model: Model, header: Header, frame: Frame, outer: isl.Set, start: isl.PwAff) -> Iterations:
    """The iterations of `for (i = start; i-- > 0;)`; the counter may wrap around behind the last one."""
    counter, zero = sets.atom(frame.name), sets.linear({})
    reason = f"the counter '{header.counter.name}' would count down from a negative value"
    good = start.ge_set(zero)
    model.require(outer, [Obligation(good, None, AssumptionKind.NO_WRAP, reason, header.start.at)])
    domain = outer.intersect(counter.ge_set(zero)).intersect(counter.lt_set(start))
    return Iterations(domain, domain)


def _start(model: Model, evaluator: Evaluator, header: Header, outer: isl.Set) -> isl.PwAff:
    try:
        start = evaluator.converted(header.start, header.ctype)
    except NotAffine as error:
        raise Refusal(error.code, f"the first value is not affine: {error.reason}", error.at) from None
    model.require(outer, evaluator.take_obligations())
    return start


def _is_monotone(model: Model, header: Header, frame: Frame, evaluator: Evaluator) -> bool:
    """True if the condition, once false, stays false as the counter moves on, and some value makes it false."""
    model.frames.append(frame)
    found = [_direction(part, header, frame, evaluator) for part in _conjuncts(header.condition)]
    model.frames.pop()
    evaluator.take_obligations()
    return all(f is not None for f in found) and any(f for f in found)


def _conjuncts(expr: Expr) -> list[Expr]:
    if isinstance(expr, Infix) and expr.op == "&&":
        return _conjuncts(expr.left) + _conjuncts(expr.right)
    return [expr]


def _direction(expr: Expr, header: Header, frame: Frame, evaluator: Evaluator) -> bool | None:
    """True if `expr` is a bound of the counter in the loop's direction, False if it ignores it, None otherwise."""
    if not isinstance(expr, Infix) or expr.op not in ("<", "<=", ">", ">="):
        if isinstance(expr, Infix | Prefix) and frame.name not in sets.names_of(evaluator.truth(expr)):
            return False
        return None
    difference = evaluator.value(expr.left).polynomial - evaluator.value(expr.right).polynomial
    hidden = [a for a in difference.atoms if a in evaluator.model.definitions]
    if any(frame.name in sets.names_of(evaluator.model.definitions[a]) for a in hidden):
        return None
    if any(frame.name in m for m in difference.terms if len(m) > 1):
        return None
    coefficient = difference.terms.get((frame.name,), 0)
    if coefficient == 0:
        return False
    grows = (coefficient > 0) == (header.stride > 0)
    return True if grows == (expr.op in ("<", "<=")) else None


def _until_false(model: Model, header: Header, frame: Frame, outer: isl.Set, base: isl.Set, holds: isl.Set) -> isl.Set:
    """The values before the first at which the condition is false; assumes that there is one."""
    stops = base.subtract(holds)
    ends = sets.without(stops, [frame.name])
    reason = f"the loop over '{header.counter.name}' would not end at '{c_text(header.condition)}'"
    obligation = Obligation(ends, None, AssumptionKind.NO_WRAP, reason, header.condition.at)
    model.require(outer, [obligation])
    stop = sets.renamed(sets.first(stops, frame.name, ascending=header.stride > 0), frame.name, "__stop")
    counter, end = sets.atom(frame.name), sets.atom("__stop")
    before = counter.lt_set(end) if header.stride > 0 else counter.gt_set(end)
    return sets.without(base.intersect(before).intersect(stop), ["__stop"])
