"""Typed expression trees and assignments: what one statement instance computes. Nothing here knows about loops.

A tree keeps the operators of the source, so that printing it back gives the same C semantics; `Iterator` nodes are the
only leaves that a schedule changes.
"""

from collections.abc import Callable, Mapping
from collections.abc import Iterator as Iterable_
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from optimizer.ir.ctype import INT, CType, common_type, promote


@dataclass(frozen=True, slots=True)
class Literal:
    """A C literal, spelled as in the source."""

    text: str
    type: CType


@dataclass(frozen=True, slots=True)
class Iterator:
    """The value of a counter of the statement, named as its dimension; `type` is its type in the source."""

    name: str
    type: CType


@dataclass(frozen=True, slots=True)
class Symbol:
    """A C expression that the nest does not change: a parameter, a scalar that is only read, `s->alpha`."""

    text: str
    type: CType


@dataclass(frozen=True, slots=True)
class Ref:
    """An array element or scalar as C writes it: `array` names an `Array`, `subscripts` are those of the source.

    A scalar has no subscripts. For a delinearized array the subscripts are still the single linear one.
    """

    array: str
    subscripts: tuple["Expr", ...]
    type: CType


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` one of + - ~ ! applied to an operand."""

    op: str
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary C operator without side effects: arithmetic, bitwise, shift, comparison, && and ||."""

    op: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Select:
    """`condition ? then : otherwise`."""

    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"


@dataclass(frozen=True, slots=True)
class Cast:
    """`(type)operand`."""

    type: CType
    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function that neither reads nor writes memory of the program."""

    function: str
    arguments: tuple["Expr", ...]
    type: CType


Expr: TypeAlias = Literal | Iterator | Symbol | Ref | Unary | Binary | Select | Cast | Call


@dataclass(frozen=True, slots=True)
class Assign:
    """`target op value;` where op is `=` or a compound assignment such as `+=`. `x++` is `x += 1`."""

    target: Ref
    op: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Conditional:
    """A data-dependent `if`, executed as a whole by one statement instance."""

    condition: Expr
    then: tuple["Action", ...]
    otherwise: tuple["Action", ...] = ()


Action: TypeAlias = Assign | Conditional

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "&&", "||"})


def type_of(expr: Expr) -> CType:
    """The C type of the value of `expr`."""
    match expr:
        case Literal() | Iterator() | Symbol() | Ref() | Cast() | Call():
            return expr.type
        case Unary(op="!"):
            return INT
        case Unary(operand=operand):
            return promote(type_of(operand))
        case Binary(op=op) if op in COMPARISONS:
            return INT
        case Binary(op="<<" | ">>", left=left):
            return promote(type_of(left))
        case Binary(left=left, right=right):
            return common_type(type_of(left), type_of(right))
        case Select(then=then, otherwise=otherwise):
            return common_type(type_of(then), type_of(otherwise))
        case _:
            assert_never(expr)


def operands(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions of `expr`, subscripts included."""
    match expr:
        case Literal() | Iterator() | Symbol():
            return ()
        case Ref(subscripts=subscripts):
            return subscripts
        case Unary(operand=operand) | Cast(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Select(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Call(arguments=arguments):
            return arguments
        case _:
            assert_never(expr)


def walk(expr: Expr) -> Iterable_[Expr]:
    """`expr` and all its subexpressions, outermost first."""
    yield expr
    for operand in operands(expr):
        yield from walk(operand)


def assignments(actions: tuple[Action, ...]) -> Iterable_[Assign]:
    """All assignments in `actions`, in textual order, guarded ones included."""
    for action in actions:
        match action:
            case Assign():
                yield action
            case Conditional(then=then, otherwise=otherwise):
                yield from assignments(then)
                yield from assignments(otherwise)
            case _:
                assert_never(action)


def surely_assigned(actions: tuple[Action, ...]) -> frozenset[Ref]:
    """What every execution of `actions` assigns to, whichever branches it takes."""
    found: frozenset[Ref] = frozenset()
    for action in actions:
        match action:
            case Assign(target=target):
                found |= {target}
            case Conditional(then=then, otherwise=otherwise):
                found |= surely_assigned(then) & surely_assigned(otherwise)
            case _:
                assert_never(action)
    return found


def with_refs(actions: tuple[Action, ...], change: Callable[[Ref], Ref]) -> tuple[Action, ...]:
    """`actions` with each reference to an array replaced by what `change` makes of it, inner ones first."""
    result: list[Action] = []
    for action in actions:
        match action:
            case Assign(target=target, op=op, value=value):
                changed = _with_refs(target, change)
                assert isinstance(changed, Ref)
                result.append(Assign(changed, op, _with_refs(value, change)))
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                branches = with_refs(then, change), with_refs(otherwise, change)
                result.append(Conditional(_with_refs(condition, change), *branches))
    return tuple(result)


def _with_refs(expr: Expr, change: Callable[[Ref], Ref]) -> Expr:
    changed = _with_operands(expr, lambda part: _with_refs(part, change))
    return change(changed) if isinstance(changed, Ref) else changed


def with_iterators(expr: Expr, values: Mapping[str, Expr]) -> Expr:
    """`expr` with the counters named in `values` replaced."""
    if isinstance(expr, Iterator):
        return values.get(expr.name, expr)
    return _with_operands(expr, lambda part: with_iterators(part, values))


def _with_operands(expr: Expr, go: Callable[[Expr], Expr]) -> Expr:
    """`expr` with `go` applied to its direct subexpressions."""
    match expr:
        case Literal() | Iterator() | Symbol():
            return expr
        case Ref(array=array, subscripts=subscripts, type=ctype):
            return Ref(array, tuple(map(go, subscripts)), ctype)
        case Unary(op=op, operand=operand):
            return Unary(op, go(operand))
        case Cast(type=ctype, operand=operand):
            return Cast(ctype, go(operand))
        case Binary(op=op, left=left, right=right):
            return Binary(op, go(left), go(right))
        case Select(condition=condition, then=then, otherwise=otherwise):
            return Select(go(condition), go(then), go(otherwise))
        case Call(function=function, arguments=arguments, type=ctype):
            return Call(function, tuple(map(go, arguments)), ctype)
        case _:
            assert_never(expr)


def expressions_of(action: Action) -> Iterable_[Expr]:
    """All expressions and subexpressions in `action`, targets included."""
    match action:
        case Assign(target=target, value=value):
            yield from walk(target)
            yield from walk(value)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            yield from walk(condition)
            for inner in then + otherwise:
                yield from expressions_of(inner)
