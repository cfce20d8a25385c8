"""Loop tree -> lines of C."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from optimizer.codegen.accumulate import Kept, Parts
from optimizer.codegen.affine import (
    Affine,
    ParameterValue,
    Variable,
    add,
    condition_leaves,
    is_run,
    leaves,
    number,
    single,
)
from optimizer.codegen.buffers import BufferText
from optimizer.codegen.combine import Combiner
from optimizer.codegen.distinct import Fact
from optimizer.codegen.elements import Element, Lanes, Registers, references
from optimizer.codegen.headers import Headers
from optimizer.codegen.integers import Integers
from optimizer.codegen.lines import indented, mentions
from optimizer.codegen.looptree import (
    For,
    If,
    Instance,
    Let,
    Node,
    Pack,
    buffers,
    instances,
    is_unrolled,
    lane_count,
    replace_variables,
    trip_count,
    walk,
)
from optimizer.codegen.names import IDENTIFIER, expressions
from optimizer.codegen.pending import Pending, declarations
from optimizer.codegen.promote import (
    Copy,
    Memory,
    held_elements,
    straight_line,
    sure_elements,
    surely_runs,
    vectors_of,
    written_out,
)
from optimizer.codegen.statements import INDENT, StatementPrinter
from optimizer.codegen.vector_types import VectorTypes, has_vectors
from optimizer.codegen.vectors import NotVector, VectorPrinter
from optimizer.codegen.views import Reading, View, reading
from optimizer.ir.expr import Conditional, Ref
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
    in front of a loop. `buffers` gives the text of each buffer. `around` are the loops and conditions around the nodes,
    `registers` the variables that hold elements in them, `parts` those that hold elements as several values, `views`
    the references of each statement that read a buffer. `combiner` knows the statements whose order among each other
    does not matter. With `lanes` everything is printed for all of them at once, `private` names the vectors that take
    the place of private scalars, and `sure` are the elements that are touched and those that are written whatever
    happens. Vector loops with something that has no vector form are entered in `plain`.
    """

    statements: Mapping[str, Statement]
    integers: Integers
    arrays: Mapping[str, str]
    pragmas: Callable[[For, tuple[str, ...]], Iterable[str]]
    taken: set[str]
    types: VectorTypes
    combiner: Combiner
    buffers: Mapping[str, BufferText] = field(default_factory=dict[str, BufferText])
    budget: Budget = field(default_factory=Budget)
    around: tuple[Fact, ...] = ()
    registers: Registers = field(default_factory=Registers)
    shapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    views: Mapping[str, tuple[View, ...]] = field(default_factory=dict[str, tuple[View, ...]])
    parts: Mapping[Element, Parts] = field(default_factory=dict[Element, Parts])
    lanes: Lanes | None = None
    private: Mapping[str, str] = field(default_factory=dict[str, str])
    sure: tuple[frozenset[Element], frozenset[Element]] = (frozenset(), frozenset())
    plain: set[For] = field(default_factory=set[For])

    @property
    def headers(self) -> Headers:
        """Prints the headers of loops."""
        return Headers(self.integers, self.taken)

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
                self._require_uniform(condition_leaves(condition))
                yield f"if ({self.integers.condition(condition).code}) {{"
                inside = replace(self, around=(*self.around, condition))
                yield from indented(inside.lines(then, pending))
                rest = list(self.lines(otherwise, pending))
                if len(otherwise) == 1 and isinstance(otherwise[0], If) and rest[0].startswith("if ("):
                    yield f"}} else {rest[0]}"
                    yield from rest[1:]
                    return
                if otherwise:
                    yield "} else {"
                    yield from indented(rest)
                yield "}"
            case Let(variable=variable, value=value, body=body):
                self._require_uniform(leaves(value))
                yield "{"
                inner = list(self.lines(body, pending))
                if mentions(inner, variable):
                    yield f"{INDENT}const long {variable} = {self.integers.value(value).code};"
                yield from indented(inner)
                yield "}"
            case For():
                yield from self._loop(node, pending)
            case Pack():
                self._require(self.lanes is None)
                yield "{"
                yield from indented(self._pack(node, pending))
                yield "}"
            case _:
                assert_never(node)

    def _require(self, possible: bool) -> None:
        """NotVector if lanes are printed and that is not `possible`."""
        if self.lanes is not None and not possible:
            raise NotVector

    def _require_uniform(self, found: Iterable[Variable | ParameterValue]) -> None:
        self._require(self.lanes is None or Variable(self.lanes.variable) not in found)

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
        corner = tuple(self.headers.named(index, f"{buffer.name}_first", hoisted) for index in pack.corner)
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

    def _instance(self, instance: Instance) -> Iterator[str]:
        self.budget.spend()
        statement = self.statements[instance.statement]
        if self.lanes is not None:
            yield from self._in_lanes(Copy(instance.statement, instance.counters, self.lanes), self.lanes)
            return
        used = {expr.name for expr in expressions(statement.body) if isinstance(expr, IteratorExpr)}
        counters: dict[str, Affine] = {}
        declarations: list[str] = []
        for counter, value in zip(statement.counters, instance.counters, strict=True):
            counters[counter.name] = value
            if counter.name in used and not value.is_linear:
                name = self.headers.fresh(counter.source_name)
                declarations.append(f"const long {name} = {self.integers.value(value).code};")
                counters[counter.name] = single(Variable(name))
        source = self._reading(instance.statement)
        printer = self._printer(source.with_indices(counters))
        element = self.combiner.updated(instance.statement, source.values(instance.counters), None)
        parts = self.parts.get(element) if element is not None else None
        if element is not None and parts is not None and parts.lanes == 1:
            printer = replace(printer, registers=Registers({**self.registers, element: parts.next()}))
        lines = printer.lines(source.body)
        if not declarations:
            yield from lines
            return
        yield "{"
        yield from indented(declarations)
        yield from indented(lines)
        yield "}"

    def _in_lanes(self, copy: Copy, lanes: Lanes) -> Iterator[str]:
        source = self._reading(copy.statement)
        total = self.combiner.total(copy, self._reading, self.parts)
        update = self.combiner.updates.get(copy.statement)
        if update is not None and update.target.array not in self.private:
            element = self.combiner.updated(copy.statement, source.values(copy.counters), lanes)
            self._require(element is not None and (element.lanes > 1 or bool(total)))
        totals = {element: parts.next() for element, parts in total.items()}
        scalar = self._printer(source.values(copy.counters))
        yield from VectorPrinter(scalar, lanes, self.types, self.private, totals, *self.sure).lines(source.body)

    def _loop(self, loop: For, pending: Pending) -> Iterator[str]:
        if lane_count(loop):
            self._require(self.lanes is None)
            yield from self._vector(loop, pending)
            return
        if is_unrolled(loop):
            for index in range(trip_count(loop) or 0):
                value = add(loop.start, number(index * loop.step))
                yield from self._copy(replace_variables(loop.body, {loop.variable: value}), pending)
            return
        self._require(not loop.parallel)
        self._require_uniform((*leaves(loop.start), *leaves(loop.stop)))
        hoisted: list[str] = []
        start = self.headers.hoist(loop.start, f"{loop.variable}_begin", hoisted)
        stop = self.headers.hoist(loop.stop, f"{loop.variable}_end", hoisted)
        yield from hoisted
        header = f"for ({self.headers.header(loop.variable, start, stop, loop.step)}) {{"
        if loop.parallel:
            kept = self.combiner.in_threads(
                loop, self._reading, self._place, lambda array: self._numbered(self.arrays[array])
            )
        else:
            kept = self._in_parts(loop, straight_line(loop.body, self.lanes) or ())
            kept = kept.joined(self._held(loop, pending, kept))
        inner = replace(
            self,
            around=(*self.around, loop),
            registers=Registers({**self.registers, **kept.registers}),
            parts={**self.parts, **kept.parts},
            arrays={**self.arrays, **kept.arrays},
        )
        if self.lanes is not None:
            inner = replace(inner, sure=inner._sure(loop.body))
        body = indented(inner._block(loop.body, pending.entering(loop)))
        lines = [*kept.before, *self.pragmas(loop, kept.clauses), header, *body, "}", *kept.after]
        if not kept.before or surely_runs(loop):
            yield from lines
            return
        yield f"if ({self.integers.condition(is_run(start, stop)).code}) {{"
        yield from indented(lines)
        yield "}"

    def _in_parts(self, loop: For, copies: Sequence[Copy]) -> Kept:
        """The elements that `copies`, the body of `loop`, only update, as several values each."""
        kept = Kept()
        for total in self.combiner.sums(copies, (*self.around, loop), self._reading, self.arrays):
            place = self._place(total.ref, total.counters)
            if total.element not in self.parts and not mentions([place], loop.variable):
                names = tuple(self._numbered(self.arrays[total.ref.array]) for _ in range(total.parts))
                kept = kept.joined(self.combiner.in_parts(total, names, place))
        return kept

    def _place(self, ref: Ref, counters: Mapping[str, Affine]) -> str:
        return self._printer(counters).expression(ref).code

    def _held(self, loop: For, pending: Pending, outer: Kept) -> Kept:
        """The variables that hold elements while `loop` runs, and the lines that load and store them."""
        local = {each.array for each in pending.locals if not each.is_memory or each.array not in pending.declared}
        arrays = {array: code for array, code in self.arrays.items() if array not in local}
        memory = Memory(arrays, self.shapes, self.combiner.context)
        registers: dict[Element, str] = {}
        loads: list[str] = []
        stores: list[str] = []
        for held in held_elements(loop, self.around, self._reading, memory, self.lanes):
            if held.element in self.registers or held.element in outer.parts:
                continue
            place = StatementPrinter(self.integers, self.arrays, held.counters).expression(held.ref).code
            if mentions([place], loop.variable):  # (j - i) + i of unsigned counters stays as it is written
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
        return Kept(registers, before=tuple(loads), after=tuple(stores))

    def _vector(self, loop: For, pending: Pending) -> Iterator[str]:
        """All iterations of `loop` at once."""
        kept = self._in_parts(loop, straight_line((loop,)) or ())
        inside = replace(self, parts={**self.parts, **kept.parts})
        try:
            lines = [line for lanes in vectors_of(loop) for line in inside._lanes(loop, lanes, pending)]
        except NotVector:
            self.plain.add(loop)
            return
        if not kept.before:
            yield from lines
            return
        yield "{"
        yield from indented((*kept.before, *lines, *kept.after))
        yield "}"

    def _lanes(self, loop: For, lanes: Lanes, pending: Pending) -> Iterator[str]:
        """The vectors that take the place of private scalars, and the body for all lanes at once."""
        if buffers(loop.body):
            raise NotVector
        found = list(self._references(loop.body))
        types = {ref.array: ref.type for ref, _, _ in found}
        written = {ref.array for ref, is_written, _ in found if is_written} - self._totals(loop.body, lanes)
        own = [each for each in pending.within(loop.body).locals if each.array in written]
        if loop.independent:  # lanes use different elements
            own = [each for each in own if not each.is_memory or each.array not in pending.declared]
        if any(each.array in pending.declared or each.is_memory for each in own):
            raise NotVector
        if not all(has_vectors(types[each.array]) for each in own):
            raise NotVector
        private = {each.array: each.name for each in own}
        rest = replace(pending, locals=tuple(each for each in pending.locals if each.array not in private))
        inside = replace(self, lanes=lanes, private=private)
        lines = list(replace(inside, sure=inside._sure(loop.body)).lines(loop.body, rest))
        if not private:
            yield from lines
            return
        yield "{"
        bodies = (self.statements[i.statement].body for i in instances(loop.body))
        branches = any(isinstance(action, Conditional) for body in bodies for action in body)
        zero = " = {0}" if branches or any(isinstance(node, If) for node in walk(loop.body)) else ""
        yield from (f"{INDENT}{self.types.value(types[each.array], lanes.count)} {each.name}{zero};" for each in own)
        yield from indented(lines)
        yield "}"

    def _totals(self, body: tuple[Node, ...], lanes: Lanes) -> set[str]:
        """The arrays with elements that all of `lanes` update together."""
        copies = written_out(body, lanes) or ()
        return {e.array for copy in copies for e in self.combiner.total(copy, self._reading, self.parts)}

    def _sure(self, body: tuple[Node, ...]) -> tuple[frozenset[Element], frozenset[Element]]:
        copies = written_out(body, self.lanes)
        return (frozenset(), frozenset()) if copies is None else sure_elements(copies, self._reading, self.shapes)

    def _references(self, body: tuple[Node, ...]) -> Iterator[tuple[Ref, bool, bool]]:
        """The references of all instances in `body`, as `elements.references` gives them."""
        return (found for i in instances(body) for found in references(self._reading(i.statement).body))

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
        yield from indented(lines)
        yield "}"
