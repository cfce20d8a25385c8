"""Functions as their callers see them."""

from collections.abc import Sequence

from frontends.c.locate import Locator
from frontends.c.printing import c_text
from frontends.c.syntax import Arithmetic, ArrayType, FunctionDef, FunctionType, Pointer, StructType, Type
from optimizer.ir.ctype import CType, Kind
from optimizer.ir.function import Function, FunctionParameter


def signature(function: FunctionDef, locator: Locator) -> Function:
    """The name, parameters and result of `function`."""
    type_ = function.variable.type
    result = type_.result if isinstance(type_, FunctionType) else type_
    returns = result.ctype if isinstance(result, Arithmetic) else None
    if returns is None and isinstance(result, Pointer | StructType):
        returns = CType(type_name(result), Kind.OPAQUE, 8)
    return Function(
        function.variable.name,
        tuple(_parameter(p.name, p.type, 0) for p in function.parameters),
        returns,
        function.is_static,
        locator.span(function.first, function.last),
    )


def _parameter(name: str, type_: Type, depth: int) -> FunctionParameter:
    pointers = 0
    extents: list[str | None] = []
    const = "const" in type_.quals
    if isinstance(type_, ArrayType) and depth == 0:
        pointers = 1
        while isinstance(type_, ArrayType):
            extents.append(c_text(type_.extent) if type_.extent is not None else None)
            type_ = type_.element
    elif isinstance(type_, Pointer):
        while isinstance(type_, Pointer):
            pointers += 1
            type_ = type_.target
        if isinstance(type_, ArrayType):
            extents.append(None)
        while isinstance(type_, ArrayType):
            extents.append(c_text(type_.extent) if type_.extent is not None else None)
            type_ = type_.element
        if not extents:
            extents = [None] * pointers
    else:
        while isinstance(type_, ArrayType):
            extents.append(c_text(type_.extent) if type_.extent is not None else None)
            type_ = type_.element
    const = "const" in type_.quals if pointers else const
    fields: tuple[FunctionParameter, ...] = ()
    if isinstance(type_, StructType) and depth == 0 and pointers <= 1:
        fields = _fields(type_)
    ctype = type_.ctype if isinstance(type_, Arithmetic) else CType(type_name(type_), Kind.OPAQUE, 8)
    return FunctionParameter(name, ctype, pointers, tuple(extents), const, fields)


def _fields(type_: StructType) -> tuple[FunctionParameter, ...]:
    """The fields of a structure, () if one of them cannot be set by a caller."""
    definition = type_.definition
    if definition.fields is None or definition.is_union or definition.bitfields:
        return ()
    found: Sequence[FunctionParameter] = [_parameter(name, field, 1) for name, field in definition.fields]
    usable = all(f.type.kind is not Kind.OPAQUE and f.pointers <= 1 for f in found)
    return tuple(found) if usable else ()


def type_name(type_: Type) -> str:
    """A C name of `type_`, for types that are only named."""
    match type_:
        case Arithmetic(ctype):
            return ctype.name
        case StructType(definition):
            word = "union" if definition.is_union else "struct"
            return f"{word} {definition.tag}" if definition.tag else "void"
        case Pointer(target):
            return f"{type_name(target)} *"
        case _:
            return "void"
