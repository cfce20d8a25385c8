"""Updates that commute: `x = max(x, e)`, `x |= e` and the like of integers give the same bits in any order. Sums and
products of floating type differ in rounding only, which counts as equal where the Scop `reassociates`.

Such updates of one element need no fixed order among each other; they only must not run at the same time. Everything
else that touches the element keeps its order with each of them, not only with the nearest one.
"""

from dataclasses import dataclass

import islpy as isl

from optimizer.dependences.accesses import accesses_of, flow_between, pairs_of
from optimizer.ir.child import CpuLimitExceeded, result_from_child
from optimizer.ir.ctype import common_type, promote
from optimizer.ir.dependence import DependenceKind
from optimizer.ir.expr import Action, Assign, Binary, Conditional, Expr, Ref, Select, expressions_of, type_of, walk
from optimizer.ir.scop import AccessKind, Array, Scop, Statement

_ANY_INTEGER = frozenset({"max", "min", "&", "|", "^"})
_UNSIGNED = frozenset({"+", "*"})  # these wrap around
_LARGEST_FLOAT = 8  # bytes; the error of a larger type has no reference that is more precise
CONFLICTS_CPU_S = 2


@dataclass(frozen=True, slots=True)
class Update:
    """`statement` combines one element with values by `operator` (x -= e adds -e) and does nothing else; `target` is
    how it writes the element.
    """

    statement: str
    operator: str
    target: Ref


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What is left to keep in order on an array with updates: `ordered` pairs by kind, and the `commuting` ones, which
    merely may not coincide. `writes` are the other writes, instances -> elements.
    """

    ordered: tuple[tuple[DependenceKind, isl.UnionMap], ...]
    commuting: isl.UnionMap
    writes: isl.UnionMap


def commuting_updates(scop: Scop, array: Array) -> tuple[Update, ...]:
    """The statements that update elements of `array` by one operator whose order does not matter; the operator with
    the most of them.
    """
    element = array.element
    is_sum = element.is_float and element.size <= _LARGEST_FLOAT and scop.reassociates
    if not is_sum and not (element.is_integer and element == promote(element)):
        return ()
    find = _sum_update if is_sum else _update
    found = [update for each in scop.statements if (update := find(each, array)) is not None]
    operators = [update.operator for update in found]
    best = max(operators, key=operators.count, default="")
    return tuple(update for update in found if update.operator == best)


def relaxed(scop: Scop, array: Array, updates: tuple[Update, ...]) -> Relaxed | None:
    """The order on `array` that is left where `updates` commute; None if isl does not find it in time."""

    def work() -> Relaxed | None:
        try:
            return _relaxed(scop, array, updates)
        except isl.Error:  # the flow analysis fails on some sets with divisions
            return None

    try:
        return result_from_child(work, CONFLICTS_CPU_S)
    except CpuLimitExceeded:
        return None


def _relaxed(scop: Scop, array: Array, updates: tuple[Update, ...]) -> Relaxed:
    accesses = accesses_of(scop, array.name)
    own = updated_elements(scop, array, updates)
    reads = accesses.reads.subtract(own)
    must, may = accesses.writes.subtract(own), accesses.may_writes.subtract(own)
    writes = must.union(may)

    def after(sink: isl.UnionMap, source: isl.UnionMap) -> isl.UnionMap:
        """Pairs of `source` and a later `sink` with no other certain write in between."""
        return pairs_of(flow_between(scop, sink, may=source, kill=must))

    def after_writes(sink: isl.UnionMap) -> isl.UnionMap:
        return pairs_of(flow_between(scop, sink, must=must, may=may))

    ordered = (
        (DependenceKind.FLOW, after_writes(reads.union(own)).union(after(reads, own)).coalesce()),
        (DependenceKind.ANTI, after(writes.union(own), reads)),
        (DependenceKind.OUTPUT, after_writes(writes).union(after(writes, own)).coalesce()),
    )
    return Relaxed(ordered, after(own, own), writes)


def updated_elements(scop: Scop, array: Array, updates: tuple[Update, ...]) -> isl.UnionMap:
    """The instances of `updates` -> the elements of `array` that they update."""
    names = {update.statement for update in updates}
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
    return Update(statement.name, operator, target) if _reads_itself_only(statement, target, (value,)) else None


def _sum_update(statement: Statement, array: Array) -> Update | None:
    """The update of `statement` if it adds to an element of the floating type of `array`, or multiplies it."""
    if len(statement.body) != 1 or not isinstance(action := statement.body[0], Assign):
        return None
    target, value = action.target, action.value
    if target.array != array.name or target.type != array.element:
        return None
    operator = (action.op if action.op != "=" else value.op if isinstance(value, Binary) else "")[:1]
    operator = "+" if operator == "-" else operator
    if operator not in ("+", "*"):
        return None
    terms = (value,) if action.op != "=" else _others(value, target, operator)
    if terms is None or not _reads_itself_only(statement, target, terms):
        return None
    return Update(statement.name, operator, target)


def _others(expr: Expr, target: Ref, operator: str) -> tuple[Expr, ...] | None:
    """The terms beside `target` of the sum or product `expr`; None if `target` is no term of it, or a negative one."""
    if expr == target:
        return ()
    match expr:
        case Binary(op=op, left=left, right=right) if op == operator or (op == "-" and operator == "+"):
            inside = _others(left, target, operator)
            if inside is not None:
                return (*inside, right)
            inside = _others(right, target, operator) if op == operator else None
            return None if inside is None else (left, *inside)
        case _:
            return None


def _reads_itself_only(statement: Statement, target: Ref, values: tuple[Expr, ...]) -> bool:
    """True if `statement` reads the element that it writes where `target` stands, and nowhere in `values`."""
    writes = _writes(statement, target.array)
    if len(writes) != 1 or not writes[0].is_single_valued() or any(each == target for v in values for each in walk(v)):
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

