"""Expressions and assignments of a statement -> typed trees of the intermediate representation, with their accesses."""

from collections.abc import Callable

import islpy as isl

from frontends.c.arrays import AccessRecord, ArrayInfo, ArrayTable
from frontends.c.constants import floating_type, integer_constant
from frontends.c.evaluator import Evaluator
from frontends.c.invariants import check_base, is_invariant, may_alias
from frontends.c.model import Model
from frontends.c.places import Place, is_lvalue, scalar_place
from frontends.c.polynomial import Polynomial
from frontends.c.printing import c_text
from frontends.c.pure_functions import result_type
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.sizes import size_of
from frontends.c.syntax import (
    Arithmetic,
    Assignment,
    Block,
    CallOf,
    CastTo,
    Empty,
    Expr,
    ExprStatement,
    If,
    Infix,
    Jump,
    Name,
    Number,
    OtherStmt,
    Pointer,
    Postfix,
    Prefix,
    SizeOf,
    Stmt,
    Ternary,
    Variable,
)
from frontends.c.traversal import walk
from frontends.c.typing_rules import arithmetic, type_of
from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT, ULONG, CType, Kind
from optimizer.ir.scop import AccessKind

JUMP_HELP = "move it out of the loop, or guard the statements with an 'if'"
CALL_HELP = "move it out of the loop, or declare it with __attribute__((const)) if it only computes from its arguments"
POINTER_TYPE = CType("void *", Kind.OPAQUE, 8)


