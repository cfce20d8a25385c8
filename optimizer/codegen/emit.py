"""Loop tree -> lines of C. Bounds that are minima or maxima get names in front of their loops."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from optimizer.codegen import text
from optimizer.codegen.affine import (
    Affine,
    Choice,
    FloorDiv,
    Greatest,
    Least,
    Remainder,
    Variable,
    add,
    number,
    scale,
    single,
)
from optimizer.codegen.integers import Integers
from optimizer.codegen.looptree import For, If, Instance, Let, Node, instances, replace_variables, trip_count
from optimizer.codegen.names import expressions, fresh
from optimizer.codegen.statements import INDENT, StatementPrinter
from optimizer.codegen.text import Text
from optimizer.ir.expr import Iterator as IteratorExpr
from optimizer.ir.scop import Statement

MAX_UNROLLED_ITERATIONS = 64
MAX_INSTANCES = 4096


class TooLarge(Exception):
    """The printed code would have more statements than a compiler takes in good time."""


@dataclass(frozen=True, slots=True)
class Local:
    """A variable that the generated code declares for a private array of the Scop."""

    array: str
    type_name: str
    declarator: str  # `t` or `t[4]`
    statements: frozenset[str]  # that use it


@dataclass(slots=True)
class Budget:
    """Counts printed statements."""

    left: int = MAX_INSTANCES

    def spend(self) -> None:
        """One more statement; TooLarge if there were too many."""
        self.left -= 1
        if self.left < 0:
            raise TooLarge


@dataclass(frozen=True, slots=True)
class Emitter:
    """Prints nodes. `taken` are the names in use; `arrays` gives the C text of each array's base, `pragmas` the lines
    in front of a loop.
    """

    statements: Mapping[str, Statement]
    integers: Integers
    arrays: Mapping[str, str]
    pragmas: Callable[[For], Iterable[str]]
    taken: set[str]
    budget: Budget = field(default_factory=Budget)

    def lines(self, body: tuple[Node, ...], pending: tuple[Local, ...] = ()) -> Iterator[str]:
        """The C statements of `body`, which starts a block; the variables `pending` are declared where they live."""
        here = tuple(local for local in pending if _is_shared(local, body))
        for type_name in dict.fromkeys(local.type_name for local in here):
            yield f"{type_name} {', '.join(local.declarator for local in here if local.type_name == type_name)};"
        inner = tuple(local for local in pending if local not in here)
        for node in body:
            yield from self._node(node, inner)

    def _node(self, node: Node, pending: tuple[Local, ...]) -> Iterator[str]:
        match node:
            case Instance():
                yield from self._instance(node)
            case If(condition=condition, then=then, otherwise=otherwise):
                yield f"if ({self.integers.condition(condition).code}) {{"
                yield from _indented(self.lines(then, _used_in(pending, then)))
                if otherwise:
                    yield "} else {"
                    yield from _indented(self.lines(otherwise, _used_in(pending, otherwise)))
                yield "}"
            case Let(variable=variable, value=value, body=body):
                yield "{"
                inner = list(self.lines(body, _used_in(pending, body)))
                if _mentions(inner, variable):
                    yield f"{INDENT}const long {variable} = {self.integers.value(value).code};"
                yield from _indented(inner)
                yield "}"
            case For():
                yield from self._loop(node, pending)
            case _:
                assert_never(node)

    def _instance(self, instance: Instance) -> Iterator[str]:
        self.budget.spend()
        statement = self.statements[instance.statement]
        used = {expr.name for expr in expressions(statement.body) if isinstance(expr, IteratorExpr)}
        counters: dict[str, Affine] = {}
        declarations: list[str] = []
        for counter, value in zip(statement.counters, instance.counters, strict=True):
            counters[counter.name] = value
            if counter.name in used and not value.is_linear:
                name = self._fresh(counter.source_name)
                declarations.append(f"const long {name} = {self.integers.value(value).code};")
                counters[counter.name] = single(Variable(name))
        lines = StatementPrinter(self.integers, self.arrays, counters).lines(statement.body)
        if not declarations:
            yield from lines
            return
        yield "{"
        yield from _indented(declarations)
        yield from _indented(lines)
        yield "}"

    def _loop(self, loop: For, pending: tuple[Local, ...]) -> Iterator[str]:
        trips = trip_count(loop)
        if loop.unroll and trips is not None and trips <= MAX_UNROLLED_ITERATIONS:
            for index in range(trips):
                value = add(loop.start, number(index * loop.step))
                yield from self.lines(replace_variables(loop.body, {loop.variable: value}))
            return
        hoisted: list[str] = []
        start = self._hoist(loop.start, f"{loop.variable}_begin", hoisted)
        stop = self._hoist(loop.stop, f"{loop.variable}_end", hoisted)
        yield from hoisted
        yield from self.pragmas(loop)
        yield f"for ({self._header(loop.variable, start, stop, loop.step)}) {{"
        yield from _indented(self.lines(loop.body, _used_in(pending, loop.body)))
        yield "}"

    def _header(self, variable: str, start: Affine, stop: Affine, step: int) -> str:
        inclusive = stop.constant == 1 and not stop.is_constant
        limit = self.integers.value(add(stop, number(-1)) if inclusive else stop).at(text.SHIFT)
        increment = f"{variable}++" if step == 1 else f"{variable} += {step}"
        first = self.integers.value(start).code
        return f"long {variable} = {first}; {variable} {'<=' if inclusive else '<'} {limit}; {increment}"

    def _hoist(self, value: Affine, name: str, lines: list[str]) -> Affine:
        """`value`, or a new variable that `lines` sets to it if it is not cheap and short in a loop header."""
        if all(_is_inline(atom) for atom, _ in value.terms):
            return value
        name = self._fresh(name)
        match value.terms:
            case ((Least(values=values), 1),) if not value.constant:
                self._hoist_extreme(name, "<", values, lines)
            case ((Greatest(values=values), 1),) if not value.constant:
                self._hoist_extreme(name, ">", values, lines)
            case _:
                plain = number(value.constant)
                for atom, factor in value.terms:
                    part = single(atom)
                    plain = add(plain, scale(self._hoist(part, name, lines) if len(value.terms) > 1 else part, factor))
                lines.append(f"const long {name} = {self.integers.value(plain).code};")
        return single(Variable(name))

    def _hoist_extreme(self, name: str, op: str, values: tuple[Affine, ...], lines: list[str]) -> None:
        parts = self.integers.comparable([self._hoist(value, name, lines) for value in values])
        if len(parts) == 2:
            chosen = text.select(text.binary(op, parts[0], parts[1]), parts[0], parts[1])
            lines.append(f"const long {name} = {chosen.code};")
            return
        lines.append(f"long {name} = {parts[0].code};")
        for part in parts[1:]:
            lines += [f"if ({text.binary(op, part, Text(name)).code})", f"{INDENT}{name} = {part.code};"]

    def _fresh(self, base: str) -> str:
        name = fresh(base, self.taken)
        self.taken.add(name)
        return name


def _is_inline(atom: object) -> bool:
    """True if `atom` may stand in a loop header: cheap, and no longer than a division."""
    match atom:
        case Least() | Greatest() | Choice():
            return False
        case FloorDiv(dividend=dividend, truncates=truncates):
            return truncates and dividend.is_linear
        case Remainder(dividend=dividend):
            return dividend.is_linear
        case _:
            return True


def _is_shared(local: Local, body: tuple[Node, ...]) -> bool:
    """True if `local` must be declared in the block of `body` rather than further inside."""
    users = [node for node in body if _uses(node, local)]
    if all(isinstance(node, For) and local.array in node.owned and not _is_unrolled(node) for node in users):
        return False
    return len(users) > 1 or not isinstance(users[0], If | Let)


def _is_unrolled(loop: For) -> bool:
    return loop.unroll and (trips := trip_count(loop)) is not None and trips <= MAX_UNROLLED_ITERATIONS


def _uses(node: Node, local: Local) -> bool:
    return any(instance.statement in local.statements for instance in instances((node,)))


def _used_in(pending: tuple[Local, ...], body: tuple[Node, ...]) -> tuple[Local, ...]:
    if not pending:
        return ()
    present = {instance.statement for instance in instances(body)}
    return tuple(local for local in pending if local.statements & present)


def _mentions(lines: Iterable[str], name: str) -> bool:
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    return any(pattern.search(line) for line in lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (line if line.startswith("#") else INDENT + line for line in lines)
