"""`continue` in the body of a `for` loop, written with `if` and `else` instead where that is the same."""

from collections.abc import Sequence

from frontends.c.syntax import Block, Expr, If, Jump, Prefix, Stmt
from frontends.c.traversal import statements_in


def without_continue(body: Stmt) -> Stmt:
    """A loop body that does the same as `body`: what stands behind an `if` that ends in `continue` moves into its
    other branch. Any other `continue` stays.
    """
    if not any(isinstance(s, Jump) and s.keyword == "continue" for s in statements_in([body])):
        return body
    return Block(_ending(_opened(body)), body.first, body.last)


def _ending(statements: Sequence[Stmt]) -> tuple[Stmt, ...]:
    """`statements`, behind which the iteration ends, without the need to skip anything."""
    for index, statement in enumerate(statements):
        rest = statements[index + 1 :]
        match statement:
            case Jump(keyword="continue"):
                return tuple(statements[:index])
            case Block() if not rest:
                return (*statements[:index], Block(_ending(statement.body), statement.first, statement.last))
            case If(then=then, otherwise=otherwise) if not rest or _skips(then) or _skips(otherwise):
                return (*statements[:index], _branches(statement, rest))
            case _:
                pass
    return tuple(statements)


def _branches(statement: If, rest: Sequence[Stmt]) -> If:
    """`statement` and `rest` behind it, behind which the iteration ends, as one `if`."""
    then, otherwise = (_branch(each, rest) for each in (statement.then, statement.otherwise))
    last = rest[-1].last if rest else statement.last
    if not then:
        return If(_negated(statement.condition), Block(otherwise, statement.first, last), None, statement.first, last)
    other = Block(otherwise, statement.first, last) if otherwise else None
    return If(statement.condition, Block(then, statement.first, last), other, statement.first, last)


def _branch(branch: Stmt | None, rest: Sequence[Stmt]) -> tuple[Stmt, ...]:
    statements = () if branch is None else _opened(branch)
    if branch is None or not rest or _skips(branch):
        return _ending((*statements, *rest))
    return (branch, *_ending(rest))


def _skips(branch: Stmt | None) -> bool:
    """True if `branch` ends in `continue`."""
    statements = () if branch is None else _opened(branch)
    return bool(statements) and isinstance(statements[-1], Jump) and statements[-1].keyword == "continue"


def _opened(statement: Stmt) -> tuple[Stmt, ...]:
    return statement.body if isinstance(statement, Block) else (statement,)


def _negated(condition: Expr) -> Expr:
    match condition:
        case Prefix(op="!", operand=operand):
            return operand
        case _:
            return Prefix("!", condition, condition.at)