class Lowering:
    """Lowers what one statement instance does. `statement` numbers the statement that accesses are recorded for."""

    def __init__(self, model: Model, evaluator: Evaluator, arrays: ArrayTable) -> None:
        self.model = model
        self.evaluator = evaluator
        self.arrays = arrays
        self.statement = 0
        self.pure: Callable[[Variable], bool] = lambda _: False
        self._stores: dict[tuple[int, ir.Ref], list[tuple[ArrayInfo, AccessRecord]]] = {}

    # Assignments -----------------------------------------------------------------------------------------------------
    def action(self, statement: Stmt, domain: isl.Set, *, guarded: bool) -> tuple[ir.Action, ...]:
        """What a statement without loops and declarations does."""
        match statement:
            case ExprStatement(expr=expr):
                return self.assignment(expr, domain, guarded=guarded)
            case Block(body=body):
                return tuple(a for s in body for a in self.action(s, domain, guarded=guarded))
            case Empty():
                return ()
            case If(condition=condition, then=then, otherwise=otherwise):
                test = self.expr(condition, domain)
                inside = domain.intersect(self.evaluator.possible(condition))
                outside = domain.intersect(self.evaluator.possible(condition, negated=True))
                with self.model.under_data():
                    yes = self.action(then, inside, guarded=True)
                    no = self.action(otherwise, outside, guarded=True) if otherwise is not None else ()
                if not guarded:
                    self._make_certain(ir.surely_assigned(yes) & ir.surely_assigned(no), domain)
                return (ir.Conditional(test, yes, no),)
            case Jump(keyword=keyword):
                name = keyword if " " in keyword else f"'{keyword}'"
                raise Refusal("LW112", f"{name} inside the nest", statement.first, JUMP_HELP)
            case OtherStmt(what=what):
                raise Refusal("LW115", f"{what} inside the nest", statement.first)
            case _:
                raise Refusal("LW123", "this is not modelled inside a data-dependent 'if'", statement.first)

    def assignment(self, expr: Expr, domain: isl.Set, *, guarded: bool) -> tuple[ir.Action, ...]:
        """An assignment statement."""
        match expr:
            case Assignment(op="=", target=target, value=Assignment() as inner):
                first = self.assignment(inner, domain, guarded=guarded)
                return (*first, self._store(target, "=", self.expr(inner.target, domain), domain, guarded=guarded))
            case Assignment(op=op, target=target, value=value):
                return (self._store(target, op, self.expr(value, domain), domain, guarded=guarded),)
            case Prefix(op="++" | "--" as op, operand=operand) | Postfix(op="++" | "--" as op, operand=operand):
                return (self._store(operand, f"{op[0]}=", ir.Literal("1", INT), domain, guarded=guarded),)
            case CallOf():
                self.expr(expr, domain)
                raise Refusal("LW113", f"the result of '{c_text(expr)}' is not used", expr.at)
            case CastTo(operand=operand) if not any(isinstance(p, CallOf | Assignment) for p in walk(operand)):
                return ()
            case Infix(op=","):
                raise Refusal("LW124", "the comma operator is not modelled", expr.at, "write two statements")
            case _:
                raise Refusal("LW124", f"the statement '{c_text(expr)}' is not modelled", expr.at)

    def initialization(self, name: Name, value: Expr, domain: isl.Set, *, guarded: bool) -> tuple[ir.Action, ...]:
        """The assignment that gives a local variable its first value, `const` or not."""
        lowered = self.expr(value, domain)
        place = scalar_place(name)
        self._record(place, domain, AccessKind.MAY_WRITE if guarded else AccessKind.WRITE, name.at)
        return (ir.Assign(ir.Ref(self.arrays.of(place).name, (), place.element), "=", lowered),)

    def _store(self, target: Expr, op: str, value: ir.Expr, domain: isl.Set, *, guarded: bool) -> ir.Assign:
        if isinstance(target, Name) and target.variable is not None and isinstance(target.variable.type, Pointer):
            raise Refusal("LW121", f"the pointer '{target.text}' is assigned", target.at, "index an array instead")
        place = scalar_place(target)
        if "const" in place.type.quals:
            raise Refusal("LW133", f"'{c_text(target)}' is const", target.at)
        ref = self._element(place, domain, target.at, None if op == "=" else AccessKind.READ)
        info = self._record(place, domain, AccessKind.MAY_WRITE if guarded else AccessKind.WRITE, target.at)
        self._stores.setdefault((self.statement, ref), []).append((info, info.accesses[-1]))
        return ir.Assign(ref, op, value)

    def _make_certain(self, refs: frozenset[ir.Ref], domain: isl.Set) -> None:
        """Every instance in `domain` of the statement writes `refs`, in one branch or the other."""
        for ref in sorted(refs, key=str):
            (_, first), *others = self._stores[self.statement, ref]
            first.kind, first.domain = AccessKind.WRITE, domain
            for info, record in others:
                info.accesses[:] = [each for each in info.accesses if each is not record]

    # Expressions -----------------------------------------------------------------------------------------------------
    def expr(self, expr: Expr, domain: isl.Set) -> ir.Expr:
        """`expr` as evaluated by the instances in `domain`."""
        match expr:
            case Number(text=text):
                constant = integer_constant(text)
                ctype = constant[1] if constant is not None else floating_type(text)
                if ctype is None:
                    raise Refusal("LW124", f"the constant {text} is not modelled", expr.at)
                return ir.Literal(text, ctype)
            case SizeOf():
                size = size_of(expr)
                if size is None:
                    raise Refusal("LW124", "this sizeof is not modelled", expr.at)
                return ir.Literal(f"{size}UL", ULONG)
            case Prefix(op="+" | "-" | "~" | "!" as op, operand=operand):
                arithmetic(operand)
                return ir.Unary(op, self.expr(operand, domain))
            case Infix():
                return self._infix(expr, domain)
            case Ternary(condition=condition, then=then, otherwise=otherwise):
                test = self.expr(condition, domain)
                arithmetic(expr)
                inside = domain.intersect(self.evaluator.possible(condition))
                outside = domain.intersect(self.evaluator.possible(condition, negated=True))
                with self.model.under_data():
                    return ir.Select(test, self.expr(then, inside), self.expr(otherwise, outside))
            case CastTo(type=Arithmetic(ctype), operand=operand):
                arithmetic(operand)
                return ir.Cast(ctype, self.expr(operand, domain))
            case CallOf():
                return self._call(expr, domain)
            case Assignment() | Postfix() | Prefix(op="++" | "--"):
                raise Refusal("LW124", "an assignment inside an expression", expr.at, "write it as its own statement")
            case _ if is_lvalue(expr):
                return self._lvalue(expr, domain)
            case _:
                raise Refusal("LW124", f"'{c_text(expr)}' is not modelled", expr.at)

    def _infix(self, expr: Infix, domain: isl.Set) -> ir.Expr:
        if expr.op == ",":
            raise Refusal("LW124", "the comma operator is not modelled", expr.at)
        for side in (expr.left, expr.right):
            arithmetic(side)
        left = self.expr(expr.left, domain)
        if expr.op not in ("&&", "||"):
            return ir.Binary(expr.op, left, self.expr(expr.right, domain))
        domain = domain.intersect(self.evaluator.possible(expr.left, negated=expr.op == "||"))
        with self.model.under_data():
            return ir.Binary(expr.op, left, self.expr(expr.right, domain))

    def _call(self, expr: CallOf, domain: isl.Set) -> ir.Expr:
        if not isinstance(expr.function, Name):
            raise Refusal("LW113", "a call through a pointer may have side effects", expr.at)
        name, variable = expr.function.text, expr.function.variable
        known = result_type(name) is not None if variable is None else self.pure(variable)
        if not known:
            raise Refusal("LW113", f"the call of '{name}' may have side effects", expr.function.at, CALL_HELP)
        type_ = type_of(expr)
        if not isinstance(type_, Arithmetic):
            raise Refusal("LW113", f"'{name}' returns no number", expr.at)
        arguments = tuple(self.expr(a, domain) for a in expr.arguments)
        return ir.Call(name, arguments, type_.ctype)

    def _lvalue(self, expr: Expr, domain: isl.Set) -> ir.Expr:
        if isinstance(expr, Name) and expr.variable is not None:
            known = self._known_name(expr, expr.variable, domain)
            if known is not None:
                return known
        place = scalar_place(expr)
        threatened = place.is_memory and self.is_threatened(place)
        if not place.subscripts and not threatened and is_invariant(self.model, place):
            self.model.touch(place, domain)
            return ir.Symbol(place.text, place.element)
        return self._element(place, domain, expr.at, AccessKind.READ)

    def _known_name(self, expr: Name, variable: Variable, domain: isl.Set) -> ir.Expr | None:
        frame = self.model.frame_of(variable)
        if frame is not None:
            return ir.Iterator(frame.name, frame.ctype)
        if variable in self.model.counters:
            raise Refusal(
                "LW131",
                f"the counter '{expr.text}' is used outside its loop",
                expr.at,
                "compute the value it has there",
            )
        if variable in self.model.aliases and isinstance(variable.type, Arithmetic):
            return ir.Cast(variable.type.ctype, self.expr(self.model.aliases[variable], domain))
        return None

    def is_threatened(self, place: Place) -> bool:
        """True if a store of the nest through a pointer may change the memory of `place`."""
        ctype = place.type.ctype if isinstance(place.type, Arithmetic) else None
        for store in self.model.effects.stores:
            stored = store.type.ctype if isinstance(store.type, Arithmetic) else None
            if may_alias(self.model, (stored, store.storage), (ctype, place.dereferences)):
                return True
        return False

    # Accesses --------------------------------------------------------------------------------------------------------
    def _element(self, place: Place, domain: isl.Set, at: int, kind: AccessKind | None) -> ir.Ref:
        """A reference to `place`; its access is recorded if it has a `kind`."""
        subscripts = tuple(self.expr(s, domain) for s in place.subscripts)
        if kind is not None:
            self._record(place, domain, kind, at)
        return ir.Ref(self.arrays.of(place).name, subscripts, place.element)

    def _record(self, place: Place, domain: isl.Set, kind: AccessKind, at: int) -> ArrayInfo:
        check_base(self.model, place, at)
        info = self.arrays.of(place)
        self.model.touch(place, domain)
        polynomials = self._subscripts(place, domain, kind, at)
        info.accesses.append(AccessRecord(kind, self.statement, domain, polynomials, at))
        for pointer in place.through:
            if self.is_threatened(pointer):
                scalar = self.arrays.pointer(pointer, POINTER_TYPE)
                scalar.accesses.append(AccessRecord(AccessKind.READ, self.statement, domain, (), at))
        return info

    def _subscripts(self, place: Place, domain: isl.Set, kind: AccessKind, at: int) -> tuple[Polynomial, ...] | None:
        """The subscripts as polynomials; None for a read that the nest's data directs."""
        try:
            polynomials = tuple(self.evaluator.observed(s) for s in place.subscripts)
        except NotAffine as error:
            self.evaluator.take_obligations()
            if kind is AccessKind.READ:
                return None
            code = "LW117" if error.reads_memory else "LW116"
            raise Refusal(code, f"a write with a subscript that is not affine: {error.reason}", at) from None
        self.model.require(domain, self.evaluator.take_obligations())
        return polynomials
