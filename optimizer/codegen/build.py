"""Schedule tree -> loop tree through isl's AST generator. Names and C text come later."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import assert_never

import islpy as isl

from optimizer.codegen.affine import (
    Affine,
    Condition,
    ParameterValue,
    Variable,
    add,
    choice,
    compare,
    floor_div,
    junction,
    maximum,
    minimum,
    number,
    remainder,
    scale,
    single,
    substitute,
    substitute_condition,
    subtract,
    truth,
)
from optimizer.codegen.looptree import (
    Buffer,
    For,
    If,
    Instance,
    Let,
    LoopTree,
    Node,
    Pack,
    instances,
    replace_variables,
    walk,
)
from optimizer.codegen.packing import PLACE_SUFFIX, Packing, add_copies, buffer_of
from optimizer.codegen.separate import keep_whole, separate_full_tiles, with_depths
from optimizer.ir.schedule import MARK_PREFIX, LoopRef, Schedule, loops_around, vector_lanes
from optimizer.ir.scop import Scop, Storage

ITERATOR_PREFIX = "__loop"  # isl's iterators get numbered names that no parameter has

_op = isl.ast_expr_op_type
# the stubs declare what get_type() returns as int, and lack the members whose names end in _
_AND, _OR, _IF = getattr(_op, "and_"), getattr(_op, "or_"), getattr(isl.ast_node_type, "if_")  # noqa: B009
_DIVISIONS: dict[object, bool] = {_op.fdiv_q: False, _op.pdiv_q: True, _op.div: True}
_COMPARISONS: dict[object, str] = {_op.lt: "<", _op.le: "<=", _op.gt: ">", _op.ge: ">=", _op.eq: "=="}
_JUNCTIONS: dict[object, str] = {_AND: "&&", _op.and_then: "&&", _OR: "||", _op.or_else: "||"}
_SELECTIONS: frozenset[object] = frozenset((_op.select, _op.cond))
_FOLDS: dict[object, Callable[[Affine, Affine], Affine]] = {_op.add: add, _op.sub: subtract}


@contextmanager
def _options(ctx: isl.Context, *, together: bool) -> Generator[None]:
    """isl detects minima and maxima; with `together` no loop is cut apart into one for each part of its body."""
    before = ctx.get_ast_build_detect_min_max(), ctx.get_ast_build_group_coscheduled()
    ctx.set_ast_build_detect_min_max(1)
    ctx.set_ast_build_group_coscheduled(int(together))
    try:
        yield
    finally:
        ctx.set_ast_build_detect_min_max(before[0])
        ctx.set_ast_build_group_coscheduled(before[1])


def build_loop_tree(scop: Scop, schedule: Schedule) -> LoopTree:
    """The loops that run the instances of `scop` in the order of `schedule`. Variables have isl's numbered names.

    UnboundedBuffer if a buffer of it may have any size.
    """
    reader = Reader.for_scop(scop)
    tree = separate_full_tiles(schedule.tree.intersect_domain(scop.domain))
    whole = keep_whole(tree, _with_local_arrays(scop))
    together, tree = not whole.plain_is_equal(tree), with_depths(whole)
    depth = max((len(loops_around(tree, s.name)) for s in scop.statements), default=0)
    with_copies, packings = add_copies(scop, Schedule(tree), ITERATOR_PREFIX)
    depth += max((len(packing.order) + 1 for packing in packings), default=0)
    names = isl.IdList.alloc(scop.context.get_ctx(), depth)
    for level in range(depth):
        names = names.add(isl.Id(f"{ITERATOR_PREFIX}{level}"))
    build = isl.AstBuild.from_context(scop.context).set_iterators(names)
    with _options(scop.context.get_ctx(), together=together):
        ast = build.node_from_schedule(with_copies)
        packs = {packing.name: _Packed.of(packing, scop, reader) for packing in packings}
    return LoopTree(tuple(_spread(tuple(_Converter(reader, packs).convert(ast)), frozenset())))


def _with_local_arrays(scop: Scop) -> frozenset[str]:
    """The statements of `scop` that use arrays which the generated code declares inside the nest."""
    local = {array.name for array in scop.arrays if array.storage is Storage.LOCAL and array.rank > 0}
    return frozenset(s.name for s in scop.statements if any(access.array in local for access in s.accesses))


@dataclass(frozen=True, slots=True)
class _Packed:
    """A buffer, the lowest index in each of its dimensions and the condition under which it is filled, over the loops
    around with isl's names.
    """

    buffer: Buffer
    corner: tuple[Affine, ...]
    condition: Condition

    @classmethod
    def of(cls, packing: Packing, scop: Scop, reader: "Reader") -> "_Packed":
        """What the generated code needs to know of `packing`."""
        build = isl.AstBuild.from_context(scop.context)
        spans = [
            number(span) if isinstance(span, int) else reader.value(build.expr_from_pw_aff(span))
            for span in packing.spans
        ]
        corner = tuple(reader.value(build.expr_from_pw_aff(index)) for index in packing.corner)
        condition = reader.condition(build.expr_from_set(packing.executions))
        return cls(buffer_of(packing, scop, tuple(spans)), corner, condition)

    def around(self, body: tuple[Node, ...]) -> tuple[Node, ...]:
        """The code under the mark, which is `body`.

        It starts with the instance that tells the values of the loops around, if they have values for which anything
        may be packed. It is there twice if the buffer is only filled for some of them.
        """
        name = self.buffer.name + PLACE_SUFFIX
        place = next((instance for instance in instances(body) if instance.statement == name), None)
        if place is None:
            return body
        values = {f"{ITERATOR_PREFIX}{level}": value for level, value in enumerate(place.counters)}
        corner = tuple(substitute(index, values) for index in self.corner)
        pack = Pack(self.buffer, corner, tuple(_without((name,), body)))
        condition = substitute_condition(self.condition, values)
        match truth(condition):
            case True:
                return (pack,)
            case False:
                return tuple(_without((name, self.buffer.name), body))
            case None:
                return (If(condition, (pack,), tuple(_without((name, self.buffer.name), body))),)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads isl's AST expressions. `parameters` are the names that are not loop variables."""

    parameters: frozenset[str]

    @classmethod
    def for_scop(cls, scop: Scop) -> "Reader":
        """The reader of expressions over the parameters and loops of `scop`."""
        return cls(frozenset(parameter.name for parameter in scop.parameters))

    def value(self, expr: isl.AstExpr) -> Affine:
        """The integer that `expr` denotes."""
        match expr.get_type():
            case isl.ast_expr_type.int:
                return number(int(expr.int_get_val().to_python()))
            case isl.ast_expr_type.id:
                name = expr.id_get_id().get_name() or ""
                return single(ParameterValue(name) if name in self.parameters else Variable(name))
            case _:
                return self._operation(expr)

    def _operation(self, expr: isl.AstExpr) -> Affine:
        kind = expr.op_get_type()
        arguments = [expr.op_get_arg(index) for index in range(expr.op_get_n_arg())]
        if kind in _SELECTIONS:
            return choice(self.condition(arguments[0]), self.value(arguments[1]), self.value(arguments[2]))
        values = [self.value(argument) for argument in arguments]
        if kind in _FOLDS:
            return _FOLDS[kind](values[0], values[1])
        if kind == _op.minus:
            return scale(values[0], -1)
        if kind == _op.mul:
            factor, other = (values[0], values[1]) if values[0].is_constant else (values[1], values[0])
            assert factor.is_constant, "isl multiplies by constants only"
            return scale(other, factor.constant)
        if kind == _op.min:
            return minimum(values)
        if kind == _op.max:
            return maximum(values)
        assert len(values) == 2 and values[1].is_constant and values[1].constant > 0, "isl divides by constants only"
        if kind in _DIVISIONS:
            return floor_div(values[0], values[1].constant, truncates=_DIVISIONS[kind])
        assert kind in (_op.pdiv_r, _op.zdiv_r), f"isl operation {kind}"
        return remainder(values[0], values[1].constant)

    def condition(self, expr: isl.AstExpr) -> Condition:
        """The truth value that `expr` denotes."""
        if expr.get_type() == isl.ast_expr_type.int:
            return compare("==", number(int(expr.int_get_val() != 0)), number(1))
        kind = expr.op_get_type()
        arguments = [expr.op_get_arg(index) for index in range(expr.op_get_n_arg())]
        if kind in _JUNCTIONS:
            return junction(_JUNCTIONS[kind], [self.condition(argument) for argument in arguments])
        if kind in _SELECTIONS:
            test, then, otherwise = (self.condition(argument) for argument in arguments)
            return junction("||", [junction("&&", [test, then]), junction("&&", [_negation(test), otherwise])])
        return compare(_COMPARISONS[kind], self.value(arguments[0]), self.value(arguments[1]))


