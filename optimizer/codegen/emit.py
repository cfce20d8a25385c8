"""Loop tree -> lines of C. Bounds that are minima or maxima get names in front of their loops."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

import islpy as isl

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
    compare,
    number,
    scale,
    single,
)
from optimizer.codegen.buffers import BufferText
from optimizer.codegen.distinct import Fact
from optimizer.codegen.elements import Element, Lanes, Registers, references
from optimizer.codegen.integers import Integers
from optimizer.codegen.looptree import (
    For,
    If,
    Instance,
    Let,
    Node,
    Pack,
    is_unrolled,
    lane_count,
    replace_variables,
    trip_count,
)
from optimizer.codegen.names import IDENTIFIER, expressions, fresh
from optimizer.codegen.pending import Pending, declarations
from optimizer.codegen.promote import Memory, held_elements, straight_line, surely_runs, vectors_of
from optimizer.codegen.statements import INDENT, StatementPrinter
from optimizer.codegen.text import Text
from optimizer.codegen.vector_types import VectorTypes, has_vectors
from optimizer.codegen.vectors import NotVector, VectorPrinter
from optimizer.codegen.views import Reading, View, reading
from optimizer.ir.expr import Iterator as IteratorExpr
from optimizer.ir.scop import Statement

MAX_INSTANCES = 4096


class TooLarge(Exception):
    """The printed code would have more statements than a compiler takes in good time."""


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
    in front of a loop. `context` is what is known of the parameters, `buffers` gives the text of each buffer. `around`
    are the loops and conditions around the nodes, `registers` the variables that hold elements in them, `views` the
    references of each statement that read a buffer.
    """

    statements: Mapping[str, Statement]
    integers: Integers
    arrays: Mapping[str, str]
    pragmas: Callable[[For], Iterable[str]]
    taken: set[str]
    types: VectorTypes
    context: isl.Set
    buffers: Mapping[str, BufferText] = field(default_factory=dict[str, BufferText])
    budget: Budget = field(default_factory=Budget)
    around: tuple[Fact, ...] = ()
    registers: Registers = field(default_factory=Registers)
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    views: Mapping[str, tuple[View, ...]] = field(default_factory=dict[str, tuple[View, ...]])

    def lines(self, body: tuple[Node, ...], pending: Pending) -> Iterator[str]:
        """The C statements of `body`, which starts a block."""
        here, inner = pending.within(body).at(body)
        yield from declarations(here)
        for node in body:
            yield from self._node(node, inner)

    def _node(self, node: Node, pending: Pending) -> Iterator[str]:
        match node:
            case Instance():
                yield from self._instance(node)
            case If(condition=condition, then=then, otherwise=otherwise):
                yield f"if ({self.integers.condition(condition).code}) {{"
                inside = replace(self, around=(*self.around, condition))
                yield from _indented(inside.lines(then, pending))
                rest = list(self.lines(otherwise, pending))
                if len(otherwise) == 1 and isinstance(otherwise[0], If) and rest[0].startswith("if ("):
                    yield f"}} else {rest[0]}"
                    yield from rest[1:]
                    return
                if otherwise:
                    yield "} else {"
                    yield from _indented(rest)
                yield "}"
            case Let(variable=variable, value=value, body=body):
                yield "{"
                inner = list(self.lines(body, pending))
                if _mentions(inner, variable):
                    yield f"{INDENT}const long {variable} = {self.integers.value(value).code};"
                yield from _indented(inner)
                yield "}"
            case For():
                yield from self._loop(node, pending)
            case Pack():
                yield "{"
                yield from _indented(self._pack(node, pending))
                yield "}"
            case _:
                assert_never(node)

    def _block(self, body: tuple[Node, ...], pending: Pending) -> Iterator[str]:
        """The lines of a block of its own that executes `body`."""
        if len(body) != 1 or not isinstance(body[0], Pack):
            yield from self.lines(body, pending)
            return
        here, inner = pending.within(body).at(body)
        yield from declarations(here)
        yield from self._pack(body[0], inner)

    def _pack(self, pack: Pack, pending: Pending) -> Iterator[str]:
        buffer = self.buffers[pack.buffer.name]
        yield from buffer.declaration()
        hoisted: list[str] = []
        corner = tuple(self._named(index, f"{buffer.name}_first", hoisted) for index in pack.corner)
        yield from hoisted
        views = dict(self.views)
        for (statement, ref), subscripts in pack.buffer.readers:
            views[statement] = (*views.get(statement, ()), View(ref, pack.buffer.name, subscripts, corner))
        statements = {**self.statements, pack.buffer.name: pack.buffer.copy}
        arrays = {**self.arrays, pack.buffer.name: buffer.name}
        yield from replace(self, statements=statements, arrays=arrays, views=views).lines(pack.body, pending)

    def _printer(self, counters: Mapping[str, Affine]) -> StatementPrinter:
        return StatementPrinter(self.integers, self.arrays, counters, self.registers, self.shapes)

    def _reading(self, statement: str) -> Reading:
        return reading(self.statements[statement], self.views.get(statement, ()))

    def _named(self, value: Affine, name: str, lines: list[str]) -> Affine:
        """`value`, or a new variable that `lines` sets to it if it is more than a sum."""
        value = self._hoist(value, name, lines)
        if value.is_linear:
            return value
        name = self._fresh(name)
        lines.append(f"const long {name} = {self.integers.value(value).code};")
        return single(Variable(name))

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
        source = self._reading(instance.statement)
        printer = self._printer(source.with_indices(counters))
        lines = printer.lines(source.body)
        if not declarations:
            yield from lines
            return
        yield "{"
        yield from _indented(declarations)
        yield from _indented(lines)
        yield "}"

    def _loop(self, loop: For, pending: Pending) -> Iterator[str]:
        if lane_count(loop):
            yield from self._vector(loop, pending)
            return
        if is_unrolled(loop):
            for index in range(trip_count(loop) or 0):
                value = add(loop.start, number(index * loop.step))
                yield from self._copy(replace_variables(loop.body, {loop.variable: value}), pending)
            return
        hoisted: list[str] = []
        start = self._hoist(loop.start, f"{loop.variable}_begin", hoisted)
        stop = self._hoist(loop.stop, f"{loop.variable}_end", hoisted)
        yield from hoisted
        header = f"for ({self._header(loop.variable, start, stop, loop.step)}) {{"
        registers, loads, stores = self._held(loop, pending)
        inner = replace(self, around=(*self.around, loop), registers=Registers({**self.registers, **registers}))
        lines = [*self.pragmas(loop), header, *_indented(inner._block(loop.body, pending.entering(loop))), "}"]
        if not loads or surely_runs(loop):
            yield from (*loads, *lines, *stores)
            return
        yield f"if ({self.integers.condition(compare('<', start, stop)).code}) {{"
        yield from _indented((*loads, *lines, *stores))
        yield "}"

    def _held(self, loop: For, pending: Pending) -> tuple[dict[Element, str], list[str], list[str]]:
        """The variables that hold elements while `loop` runs, and the lines that load and store them."""
        local = {each.array for each in pending.locals}
        arrays = {array: code for array, code in self.arrays.items() if array not in local}
        memory = Memory(arrays, self.shapes, self.context)
        registers: dict[Element, str] = {}
        loads: list[str] = []
        stores: list[str] = []
        found = () if loop.parallel else held_elements(loop, self.around, self._reading, memory)
        for held in found:
            if held.element in self.registers:
                continue
            place = StatementPrinter(self.integers, self.arrays, held.counters).expression(held.ref).code
            if _mentions([place], loop.variable):  # (j - i) + i of unsigned counters stays as it is written
                continue
            name = self._numbered(self.arrays[held.ref.array])
            lanes, ctype = held.element.lanes, held.ref.type
            declared = ctype.name
            if lanes > 1:
                declared, memory_type = self.types.value(ctype, lanes), self.types.memory(ctype, lanes)
                place = f"*({memory_type} *)&{place}" if held.is_written else f"*(const {memory_type} *)&{place}"
            registers[held.element] = name
            loads.append(f"{'' if held.is_written else 'const '}{declared} {name} = {place};")
            if held.is_written:
                stores.append(f"{place} = {name};")
        return registers, loads, stores

    def _vector(self, loop: For, pending: Pending) -> Iterator[str]:
        """All iterations of `loop` at once, or one after the other where a statement has no vector form."""
        try:
            lines = [line for lanes in vectors_of(loop) for line in self._lanes(loop, lanes, pending)]
        except NotVector:
            for index in range(trip_count(loop) or 0):
                value = add(loop.start, number(index * loop.step))
                scalar = replace(self, registers=self.registers.by_lane)
                yield from scalar._copy(replace_variables(loop.body, {loop.variable: value}), pending)
            return
        yield from lines

    def _lanes(self, loop: For, lanes: Lanes, pending: Pending) -> Iterator[str]:
        copies = straight_line(loop.body, lanes)
        if copies is None:
            raise NotVector
        written = {a.array for c in copies for a in self.statements[c.statement].accesses if a.kind.value != "read"}
        own = [each for each in pending.within(loop.body).locals if each.array in written]
        if any(each.array in pending.declared or each.name != each.declarator for each in own):
            raise NotVector
        private: dict[str, str] = {}
        lines: list[str] = []
        for each in own:
            ctype = next(
                ref.type
                for copy in copies
                for ref, _, _ in references(self.statements[copy.statement].body)
                if ref.array == each.array
            )
            if not has_vectors(ctype):
                raise NotVector
            private[each.array] = each.name
            lines.append(f"{self.types.value(ctype, lanes.count)} {each.name};")
        for copy in copies:
            self.budget.spend()
            source = self._reading(copy.statement)
            scalar = self._printer(source.values(copy.counters))
            lines += VectorPrinter(scalar, lanes, self.types, private).lines(source.body)
        if not private:
            yield from lines
            return
        yield "{"
        yield from _indented(lines)
        yield "}"

    def _numbered(self, code: str) -> str:
        """A new name for a value of the array `code`: C_0, C_1, .."""
        words = IDENTIFIER.findall(code)
        index = 0
        while (name := f"{words[-1] if words else 'value'}_{index}") in self.taken:
            index += 1
        self.taken.add(name)
        return name

    def _copy(self, body: tuple[Node, ...], pending: Pending) -> Iterator[str]:
        """One iteration of an unrolled loop; its variables get a block of their own."""
        lines = list(self.lines(body, pending))
        here, _ = pending.within(body).at(body)
        if not here:
            yield from lines
            return
        yield "{"
        yield from _indented(lines)
        yield "}"

    def _header(self, variable: str, start: Affine, stop: Affine, step: int) -> str:
        inclusive = stop.constant == 1
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


def _mentions(lines: Iterable[str], name: str) -> bool:
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    return any(pattern.search(line) for line in lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (line if line.startswith("#") else INDENT + line for line in lines)
