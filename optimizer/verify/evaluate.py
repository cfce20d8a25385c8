"""Executes statement bodies: expression trees over a sparse memory. The order of execution is somebody else's."""

import ast
import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from optimizer.ir.ctype import CType
from optimizer.ir.expr import (
    Action,
    Assign,
    Binary,
    Call,
    Cast,
    Conditional,
    Expr,
    Iterator,
    Literal,
    Ref,
    Select,
    Symbol,
    Unary,
    type_of,
)
from optimizer.ir.scop import Array, Scop
from optimizer.verify.values import Real, UndefinedBehaviour, Value, binary, convert, parse_literal, unary

Cell = tuple[str, tuple[int, ...]]


class NotExecutable(Exception):
    """The body uses something whose value the interpreter does not know, such as an unknown function."""


@dataclass(slots=True)
class Memory:
    """The arrays of a Scop; a cell that was never written has a value drawn from `seed`, its array and index."""

    scop: Scop
    symbols: Mapping[str, int]  # texts of parameters -> values
    seed: int = 0
    cells: dict[Cell, Value] = field(default_factory=dict[Cell, Value])
    _arrays: dict[str, tuple[Array, tuple[int | None, ...]]] = field(
        default_factory=dict[str, tuple[Array, tuple[int | None, ...]]]
    )

    def __post_init__(self) -> None:
        for array in self.scop.arrays:
            self._arrays[array.name] = (array, tuple(self._extent(e) for e in array.extents))

    def _extent(self, text: str | None) -> int | None:
        return None if text is None else evaluate_integer(text, self.symbols)

    def symbol(self, symbol: Symbol) -> Value:
        """The value of a loop-invariant expression."""
        known = evaluate_integer(symbol.text, self.symbols)
        return draw(symbol.text, symbol.type, self.seed) if known is None else convert(known, symbol.type)

    def load(self, name: str, index: tuple[int, ...], ctype: CType) -> Value:
        """The value of one element."""
        self.check(name, index)
        found = self.cells.get((name, index))
        if found is None:
            found = draw(f"{name}{index}", ctype, self.seed)
            self.cells[name, index] = found
        return found

    def store(self, name: str, index: tuple[int, ...], value: Value) -> None:
        """Overwrite one element."""
        self.check(name, index)
        self.cells[name, index] = value

    def check(self, name: str, index: tuple[int, ...]) -> None:
        """Raise UndefinedBehaviour if `index` lies outside the extents that are known."""
        array, extents = self._arrays[name]
        if len(index) == len(extents):
            limits = extents
        elif len(index) == 1 and extents and all(e is not None for e in extents):
            limits = (math.prod(e or 0 for e in extents),)
        else:
            limits = (None,) * len(index)
        for value, limit in zip(index, limits, strict=True):
            if (limit is not None and value >= limit) or (value < 0 and array.rank > 0):
                raise UndefinedBehaviour(f"{name}{list(index)} is out of bounds {list(limits)}")

    def live_out(self) -> dict[Cell, Value]:
        """The cells whose values may be read after the nest."""
        return {cell: value for cell, value in self.cells.items() if self._arrays[cell[0]][0].live_out}


def draw(name: str, ctype: CType, seed: int) -> Value:
    """A small value of type `ctype` that depends on `name` and `seed` alone."""
    number = int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).digest(), "little")
    if ctype.is_float:
        return convert(np.float64((number % 4001 - 2000) / 1024), ctype)
    return convert(number % (2 if ctype.name == "_Bool" else 4), ctype)


def evaluate_integer(text: str, symbols: Mapping[str, int]) -> int | None:
    """The value of a C integer expression over `symbols`, None if it uses anything else."""
    if text in symbols:
        return symbols[text]
    try:
        return _fold(ast.parse(text.strip(), mode="eval").body, symbols)
    except (SyntaxError, KeyError, ZeroDivisionError):
        return None