def _negation(condition: Condition) -> Condition:
    as_number = choice(condition, number(1), number(0))
    return compare("==", as_number, number(0))


class _Converter:
    """Turns isl AST nodes of one schedule tree into loop tree nodes."""

    def __init__(self, reader: Reader, packs: Mapping[str, _Packed]) -> None:
        self.reader = reader
        self.packs = packs

    def convert(self, node: isl.AstNode, marks: tuple[str, ...] = ()) -> Iterator[Node]:
        """The nodes for `node`; `marks` are those above it, each with the depth of its loop: unroll@2."""
        match node.get_type():
            case isl.ast_node_type.block:
                children = node.block_get_children()
                for index in range(children.n_ast_node()):
                    yield from self.convert(children.get_at(index), marks)
            case isl.ast_node_type.mark:
                name = node.mark_get_id().get_name() or ""
                pack = self.packs.get(name)
                if pack is None:
                    yield from self.convert(node.mark_get_node(), (*marks, name.removeprefix(MARK_PREFIX)))
                else:
                    yield from pack.around(tuple(self.convert(node.mark_get_node(), marks)))
            case isl.ast_node_type.user:
                call = node.user_get_expr()
                counters = [self.reader.value(call.op_get_arg(index)) for index in range(1, call.op_get_n_arg())]
                yield Instance(call.op_get_arg(0).id_get_id().get_name() or "", tuple(counters))
            case kind if kind == _IF:
                yield from self._branch(node, marks)
            case _:
                yield from self._loop(node, marks)

    def _branch(self, node: isl.AstNode, marks: tuple[str, ...]) -> Iterator[Node]:
        condition = self.reader.condition(node.if_get_cond())
        then = tuple(self.convert(node.if_get_then_node(), marks))
        otherwise = tuple(self.convert(node.if_get_else_node(), marks)) if node.if_has_else_node() else ()
        match truth(condition):
            case True:
                yield from then
            case False:
                yield from otherwise
            case None:
                yield If(condition, then, otherwise)

    def _loop(self, node: isl.AstNode, marks: tuple[str, ...]) -> Iterator[Node]:
        variable = node.for_get_iterator().id_get_id().get_name() or ""
        start = self.reader.value(node.for_get_init())
        body = tuple(self.convert(node.for_get_body()))
        if node.for_is_degenerate():
            yield from _bound(variable, start, body)
            return
        condition = node.for_get_cond()
        stop = self.reader.value(condition.op_get_arg(1))
        if condition.op_get_type() == _op.le:
            stop = add(stop, number(1))
        step = int(node.for_get_inc().int_get_val().to_python())
        depth = int(variable.removeprefix(ITERATOR_PREFIX))
        inside = list(instances(body))
        first = next((instance for instance in inside if instance.statement not in self.packs), None)
        if first is None:
            if inside:  # only copies of elements into a buffer
                yield For(variable, start, stop, step, body, LoopRef(inside[0].statement, depth))
            return
        own = tuple(mark.removesuffix(f"@{depth}") for mark in marks if mark.endswith(f"@{depth}"))
        yield For(
            variable,
            start,
            stop,
            step,
            body,
            LoopRef(first.statement, depth),
            parallel="parallel" in own,
            unroll="unroll" in own,
            vector=vector_lanes(own),
        )


