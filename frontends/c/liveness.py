"""What may be read after a nest, by where names occur in the text of the function."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontends.c.syntax import (
    Assignment,
    ExprStatement,
    For,
    FunctionDef,
    Name,
    Stmt,
    Variable,
    While,
)
from frontends.c.traversal import statements_in, walk


@dataclass(frozen=True)
class Region:
    """Tokens [first, last) of a function: the nest."""

    function: FunctionDef
    first: int
    last: int

    def loops_around(self) -> Iterator[For | While]:
        """The loops of the function that contain the nest."""
        if self.function.body is None:
            return
        for statement in statements_in([self.function.body]):
            if isinstance(statement, For | While) and statement.first < self.first and self.last <= statement.last:
                yield statement


def is_dead_after(region: Region, variable: Variable) -> bool:
    """True if no value that the nest leaves in a local variable can be read; False when unsure."""
    if not variable.is_local or variable.address_taken or region.function.has_goto:
        return False
    inside = range(region.first, region.last)
    around = [region.last - 1, *(loop.last for loop in region.loops_around() if loop.first > variable.at)]
    first = min([region.first, *(loop.first for loop in region.loops_around() if loop.first > variable.at)])
    last = max(around)
    outside = [use for use in variable.uses if use not in inside]
    in_loop = [use for use in outside if first <= use < last]
    after = [use for use in outside if use >= last]
    if not in_loop and not after:
        return True
    return all(_is_reset(region.function, variable, use) for use in (*in_loop, *after))


def _is_reset(function: FunctionDef, variable: Variable, use: int) -> bool:
    """True if the occurrence `use` lies in a `for` that sets the variable first, as its counter."""
    if function.body is None:
        return False
    for statement in statements_in([function.body]):
        if not isinstance(statement, For) or not statement.first <= use < statement.last:
            continue
        match statement.start:
            case Assignment(op="=", target=Name(variable=counter), value=value) if counter is variable:
                if not any(isinstance(p, Name) and p.variable is variable for p in walk(value)):
                    return True
            case _:
                continue
    return False


def is_killed_first(variable: Variable, following: Sequence[Stmt]) -> bool:
    """True if the statement right behind the nest is a plain assignment of another value to the variable."""
    if not variable.is_local or variable.address_taken or not following:
        return False
    match following[0]:
        case ExprStatement(expr=Assignment(op="=", target=Name(variable=target), value=value)):
            return target is variable and not any(isinstance(p, Name) and p.variable is variable for p in walk(value))
        case _:
            return False
