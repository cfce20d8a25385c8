"""The nest as written, computed in long double: the reference by which errors of rounding are measured.

All floating-point memory of the nest is copied to long double in front of it and rounded back behind it, so that the
program around needs no change.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.codegen.footprint import Footprint, element_pointer, footprint
from optimizer.codegen.generate import CodegenOptions, GenerationFailed, generate
from optimizer.codegen.names import fresh, is_redeclared, used_names
from optimizer.codegen.privates import base_name
from optimizer.codegen.statements import INDENT
from optimizer.codegen.text import POSTFIX
from optimizer.ir import expr as ir
from optimizer.ir.ctype import LONG_DOUBLE, CType
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import AccessKind, Array, Scop, Storage

_NAMES = (
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "logb", "pow", "sqrt", "cbrt", "hypot", "erf",
    "erfc", "tgamma", "fabs", "floor", "ceil", "trunc", "round", "rint", "nearbyint", "fmod", "remainder",
    "fmin", "fmax", "fdim", "fma", "copysign", "ldexp", "lrint", "lround", "llrint", "llround",
)  # fmt: skip
_FUNCTIONS = {name + suffix: f"__builtin_{name}l" for name in _NAMES for suffix in ("", "f", "l")}


class _NotPrecise(Exception):
    """Something has no counterpart in long double; carries what."""


def precise_text(nest: Nest) -> str | GenerationFailed:
    """C code that takes the place of `nest` and computes the same in long double, its results rounded in the end.

    It relies on what the Scop assumes: where that is false, so that other code would run the original, it computes
    anything.
    """
    try:
        copies = tuple(_copies(nest.scop))
        scop = _in_long_double(nest.scop, copies)
    except _NotPrecise as reason:
        return GenerationFailed(str(reason))
    options = CodegenOptions(openmp=False, remarks=False)
    made = generate(Nest(scop, nest.dependences), Schedule(scop.schedule), original="", options=options)
    if isinstance(made, GenerationFailed):
        return made
    lines = ["{"]
    for copy in copies:
        lines += (INDENT + line for line in copy.before())
    lines += (INDENT + line for line in made.text.split("\n"))
    for copy in copies:
        lines += (INDENT + line for line in copy.after())
    return "\n".join([*lines, "}"])


@dataclass(frozen=True, slots=True)
class _Copy:
    """The memory `place` of `array` in long double under the name `cells`; the nest finds it as `name`."""

    array: Array
    place: Footprint
    name: str
    cells: str
    index: str
    is_written: bool

    def before(self) -> Iterator[str]:
        """The lines that make the copy."""
        if self.array.rank == 0:
            yield f"long double {self.name} = *({self.place.first});"
            return
        count, pointer = self.place.count, element_pointer(self.array).at(POSTFIX)
        kind, cells = f"const {self.array.element.name} *", self.cells
        yield f"long double *{cells} = __builtin_malloc(sizeof(long double) * (unsigned long)(({count}) + 1));"
        yield f"if (!{cells})"
        yield f"{INDENT}__builtin_trap();"
        yield f"for (long {self.index} = 0; {self.index} < ({count}); {self.index}++)"
        yield f"{INDENT}{cells}[{self.index}] = ({self.place.first})[{self.index}];"
        inner = self.array.extents[1:] if self.array.c_rank > 1 else ()
        shape = "".join(f"[{extent}]" for extent in inner)
        declared = f"(*{self.name}){shape}" if inner else f"*{self.name}"
        distance = f"(({kind})({self.place.first}) - ({kind})({pointer}))"
        yield f"long double {declared} = (void *)({cells} - {distance});"

    def after(self) -> Iterator[str]:
        """The lines that round the results back."""
        kind = f"{self.array.element.name} *"
        if self.array.rank == 0:
            if self.is_written:
                yield f"*({kind})({self.place.first}) = {self.name};"
            return
        if self.is_written:
            yield f"for (long {self.index} = 0; {self.index} < ({self.place.count}); {self.index}++)"
            yield f"{INDENT}(({kind})({self.place.first}))[{self.index}] = {self.cells}[{self.index}];"
        yield f"__builtin_free({self.cells});"


def _copies(scop: Scop) -> Iterator[_Copy]:
    """A copy of each floating array that lives outside the generated code."""
    taken = set(used_names(scop) | scop.identifiers)
    written = {a.array for s in scop.statements for a in s.accesses if a.kind is not AccessKind.READ}
    for array in scop.arrays:
        if is_redeclared(array) or not array.element.is_float:
            continue
        if array.element.size > 8:
            raise _NotPrecise(f"'{array.text}' is of type {array.element.name} already")
        place = footprint(scop, array.name)
        if place is None:
            raise _NotPrecise(f"the memory of '{array.text}' has no known bounds")
        names: list[str] = []
        for suffix in ("precise", "cells", "at"):
            names.append(fresh(f"{base_name(array)}_{suffix}", taken))
            taken.add(names[-1])
        yield _Copy(array, place, names[0], names[1], names[2], array.name in written)


def _in_long_double(scop: Scop, copies: tuple[_Copy, ...]) -> Scop:
    names = {copy.array.name: copy.name for copy in copies}
    arrays = tuple(
        replace(
            array,
            text=names.get(array.name, array.text),
            element=_precise(array.element),
            storage=Storage.OBJECT if array.name in names else array.storage,
            is_reachable=array.is_reachable and array.name not in names,
        )
        for array in scop.arrays
    )
    statements = tuple(replace(each, body=tuple(map(_action, each.body))) for each in scop.statements)
    identifiers = scop.identifiers | {name for copy in copies for name in (copy.name, copy.cells, copy.index)}
    return replace(
        scop, arrays=arrays, statements=statements, assumptions=(), identifiers=identifiers, reassociates=False
    )


def _precise(ctype: CType) -> CType:
    return LONG_DOUBLE if ctype.is_float else ctype


def _action(action: ir.Action) -> ir.Action:
    match action:
        case ir.Assign(target=target, op=op, value=value):
            changed = _expression(target)
            assert isinstance(changed, ir.Ref)
            return ir.Assign(changed, op, _expression(value))
        case ir.Conditional(condition=condition, then=then, otherwise=otherwise):
            return ir.Conditional(
                _expression(condition), tuple(map(_action, then)), tuple(map(_action, otherwise))
            )


def _expression(expr: ir.Expr) -> ir.Expr:
    """`expr` with all floating types long double; literals and what the nest does not change keep their values."""
    match expr:
        case ir.Ref(array=array, subscripts=subscripts, type=ctype):
            return ir.Ref(array, subscripts, _precise(ctype))
        case ir.Literal(type=ctype) | ir.Symbol(type=ctype) if ctype.is_float:
            return ir.Cast(LONG_DOUBLE, expr)
        case ir.Cast(type=ctype, operand=operand):
            return ir.Cast(_precise(ctype), _expression(operand))
        case ir.Call(function=function, arguments=arguments, type=ctype):
            if not ctype.is_float and not any(ir.type_of(argument).is_float for argument in arguments):
                return expr
            precise = _FUNCTIONS.get(function.removeprefix("__builtin_"))
            if precise is None:
                raise _NotPrecise(f"'{function}' has no form in long double")
            return ir.Call(precise, tuple(map(_expression, arguments)), _precise(ctype))
        case ir.Unary(op=op, operand=operand):
            return ir.Unary(op, _expression(operand))
        case ir.Binary(op=op, left=left, right=right):
            return ir.Binary(op, _expression(left), _expression(right))
        case ir.Select(condition=condition, then=then, otherwise=otherwise):
            return ir.Select(_expression(condition), _expression(then), _expression(otherwise))
        case _:
            return expr
