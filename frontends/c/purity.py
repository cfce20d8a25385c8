"""Which functions of a file only compute from their arguments, so that calling them is no side effect."""

from collections.abc import Mapping

from frontends.c.pure_functions import result_type
from frontends.c.syntax import (
    Arithmetic,
    Block,
    CallOf,
    Declaration,
    Empty,
    ExprStatement,
    FunctionDef,
    FunctionType,
    If,
    Index,
    Jump,
    Member,
    Name,
    OtherExpr,
    Prefix,
    Type,
    Variable,
)
from frontends.c.traversal import expressions_of, statements_in, walk

MAX_CALL_DEPTH = 8


class Purity:
    """Decides about the functions `defined` in a file, by name, and about library functions."""

    def __init__(self, defined: Mapping[str, FunctionDef]) -> None:
        self._defined = defined
        self._known: dict[str, bool] = {}

    def is_pure(self, variable: Variable, depth: int = 0) -> bool:
        """True if calls of the function `variable` neither read nor write memory, and end."""
        if variable.storage in ("local", "param") or not isinstance(variable.type, FunctionType):
            return False
        if not isinstance(variable.type.result, Arithmetic) or not _all_numbers(variable.type.parameters):
            return False
        if "const" in variable.attributes:
            return True
        definition = self._defined.get(variable.name)
        if definition is None:
            return result_type(variable.name) is not None
        if variable.name not in self._known:
            self._known[variable.name] = False  # a recursive function is not looked into
            self._known[variable.name] = depth < MAX_CALL_DEPTH and self._computes_only(definition, depth)
        return self._known[variable.name]

    def _computes_only(self, function: FunctionDef, depth: int) -> bool:
        """True if the body has no loops and touches nothing but its own numbers."""
        if function.body is None or not _all_numbers(function.parameters):
            return False
        for statement in statements_in([function.body]):
            match statement:
                case Block() | ExprStatement() | If() | Empty() | Jump(keyword="return"):
                    pass
                case Declaration(variables=variables, odd="") if _all_numbers(variables):
                    pass
                case _:
                    return False
            for expr in expressions_of(statement):
                for part in walk(expr):
                    if isinstance(part, Index | Member | OtherExpr) or (isinstance(part, Prefix) and part.op in "*&"):
                        return False
                    if isinstance(part, CallOf) and not self._calls_pure(part, depth):
                        return False
                    if isinstance(part, Name) and not _is_own_number(part):
                        return False
        return True

    def _calls_pure(self, call: CallOf, depth: int) -> bool:
        if not isinstance(call.function, Name):
            return False
        variable = call.function.variable
        if variable is None:
            return result_type(call.function.text) is not None
        return self.is_pure(variable, depth + 1)


def _is_own_number(name: Name) -> bool:
    """True for locals, parameters, constants of the file and functions; calls of those are judged apart."""
    variable = name.variable
    if variable is None:
        return result_type(name.text) is not None
    if isinstance(variable.type, FunctionType):
        return True
    if not isinstance(variable.type, Arithmetic) or _is_volatile(variable.type):
        return False
    return variable.is_local or ("const" in variable.type.quals and variable.initial is not None)


def _all_numbers(variables: tuple[Variable, ...]) -> bool:
    return all(isinstance(v.type, Arithmetic) and not _is_volatile(v.type) for v in variables)


def _is_volatile(type_: Type) -> bool:
    return bool(type_.quals & {"volatile", "_Atomic"})
