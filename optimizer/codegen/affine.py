"""Integer expressions over loop variables and parameters in a normal form: sums of atoms. Values are unbounded
integers; how C computes them is the printer's business.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a generated loop's variable."""

    name: str


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value of the parameter of the Scop called `name` in isl."""

    name: str


@dataclass(frozen=True, slots=True)
class FloorDiv:
    """floor(dividend / divisor), divisor > 0; `truncates` if C's division gives it (no negative inexact quotient)."""

    dividend: "Affine"
    divisor: int
    truncates: bool


@dataclass(frozen=True, slots=True)
class Remainder:
    """C's dividend % divisor, divisor > 0: it has the sign of the dividend."""

    dividend: "Affine"
    divisor: int


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest of two or more values."""

    values: tuple["Affine", ...]


@dataclass(frozen=True, slots=True)
class Greatest:
    """The largest of two or more values."""

    values: tuple["Affine", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`then` where the condition holds, `otherwise` elsewhere."""

    condition: "Condition"
    then: "Affine"
    otherwise: "Affine"


Atom: TypeAlias = Variable | ParameterValue | FloorDiv | Remainder | Least | Greatest | Choice


@dataclass(frozen=True, slots=True)
class Affine:
    """The sum of coefficient * atom and a constant; no coefficient is 0, no atom occurs twice."""

    terms: tuple[tuple[Atom, int], ...] = ()
    constant: int = 0

    @property
    def is_constant(self) -> bool:
        """True for a number."""
        return not self.terms

    @property
    def is_linear(self) -> bool:
        """True if all atoms are plain variables and parameters."""
        return all(isinstance(atom, Variable | ParameterValue) for atom, _ in self.terms)


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right` with one of < <= > >= ==."""

    op: str
    left: Affine
    right: Affine


@dataclass(frozen=True, slots=True)
class Junction:
    """The conjunction (`&&`) or disjunction (`||`) of two or more conditions; none: true for `&&`, false for `||`."""

    op: str
    parts: tuple["Condition", ...]


Condition: TypeAlias = Compare | Junction
TRUE = Junction("&&", ())
FALSE = Junction("||", ())


def number(value: int) -> Affine:
    """The constant `value`."""
    return Affine((), value)


def single(atom: Atom) -> Affine:
    """The value of `atom`."""
    return Affine(((atom, 1),))


def add(left: Affine, right: Affine) -> Affine:
    """left + right; a constant moves into a lone minimum or maximum."""
    terms = _sum(left.terms, right.terms) if left.terms and right.terms else left.terms or right.terms
    constant = left.constant + right.constant
    match terms:
        case ((Least(values), 1),) if constant:
            return minimum([add(value, number(constant)) for value in values])
        case ((Greatest(values), 1),) if constant:
            return maximum([add(value, number(constant)) for value in values])
        case _:
            return Affine(terms, constant)


def _sum(left: tuple[tuple[Atom, int], ...], right: tuple[tuple[Atom, int], ...]) -> tuple[tuple[Atom, int], ...]:
    coefficients = dict(left)
    for atom, factor in right:
        coefficients[atom] = coefficients.get(atom, 0) + factor
    return tuple(sorted(((a, c) for a, c in coefficients.items() if c), key=lambda term: _order(term[0])))


def _order(atom: Atom) -> tuple[int, str]:
    match atom:
        case Variable(name=name):
            return 0, name
        case ParameterValue(name=name):
            return 1, name
        case _:
            return 2, repr(atom)


def scale(value: Affine, factor: int) -> Affine:
    """factor * value; a lone minimum or maximum is multiplied through."""
    if factor == 0:
        return number(0)
    match value.terms:
        case ((Least(values), 1),):
            scaled = [scale(v, factor) for v in values]
            return add(minimum(scaled) if factor > 0 else maximum(scaled), number(value.constant * factor))
        case ((Greatest(values), 1),):
            scaled = [scale(v, factor) for v in values]
            return add(maximum(scaled) if factor > 0 else minimum(scaled), number(value.constant * factor))
        case _:
            return Affine(tuple((atom, c * factor) for atom, c in value.terms), value.constant * factor)


def subtract(left: Affine, right: Affine) -> Affine:
    """left - right."""
    return add(left, scale(right, -1))


def floor_div(dividend: Affine, divisor: int, *, truncates: bool) -> Affine:
    """floor(dividend / divisor) for divisor > 0, folded where it is known."""
    if divisor == 1:
        return dividend
    if dividend.is_constant:
        return number(dividend.constant // divisor)
    return single(FloorDiv(dividend, divisor, truncates))


def remainder(dividend: Affine, divisor: int) -> Affine:
    """C's dividend % divisor for divisor > 0, folded where it is known."""
    if dividend.is_constant:
        size = abs(dividend.constant) % divisor
        return number(size if dividend.constant >= 0 else -size)
    return single(Remainder(dividend, divisor))


def minimum(values: Sequence[Affine]) -> Affine:
    """The least of `values` (at least one), with those dropped that differ by a constant from a smaller one."""
    kept = _extremes(values, -1, Least)
    return kept[0] if len(kept) == 1 else single(Least(kept))


def maximum(values: Sequence[Affine]) -> Affine:
    """The greatest of `values` (at least one), with those dropped that differ by a constant from a larger one."""
    kept = _extremes(values, 1, Greatest)
    return kept[0] if len(kept) == 1 else single(Greatest(kept))


def _extremes(values: Sequence[Affine], sign: int, kind: type[Least] | type[Greatest]) -> tuple[Affine, ...]:
    flat: list[Affine] = []
    for value in values:
        match value.terms:
            case ((Least(inner) | Greatest(inner) as atom, 1),) if isinstance(atom, kind) and not value.constant:
                flat.extend(inner)
            case _:
                flat.append(value)
    best: dict[tuple[tuple[Atom, int], ...], Affine] = {}
    for value in flat:
        known = best.get(value.terms)
        if known is None or sign * value.constant > sign * known.constant:
            best[value.terms] = value
    return tuple(best.values())


def alternatives(value: Affine, kind: type[Least] | type[Greatest]) -> tuple[Affine, ...]:
    """The values of which `value` is the least or greatest, as `kind` says; `value` itself if it is no such atom."""
    match value.terms:
        case ((Least(values) | Greatest(values) as atom, 1),) if isinstance(atom, kind):
            return tuple(add(v, number(value.constant)) for v in values)
        case _:
            return (value,)


def choice(condition: Condition, then: Affine, otherwise: Affine) -> Affine:
    """`then` or `otherwise`, folded where the condition is known."""
    match truth(condition):
        case True:
            return then
        case False:
            return otherwise
        case None:
            return then if then == otherwise else single(Choice(condition, then, otherwise))


def compare(op: str, left: Affine, right: Affine) -> Condition:
    """`left op right`, folded where the difference is a number."""
    difference = subtract(left, right)
    if difference.is_constant:
        value = difference.constant
        holds = {"<": value < 0, "<=": value <= 0, ">": value > 0, ">=": value >= 0, "==": value == 0}[op]
        return TRUE if holds else FALSE
    return Compare(op, left, right)


def is_run(start: Affine, stop: Affine) -> Condition:
    """True where a loop from `start` to before `stop` has iterations, written as one would."""
    return compare(">", stop, start) if start.is_constant else compare("<", start, stop)


def junction(op: str, parts: Sequence[Condition]) -> Condition:
    """The conjunction or disjunction of `parts`, folded where parts are known."""
    neutral, absorbing = (TRUE, FALSE) if op == "&&" else (FALSE, TRUE)
    flat: list[Condition] = []
    for part in parts:
        if part == absorbing:
            return absorbing
        inner = part.parts if isinstance(part, Junction) and part.op == op else (part,)
        flat.extend(p for p in inner if p not in flat and p != neutral)
    return flat[0] if len(flat) == 1 else Junction(op, tuple(flat))


def truth(condition: Condition) -> bool | None:
    """The value of `condition` if it is known."""
    if condition == TRUE:
        return True
    return False if condition == FALSE else None


def substitute(value: Affine, values: Mapping[str, Affine]) -> Affine:
    """`value` with the variables named in `values` replaced."""
    result = number(value.constant)
    for atom, factor in value.terms:
        result = add(result, scale(_substitute_atom(atom, values), factor))
    return result


def _substitute_atom(atom: Atom, values: Mapping[str, Affine]) -> Affine:
    match atom:
        case Variable(name=name):
            return values.get(name, single(atom))
        case ParameterValue():
            return single(atom)
        case FloorDiv(dividend=dividend, divisor=divisor, truncates=truncates):
            return floor_div(substitute(dividend, values), divisor, truncates=truncates)
        case Remainder(dividend=dividend, divisor=divisor):
            return remainder(substitute(dividend, values), divisor)
        case Least(values=parts):
            return minimum([substitute(part, values) for part in parts])
        case Greatest(values=parts):
            return maximum([substitute(part, values) for part in parts])
        case Choice(condition=condition, then=then, otherwise=otherwise):
            return choice(
                substitute_condition(condition, values), substitute(then, values), substitute(otherwise, values)
            )
        case _:
            assert_never(atom)


def substitute_condition(condition: Condition, values: Mapping[str, Affine]) -> Condition:
    """`condition` with the variables named in `values` replaced."""
    match condition:
        case Compare(op=op, left=left, right=right):
            return compare(op, substitute(left, values), substitute(right, values))
        case Junction(op=op, parts=parts):
            return junction(op, [substitute_condition(part, values) for part in parts])
        case _:
            assert_never(condition)


def leaves(value: Affine) -> Iterator[Variable | ParameterValue]:
    """All variables and parameters in `value`, with repetitions."""
    for atom, _ in value.terms:
        match atom:
            case Variable() | ParameterValue():
                yield atom
            case FloorDiv(dividend=dividend) | Remainder(dividend=dividend):
                yield from leaves(dividend)
            case Least(values=values) | Greatest(values=values):
                for part in values:
                    yield from leaves(part)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                yield from condition_leaves(condition)
                yield from leaves(then)
                yield from leaves(otherwise)
            case _:
                assert_never(atom)


def condition_leaves(condition: Condition) -> Iterator[Variable | ParameterValue]:
    """All variables and parameters in `condition`, with repetitions."""
    match condition:
        case Compare(left=left, right=right):
            yield from leaves(left)
            yield from leaves(right)
        case Junction(parts=parts):
            for part in parts:
                yield from condition_leaves(part)
        case _:
            assert_never(condition)


def variables(value: Affine) -> frozenset[str]:
    """The names of the loop variables in `value`."""
    return frozenset(leaf.name for leaf in leaves(value) if isinstance(leaf, Variable))
