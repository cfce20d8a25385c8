"""A run of statements -> statements of the polyhedral model, in textual order, and the tree of their loops."""

from collections.abc import Sequence
from dataclasses import dataclass

import islpy as isl

from frontends.c import sets
from frontends.c.arrays import AccessRecord, ArrayTable
from frontends.c.constants import evaluate_integer
from frontends.c.evaluator import Evaluator, is_plain
from frontends.c.headers import Header, header_of
from frontends.c.invariants import is_invariant
from frontends.c.loops import iterations
from frontends.c.lowering import JUMP_HELP, Lowering
from frontends.c.model import Frame, Model
from frontends.c.places import is_lvalue, scalar_place
from frontends.c.refusal import NotAffine, Refusal
from frontends.c.syntax import (
    Arithmetic,
    ArrayType,
    Assignment,
    Block,
    CastTo,
    Declaration,
    Empty,
    Expr,
    ExprStatement,
    For,
    If,
    Infix,
    Jump,
    Name,
    Number,
    OtherExpr,
    OtherStmt,
    Pragma,
    Prefix,
    Stmt,
    Ternary,
    Type,
    While,
)
from frontends.c.traversal import children, expressions_of, has_loop, statements_in, targets
from optimizer.ir import expr as ir
from optimizer.ir.ctype import INT
from optimizer.ir.order import Leaf, Loop, Node
from optimizer.ir.scop import AccessKind

MAX_STATEMENTS = 150
MAX_LOOPS = 12


@dataclass(frozen=True)
class Draft:
    """A statement: the loops around it, its instances over parameters, what it does, its tokens."""

    frames: tuple[Frame, ...]
    domain: isl.Set
    body: tuple[ir.Action, ...]
    first: int
    last: int


@dataclass(frozen=True)
class LoopRecord:
    """A loop: where its header is reached, at which values it is tested, and its place in the textual order."""

    header: Header
    frame: Frame
    outer: tuple[Frame, ...]
    reached: isl.Set
    tests: isl.Set
    position: tuple[int, ...]  # textual position at each depth, its own last
    directions: tuple[int, ...]  # strides of the outer loops
    guarded: bool


