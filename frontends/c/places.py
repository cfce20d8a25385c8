"""Which object an lvalue denotes: a base that the nest does not move, and subscripts."""

from dataclasses import dataclass

from frontends.c.printing import c_text
from frontends.c.refusal import Refusal
from frontends.c.syntax import (
    Arithmetic,
    ArrayType,
    CastTo,
    Expr,
    Index,
    Infix,
    Member,
    Name,
    Number,
    Pointer,
    Prefix,
    StructType,
    Type,
    Variable,
)
from frontends.c.typing_rules import decayed, type_of, variable_type
from optimizer.ir.ctype import CType
from optimizer.ir.scop import Storage


@dataclass(frozen=True, slots=True)
class Place:
    """An element of `text`: `subscripts` index it, one per entry of `extents`.

    `variable` is the variable at the root of the text. `through` are the pointers in memory that must be read to reach
    the object (`s->data` for an element of it); `dereferences` is True if a pointer is followed at all.
    """

    text: str
    variable: Variable
    storage: Storage
    subscripts: tuple[Expr, ...]
    extents: tuple[Expr | None, ...]
    type: Type
    through: tuple["Place", ...] = ()
    dereferences: bool = False

    @property
    def key(self) -> tuple[int, str]:
        """What tells two bases apart: a pointer and the elements it points to have the same text."""
        return id(self.variable), self.text + ("[]" if self.extents else "")

    @property
    def is_memory(self) -> bool:
        """True if a store through some pointer might change the object."""
        return self.dereferences or not self.variable.is_local or self.variable.address_taken

    @property
    def element(self) -> CType:
        """The arithmetic type of the element; only for a place that `scalar_place` returned."""
        assert isinstance(self.type, Arithmetic)
        return self.type.ctype


def scalar_place(expr: Expr) -> Place:
    """The place of an lvalue of arithmetic type; raises Refusal if it is not modelled."""
    place = place_of(expr)
    if not isinstance(place.type, Arithmetic):
        raise Refusal("LW133", f"'{c_text(expr)}' is no number", expr.at)
    if len(place.subscripts) != len(place.extents):
        raise Refusal("LW121", f"'{c_text(expr)}' is not fully subscripted", expr.at)
    return place


def is_lvalue(expr: Expr) -> bool:
    """True if `expr` has the form of an lvalue."""
    return isinstance(expr, Name | Index | Member) or (isinstance(expr, Prefix) and expr.op == "*")


def place_of(expr: Expr) -> Place:
    """The place of an lvalue of any type."""
    match expr:
        case Name(variable=variable, text=text) if variable is not None:
            _check_quals(variable.type, expr)
            if variable.attributes & {"thread_local"}:
                raise Refusal("LW114", f"'{text}' exists once per thread", expr.at, "copy it to a local variable first")
            type_ = variable_type(variable.storage, variable.type)
            if isinstance(type_, Pointer) and "volatile" in type_.quals:
                raise Refusal("LW114", f"'{text}' is volatile", expr.at)
            return Place(text, variable, Storage.OBJECT, (), (), type_)
        case Index(base=base, subscript=subscript):
            if not isinstance(decayed(type_of(base)), Pointer):
                base, subscript = subscript, base
            return _element(base, subscript)
        case Prefix(op="*", operand=operand):
            return _element(operand, Number("0", expr.at))
        case Member():
            return _member(expr)
        case _:
            raise Refusal("LW124", f"'{c_text(expr)}' is no object that can be modelled", expr.at)


def _element(pointer: Expr, subscript: Expr) -> Place:
    """The place of `pointer[subscript]`."""
    match pointer:
        case Infix(op="+" | "-" as op, left=left, right=right, at=at):
            if isinstance(decayed(type_of(left)), Pointer):
                return _element(left, _sum(op, right, subscript, at))
            if op == "+":
                return _element(right, _sum("+", left, subscript, at))
            raise Refusal("LW121", "pointer arithmetic is not modelled", at)
        case Prefix(op="&", operand=Index(base=base, subscript=inner), at=at):
            return _element(base, _sum("+", inner, subscript, at))
        case CastTo():
            raise Refusal("LW121", "a cast pointer is not modelled", pointer.at, "declare the pointer with its type")
        case _:
            return _element_of_place(place_of(pointer), pointer, subscript)


def _element_of_place(place: Place, pointer: Expr, subscript: Expr) -> Place:
    if isinstance(place.type, ArrayType):
        _check_quals(place.type.element, pointer)
        return Place(
            place.text, place.variable, place.storage, (*place.subscripts, subscript),
            (*place.extents, place.type.extent), place.type.element, place.through, place.dereferences,
        )  # fmt: skip
    if not isinstance(place.type, Pointer):
        raise Refusal("LW133", f"'{c_text(pointer)}' has no elements", pointer.at)
    if place.subscripts:
        raise Refusal(
            "LW121", f"'{c_text(pointer)}' is a pointer that is itself an array element", pointer.at,
            "use one array with several dimensions",
        )  # fmt: skip
    _check_quals(place.type.target, pointer)
    is_parameter = place.variable.storage == "param" and not place.through and isinstance(pointer, Name)
    restrict = "restrict" in place.type.quals and is_parameter and not place.variable.escapes
    in_memory = not isinstance(pointer, Name) or not place.variable.is_local or place.variable.address_taken
    through = (*place.through, place) if in_memory else place.through
    storage = Storage.RESTRICT if restrict else Storage.POINTER
    return Place(
        place.text, place.variable, storage, (subscript,), (None,), place.type.target, through, dereferences=True
    )


def _member(expr: Member) -> Place:
    type_of(expr)  # refuses unions, bit-fields and unknown structures
    base = _element(expr.base, Number("0", expr.at)) if expr.arrow else place_of(expr.base)
    if not isinstance(base.type, StructType):
        raise Refusal("LW133", f"'{c_text(expr.base)}' is no structure", expr.at)
    if any(not isinstance(s, Number) for s in base.subscripts):
        raise Refusal(
            "LW133", f"'{c_text(expr)}' is a member of an array of structures", expr.at, "use one array per member"
        )
    field = type_of(expr)
    _check_quals(field, expr)
    return Place(c_text(expr), base.variable, base.storage, (), (), field, base.through, base.dereferences)


def _sum(op: str, left: Expr, right: Expr, at: int) -> Expr:
    """The subscript `right op left`; `right` came last in the source."""
    if isinstance(right, Number) and right.text == "0":
        return left if op == "+" else Prefix("-", left, at)
    return Infix("+", left, right, at) if op == "+" else Infix("-", right, left, at)


def _check_quals(type_: Type, expr: Expr) -> None:
    if isinstance(type_, ArrayType):
        _check_quals(type_.element, expr)
    elif "volatile" in type_.quals or "_Atomic" in type_.quals:
        raise Refusal("LW114", f"'{c_text(expr)}' is volatile or atomic", expr.at, "copy it to a plain variable first")
