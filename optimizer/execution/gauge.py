"""Comparison by error: what rounds sums in another order may be about as far from the truth as the original.

The truth is what the nests compute in higher precision. All that is not of floating type still has to be equal.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from optimizer.execution.compare import compare
from optimizer.execution.observation import Observation, Snapshot, overrun, why_incomparable
from optimizer.execution.process import Stream
from optimizer.execution.program import Dump
from optimizer.ir.outcome import Accuracy, Crashed, Miscompiled, Refused

MOST_TIMES = 8.0  # as large as the original's error
LEAST_ULPS = 16.0  # of rounding; errors below that say nothing
_EPS = 2.0**-52
_KINDS: dict[int, type[np.floating]] = {4: np.float32, 8: np.float64}
_NUMBER = re.compile(rb"[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?")

Values: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the original computes, and what it would compute in higher precision. Memory of the first region whose label
    is in `exact` depends on no sum that is rounded in another order, as long as the region runs for the first time.
    """

    original: Observation
    precise: Observation
    exact: frozenset[str] = frozenset()

    def judge(self, actual: Observation) -> Accuracy | Miscompiled | Crashed | Refused:
        """The accuracy of a candidate; or how it is wrong, or why nothing can be said."""
        reason = why_incomparable(self.original) or self._why_useless()
        if reason is not None:
            return Refused(reason)
        if actual.overruns:
            return Miscompiled(f"writes to {overrun(actual)}, outside the array")
        counts = [[entries for entries, _ in each.entries] for each in (self.original, actual)]
        if counts[0] != counts[1] or _order(self.original) != _order(actual):
            return Miscompiled("the loop nests are executed another number of times or in another order")
        worst = Accuracy("", 0.0, 0.0)
        for left, precise, right in zip(
            self.original.snapshots, self.precise.snapshots, actual.snapshots, strict=True
        ):
            dump = self.original.watched[left.region][left.dump]
            found = self._snapshot(left, precise, right, dump)
            if not isinstance(found, Accuracy):
                return found
            worst = max(worst, found, key=lambda each: each.own_ulps)
        detail = _output_difference(self.original, self.precise, actual)
        if detail is not None:
            return Miscompiled(detail)
        if self.original.status != actual.status:
            return Crashed(f"exit status {actual.status} instead of {self.original.status}")
        return worst

    def _why_useless(self) -> str | None:
        counts = [[entries for entries, _ in each.entries] for each in (self.original, self.precise)]
        if counts[0] != counts[1] or _order(self.original) != _order(self.precise):
            return "in higher precision the program runs its loop nests another number of times"
        return None

    def _snapshot(
        self, left: Snapshot, precise: Snapshot, right: Snapshot, dump: Dump
    ) -> Accuracy | Miscompiled | Refused:
        equal = Accuracy(dump.label, 0.0, 0.0)
        if left.size == right.size and left.hashes == right.hashes:
            return equal
        is_exact = not dump.element.is_float or (dump.label in self.exact and left.entry == left.region == 0)
        if is_exact or left.size != right.size or dump.element.size not in _KINDS:
            return Miscompiled(_difference_between(left, right, dump))
        contents = (left.contents, precise.contents, right.contents)
        if any(each is None for each in contents):
            return Refused(f"'{dump.label}' is too large to measure the error of its elements")
        kind = _KINDS[dump.element.size]
        original, truth, own = (
            np.frombuffer(each, kind).astype(np.float64) for each in contents if each is not None
        )
        return _judge_values(original, truth, own, dump)


def _order(observation: Observation) -> list[tuple[int, int, int]]:
    return [(each.region, each.dump, each.entry) for each in observation.snapshots]


def _difference_between(left: Snapshot, right: Snapshot, dump: Dump) -> str:
    """The first difference of two snapshots that should be equal, in words."""
    watched = ((dump,),)
    pair = [
        Observation(0, None, None, ((1, 0),), (Snapshot(0, 0, 0, s.size, 1, 0, s.hashes, s.contents),), (), watched)
        for s in (left, right)
    ]
    found = compare(pair[0], pair[1])
    return found.detail if isinstance(found, Miscompiled) else f"'{dump.label}' differs"