def _spread(body: tuple[Node, ...], copies: frozenset[str]) -> Iterator[Node]:
    """`body` where the outermost loops of `copies` are parallel, and so are those of a pack around parallel loops."""
    for node in body:
        match node:
            case For() if node.loop.statement in copies:
                yield replace(node, parallel=True)
            case For() if node.parallel:
                yield node
            case For() | Let():
                yield replace(node, body=tuple(_spread(node.body, copies)))
            case Pack(buffer=buffer):
                shared = any(isinstance(inner, For) and inner.parallel for inner in walk(node.body))
                inside = copies | {buffer.name} if shared else copies
                yield replace(node, body=tuple(_spread(node.body, inside)))
            case If(condition=condition, then=then, otherwise=otherwise):
                yield If(condition, tuple(_spread(then, copies)), tuple(_spread(otherwise, copies)))
            case Instance():
                yield node
            case _:
                assert_never(node)


def _without(statements: Collection[str], body: tuple[Node, ...]) -> Iterator[Node]:
    """`body` without the instances of `statements`, and the loops and branches around them."""
    for node in body:
        match node:
            case Instance(statement=statement):
                if statement not in statements:
                    yield node
            case If(condition=condition, then=then, otherwise=otherwise):
                then, otherwise = tuple(_without(statements, then)), tuple(_without(statements, otherwise))
                if then or otherwise:
                    yield If(condition, then, otherwise)
            case For() | Let() | Pack():
                inner = tuple(_without(statements, node.body))
                if inner:
                    yield replace(node, body=inner)
            case _:
                assert_never(node)


def _bound(variable: str, value: Affine, body: tuple[Node, ...]) -> Iterator[Node]:
    """`body` for one value of `variable`: put in its place if it is short, else under a name."""
    if value.is_linear and len(value.terms) <= 2:
        yield from replace_variables(body, {variable: value})
    else:
        yield Let(variable, value, body)