def _fold(node: ast.expr, symbols: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Name(id=name):
            return symbols[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_fold(operand, symbols)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _fold(left, symbols), _fold(right, symbols)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div() if a >= 0 and b > 0:
                    return a // b
                case _:
                    raise KeyError(text_of(op))
        case _:
            raise KeyError(text_of(node))


def text_of(node: ast.AST) -> str:
    """A short name of a syntax node for messages."""
    return type(node).__name__


def execute(actions: tuple[Action, ...], counters: Mapping[str, int], memory: Memory) -> None:
    """Run the actions of one statement instance."""
    for action in actions:
        match action:
            case Assign():
                _assign(action, counters, memory)
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                taken = evaluate(condition, counters, memory) != 0
                execute(then if taken else otherwise, counters, memory)
            case _:
                assert_never(action)


def _assign(action: Assign, counters: Mapping[str, int], memory: Memory) -> None:
    target = action.target
    index = _index(target, counters, memory)
    value = evaluate(action.value, counters, memory)
    if action.op != "=":
        old = memory.load(target.array, index, target.type)
        value = binary(action.op.removesuffix("="), old, value, target.type, type_of(action.value))
    memory.store(target.array, index, convert(value, target.type))


def _index(ref: Ref, counters: Mapping[str, int], memory: Memory) -> tuple[int, ...]:
    values = tuple(evaluate(subscript, counters, memory) for subscript in ref.subscripts)
    return tuple(int(value) for value in values)


def evaluate(expr: Expr, counters: Mapping[str, int], memory: Memory) -> Value:
    """The value of `expr`, which has type `type_of(expr)`."""
    match expr:
        case Literal(text=text, type=ctype):
            return parse_literal(text, ctype)
        case Iterator(name=name, type=ctype):
            return convert(counters[name], ctype)
        case Symbol():
            return memory.symbol(expr)
        case Ref(array=array, type=ctype):
            return memory.load(array, _index(expr, counters, memory), ctype)
        case Unary(op=op, operand=operand):
            return unary(op, evaluate(operand, counters, memory), type_of(operand))
        case Binary(op="&&" | "||" as op, left=left, right=right):
            first = evaluate(left, counters, memory) != 0
            return int(first) if first == (op == "||") else int(evaluate(right, counters, memory) != 0)
        case Binary(op=op, left=left, right=right):
            a, b = evaluate(left, counters, memory), evaluate(right, counters, memory)
            return binary(op, a, b, type_of(left), type_of(right))
        case Select(condition=condition, then=then, otherwise=otherwise):
            chosen = then if evaluate(condition, counters, memory) != 0 else otherwise
            return convert(evaluate(chosen, counters, memory), type_of(expr))
        case Cast(type=ctype, operand=operand):
            return convert(evaluate(operand, counters, memory), ctype)
        case Call():
            return _call(expr, counters, memory)
        case _:
            assert_never(expr)


_REAL: dict[str, Callable[..., Real]] = {
    "sqrt": np.sqrt, "fabs": np.fabs, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "pow": np.power, "fmin": np.fmin, "fmax": np.fmax,
    "tanh": np.tanh, "fmod": np.fmod, "copysign": np.copysign, "exp2": np.exp2, "log2": np.log2, "cbrt": np.cbrt,
}  # fmt: skip


def _call(call: Call, counters: Mapping[str, int], memory: Memory) -> Value:
    values = [evaluate(argument, counters, memory) for argument in call.arguments]
    if call.function in ("abs", "labs", "llabs"):
        return unary("-", values[0], call.type) if values[0] < 0 else convert(values[0], call.type)
    function = _REAL.get(call.function)
    if function is None and call.function[-1:] in ("f", "l"):
        function = _REAL.get(call.function[:-1])
    if function is None:
        raise NotExecutable(f"the function {call.function}")
    with np.errstate(all="ignore"):
        return convert(function(*(convert(value, call.type) for value in values)), call.type)
