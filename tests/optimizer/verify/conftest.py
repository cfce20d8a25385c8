"""Scops built straight from random plans, without the C front end: a second, independent road to the model."""

import re
from collections.abc import Callable
from dataclasses import replace

import islpy as isl
import pytest

from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.diagnostic import Span
from optimizer.ir.expr import Assign, Binary, Expr, Iterator, Literal, Ref
from optimizer.ir.order import Leaf, Node, original_schedule
from optimizer.ir.order import Loop as OrderLoop
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Scop, Statement, Storage
from optimizer.verify import nests
from optimizer.verify.generator import random_nest
from optimizer.verify.render import render

SPAN = Span("direct.c", 1, 1, 1, 1)


def simplified(plan: nests.NestPlan) -> nests.NestPlan:
    """`plan` with global double arrays, constant sizes, and statements that sum up what they refer to."""
    arrays = tuple(nests.ArrayPlan(a.name, "double", a.rank) for a in plan.arrays)
    parameters = tuple(replace(p, is_macro=True, others=()) for p in plan.parameters)
    counters = tuple((name, "int") for name, _ in plan.counters)
    return replace(
        plan, arrays=arrays, parameters=parameters, counters=counters, outer_counters=False,
        body=tuple(_simplified(node) for node in plan.body),
    )  # fmt: skip


def _simplified(node: nests.Node) -> nests.Node:
    match node:
        case nests.Statement():
            return _sum(node)
        case nests.Guard(condition=condition, then=then, otherwise=otherwise):
            then, otherwise = (tuple(_simplified(child) for child in part) for part in (then, otherwise))
            affine = condition if not condition.references else nests.Statement("1 > 0")
            return nests.Guard(affine, then, otherwise)
        case nests.Loop(body=body):
            return replace(node, body=tuple(_simplified(child) for child in body))
        case nests.Block(nodes=inside):
            return nests.Block(tuple(_simplified(child) for child in inside))


def _sum(statement: nests.Statement) -> nests.Statement:
    found = tuple(r for r in statement.references if r.through is None)
    text = "{0} = 1.0"
    for number in range(len(found)):
        text += f" + 0.125 * {{{number}}}"
    return nests.Statement(f"{text};", found) if found else nests.Statement(";")


