"""Scops written down by hand, and a check that generated code does what the original does when both are executed."""

import ast
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import islpy as isl
import pytest

from optimizer.codegen import CodegenOptions, Generated, generate
from optimizer.dependences import analyze
from optimizer.ir import expr as ir
from optimizer.ir.ctype import ARITHMETIC_TYPES, DOUBLE, INT, CType
from optimizer.ir.diagnostic import Span
from optimizer.ir.order import Leaf, Loop, original_schedule
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import (
    Access,
    AccessKind,
    Array,
    Assumption,
    Counter,
    ExitValue,
    Parameter,
    Scop,
    Statement,
    Storage,
)  # fmt: skip

SPAN = Span("test.c", 1, 1, 1, 1)
BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Eq: "==", ast.BitAnd: "&", ast.BitOr: "|", ast.LShift: "<<",
}  # fmt: skip


@dataclass
class Case:
    """A nest: `domains` in isl text, one assignment `target op value` per domain, and how they are nested."""

    domains: list[str]
    bodies: list[str]
    order: list[Any]
    parameters: dict[str, CType] = field(default_factory=lambda: {"n": INT})
    context: str = "[n] -> { : }"
    arrays: list[Array] = field(default_factory=list)
    counter_type: CType = INT
    assumptions: tuple[Assumption, ...] = ()
    exit_values: tuple[ExitValue, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)

    def scop(self) -> Scop:
        statements = []
        for index, (domain, body) in enumerate(zip(self.domains, self.bodies, strict=True)):
            statements.append(self._statement(f"S{index}", isl.Set(domain), body))
        domains = {s.name: s.domain for s in statements}
        return Scop(
            name="f:0",
            function="f",
            parameters=tuple(Parameter(n, self.texts.get(n, n), t) for n, t in self.parameters.items()),
            context=isl.Set(self.context),
            arrays=tuple(self.arrays),
            statements=tuple(statements),
            schedule=original_schedule(self.order, domains),
            span=SPAN,
            assumptions=self.assumptions,
            exit_values=self.exit_values,
        )

    def _statement(self, name: str, domain: isl.Set, body: str) -> Statement:
        dims = [domain.get_dim_name(isl.dim_type.set, i) or "" for i in range(domain.dim(isl.dim_type.set))]
        match = re.fullmatch(r"(.*?[^<>=!+*-])\s*([-+*]?=)(?!=)(.*)", body)
        assert match is not None
        target, op, value = match.groups()
        reader = _Reader(self, name, dims, domain.get_space())
        reference = reader.expr(ast.parse(target.strip(), mode="eval").body)
        assert isinstance(reference, ir.Ref)
        assign = ir.Assign(reference, op, reader.expr(ast.parse(value.strip(), mode="eval").body))
        reads = reader.accesses if op != "=" else reader.accesses[1:]
        accesses = [Access(AccessKind.READ, a, m) for a, m in reads]
        accesses.append(Access(AccessKind.WRITE, *reader.accesses[0]))
        counters = tuple(Counter(d, self.counter_type, d) for d in dims)
        return Statement(name, counters, domain, (assign,), tuple(accesses), SPAN)


