"""The form of a `for` header: counter, initial value, condition and constant stride. No sets yet."""

from dataclasses import dataclass

from frontends.c.constants import evaluate_integer
from frontends.c.printing import c_text
from frontends.c.refusal import Refusal
from frontends.c.syntax import (
    Arithmetic,
    Assignment,
    Declaration,
    Expr,
    For,
    Infix,
    Name,
    Postfix,
    Prefix,
    Variable,
)
from optimizer.ir.ctype import CType

_FORM = "write it as 'for (i = first; i < end; i += step)'"


@dataclass(frozen=True)
class Header:
    """`for (counter = start; condition; counter += stride)`."""

    counter: Variable
    ctype: CType
    start: Expr
    condition: Expr
    stride: int
    declared: bool
    others: tuple[Variable, ...] = ()  # declared along with the counter
    countdown: bool = False  # `for (i = n; i-- > 0;)`: the body sees n - 1 down to 0


def header_of(loop: For) -> Header:
    """The header of `loop`; raises Refusal if it has another form."""
    if loop.condition is None:
        raise Refusal("LW119", "the loop has no condition", loop.first, _FORM)
    down = _countdown(loop.condition) if loop.step is None else None
    if down is not None:
        counter, stride = down, -1
    elif loop.step is not None:
        counter, stride = _step(loop.step)
    else:
        raise Refusal("LW119", "the loop has no step", loop.first, _FORM)
    start, others = _start(loop, counter)
    if not isinstance(counter.type, Arithmetic) or not counter.type.ctype.is_integer:
        raise Refusal("LW119", f"the counter '{counter.name}' is no integer", loop.first, "count with an integer")
    if counter.type.quals & {"volatile", "_Atomic"}:
        raise Refusal("LW114", f"the counter '{counter.name}' is volatile or atomic", loop.first)
    if not counter.is_local or counter.address_taken:
        raise Refusal(
            "LW119", f"the counter '{counter.name}' is not a plain local variable", loop.first, "use a local counter"
        )
    return Header(
        counter, counter.type.ctype, start, loop.condition, stride, isinstance(loop.start, Declaration), others,
        countdown=down is not None,
    )  # fmt: skip


def changes_of(loop: For) -> tuple[Expr | Declaration | None, ...]:
    """The parts of the header that set the counter."""
    condition = loop.condition
    return (loop.start, loop.step, condition.left if isinstance(condition, Infix) else condition)


def _countdown(condition: Expr) -> Variable | None:
    """The counter of a condition `i-- > 0`, `i-- != 0` or `i--`."""
    if isinstance(condition, Infix) and condition.op in (">", "!=") and evaluate_integer(condition.right) == 0:
        condition = condition.left
    match condition:
        case Postfix(op="--", operand=Name(variable=variable)):
            return variable
        case _:
            return None


def _start(loop: For, counter: Variable) -> tuple[Expr, tuple[Variable, ...]]:
    match loop.start:
        case Declaration(variables=variables) if counter in variables and counter.initial is not None:
            return counter.initial, tuple(v for v in variables if v is not counter)
        case Assignment(op="=", target=Name(variable=variable), value=value) if variable is counter:
            return value, ()
        case _:
            raise Refusal(
                "LW119", f"the loop does not set its counter '{counter.name}' to a first value", loop.first, _FORM
            )


def _step(step: Expr) -> tuple[Variable, int]:
    match step:
        case (
            Prefix(op="++" | "--" as op, operand=Name(variable=variable))
            | Postfix(op="++" | "--" as op, operand=Name(variable=variable))
        ) if variable is not None:
            return variable, 1 if op == "++" else -1
        case Assignment(op="+=" | "-=" as op, target=Name(variable=variable), value=value) if variable is not None:
            return variable, _stride(value, step) * (1 if op == "+=" else -1)
        case Assignment(
            op="=",
            target=Name(variable=variable),
            value=Infix(op="+" | "-" as op, left=Name(variable=same), right=value),
        ) if variable is not None and same is variable:
            return variable, _stride(value, step) * (1 if op == "+" else -1)
        case Assignment(
            op="=", target=Name(variable=variable), value=Infix(op="+", left=value, right=Name(variable=same))
        ) if variable is not None and same is variable:
            return variable, _stride(value, step)
        case _:
            raise Refusal("LW119", f"the step '{c_text(step)}' does not add a constant to one counter", step.at, _FORM)


def _stride(value: Expr, step: Expr) -> int:
    stride = evaluate_integer(value)
    if stride is None:
        raise Refusal("LW118", f"the stride '{c_text(value)}' is not constant", step.at, "make it a constant")
    if stride == 0:
        raise Refusal("LW119", "the stride is zero", step.at)
    return stride