class DirectBuilder:
    """Walks a plan that is `simplified` and models exactly what `render` prints for it."""

    def __init__(self, plan: nests.NestPlan) -> None:
        self.plan = plan
        self.text = render(plan)
        self.layouts = nests.layouts(plan)
        self.sizes = {p.name: p.value for p in plan.parameters}
        self.statements: list[Statement] = []
        start = self.text.index("\n{\n", self.text.index("void kernel")) + 3
        self.span = Span("direct.c", 1, 1, 1, 1, start, self.text.index("\n}\n", start) + 1)

    def scop(self) -> Scop:
        nodes = self._nodes(self.plan.body, (), "")
        domains = {s.name: s.domain for s in self.statements}
        arrays = tuple(
            Array(a.name, a.name, DOUBLE, tuple(map(str, self.layouts[a.name].extents)), Storage.OBJECT, a.rank)
            for a in self.plan.arrays
            if a.name in self.layouts
        )
        return Scop(
            "kernel:0", "kernel", (), isl.Set("{ : }"), arrays, tuple(self.statements),
            original_schedule(nodes, domains), self.span,
        )  # fmt: skip

    def _nodes(self, nodes: tuple[nests.Node, ...], counters: tuple[str, ...], where: str) -> tuple[Node, ...]:
        found: list[Node] = []
        for node in nodes:
            match node:
                case nests.Statement(references=()):
                    pass
                case nests.Statement():
                    found.append(self._statement(node, counters, where))
                case nests.Guard(condition=condition):
                    text = self._text(condition.text)
                    found.extend(self._nodes(node.then, counters, f"{where} and ({text})"))
                    found.extend(self._nodes(node.otherwise, counters, f"{where} and not ({text})"))
                case nests.Loop():
                    inner = f"{where} and {self._header(node)}"
                    body = self._nodes(node.body, (*counters, node.counter), inner)
                    if body:
                        found.append(OrderLoop(len(counters), body, node.step < 0))
                case nests.Block(nodes=inside):
                    found.extend(self._nodes(inside, counters, where))
        return tuple(found)

    def _text(self, text: str) -> str:
        text = text.replace("&&", "and").replace("||", "or").replace("==", "=")
        return re.sub(r"\b[A-Za-z]\w*\b", lambda m: str(self.sizes.get(m.group(), m.group())), text)

    def _quotient(self, end: nests.Linear, divisor: int) -> str:
        return f"floor(({self._linear(end)}) / {divisor})"

    def _linear(self, expression: nests.Linear) -> str:
        return re.sub(r"\((\w+) / (\d+)\)", r"floor(\1 / \2)", self._text(str(expression)))

    def _header(self, loop: nests.Loop) -> str:
        name, up = loop.counter, loop.step > 0
        firsts = [loop.first] + ([loop.first_other] if loop.first_other else [])
        lasts = [loop.last] + ([loop.last_other] if loop.last_other else [])
        limits = [f"{name} {'<=' if up else '>='} {self._quotient(last, loop.divisor)}" for last in lasts]
        limits += [f"{name} {'>=' if up else '<='} {self._linear(first)}" for first in firsts]
        if abs(loop.step) > 1:
            assert len(firsts) == 1
            limits.append(f"({name} - ({self._linear(firsts[0])})) mod {abs(loop.step)} = 0")
        return " and ".join(limits)

    def _statement(self, statement: nests.Statement, counters: tuple[str, ...], where: str) -> Leaf:
        name = f"S{len(self.statements)}"
        references = statement.references
        head = f"{name}[{', '.join(counters)}]"
        domain = isl.Set(f"{{ {head} : {where.removeprefix(' and ') or 'true'} }}")
        accesses = [self._access(head, r, AccessKind.READ) for r in references]
        accesses.append(self._access(head, references[0], AccessKind.WRITE))
        value: Expr = Literal("1.0", DOUBLE)
        for reference in references:
            value = Binary("+", value, Binary("*", Literal("0.125", DOUBLE), self._ref(reference)))
        body = (Assign(self._ref(references[0]), "=", value),)
        self.statements.append(
            Statement(name, tuple(Counter(c, INT, c) for c in counters), domain, body, tuple(accesses), SPAN)
        )
        return Leaf(name)

    def _shifted(self, reference: nests.Reference) -> list[nests.Linear]:
        lows = self.layouts[reference.array].lows
        return [s.plus(-low) for s, low in zip(reference.subscripts, lows, strict=True)]

    def _access(self, head: str, reference: nests.Reference, kind: AccessKind) -> Access:
        subscripts = ", ".join(self._linear(s) for s in self._shifted(reference))
        return Access(kind, reference.array, isl.Map(f"{{ {head} -> {reference.array}[{subscripts}] }}"))

    def _ref(self, reference: nests.Reference) -> Ref:
        return Ref(reference.array, tuple(self._expr(s) for s in self._shifted(reference)), DOUBLE)

    def _expr(self, expression: nests.Linear) -> Expr:
        total: Expr = Literal(str(expression.constant), INT)
        for atom, factor in expression.terms:
            total = Binary("+", total, Binary("*", Literal(str(factor), INT), self._atom(atom)))
        return total

    def _atom(self, atom: str) -> Expr:
        words = atom.strip("()").split()
        leaf: Expr = Literal(str(self.sizes[words[0]]), INT) if words[0] in self.sizes else Iterator(words[0], INT)
        return Binary(words[1], leaf, Literal(words[2], INT)) if len(words) == 3 else leaf


@pytest.fixture
def direct() -> Callable[[int], tuple[str, Scop]]:
    """A function that gives the simplified program of a seed and its Scop."""

    def build(seed: int) -> tuple[str, Scop]:
        builder = DirectBuilder(simplified(random_nest(seed)))
        return builder.text, builder.scop()

    return build
