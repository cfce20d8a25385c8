"""C text for integer expressions over loop variables (`long`) and parameters, exact where C's int would overflow."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import islpy as isl

from optimizer.codegen import text
from optimizer.codegen.affine import (
    Affine,
    Atom,
    Choice,
    Compare,
    Condition,
    FloorDiv,
    Greatest,
    Junction,
    Least,
    ParameterValue,
    Remainder,
    Variable,
)
from optimizer.codegen.names import IDENTIFIER, fresh
from optimizer.codegen.text import Text
from optimizer.ir.ctype import INT, LLONG, LONG, promote
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.scop import Parameter, Scop

RANGE_OPERATIONS = 200_000


@dataclass(frozen=True, slots=True)
class ParameterText:
    """How C reads a parameter: `code`, after the declaration `declaration` if there is one; `source` in the source.

    `narrow` if arithmetic on it is done in int; then its value lies in `low`..`high`.
    """

    code: str
    declaration: str | None
    narrow: bool
    is_unsigned: bool
    low: int
    high: int
    source: str = ""


def parameter_texts(scop: Scop, taken: frozenset[str]) -> dict[str, ParameterText]:
    """How to read each parameter of `scop`; new names are not in `taken`."""
    result: dict[str, ParameterText] = {}
    for parameter in scop.parameters:
        low, high = _range(scop.context, parameter)
        is_plain = IDENTIFIER.fullmatch(parameter.text) is not None
        if is_plain and (promote(parameter.type).name in (INT.name, LONG.name, LLONG.name) or parameter.type.size < 8):
            narrow = promote(parameter.type).size < LONG.size
            is_unsigned = not promote(parameter.type).signed
            result[parameter.name] = ParameterText(parameter.text, None, narrow, is_unsigned, low, high)
        else:
            name = fresh(_short_name(parameter), taken)
            taken |= {name}
            declaration = f"const long {name} = {_as_long(parameter)};"
            result[parameter.name] = ParameterText(name, declaration, False, False, low, high, parameter.text)
    return result


def _short_name(parameter: Parameter) -> str:
    """A name that recalls the text of `parameter`: s->n gives s_n."""
    words = IDENTIFIER.findall(parameter.text)
    return "_".join(words) if 0 < len(words) < 4 else "bound"


def _as_long(parameter: Parameter) -> str:
    return text.cast("long", text.opaque(parameter.text)).code if not parameter.type.signed else parameter.text


def _range(context: isl.Set, parameter: Parameter) -> tuple[int, int]:
    """The values of `parameter` by its type and by the context, as far as isl finds them quickly."""
    low, high = parameter.type.minimum, parameter.type.maximum
    position = context.find_dim_by_name(isl.dim_type.param, parameter.name)
    if position < 0:
        return low, high
    try:
        with operation_limit(context.get_ctx(), RANGE_OPERATIONS):
            count = context.dim(isl.dim_type.param)
            line = context.from_params().move_dims(isl.dim_type.set, 0, isl.dim_type.param, 0, count)
            line = line.project_out(isl.dim_type.set, position + 1, count - position - 1)
            line = line.project_out(isl.dim_type.set, 0, position)
            if line.is_empty():
                return low, high
            smallest, largest = line.dim_min_val(0), line.dim_max_val(0)
            if smallest.is_int():  # not infinite
                low = max(low, int(smallest.to_python()))
            if largest.is_int():
                high = min(high, int(largest.to_python()))
    except OperationLimitExceeded:
        return parameter.type.minimum, parameter.type.maximum
    return low, high


@dataclass(frozen=True, slots=True)
class Integers:
    """Prints integer expressions; `used` collects the parameters that were printed."""

    parameters: Mapping[str, ParameterText]
    used: set[str]

    def value(self, value: Affine) -> Text:
        """An expression with the value of `value`, of type int or long."""
        if len(value.terms) == 1 and value.terms[0][1] == 1 and not value.constant:
            return self._atom(value.terms[0][0])
        if value.is_constant:
            return Text(str(value.constant), text.POSTFIX if value.constant >= 0 else text.PREFIX)
        return self._sum(value, widen=False)

    def hoisted(self, code: str) -> Text | None:
        """The variable that holds the value of the C expression `code`, if there is one."""
        for name, parameter in self.parameters.items():
            if parameter.source == code and parameter.declaration is not None:
                self.used.add(name)
                return Text(parameter.code)
        return None

    def wide(self, value: Affine) -> Text:
        """An expression with the value of `value`, of type long; a number stays plain."""
        if value.is_constant or not self._is_narrow(value):
            return self.value(value)
        if len(value.terms) == 1 and value.terms[0][1] == 1 and not value.constant:
            return text.cast("long", self._atom(value.terms[0][0]))
        return self._sum(value, widen=True)

    def comparable(self, values: Sequence[Affine]) -> list[Text]:
        """Expressions with these values whose comparison by C's operators compares the values."""
        if any(self._is_narrow(value) and self._is_unsigned(value) for value in values):
            return [self.wide(value) for value in values]
        return [self.value(value) for value in values]

    def _is_narrow(self, value: Affine) -> bool:
        return all(isinstance(a, ParameterValue) and self.parameters[a.name].narrow for a, _ in value.terms)

    def _sum(self, value: Affine, *, widen: bool) -> Text:
        terms = sorted(value.terms, key=lambda term: (term[1] < 0, not isinstance(term[0], Variable)))
        constant_first = terms[0][1] < 0 and value.constant > 0
        cast_first = widen or self._starts_too_narrow(terms, value.constant, constant_first=constant_first)
        result = Text(str(value.constant)) if constant_first else None
        for atom, factor in terms:
            factor_text = self._product(atom, abs(factor), widen=cast_first)
            cast_first = False
            if result is None:
                result = factor_text if factor > 0 else text.prefix("-", factor_text)
            else:
                result = text.binary("+" if factor > 0 else "-", result, factor_text)
        assert result is not None
        if value.constant and not constant_first:
            result = text.binary("+" if value.constant > 0 else "-", result, Text(str(abs(value.constant))))
        return result

    def _starts_too_narrow(self, terms: list[tuple[Atom, int]], constant: int, *, constant_first: bool) -> bool:
        """True if summing up `terms` from the left may overflow int before a long operand comes."""
        leading = tuple(itertools.takewhile(lambda term: self._is_narrow(Affine((term,))), terms))
        rest = constant if constant_first or len(leading) == len(terms) else 0
        lone = len(leading) == 1 and not rest and leading[0][1] > 0
        return bool(leading) and not lone and self._may_overflow(Affine(leading, rest))

    def _product(self, atom: Atom, factor: int, *, widen: bool) -> Text:
        printed = self._atom(atom)
        narrow = isinstance(atom, ParameterValue) and self.parameters[atom.name].narrow
        if narrow and (widen or (factor != 1 and self._may_overflow(Affine(((atom, factor),))))):
            printed = text.cast("long", printed)
        return printed if factor == 1 else text.binary("*", Text(str(factor)), printed)

    def _may_overflow(self, value: Affine) -> bool:
        """True unless every partial sum of `value`, in any order, fits int."""
        low = high = 0
        for atom, factor in value.terms:
            assert isinstance(atom, ParameterValue)
            parameter = self.parameters[atom.name]
            if parameter.is_unsigned:
                return True
            ends = (factor * parameter.low, factor * parameter.high)
            low, high = low + min(0, *ends), high + max(0, *ends)
        low, high = low + min(0, value.constant), high + max(0, value.constant)
        return low < INT.minimum or high > INT.maximum

    def _atom(self, atom: Atom) -> Text:
        match atom:
            case Variable(name=name):
                return Text(name)
            case ParameterValue(name=name):
                self.used.add(name)
                return Text(self.parameters[name].code)
            case FloorDiv(dividend=dividend, divisor=divisor, truncates=truncates):
                return self._floor(dividend, divisor, truncates=truncates)
            case Remainder(dividend=dividend, divisor=divisor):
                return text.binary("%", self.wide(dividend), Text(str(divisor)))
            case Least(values=values):
                return self._extreme("<", values)
            case Greatest(values=values):
                return self._extreme(">", values)
            case Choice(condition=condition, then=then, otherwise=otherwise):
                return text.select(self.condition(condition), self.wide(then), self.wide(otherwise))
            case _:
                assert_never(atom)

    def _floor(self, dividend: Affine, divisor: int, *, truncates: bool) -> Text:
        printed, by = self.wide(dividend), Text(str(divisor))
        quotient = text.binary("/", printed, by)
        if truncates:
            return quotient
        correction = text.binary("<", text.binary("%", printed, by), Text("0"))
        return text.binary("-", quotient, correction)

    def _extreme(self, op: str, values: tuple[Affine, ...]) -> Text:
        result, *others = self.comparable(values)
        for other in others:
            result = text.select(text.binary(op, result, other), result, other)
        return result

    def condition(self, condition: Condition) -> Text:
        """An expression that is not zero where `condition` holds."""
        match condition:
            case Compare():
                return self._compare(condition)
            case Junction(op=op, parts=()):
                return Text("1" if op == "&&" else "0")
            case Junction(op=op, parts=parts):
                result = self.condition(parts[0])
                for part in parts[1:]:
                    result = text.binary(op, result, self.condition(part))
                return result
            case _:
                assert_never(condition)

    def _compare(self, condition: Compare) -> Text:
        left, right = condition.left, condition.right
        if left.constant and right.constant:  # n - 1 >= 0 as n >= 1, but 2*i >= n + 1 stays
            left, right = _without_constant(left, right)
        printed, other = self.comparable((left, right))
        return text.binary(condition.op, printed, other)

    def _is_unsigned(self, value: Affine) -> bool:
        return any(isinstance(a, ParameterValue) and self.parameters[a.name].is_unsigned for a, _ in value.terms)


def _without_constant(left: Affine, right: Affine) -> tuple[Affine, Affine]:
    constant = right.constant - left.constant
    return Affine(left.terms), Affine(right.terms, constant)
