"""Integer updates that commute: `x = max(x, e)`, `x |= e` and the like give the same bits in any order.

Such updates of one element need no fixed order among each other; they only must not run at the same time. Everything
else that touches the element keeps its order with each of them, not only with the nearest one.
"""

from dataclasses import dataclass

import islpy as isl

from optimizer.dependences.accesses import accesses_of
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.ctype import common_type, promote
from optimizer.ir.dependence import Dependence, DependenceKind
from optimizer.ir.expr import Action, Assign, Binary, Conditional, Expr, Ref, Select, expressions_of, type_of, walk
from optimizer.ir.scop import AccessKind, Array, Scop, Statement

_ANY_INTEGER = frozenset({"max", "min", "&", "|", "^"})
_UNSIGNED = frozenset({"+", "*"})  # these wrap around
CONFLICTS_CPU_S = 2


@dataclass(frozen=True, slots=True)
class Update:
    """`statement` combines one element with a value by `operator` and does nothing else."""

    statement: str
    operator: str


def commuting_updates(scop: Scop, array: Array) -> tuple[Update, ...]:
    """The statements that update elements of `array` by one operator whose order does not matter; the operator with
    the most of them.
    """
    if not array.element.is_integer or array.element != promote(array.element):
        return ()
    found = [update for each in scop.statements if (update := _update(each, array)) is not None]
    operators = [update.operator for update in found]
    best = max(operators, key=operators.count, default="")
    return tuple(update for update in found if update.operator == best)


def relaxed(scop: Scop, array: Array, updates: tuple[Update, ...]) -> tuple[Dependence, ...] | None:
    """The dependences on `array` where `updates` commute; None if isl does not find them in time.

    All pairs that touch an element are in order, except for those of two updates, which merely may not coincide.
    """
    try:
        return result_from_child(lambda: _relaxed(scop, array, updates), CONFLICTS_CPU_S)
    except CpuLimitExceeded:
        return None


def _relaxed(scop: Scop, array: Array, updates: tuple[Update, ...]) -> tuple[Dependence, ...]:
    accesses = accesses_of(scop, array.name)
    own = _own(scop, array, {update.statement for update in updates})
    reads, writes = accesses.reads.subtract(own), accesses.all_writes.subtract(own)
    time = scop.schedule.get_map().intersect_domain(scop.domain)
    touching = accesses.reads.union(accesses.all_writes).domain()
    before = time.intersect_domain(touching)
    before = before.lex_lt_union_map(before)

    def conflicts(source: isl.UnionMap, sink: isl.UnionMap) -> isl.UnionMap:
        return source.apply_range(sink.reverse()).intersect(before).coalesce()

    ordered = (
        (DependenceKind.FLOW, conflicts(writes.union(own), reads).union(conflicts(writes, own))),
        (DependenceKind.ANTI, conflicts(reads, writes.union(own))),
        (DependenceKind.OUTPUT, conflicts(writes, writes).union(conflicts(own, writes))),
    )
    found = [Dependence(kind, array.name, pairs) for kind, pairs in ordered if not pairs.is_empty()]
    free = conflicts(own, own)
    if not free.is_empty():
        found.append(Dependence(DependenceKind.OUTPUT, array.name, free, commutes=True))
    return tuple(found)


def _own(scop: Scop, array: Array, names: set[str]) -> isl.UnionMap:
    """The instances of the updates -> the elements that they update."""
    result = isl.UnionMap.empty(scop.context.get_space())
    for statement in scop.statements:
        if statement.name in names:
            (write,) = _writes(statement, array.name)
            executed = write.intersect_domain(statement.domain.intersect_params(scop.context))
            result = result.union(isl.UnionMap.from_map(executed))
    return result


def _writes(statement: Statement, array: str) -> list[isl.Map]:
    return [a.relation for a in statement.accesses if a.array == array and a.kind is not AccessKind.READ]


def _update(statement: Statement, array: Array) -> Update | None:
    if len(statement.body) != 1:
        return None
    found = _shape(statement.body[0])
    if found is None or found[0].array != array.name:
        return None
    target, operator, value = found
    allowed = operator in _ANY_INTEGER or (operator in _UNSIGNED and not array.element.signed)
    ctype = type_of(value)
    if not allowed or not ctype.is_integer or common_type(target.type, ctype) != target.type:
        return None
    return Update(statement.name, operator) if _reads_itself_only(statement, target, value) else None


def _reads_itself_only(statement: Statement, target: Ref, value: Expr) -> bool:
    """True if `statement` reads the element that it writes where `target` stands, and nowhere in `value`."""
    writes = _writes(statement, target.array)
    if len(writes) != 1 or not writes[0].is_single_valued() or any(each == target for each in walk(value)):
        return False
    mentions = sum(each == target for action in statement.body for each in expressions_of(action)) - 1
    reads = [a.relation for a in statement.accesses if a.array == target.array and a.kind is AccessKind.READ]
    same = [each for each in reads if each.is_equal(writes[0])]
    others = [each for each in reads if not each.is_equal(writes[0])]
    implied = int(isinstance(statement.body[0], Assign) and statement.body[0].op != "=")
    return len(same) in (1, mentions + implied) and all(each.is_disjoint(writes[0]) for each in others)


def _shape(action: Action) -> tuple[Ref, str, Expr] | None:
    """x, op, e if `action` computes x = x op e."""
    match action:
        case Assign(target=target, op="=", value=Select(condition=Binary() as test, then=then, otherwise=otherwise)):
            return _extreme(target, test, then, otherwise)
        case Conditional(condition=Binary() as test, then=(Assign(target=target, op="=", value=value),), otherwise=()):
            return _extreme(target, test, value, target)
        case Assign(target=target, op="=", value=Binary(op=op, left=left, right=right)) if target in (left, right):
            return target, op, right if left == target else left
        case Assign(target=target, op=op, value=value) if op != "=":
            return target, op.removesuffix("="), value
        case _:
            return None


def _extreme(target: Ref, test: Binary, then: Expr, otherwise: Expr) -> tuple[Ref, str, Expr] | None:
    """x, max or min, e if `test ? then : otherwise` is the larger or smaller one of x and e."""
    if test.op not in ("<", "<=", ">", ">=") or target not in (then, otherwise):
        return None
    value = otherwise if then == target else then
    takes_left = (then, otherwise) == (test.left, test.right)
    if not takes_left and (otherwise, then) != (test.left, test.right):
        return None
    return target, "max" if (test.op[0] == ">") == takes_left else "min", value