class _Reader:
    def __init__(self, case: Case, name: str, dims: list[str], space: isl.Space) -> None:
        self.case, self.name, self.dims = case, name, dims
        self.parameters = ", ".join(space.get_dim_name(isl.dim_type.param, i) or "" for i in range(
            space.dim(isl.dim_type.param)))
        self.accesses: list[tuple[str, isl.Map]] = []

    def expr(self, node: ast.expr) -> ir.Expr:  # noqa: C901
        arrays = {a.name: a for a in self.case.arrays}
        match node:
            case ast.Constant(value=value):
                return ir.Literal(repr(value), DOUBLE if isinstance(value, float) else INT)
            case ast.Name(id=name) if name in self.dims:
                return ir.Iterator(name, self.case.counter_type)
            case ast.Name(id=name) if name in arrays:
                return self._ref(arrays[name], [])
            case ast.Name(id=name):
                return ir.Symbol(name, self.case.parameters.get(name, DOUBLE))
            case ast.Subscript():
                subscripts: list[ast.expr] = []
                while isinstance(node, ast.Subscript):
                    subscripts.insert(0, node.slice)
                    node = node.value
                assert isinstance(node, ast.Name)
                return self._ref(arrays[node.id], subscripts)
            case ast.BinOp(left=left, op=op, right=right):
                return ir.Binary(BINARY[type(op)], self.expr(left), self.expr(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return ir.Binary(BINARY[type(op)], self.expr(left), self.expr(right))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ir.Select(self.expr(test), self.expr(body), self.expr(orelse))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ir.Unary("-", self.expr(operand))
            case ast.Call(func=ast.Name(id=name), args=[argument]) if name.replace("_", " ") in ARITHMETIC_TYPES:
                return ir.Cast(ARITHMETIC_TYPES[name.replace("_", " ")], self.expr(argument))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return ir.Call(name, tuple(self.expr(a) for a in arguments), DOUBLE)
            case _:
                raise AssertionError(ast.dump(node))

    def _ref(self, array: Array, subscripts: list[ast.expr]) -> ir.Ref:
        indices = ", ".join(ast.unparse(s) for s in subscripts)
        relation = f"[{self.parameters}] -> {{ {self.name}[{', '.join(self.dims)}] -> {array.name}[{indices}] }}"
        self.accesses.append((array.name, isl.Map(relation)))
        return ir.Ref(array.name, tuple(self.expr(s) for s in subscripts), array.element)


def array(
    name: str, *extents: str | None, element: CType = DOUBLE, storage: Storage = Storage.OBJECT, **flags: bool
) -> Array:
    return Array(name, name, element, extents, storage, len(extents), **flags)


COMPILERS = {
    "gcc": ["gcc", "-O2", "-ffp-contract=off"],
    "gcc-openmp": ["gcc", "-O3", "-march=native", "-ffp-contract=off", "-fopenmp"],
    "clang": ["clang-19", "-O2", "-ffp-contract=off"],
}
WARNINGS = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"]


@dataclass
class Checker:
    """Compiles and runs a function with the original nest and with the generated one; the outputs must agree."""

    directory: Path

    def text(self, case: Case, schedule: Schedule | None, original: str, **options: Any) -> str:
        scop = case.scop()
        nest = analyze(scop)
        options = {"min_parallel_work": 0, **options}
        made = generate(
            nest, schedule or Schedule(scop.schedule), original=original, indent="    ",
            options=CodegenOptions(**options),
        )  # fmt: skip
        assert isinstance(made, Generated), made
        return made.text

    def run(self, template: str, nest: str, compiler: str) -> str:
        """The output of `template` with @NEST@ replaced, compiled without a warning."""
        source = self.directory / "case.c"
        source.write_text(template.replace("@NEST@", nest))
        program = self.directory / "case"
        command = [*COMPILERS[compiler], *WARNINGS, "-o", str(program), str(source), "-lm"]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr + source.read_text()
        ran = subprocess.run([str(program)], capture_output=True, text=True, check=False, timeout=20)
        assert ran.returncode == 0, (ran, source.read_text())
        return ran.stdout

    def check(
        self, case: Case, schedule: Schedule | None, template: str, original: str, **options: Any
    ) -> str:
        """The generated text, after it gave the original's output under all compilers present."""
        expected = self.run(template, original, "gcc")
        assert expected
        text = self.text(case, schedule, original, **options)
        for name in COMPILERS:
            if shutil.which(COMPILERS[name][0]):
                assert self.run(template, text, name) == expected, text
        return text


@pytest.fixture
def checker(tmp_path: Path) -> Checker:
    return Checker(tmp_path)


@pytest.fixture
def make() -> type[Case]:
    return Case


@pytest.fixture
def declare() -> Any:
    return array


@pytest.fixture
def loops() -> Any:
    """`loops(0, "S0")` is one loop around S0; `loops(0, loops(1, "S0"))` two."""

    def build(dimension: int, *body: Any, descending: bool = False) -> Loop:
        return Loop(dimension, tuple(Leaf(b) if isinstance(b, str) else b for b in body), descending)

    return build
