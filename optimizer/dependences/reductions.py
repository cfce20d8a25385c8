"""Finds statements that only accumulate: `x op= e` with an associative operator and no other use of x in e."""

import islpy as isl

from optimizer.ir.dependence import Dependence, Reduction
from optimizer.ir.expr import Assign, Binary, Expr, Ref, walk
from optimizer.ir.scop import AccessKind, Scop, Statement

ASSOCIATIVE = frozenset({"+", "*", "&", "|", "^"})


def find_reductions(scop: Scop, ordered: tuple[Dependence, ...]) -> tuple[Reduction, ...]:
    """The reductions of `scop` that carry at least one dependence of `ordered` from a statement to itself."""
    result: list[Reduction] = []
    for statement in scop.statements:
        accumulation = _accumulation(statement)
        if accumulation is None:
            continue
        target, operator = accumulation
        relation = _self_dependences(statement, target.array, ordered)
        if relation is not None:
            result.append(Reduction(statement.name, target.array, operator, target.type.is_integer, relation))
    return tuple(result)


def _accumulation(statement: Statement) -> tuple[Ref, str] | None:
    if len(statement.body) != 1 or not isinstance(assign := statement.body[0], Assign):
        return None
    reads = sum(a.kind is AccessKind.READ and a.array == assign.target.array for a in statement.accesses)
    if assign.op != "=":
        operator, value = assign.op.removesuffix("="), assign.value
        if operator == "-":
            operator = "+"
    else:
        split = _split(assign)
        if split is None:
            return None
        operator, value = split
    mentioned = any(isinstance(e, Ref) and e.array == assign.target.array for e in walk(value))
    return (assign.target, operator) if operator in ASSOCIATIVE and reads == 1 and not mentioned else None


def _split(assign: Assign) -> tuple[str, Expr] | None:
    match assign.value:
        case Binary(op=op, left=left, right=right) if left == assign.target:
            return ("+" if op == "-" else op), right
        case Binary(op=op, left=left, right=right) if right == assign.target and op != "-":
            return op, left
        case _:
            return None


def _self_dependences(statement: Statement, array: str, ordered: tuple[Dependence, ...]) -> isl.UnionMap | None:
    instances = isl.UnionSet.from_set(statement.domain)
    result: isl.UnionMap | None = None
    for dependence in ordered:
        if dependence.array == array:
            own = dependence.relation.intersect_domain(instances).intersect_range(instances)
            if not own.is_empty():
                result = own if result is None else result.union(own)
    return result
