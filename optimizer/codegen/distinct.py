"""Proves that two references of a loop body never touch the same element while the loops around them run."""

from collections.abc import Iterator, Sequence

import islpy as isl

from optimizer.codegen.affine import (
    Affine,
    Compare,
    Condition,
    Greatest,
    Junction,
    Least,
    ParameterValue,
    Variable,
    add,
    alternatives,
    condition_leaves,
    leaves,
    number,
    subtract,
)
from optimizer.codegen.elements import Element
from optimizer.codegen.looptree import For
from optimizer.ir.limits import OperationLimitExceeded, operation_limit

Fact = For | Condition  # what surrounds a piece of code: loops that run, conditions that hold
PROOF_OPERATIONS = 100_000


def are_distinct(one: Element, other: Element, facts: Sequence[Fact], context: isl.Set) -> bool:
    """True if no execution of the body of the last of `facts`, a loop, touches an element of `one` that any execution
    in the same iteration of the outer loops touches as `other`. `one` does not depend on the variable of that loop.

    `context` is what is known of the parameters. False if it cannot be told.
    """
    if one.array != other.array or len(one.subscripts) != len(other.subscripts):
        return False
    if any(_apart(one, other, dimension) for dimension in range(len(one.subscripts))):
        return True
    try:
        with operation_limit(context.get_ctx(), PROOF_OPERATIONS):
            return _Meeting(one, other, facts, context).is_impossible()
    except OperationLimitExceeded:
        return False


def _apart(one: Element, other: Element, dimension: int) -> bool:
    """True if the subscripts in `dimension` differ by a number that no pair of lanes makes up for."""
    distance = subtract(one.subscripts[dimension], other.subscripts[dimension])
    if not distance.is_constant:
        return False
    strides = (one.strides[dimension], other.strides[dimension])
    reachable = {a * strides[0] - b * strides[1] for a in range(one.lanes) for b in range(other.lanes)}
    return -distance.constant not in reachable


class _Meeting:
    """The values of loop variables, parameters and lanes at which two references touch the same element."""

    def __init__(self, one: Element, other: Element, facts: Sequence[Fact], context: isl.Set) -> None:
        self.names: dict[Variable | ParameterValue | str, int] = {}
        for leaf in _leaves(one, other, facts):
            self.names.setdefault(leaf, len(self.names))
        self.names["lane"] = len(self.names)
        self.names["other lane"] = len(self.names)
        space = isl.Space.set_alloc(context.get_ctx(), 0, len(self.names))
        self.local = isl.LocalSpace.from_space(space)
        self.points = isl.BasicSet.universe(space)
        self._know_parameters(context)
        for fact in facts:
            if isinstance(fact, For):
                self._bound(fact)
            else:
                self._hold(fact)
        self._limit("lane", one.lanes)
        self._limit("other lane", other.lanes)
        for dimension in range(len(one.subscripts)):
            mine = self._aff(one.subscripts[dimension], "lane", one.strides[dimension])
            its = self._aff(other.subscripts[dimension], "other lane", other.strides[dimension])
            if mine is not None and its is not None:
                self.points = self.points.intersect(mine.eq_basic_set(its))

    def is_impossible(self) -> bool:
        """True if there are no such values."""
        return bool(self.points.is_empty())

    def _aff(self, value: Affine, lane: str = "", stride: int = 0, plus: int = 0) -> isl.Aff | None:
        """`value + plus` and `stride` times the number of the lane; None if it is no sum of variables."""
        if not value.is_linear:
            return None
        aff = isl.Aff.zero_on_domain(self.local).set_constant_val(self._number(value.constant + plus))
        for atom, factor in value.terms:
            assert isinstance(atom, Variable | ParameterValue)
            aff = aff.set_coefficient_val(isl.dim_type.in_, self.names[atom], self._number(factor))
        if stride:
            aff = aff.set_coefficient_val(isl.dim_type.in_, self.names[lane], self._number(stride))
        return aff

    def _number(self, value: int) -> isl.Val:
        return isl.Val.int_from_si(self.local.get_ctx(), value)

    def _at_least(self, left: isl.Aff | None, right: isl.Aff | None) -> None:
        if left is not None and right is not None:
            self.points = self.points.intersect(left.ge_basic_set(right))

    def _bound(self, loop: For) -> None:
        variable = self._aff(Affine(((Variable(loop.variable), 1),)))
        for start in alternatives(loop.start, Greatest):
            self._at_least(variable, self._aff(start))
        for stop in alternatives(loop.stop, Least):
            self._at_least(self._aff(add(stop, number(-1))), variable)

    def _hold(self, condition: Condition) -> None:
        match condition:
            case Compare(op=op, left=left, right=right):
                one, other = self._aff(left), self._aff(right)
                if op in (">", "<"):
                    one, other = self._aff(left, plus=-1 if op == ">" else 1), other
                if op in (">", ">=", "=="):
                    self._at_least(one, other)
                if op in ("<", "<=", "=="):
                    self._at_least(other, one)
            case Junction(op="&&", parts=parts):
                for part in parts:
                    self._hold(part)
            case _:
                pass

    def _limit(self, lane: str, count: int) -> None:
        zero = isl.Aff.zero_on_domain(self.local)
        value = zero.set_coefficient_val(isl.dim_type.in_, self.names[lane], self._number(1))
        self._at_least(value, zero)
        self._at_least(zero.set_constant_val(self._number(count - 1)), value)

    def _know_parameters(self, context: isl.Set) -> None:
        """Adds the constraints of `context` on the parameters that occur."""
        known = context.params()
        keep = {leaf.name for leaf in self.names if isinstance(leaf, ParameterValue)}
        for index in reversed(range(known.dim(isl.dim_type.param))):
            if known.get_dim_name(isl.dim_type.param, index) not in keep:
                known = known.project_out(isl.dim_type.param, index, 1)
        hull = known.simple_hull()
        names = [hull.get_dim_name(isl.dim_type.param, i) or "" for i in range(hull.dim(isl.dim_type.param))]
        for constraint in hull.get_constraints():
            aff = isl.Aff.zero_on_domain(self.local)
            aff = aff.set_constant_val(constraint.get_constant_val())
            for index, name in enumerate(names):
                factor = constraint.get_coefficient_val(isl.dim_type.param, index)
                aff = aff.set_coefficient_val(isl.dim_type.in_, self.names[ParameterValue(name)], factor)
            if constraint.dim(isl.dim_type.div):
                continue
            zero = isl.Aff.zero_on_domain(self.local)
            holds = aff.eq_basic_set(zero) if constraint.is_equality() else aff.ge_basic_set(zero)
            self.points = self.points.intersect(holds)


def _leaves(one: Element, other: Element, facts: Sequence[Fact]) -> Iterator[Variable | ParameterValue]:
    """All variables and parameters that matter, with repetitions."""
    for subscript in one.subscripts + other.subscripts:
        yield from leaves(subscript)
    for fact in facts:
        if isinstance(fact, For):
            yield Variable(fact.variable)
            yield from leaves(fact.start)
            yield from leaves(fact.stop)
        else:
            yield from condition_leaves(fact)
