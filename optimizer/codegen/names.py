"""Readable names for what generated code declares, none of which hides a name that the code uses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from optimizer.codegen.affine import Affine, Variable, single, substitute, substitute_condition, variables
from optimizer.codegen.looptree import (
    For,
    If,
    Instance,
    Let,
    LoopTree,
    Node,
    Pack,
    buffers,
    instances,
    walk,
    with_body,
)
from optimizer.ir.expr import Action, Assign, Binary, Call, Cast, Expr, Literal, Ref, Select, Symbol, Unary
from optimizer.ir.expr import Iterator as Iterator_
from optimizer.ir.expr import walk as walk_expr
from optimizer.ir.scop import Array, Scop, Statement, Storage

KEYWORDS = frozenset((
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
    "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
    "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "_Alignas",
    "_Alignof", "_Atomic", "_Bool", "_Complex", "_Generic", "_Imaginary", "_Noreturn", "_Static_assert",
    "_Thread_local", "bool", "true", "false", "alignas", "alignof", "constexpr", "nullptr", "static_assert",
    "thread_local", "typeof", "typeof_unqual", "asm", "linux", "unix", "i386", "main", "NULL", "I",
))  # fmt: skip
_MEMBER = re.compile(r"(?:->|\.)\s*[A-Za-z_]\w*")  # a name that hides no variable and is hidden by none
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def is_redeclared(array: Array) -> bool:
    """True if generated code always declares its own `array`: local to the nest, or a scalar dead outside of it."""
    return array.storage is Storage.LOCAL or (array.is_private and array.rank == 0)


def used_names(scop: Scop) -> frozenset[str]:
    """The identifiers that C code of `scop` may mention outside of its loop variables and local arrays."""
    texts = [parameter.text for parameter in scop.parameters]
    texts += [a.text for a in scop.arrays if not is_redeclared(a) and a.storage is not Storage.HEAP]
    texts += [extent for array in scop.arrays for extent in array.extents if extent]
    texts += [array.element.name for array in scop.arrays]
    texts += [assumption.condition for assumption in scop.assumptions]
    texts += [text for statement in scop.statements for text in _texts(statement.body)]
    return frozenset(name for text in texts for name in IDENTIFIER.findall(_MEMBER.sub("", text))) | KEYWORDS


def expressions(actions: Iterable[Action]) -> Iterator[Expr]:
    """All expressions and subexpressions in `actions`, targets included."""
    for action in actions:
        if isinstance(action, Assign):
            yield from walk_expr(action.target)
            yield from walk_expr(action.value)
        else:
            yield from walk_expr(action.condition)
            yield from expressions(action.then)
            yield from expressions(action.otherwise)


def _texts(actions: tuple[Action, ...]) -> Iterator[str]:
    for expr in expressions(actions):
        match expr:
            case Symbol(text=text, type=ctype):
                yield from (text, ctype.name)
            case Literal(text=text):
                yield text
            case Call(function=function):
                yield function
            case Cast(type=ctype) | Iterator_(type=ctype):
                yield ctype.name
            case Ref() | Unary() | Binary() | Select():
                pass
            case _:
                assert_never(expr)


def fresh(base: str, taken: Iterable[str]) -> str:
    """`base`, or `base` with the first number from 2 on that is not in `taken`."""
    taken = frozenset(taken)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def name_loops(tree: LoopTree, scop: Scop) -> LoopTree:
    """`tree` with variables named after the source counters that they enumerate; inner names differ from outer ones."""
    counters = {counter.source_name for statement in scop.statements for counter in statement.counters}
    taken = used_names(scop) | (scop.identifiers - counters)
    statements = {statement.name: statement for statement in scop.statements}
    statements |= {buffer.name: buffer.copy for buffer in buffers(tree.body)}
    return LoopTree(tuple(_rename(tree.body, {}, taken, statements)))


def _rename(
    body: tuple[Node, ...], names: Mapping[str, Affine], taken: frozenset[str], statements: Mapping[str, Statement]
) -> Iterator[Node]:
    for node in body:
        match node:
            case Instance(statement=statement, counters=counters):
                yield Instance(statement, tuple(substitute(counter, names) for counter in counters))
            case If(condition=condition, then=then, otherwise=otherwise):
                yield If(
                    substitute_condition(condition, names),
                    tuple(_rename(then, names, taken, statements)),
                    tuple(_rename(otherwise, names, taken, statements)),
                )
            case Pack(buffer=buffer, corner=corner, body=inner_body):
                first = tuple(substitute(index, names) for index in corner)
                yield Pack(buffer, first, tuple(_rename(inner_body, names, taken, statements)))
            case For() | Let():
                name = fresh(_base_name(node, statements), taken)
                inner = {**names, node.variable: single(Variable(name))}
                renamed = tuple(_rename(node.body, inner, taken | {name}, statements))
                if isinstance(node, Let):
                    yield Let(name, substitute(node.value, names), renamed)
                else:
                    bounds = substitute(node.start, names), substitute(node.stop, names)
                    yield with_body(node, renamed, start=bounds[0], stop=bounds[1], variable=name)


def _base_name(node: For | Let, statements: Mapping[str, Statement]) -> str:
    """The counter that the variable of `node` enumerates, or a name derived from it for a tile of it and the like."""
    variable = node.variable
    here = single(Variable(variable))
    computed: tuple[str, Affine] | None = None
    for instance in instances(node.body):
        for counter, value in zip(statements[instance.statement].counters, instance.counters, strict=True):
            if value == here:
                return counter.source_name
            if computed is None and variable in variables(value):
                computed = counter.source_name, value
    if computed is not None:
        is_tile = isinstance(node, For) and node.step > 1
        return _tile_name(computed[0]) if is_tile else computed[0] + _suffix(computed[1], variable)
    inner = _point_loop(node)
    return "it" if inner is None else _tile_name(_base_name(inner, statements))


def _point_loop(node: For | Let) -> For | Let | None:
    """The loop inside `node` that depends most on its variable, the innermost one of several."""
    best: tuple[int, For | Let] | None = None
    for inner in walk(node.body):
        if isinstance(inner, For | Let):
            bounds = (inner.start, inner.stop) if isinstance(inner, For) else (inner.value,)
            uses = sum(node.variable in variables(bound) for bound in bounds)
            if uses and (best is None or uses >= best[0]):
                best = uses, inner
    return None if best is None else best[1]


def _suffix(value: Affine, variable: str) -> str:
    if variables(value) != frozenset((variable,)):
        return "_skew"
    factor = next((factor for atom, factor in value.terms if atom == Variable(variable)), 0)
    return {1: "_shift", -1: "_rev"}.get(factor, "_scaled")


def _tile_name(name: str) -> str:
    """i -> ii -> iii -> i4 -> i5; i_skew -> ii_skew; row -> row_tile -> row_tile2."""
    head, separator, tail = name.partition("_")
    if head == head[0] * len(head) and len(head) < 3:
        return head[0] + name
    if head == head[0] * 3:
        return f"{head[0]}4{separator}{tail}"
    counted = re.fullmatch(r"([A-Za-z](?=[4-9])|.*_tile)(\d+)((?:_.*)?)", name)
    if counted is not None:
        return f"{counted[1]}{int(counted[2]) + 1}{counted[3]}"
    return f"{name}2" if name.endswith("_tile") else f"{name}_tile"
