"""What a nest asks of a machine whatever its schedule: operations, and the bytes that must move at least once."""

from collections.abc import Mapping
from dataclasses import dataclass

import islpy as isl

from optimizer.ir.expr import (
    Action,
    Assign,
    Binary,
    Call,
    Conditional,
    Expr,
    Iterator,
    Ref,
    Select,
    operands,
    type_of,
    walk,
)
from optimizer.ir.scop import AccessKind, Scop
from optimizer.search.counting import count_points
from optimizer.search.sizes import at_sizes

_ARITHMETIC = frozenset("+-*/%&|^") | {"<<", ">>"}


@dataclass(frozen=True, slots=True)
class Demand:
    """`operations` on array elements as the source has them, none repeated; `bytes`: the elements touched, each once.

    `element` is the C type that most operations work on.
    """

    operations: float
    bytes: float
    element: str

    @property
    def intensity(self) -> float:
        """Operations per byte; infinite if nothing is touched."""
        return self.operations / self.bytes if self.bytes else float("inf")

    def plus(self, other: "Demand") -> "Demand":
        """Both nests, one after the other."""
        element = self.element if self.operations >= other.operations else other.element
        return Demand(self.operations + other.operations, self.bytes + other.bytes, element)


def demand_of(scop: Scop, sizes: Mapping[str, int]) -> Demand:
    """The demand of `scop` at the parameter values `sizes`.

    An operation on values that the nest does not change counts once for each of them, not once for each iteration:
    `alpha * A[i][k]` in a matrix product over i, j, k is needed for each i and k.
    """
    written = {a.array for s in scop.statements for a in s.accesses if a.kind is not AccessKind.READ}
    operations: dict[str, float] = {}
    for statement in scop.statements:
        domain = at_sizes(statement.domain.intersect_params(scop.context), sizes)
        executions = _Executions(domain, [counter.name for counter in statement.counters], frozenset(written), {})
        _add(operations, _operations(statement.body, executions))
    element = max(operations, key=lambda name: operations[name], default="double")
    return Demand(sum(operations.values()), _touched_bytes(scop, sizes), element)


@dataclass(frozen=True, slots=True)
class _Executions:
    """How often the parts of a statement need be computed."""

    domain: isl.Set
    counters: list[str]
    written: frozenset[str]
    known: dict[frozenset[str] | None, float]

    def of(self, part: Expr | None) -> float:
        """For `part`: once for each value of the counters that it depends on, always if it reads what is written."""
        names = None if part is None else self._dependence(part)
        if names not in self.known:
            domain = self.domain
            for position in reversed(range(len(self.counters) if names is not None else 0)):
                if names is not None and self.counters[position] not in names:
                    domain = domain.project_out(isl.dim_type.set, position, 1)
            self.known[names] = count_points(domain)
        return self.known[names]

    def _dependence(self, part: Expr) -> frozenset[str] | None:
        leaves = list(walk(part))
        if any(isinstance(leaf, Ref) and leaf.array in self.written for leaf in leaves):
            return None
        return frozenset(leaf.name for leaf in leaves if isinstance(leaf, Iterator))


def _touched_bytes(scop: Scop, sizes: Mapping[str, int]) -> float:
    """The size of the distinct elements that are read or written, without those that exist inside the nest only."""
    touched: dict[str, isl.Set] = {}
    for statement in scop.statements:
        domain = at_sizes(statement.domain.intersect_params(scop.context), sizes)
        for access in statement.accesses:
            if scop.array(access.array).is_private:
                continue
            relation = at_sizes(access.relation.wrap(), sizes).unwrap()
            part = relation.intersect_domain(domain).range()
            known = touched.get(access.array)
            touched[access.array] = part if known is None else known.union(part)
    return sum(count_points(part.coalesce()) * scop.array(name).element.size for name, part in touched.items())


def _operations(body: tuple[Action, ...], executions: _Executions) -> dict[str, float]:
    """The operations of `body` by the C type of their result; of a condition's branches the longer one counts."""
    found: dict[str, float] = {}
    for action in body:
        match action:
            case Assign(target=target, op=op, value=value):
                parts = [_of_expression(value, executions)]
                if op != "=":
                    parts.append({str(type_of(target)): executions.of(None)})
            case Conditional(condition=condition, then=then, otherwise=otherwise):
                branches = (_operations(then, executions), _operations(otherwise, executions))
                parts = [_of_expression(condition, executions), max(branches, key=lambda b: sum(b.values()))]
        for part in parts:
            _add(found, part)
    return found


def _of_expression(expr: Expr, executions: _Executions) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in _arithmetic(expr):
        _add(found, {str(type_of(part)): executions.of(part)})
    return found


def _arithmetic(expr: Expr) -> list[Expr]:
    """The operations on elements in `expr`; what a subscript computes is none, what a selection repeats counts once."""
    if isinstance(expr, Ref):
        return []
    inside = [part for operand in operands(expr) for part in _arithmetic(operand)]
    match expr:
        case Select() if _touches_elements(expr):
            return [*dict.fromkeys(inside), expr]
        case Binary(op=op) if op in _ARITHMETIC and _touches_elements(expr):
            return [*inside, expr]
        case Call():
            return [*inside, expr]
        case _:
            return inside


def _touches_elements(expr: Expr) -> bool:
    return isinstance(expr, Ref) or any(_touches_elements(operand) for operand in operands(expr))


def _add(total: dict[str, float], part: Mapping[str, float]) -> None:
    for name, count in part.items():
        total[name] = total.get(name, 0.0) + count
