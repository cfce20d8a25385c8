"""How to call a function that has no main around it: sizes from what its nests assume, memory from what they touch."""

import ast
import re
from collections.abc import Mapping, Sequence

import islpy as isl

from optimizer.codegen import element_bounds
from optimizer.execution import ArrayPlan, CallPlan
from optimizer.ir.function import Function, FunctionParameter
from optimizer.ir.outcome import Refused
from optimizer.ir.scop import Array, Scop
from optimizer.search.sizes import CANDIDATE_SIZES, box_instances, sizes_near

MOST_INSTANCES = 1e8
MOST_ELEMENTS = 1 << 27
UNTOUCHED_ELEMENTS = 1 << 16  # behind a pointer of which no nest says how much it uses


def plan_call(
    function: Function, scops: Sequence[Scop], given: Mapping[str, int], instances: float = MOST_INSTANCES
) -> tuple[CallPlan, Mapping[str, int]] | Refused:
    """The arguments for `function` and the parameter values by their C text, as large as `instances` allows.

    Refused if `given` contradicts what a nest assumes.
    """
    for wanted in CANDIDATE_SIZES:
        values = _common_sizes(scops, given, wanted)
        if values is None:
            return Refused("no parameter values meet what the loop nests assume; give some with --param")
        if wanted > 1 and sum(box_instances(scop, _named(scop, values)) for scop in scops) > instances:
            continue
        arrays = _arrays(function, scops, values)
        if wanted > 1 and sum(plan.before + plan.after for plan in arrays.values()) > MOST_ELEMENTS:
            continue
        scalars = {text: value for text, value in values.items() if re.fullmatch(r"\w+((->|\.)\w+)?", text)}
        return CallPlan(scalars={**scalars, **given}, arrays=arrays), values
    return Refused("no size small enough to run was found; give one with --param")


def _named(scop: Scop, values: Mapping[str, int]) -> dict[str, int]:
    return {parameter.name: values[parameter.text] for parameter in scop.parameters}


def _common_sizes(scops: Sequence[Scop], given: Mapping[str, int], wanted: int) -> dict[str, int] | None:
    """Parameter values by C text that all `scops` accept, near `wanted`."""
    values = dict(given)
    for _ in range(2):  # a later nest may lower what an earlier one chose
        for scop in scops:
            known = {p.name: values[p.text] for p in scop.parameters if p.text in values}
            sizes = sizes_near(scop.context, known, wanted)
            if sizes is None:
                free = {p.name: given[p.text] for p in scop.parameters if p.text in given}
                sizes = sizes_near(scop.context, free, wanted)
            if sizes is None:
                return None
            for parameter in scop.parameters:
                values[parameter.text] = sizes.get(parameter.name, wanted)
    return values if all(_accepts(scop, values) for scop in scops) else None


def _accepts(scop: Scop, values: Mapping[str, int]) -> bool:
    return sizes_near(scop.context, _named(scop, values), 1) is not None


def _arrays(function: Function, scops: Sequence[Scop], values: Mapping[str, int]) -> dict[str, ArrayPlan]:
    plans: dict[str, ArrayPlan] = {}
    for name, parameter in _pointers(function.parameters, ""):
        extents = [evaluate(text, values) if text else None for text in parameter.extents]
        declared = _product([extent for extent in extents if extent is not None])
        complete = bool(extents) and None not in extents
        before, after = 0, declared if complete else 0
        for scop in scops:
            for array in scop.arrays:
                if array.text == name:
                    low, high = linear_bounds(scop, array, values)
                    before, after = max(before, -low), max(after, high + 1)
        plans[name] = ArrayPlan(after=after or UNTOUCHED_ELEMENTS, before=before)
    return plans


def _pointers(parameters: Sequence[FunctionParameter], prefix: str) -> list[tuple[str, FunctionParameter]]:
    found: list[tuple[str, FunctionParameter]] = []
    for parameter in parameters:
        name = prefix + parameter.name
        if parameter.fields:
            found += _pointers(parameter.fields, name + ("->" if parameter.pointers else "."))
        elif parameter.pointers:
            found.append((name, parameter))
    return found


def linear_bounds(scop: Scop, array: Array, values: Mapping[str, int]) -> tuple[int, int]:
    """The first and last element of `array` that `scop` touches, counted in elements from its base; (0, -1) if none."""
    inner = [evaluate(text, values) if text else None for text in array.extents[1:]]
    low = high = 0
    for index, bounds in enumerate(element_bounds(scop, array.name)):
        row = _product([extent for extent in inner[index:] if extent is not None])
        first, last = (_at(bound, _named(scop, values)) for bound in (bounds.low, bounds.high))
        if first is None or last is None or last < first:
            return 0, -1
        low, high = low + first * row, high + last * row
    return low, high


def _at(bound: isl.PwAff | None, sizes: Mapping[str, int]) -> int | None:
    if bound is None:
        return None
    for index in range(bound.dim(isl.dim_type.param)):
        name = bound.get_dim_name(isl.dim_type.param, index) or ""
        fixed = isl.Set.universe(bound.get_space().params()).fix_val(
            isl.dim_type.param, index, isl.Val.int_from_si(bound.get_ctx(), sizes[name])
        )
        bound = bound.intersect_params(fixed)
    value = bound.max_val()
    return int(value.to_python()) if value.is_int() else None


def _product(factors: Sequence[int]) -> int:
    result = 1
    for factor in factors:
        result *= max(factor, 0)
    return result


def evaluate(text: str, values: Mapping[str, int]) -> int | None:
    """The value of a C expression of integers, parameters and + - * / %; None if it holds anything else."""
    for name in sorted(values, key=len, reverse=True):
        text = re.sub(rf"(?<![\w>.]){re.escape(name)}(?!\w|->|\.)", f"({values[name]})", text)
    text = re.sub(r"\b(\d+)[uUlL]+\b", r"\1", text).replace("/", "//")
    text = re.sub(r"\((?:unsigned|signed|long|int|size_t|\s)+\)", "", text)
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError):
        return None


def _value(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(op, _value(left), _value(right))
        case _:
            raise ValueError(ast.dump(node))


def _combine(op: ast.operator, left: int, right: int) -> int:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv():
            return left // right
        case ast.Mod():
            return left % right
        case _:
            raise ValueError(ast.dump(op))