def _judge_values(original: Values, truth: Values, own: Values, dump: Dump) -> Accuracy | Miscompiled | Refused:
    """The errors of `own` against `truth`, if they are at most MOST_TIMES those of `original` both absolutely and
    relative to the elements, rounding aside.
    """
    finite = np.isfinite(original)
    same = (own == original) | (np.isnan(own) & np.isnan(original))
    if not bool(np.all(same | finite)) or not bool(np.all(np.isfinite(own) == finite)):
        index = int(np.argmax(~same & (~finite | ~np.isfinite(own))))
        return Miscompiled(f"'{dump.label}[{index}]' is {own[index]} instead of {original[index]}")
    if not bool(np.all(np.isfinite(truth[finite]))):
        return Refused(f"'{dump.label}' has no finite value in higher precision")
    if not bool(np.any(finite)):
        return Accuracy(dump.label, 0.0, 0.0)
    original, truth, own, places = original[finite], truth[finite], own[finite], np.flatnonzero(finite)
    rounding = float(np.finfo(_KINDS[dump.element.size]).eps)
    sizes = np.abs(truth)
    unit = max(rounding * float(np.max(sizes)), float(np.finfo(np.float64).tiny))
    errors, usual = np.abs(own - truth), np.abs(original - truth)
    largest = float(np.max(usual))
    relative = float(np.max(usual / (rounding * np.maximum(sizes, np.finfo(np.float64).tiny)), initial=0.0))
    most = max(MOST_TIMES * largest, LEAST_ULPS * unit)
    most_relative = max(MOST_TIMES * relative, LEAST_ULPS) * rounding * sizes
    wrong = (errors > most) | ((errors > most_relative) & (sizes > 0.0))
    if bool(np.any(wrong)):
        index = int(np.argmax(np.where(wrong, errors, -1.0)))
        element = f"{dump.label}[{places[index]}]" if len(finite) > 1 else dump.label
        return Miscompiled(
            f"'{element}' is {float(own[index])!r}, off by {errors[index] / unit:.3g} units of "
            f"rounding, the original nowhere by more than {largest / unit:.3g}"
        )
    return Accuracy(dump.label, float(np.max(errors)) / unit, largest / unit)


def _output_difference(original: Observation, precise: Observation, actual: Observation) -> str | None:
    streams = (
        (original.stdout, precise.stdout, actual.stdout, "stdout"),
        (original.stderr, precise.stderr, actual.stderr, "stderr"),
    )
    for left, truth, right, name in streams:
        if left is not None and truth is not None and right is not None and not _is_close(left, truth, right):
            return f"{name} differs by more than rounding"
    return None


def _is_close(left: Stream, truth: Stream, right: Stream) -> bool:
    """True if `right` is `left` but for numbers with a fraction or an exponent, which are about as near to `truth`.

    Only what was kept of the streams can be looked at.
    """
    if (left.size, left.digest) == (right.size, right.digest):
        return True
    if _NUMBER.sub(b"#", left.data) != _NUMBER.sub(b"#", right.data):
        return False
    texts = [_NUMBER.findall(stream.data) for stream in (left, right)]
    true = _NUMBER.findall(truth.data)
    if len(true) != len(texts[0]):
        return False
    for one, exact, other in zip(texts[0], true, texts[1], strict=True):
        if one != other:
            usual, own = abs(float(one) - float(exact)), abs(float(other) - float(exact))
            printed = 2.0 * max(_last_digit(one), _last_digit(other))
            if own > MOST_TIMES * usual + printed + LEAST_ULPS * _EPS * abs(float(exact)):
                return False
    return True


def _last_digit(number: bytes) -> float:
    """What the last digit of the printed `number` is worth."""
    mantissa, _, exponent = number.lower().partition(b"e")
    fraction = len(mantissa.partition(b".")[2])
    return 10.0 ** (int(exponent or b"0") - fraction)