class Raiser:
    """Raises the statements of one run; raises Refusal for what is not modelled."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.evaluator = Evaluator(model)
        self.arrays = ArrayTable(model)
        self.lowering = Lowering(model, self.evaluator, self.arrays)
        self.drafts: list[Draft] = []
        self.loops: list[LoopRecord] = []
        self._conditions: list[ir.Expr] = []
        self._condition_arrays: list[str] = []
        self._position: list[int] = [0]
        self._strides: list[int] = []

    def run(self, statements: Sequence[Stmt]) -> tuple[Node, ...]:
        """Raises `statements`; the result is their textual order."""
        return self._sequence(statements, sets.universe())

    def _sequence(self, statements: Sequence[Stmt], domain: isl.Set) -> tuple[Node, ...]:
        nodes: list[Node] = []
        for statement in statements:
            nodes.extend(self._statement(statement, domain, statements))
        return tuple(nodes)

    def _statement(self, statement: Stmt, domain: isl.Set, siblings: Sequence[Stmt]) -> tuple[Node, ...]:
        self._position[-1] += 1
        self.model.domain = domain
        self.model.guarded = bool(self._conditions)
        match statement:
            case ExprStatement(expr=expr):
                if self._as_alias(statement, siblings, domain):
                    return ()
                action = self._action(statement, domain)
                return self._emit(action, domain, statement) if action or not isinstance(expr, Name) else ()
            case Declaration():
                return self._declaration(statement, domain)
            case Block(body=body):
                return self._sequence(body, domain)
            case Empty():
                return ()
            case Pragma(text=text):
                check_pragma(text, statement.first)
                return ()
            case If():
                return self._if(statement, domain)
            case For():
                return self._for(statement, domain)
            case While(keyword=keyword):
                raise Refusal(
                    "LW111", f"a '{keyword}' loop is not modelled", statement.first, "write it as a 'for' loop"
                )
            case Jump(keyword=keyword):
                raise Refusal("LW112", f"{_quoted(keyword)} inside the nest", statement.first, JUMP_HELP)
            case OtherStmt(what=what):
                raise Refusal("LW115", f"{what} inside the nest", statement.first)

    # Statements ------------------------------------------------------------------------------------------------------
    def _action(self, statement: Stmt, domain: isl.Set) -> tuple[ir.Action, ...]:
        self.lowering.statement = len(self.drafts)
        return self.lowering.action(statement, domain, guarded=bool(self._conditions))

    def _emit(self, body: tuple[ir.Action, ...], domain: isl.Set, statement: Stmt) -> tuple[Node, ...]:
        """A new statement that does `body` under the data-dependent conditions around."""
        if not body:
            return ()
        for condition, array in zip(reversed(self._conditions), reversed(self._condition_arrays), strict=True):
            body = (ir.Conditional(condition, body),)
            self._read_condition(array, domain, statement)
        return self._draft(body, domain, statement)

    def _read_condition(self, array: str, domain: isl.Set, statement: Stmt) -> None:
        info = next(a for a in self.arrays.arrays.values() if a.name == array)
        info.accesses.append(AccessRecord(AccessKind.READ, len(self.drafts), domain, (), statement.first))

    def _draft(self, body: tuple[ir.Action, ...], domain: isl.Set, statement: Stmt) -> tuple[Node, ...]:
        index = len(self.drafts)
        if index >= MAX_STATEMENTS:
            raise Refusal("LW128", f"the nest has more than {MAX_STATEMENTS} statements", statement.first)
        self.drafts.append(Draft(tuple(self.model.frames), domain, body, statement.first, statement.last))
        return (Leaf(f"S{index}"),)

    def _declaration(self, statement: Declaration, domain: isl.Set) -> tuple[Node, ...]:
        if statement.odd:
            raise Refusal("LW123", f"{statement.odd} inside the nest is not modelled", statement.first)
        nodes: list[Node] = []
        for variable in statement.variables:
            _check_local(variable.type, statement.first)
            if variable.address_taken:
                raise Refusal("LW123", f"the address of '{variable.name}' is taken", statement.first)
            if variable.initial is None:
                continue
            if isinstance(variable.initial, OtherExpr):
                raise Refusal("LW123", f"the initial value of '{variable.name}' is not modelled", statement.first)
            unchanged = variable not in self.model.effects.assigned
            if unchanged and self._is_index(variable.type, variable.initial, domain):
                self.model.aliases[variable] = variable.initial
                continue
            target = Name(variable.name, variable, variable.at)
            self.lowering.statement = len(self.drafts)
            guarded = bool(self._conditions)
            body = self.lowering.initialization(target, variable.initial, domain, guarded=guarded)
            nodes.extend(self._emit(body, domain, statement))
        return tuple(nodes)

    def _is_index(self, type_: Type, value: Expr, domain: isl.Set) -> bool:
        """True if an integer variable of type `type_` may be replaced by `value` wherever it is read."""
        if not isinstance(type_, Arithmetic) or not type_.ctype.is_integer or not self._is_repeatable(value):
            return False
        before = self.model.save()
        try:
            self.evaluator.observed(value)
            self.model.require(domain, self.evaluator.take_obligations())
        except (NotAffine, Refusal):
            self.evaluator.take_obligations()
            self.model.restore(before)
            return False
        return True

    def _is_repeatable(self, value: Expr) -> bool:
        """True if `value` is the same wherever it is computed within the block, and nothing can tell how often."""
        if is_lvalue(value) and not isinstance(value, Name):
            try:
                place = scalar_place(value)
                return is_invariant(self.model, place)  # if it is read from memory, it becomes a parameter
            except Refusal:
                return False
        if isinstance(value, Name | Number):
            return is_plain(self.model, value)
        if not isinstance(value, Infix | Ternary | CastTo) and not (isinstance(value, Prefix) and value.op in "+-~!"):
            return False
        return all(self._is_repeatable(child) for child in children(value))

    def _as_alias(self, statement: ExprStatement, siblings: Sequence[Stmt], domain: isl.Set) -> bool:
        """True if the statement sets an index variable that only later statements of its block read."""
        match statement.expr:
            case Assignment(op="=", target=Name(variable=variable, at=at), value=value) if variable is not None:
                pass
            case _:
                return False
        if not variable.is_local or variable.address_taken or len(self.model.effects.assigned[variable]) != 1:
            return False
        last = siblings[-1].last
        if any(not statement.last <= use < last for use in variable.uses if use != at):
            return False
        if (
            variable.storage == "param"
            or variable.initial is not None
            or not self._is_index(variable.type, value, domain)
        ):
            return False
        self.model.aliases[variable] = value
        return True

    def _if(self, statement: If, domain: isl.Set) -> tuple[Node, ...]:
        condition = statement.condition
        if isinstance(condition, Infix) and condition.op == "&&" and statement.otherwise is None:
            inner = If(condition.right, statement.then, None, statement.first, statement.last)
            left = If(condition.left, inner, None, statement.first, statement.last)
            if self._truth(condition.left, domain) is not None and self._truth(condition, domain) is None:
                return self._if(left, domain)
        holds = self._truth(condition, domain)
        if holds is not None:
            nodes = self._sequence([statement.then], domain.intersect(holds).coalesce())
            if statement.otherwise is not None:
                nodes += self._sequence([statement.otherwise], domain.subtract(holds).coalesce())
            return nodes
        if not has_loop(statement) and not any(isinstance(s, Declaration) for s in statements_in([statement])):
            return self._emit(self._action(statement, domain), domain, statement)
        return self._guarded(statement, domain)

    def _truth(self, condition: Expr, domain: isl.Set) -> isl.Set | None:
        """Where an affine condition holds, None if it is not affine."""
        before = self.model.save()
        try:
            holds = self.evaluator.truth(condition)
            self.model.require(domain, self.evaluator.take_obligations())
        except (NotAffine, Refusal):
            self.evaluator.take_obligations()
            self.model.restore(before)
            return None
        return holds

    def _guarded(self, statement: If, domain: isl.Set) -> tuple[Node, ...]:
        """A data-dependent `if` around loops: the condition is stored first, then guards every statement."""
        self.lowering.statement = len(self.drafts)
        test: ir.Expr = ir.Binary("!=", self.lowering.expr(statement.condition, domain), ir.Literal("0", INT))
        for outer, array in zip(reversed(self._conditions), reversed(self._condition_arrays), strict=True):
            test = ir.Binary("&&", outer, test)
            self._read_condition(array, domain, statement)
        flag = self.arrays.temporary("condition", INT)
        ref = ir.Ref(flag.name, (), INT)
        flag.accesses.append(AccessRecord(AccessKind.WRITE, len(self.drafts), domain, (), statement.first))
        nodes = self._draft((ir.Assign(ref, "=", test),), domain, statement)
        self._condition_arrays.append(flag.name)
        for branch, value in ((statement.then, ref), (statement.otherwise, ir.Unary("!", ref))):
            if branch is not None:
                self._conditions.append(value)
                nodes += self._sequence([branch], domain)
                self._conditions.pop()
        self._condition_arrays.pop()
        return nodes

    # Loops -----------------------------------------------------------------------------------------------------------
    def _for(self, loop: For, domain: isl.Set) -> tuple[Node, ...]:
        header = header_of(loop)
        if len(self.model.frames) >= MAX_LOOPS:
            raise Refusal("LW128", f"more than {MAX_LOOPS} nested loops", loop.first)
        for other in header.others:
            self._declaration(Declaration((other,), loop.first, loop.header_last), domain)
            if other not in self.model.aliases:
                raise Refusal("LW119", f"'{other.name}' is declared along with the counter", loop.first)
        self._check_counter(loop, header)
        frame = Frame(header.counter, self.model.fresh_counter(header.counter.name), header.ctype)
        found = iterations(self.model, self.evaluator, header, frame, domain)
        self.loops.append(
            LoopRecord(
                header, frame, tuple(self.model.frames), domain, found.tests, tuple(self._position),
                tuple(self._strides), bool(self._conditions),
            )
        )  # fmt: skip
        depth = len(self.model.frames)
        self.model.frames.append(frame)
        self._position.append(0)
        self._strides.append(header.stride)
        body = self._sequence([loop.body], found.domain)
        self._strides.pop()
        self._position.pop()
        self.model.frames.pop()
        return (Loop(depth, body, descending=header.stride < 0),) if body else ()

    def _check_counter(self, loop: For, header: Header) -> None:
        """Raises Refusal if anything but the header changes the counter."""
        counter = header.counter
        for statement in statements_in([loop.body]):
            for expr in expressions_of(statement):
                for target, change in targets(expr):
                    if isinstance(target, Name) and target.variable is counter:
                        raise Refusal("LW120", f"the body changes the counter '{counter.name}'", change.at)
        for target, change in () if header.countdown else targets(header.condition):
            raise Refusal("LW120", "the condition has a side effect", (change or target).at)


def check_pragma(text: str, at: int) -> None:
    """Raises Refusal if a pragma inside a nest gives its loops another meaning than plain C."""
    words = text.lstrip("# ").split()[1:]
    hints = {"GCC", "clang", "unroll", "ivdep", "vector", "simd", "novector", "nounroll", "STDC", "scop", "endscop"}
    if words[:2] == ["omp", "simd"] or (words and words[0] in hints):
        return
    if words and words[0] in ("omp", "acc"):
        raise Refusal(
            "LW127", f"the code is parallel already: {text}", at, "remove the pragma to have the loops optimized"
        )
    raise Refusal("LW127", f"the pragma is not known: {text}", at)


def _check_local(type_: Type, at: int) -> None:
    while isinstance(type_, ArrayType):
        if type_.extent is None or evaluate_integer(type_.extent) is None:
            raise Refusal("LW123", "an array without constant extents is declared inside the nest", at)
        type_ = type_.element
    if not isinstance(type_, Arithmetic):
        raise Refusal("LW123", "only numbers and arrays of numbers may be declared inside the nest", at)
    if type_.quals & {"volatile", "_Atomic"}:
        raise Refusal("LW114", "a volatile or atomic object is declared inside the nest", at)


def _quoted(keyword: str) -> str:
    return keyword if " " in keyword else f"'{keyword}'"
