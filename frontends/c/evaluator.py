"""Integer expressions as functions of counters and parameters, with exact C semantics.

Signed overflow is undefined, so results are taken to fit (unless -fwrapv gives it a meaning). Unsigned results are
known modulo their width until something observes them; then they must provably not have wrapped around.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import islpy as isl

from frontends.c import sets
from frontends.c.constants import integer_constant
from frontends.c.invariants import parameter_for
from frontends.c.model import Model, Obligation, ProductBound
from frontends.c.polynomial import MAX_TERMS, Polynomial
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.sizes import size_of
from frontends.c.syntax import Arithmetic, CastTo, Expr, Infix, Name, Number, Prefix, SizeOf, Ternary
from frontends.c.traversal import walk
from frontends.c.typing_rules import type_of
from optimizer.ir.ctype import INT, ULONG, CType, common_type, promote
from optimizer.ir.scop import AssumptionKind


@dataclass(frozen=True)
class Value:
    """A value of type `ctype`; if not `exact`, only modulo 2 to the width of the type."""

    polynomial: Polynomial
    ctype: CType
    exact: bool = True


class Evaluator:
    """Evaluates expressions in a model and collects what must hold for the result to be right."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.obligations: list[Obligation] = []
        self._guard: isl.Set | None = None

    def take_obligations(self) -> list[Obligation]:
        """The obligations collected so far; forgets them."""
        found, self.obligations = self.obligations, []
        return found

    @contextmanager
    def _under(self, condition: isl.Set) -> Generator[None]:
        outer = self._guard
        self._guard = condition if outer is None else outer.intersect(condition)
        with self.model.under_data():
            yield
        self._guard = outer

    # Values ----------------------------------------------------------------------------------------------------------
    def observed(self, expr: Expr) -> Polynomial:
        """The value of `expr`; raises NotAffine if it is not a polynomial with quasi-affine parts."""
        value = self.value(expr)
        return self._observe(value, expr)

    def function(self, expr: Expr) -> isl.PwAff:
        """The value of `expr` as a quasi-affine function; raises NotAffine."""
        return self._function(self.observed(expr), expr)

    def converted(self, expr: Expr, target: CType) -> isl.PwAff:
        """The value of `expr` converted to `target`, as by an assignment."""
        value = self._convert(self.value(expr), target, expr)
        return self._function(self._observe(value, expr), expr)

    def value(self, expr: Expr) -> Value:
        """The value of the integer expression `expr`; raises NotAffine."""
        match expr:
            case Number(text=text):
                constant = integer_constant(text)
                if constant is None:
                    raise NotAffine(f"{text} is no integer", expr.at)
                return Value(Polynomial.constant(constant[0]), constant[1])
            case SizeOf() if (size := size_of(expr)) is not None:
                return Value(Polynomial.constant(size), ULONG)
            case Name():
                return self._name(expr)
            case Prefix(op="+" | "-" | "~" as op, operand=operand):
                value = self._promoted(operand)
                return self._negated(op, value, expr)
            case CastTo(type=Arithmetic(ctype), operand=operand) if ctype.is_integer:
                return self._convert(self.value(operand), ctype, expr)
            case Infix(op="+" | "-" | "*" | "/" | "%" | "<<" | ">>" | "&" | "|" | "^"):
                return self._infix(expr)
            case Prefix(op="!") | Infix(op="<" | ">" | "<=" | ">=" | "==" | "!=" | "&&" | "||"):
                return self._flag(expr)
            case Ternary():
                return self._ternary(expr)
            case _:
                return self._opaque(expr)

    def _name(self, expr: Name) -> Value:
        variable = expr.variable
        if variable is None or not isinstance(variable.type, Arithmetic) or not variable.type.ctype.is_integer:
            raise NotAffine(f"'{expr.text}' is no integer", expr.at, reads_memory=True)
        ctype = variable.type.ctype
        frame = self.model.frame_of(variable)
        if frame is not None:
            return Value(Polynomial.atom(frame.name), ctype)
        if variable in self.model.aliases:
            value = self._convert(self.value(self.model.aliases[variable]), ctype, expr)
            return Value(self._observe(value, expr), ctype)
        if variable in self.model.constants:
            return Value(Polynomial.constant(self.model.constants[variable]), ctype)
        return self._opaque(expr)

    def _opaque(self, expr: Expr) -> Value:
        info = parameter_for(self.model, expr)
        return Value(Polynomial.atom(info.name), info.ctype)

    def _promoted(self, expr: Expr) -> Value:
        value = self.value(expr)
        return self._convert(value, promote(value.ctype), expr)

    def _negated(self, op: str, value: Value, expr: Expr) -> Value:
        polynomial = value.polynomial if op == "+" else -value.polynomial
        if op == "~":
            polynomial -= Polynomial.constant(1)
        return self._result(polynomial, value.ctype, value.exact and op == "+", expr)

    def _result(self, polynomial: Polynomial, ctype: CType, exact: bool, expr: Expr) -> Value:
        """A value that an operator computed."""
        if len(polynomial.terms) > MAX_TERMS:
            raise NotAffine("an index expression has too many terms", expr.at)
        constant = polynomial.value
        if constant is not None and ctype.minimum <= constant <= ctype.maximum:
            return Value(polynomial, ctype)
        return Value(polynomial, ctype, exact or (ctype.signed and not self.model.options.wraps_signed))

    def _infix(self, expr: Infix) -> Value:
        left, right = self.value(expr.left), self.value(expr.right)
        shift = expr.op in ("<<", ">>")
        ctype = promote(left.ctype) if shift else common_type(left.ctype, right.ctype)
        left = self._convert(left, ctype, expr.left)
        right = self._convert(right, promote(right.ctype) if shift else ctype, expr.right)
        a, b = left.polynomial, right.polynomial
        match expr.op:
            case "+":
                return self._result(a + b, ctype, exact=False, expr=expr)
            case "-":
                return self._result(a - b, ctype, exact=False, expr=expr)
            case "*":
                return self._result(a * b, ctype, exact=False, expr=expr)
            case _:
                return self._divided(expr, left, right)

    def _divided(self, expr: Infix, left: Value, right: Value) -> Value:
        """Division, remainder, shifts and masks by constants."""
        b = right.polynomial.value
        if b is None:
            raise NotAffine(f"the right side of '{expr.op}' is not constant", expr.at)
        width = 8 * left.ctype.size
        if expr.op == "<<" and 0 <= b < width:
            factor = Polynomial.constant(1 << b)
            return self._result(left.polynomial * factor, left.ctype, exact=False, expr=expr)
        a = self._function(self._observe(left, expr.left), expr.left)
        divisor = sets.linear({}, b)
        match expr.op:
            case "/" if b > 0:
                function = a.tdiv_q(divisor)
            case "%" if b > 0:
                function = a.tdiv_r(divisor)
            case ">>" if 0 <= b < width:
                function = a.div(sets.linear({}, 1 << b)).floor()
            case "&" if b >= 0 and b & (b + 1) == 0:
                function = a.mod_val(sets.integer(b + 1))
            case _:
                raise NotAffine(f"'{expr.op}' with {b} is not modelled", expr.at)
        return Value(self.model.define(function.coalesce()), left.ctype)

    def _flag(self, expr: Expr) -> Value:
        holds = self.truth(expr)
        one, zero = sets.linear({}, 1), sets.linear({}, 0)
        return Value(self.model.define(_choose(holds, one, zero)), INT)

    def _ternary(self, expr: Ternary) -> Value:
        holds = self.truth(expr.condition)
        type_ = type_of(expr)
        if not isinstance(type_, Arithmetic) or not type_.ctype.is_integer:
            raise NotAffine("no integer", expr.at)
        with self._under(holds):
            then = self.converted(expr.then, type_.ctype)
        with self._under(holds.complement()):
            otherwise = self.converted(expr.otherwise, type_.ctype)
        return Value(self.model.define(_choose(holds, then, otherwise)), type_.ctype)

    # Conversions -----------------------------------------------------------------------------------------------------
    def _convert(self, value: Value, target: CType, expr: Expr) -> Value:
        source = value.ctype
        if source == target:
            return value
        if not target.is_integer:
            raise NotAffine("no integer", expr.at)
        if target.name == "_Bool":
            function = self._function(self._observe(value, expr), expr)
            zero = sets.linear({}, 0)
            return Value(self.model.define(_choose(function.ne_set(zero), sets.linear({}, 1), zero)), target)
        if not target.signed and target.size <= source.size:
            return self._result(value.polynomial, target, exact=False, expr=expr)
        polynomial = self._observe(value, expr)
        if target.minimum <= source.minimum and source.maximum <= target.maximum:
            return Value(polynomial, target)
        if not target.signed:  # from a smaller signed type
            return self._result(polynomial, target, exact=False, expr=expr)
        self._bound(polynomial, target, expr)
        return Value(polynomial, target)

    def _observe(self, value: Value, expr: Expr) -> Polynomial:
        """The polynomial, which from here on must be the value in C."""
        if not value.exact:
            self._bound(value.polynomial, value.ctype, expr)
        return value.polynomial

    def _bound(self, polynomial: Polynomial, ctype: CType, expr: Expr) -> None:
        try:
            function = self.model.function(polynomial)
        except ArithmeticError:
            self.model.products.append(ProductBound(polynomial, 8 * ctype.size - ctype.signed, expr.at))
            return
        good = function.ge_set(sets.linear({}, ctype.minimum)).intersect(
            function.le_set(sets.linear({}, ctype.maximum))
        )
        reason = f"a value of type {ctype.name} would wrap around"
        self.obligations.append(Obligation(good, self._guard, AssumptionKind.NO_WRAP, reason, expr.at))

    def _function(self, polynomial: Polynomial, expr: Expr) -> isl.PwAff:
        try:
            return self.model.function(polynomial)
        except ArithmeticError:
            raise NotAffine("a product with a loop counter is not affine", expr.at) from None

    # Conditions ------------------------------------------------------------------------------------------------------
    def truth(self, expr: Expr) -> isl.Set:
        """Where `expr` is not zero; raises NotAffine."""
        match expr:
            case Infix(op="&&", left=left, right=right):
                first = self.truth(left)
                with self._under(first):
                    return first.intersect(self.truth(right))
            case Infix(op="||", left=left, right=right):
                first = self.truth(left)
                with self._under(first.complement()):
                    return first.union(self.truth(right)).coalesce()
            case Prefix(op="!", operand=operand):
                return self.truth(operand).complement()
            case Infix(op="<" | ">" | "<=" | ">=" | "==" | "!=" as op):
                return self._comparison(op, expr)
            case _:
                return self.function(expr).ne_set(sets.linear({}, 0))

    def _comparison(self, op: str, expr: Infix) -> isl.Set:
        left, right = self.value(expr.left), self.value(expr.right)
        ctype = common_type(left.ctype, right.ctype)
        a = self._observe(self._convert(left, ctype, expr.left), expr.left)
        b = self._observe(self._convert(right, ctype, expr.right), expr.right)
        difference, zero = self._function(a - b, expr), sets.linear({}, 0)
        match op:
            case "<":
                return difference.lt_set(zero)
            case ">":
                return difference.gt_set(zero)
            case "<=":
                return difference.le_set(zero)
            case ">=":
                return difference.ge_set(zero)
            case "==":
                return difference.eq_set(zero)
            case _:
                return difference.ne_set(zero)

    def possible(self, expr: Expr, *, negated: bool = False) -> isl.Set:
        """A superset of where `expr` is not zero (is zero if `negated`), from its affine parts alone.

        Obligations of the parts are not recorded: a part that might wrap around says nothing.
        """
        if isinstance(expr, Infix) and expr.op in ("&&", "||"):
            left = self.possible(expr.left, negated=negated)
            right = self.possible(expr.right, negated=negated)
            return left.intersect(right) if (expr.op == "&&") != negated else left.union(right)
        if isinstance(expr, Prefix) and expr.op == "!":
            return self.possible(expr.operand, negated=not negated)
        if not is_plain(self.model, expr):
            return sets.universe()
        inner = Evaluator(self.model)
        try:
            holds = inner.truth(expr)
        except (NotAffine, Refusal):
            return sets.universe()
        if inner.obligations:
            return sets.universe()
        return holds.complement() if negated else holds


def is_plain(model: Model, expr: Expr) -> bool:
    """True if `expr` only names counters, aliases, constants and variables that the nest does not write."""
    for part in walk(expr):
        if isinstance(part, CastTo) and isinstance(part.type, Arithmetic) and part.type.ctype.is_integer:
            continue
        if not isinstance(part, Name | Number | Infix | Prefix | Ternary) or (
            isinstance(part, Prefix) and part.op in "*&"
        ):
            return False
        if isinstance(part, Name):
            variable = part.variable
            if variable is None or not isinstance(variable.type, Arithmetic) or not variable.type.ctype.is_integer:
                return False
            known = variable in model.aliases or model.frame_of(variable) is not None
            if not known and (variable in model.effects.assigned or not variable.is_local):
                return False
    return True


def _choose(holds: isl.Set, then: isl.PwAff, otherwise: isl.PwAff) -> isl.PwAff:
    chosen = then.intersect_domain(holds).union_add(otherwise.intersect_domain(holds.complement()))
    return chosen.coalesce()
