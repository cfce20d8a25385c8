"""The iterations of a loop equal those that an interpreter of C's semantics runs through, or the loop is not taken."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import islpy as isl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontends.c import read_program
from optimizer.ir.ctype import ARITHMETIC_TYPES, CType, common_type, promote
from optimizer.ir.scop import Scop

TYPES = ["int", "unsigned int", "long", "unsigned long", "short", "unsigned char", "signed char"]


@dataclass(frozen=True)
class Typed:
    """A C value; None stands for undefined behaviour."""

    value: int
    type: CType


class Undefined(Exception):
    pass


class Endless(Exception):
    pass


def convert(value: int, ctype: CType) -> int:
    span = ctype.maximum - ctype.minimum + 1
    return (value - ctype.minimum) % span + ctype.minimum


@dataclass(frozen=True)
class Node:
    """An expression: an operator over children, a variable or a constant."""

    op: str
    children: tuple["Node", ...] = ()
    text: str = ""

    def __str__(self) -> str:
        match self.op:
            case "leaf":
                return self.text
            case "?":
                return "({} ? {} : {})".format(*self.children)
            case "cast":
                return f"(({self.text}){self.children[0]})"
            case _ if len(self.children) == 1:
                return f"({self.op}{self.children[0]})"
            case _:
                return f"({self.children[0]} {self.op} {self.children[1]})"

    def run(self, env: dict[str, Typed]) -> Typed:
        if self.op == "leaf":
            return env[self.text] if self.text in env else Typed(int(self.text), ARITHMETIC_TYPES["int"])
        if self.op == "cast":
            ctype = ARITHMETIC_TYPES[self.text]
            return Typed(convert(self.children[0].run(env).value, ctype), ctype)
        if self.op == "?":
            condition, then, otherwise = self.children
            chosen = (then if condition.run(env).value else otherwise).run(env)
            kinds = [self._type(child, env) for child in (then, otherwise)]
            return Typed(convert(chosen.value, common_type(*kinds)), common_type(*kinds))
        if self.op in ("&&", "||"):
            left = self.children[0].run(env).value
            if bool(left) == (self.op == "||"):
                return Typed(int(bool(left)), ARITHMETIC_TYPES["int"])
            return Typed(int(bool(self.children[1].run(env).value)), ARITHMETIC_TYPES["int"])
        return self._arithmetic([child.run(env) for child in self.children])

    def _type(self, child: "Node", env: dict[str, Typed]) -> CType:
        return child.run(env).type

    def _arithmetic(self, values: list[Typed]) -> Typed:
        if len(values) == 1:
            ctype = promote(values[0].type)
            return self._checked(-values[0].value, ctype)
        ctype = common_type(values[0].type, values[1].type)
        a, b = (convert(v.value, ctype) for v in values)
        comparisons = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "!=": a != b, "==": a == b}
        if self.op in comparisons:
            return Typed(int(comparisons[self.op]), ARITHMETIC_TYPES["int"])
        if self.op in ("/", "%"):
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return self._checked(quotient if self.op == "/" else a - b * quotient, ctype)
        return self._checked({"+": a + b, "-": a - b, "*": a * b}[self.op], ctype)

    def _checked(self, value: int, ctype: CType) -> Typed:
        if ctype.signed and not ctype.minimum <= value <= ctype.maximum:
            raise Undefined
        return Typed(convert(value, ctype), ctype)


def leaf(text: object) -> Node:
    return Node("leaf", (), str(text))


LEAVES = st.one_of(st.sampled_from(["n", "m"]).map(leaf), st.integers(0, 9).map(leaf))


def expressions(leaves: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    constant = st.integers(1, 7).map(leaf)

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        compare = st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(["<", ">=", "=="]), inner, inner)
        return st.one_of(
            st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(["+", "-"]), inner, inner),
            st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(["/", "%", "*"]), inner, constant),
            st.builds(lambda a, b, c: Node("?", (a, b, c)), compare, inner, inner),
            st.builds(lambda t, a: Node("cast", (a,), t), st.sampled_from(TYPES), inner),
            st.builds(lambda a: Node("-", (a,)), inner),
        )

    return st.recursive(leaves, grow, max_leaves=3)


@dataclass(frozen=True)
class Header:
    counter: str
    n_type: str
    m_type: str
    start: Node
    condition: Node
    step: int

    def __str__(self) -> str:
        step = f"i += {self.step}" if self.step > 0 else f"i -= {-self.step}"
        return f"for ({self.counter} i = {self.start}; {self.condition}; {step})"

    def trace(self, n: int, m: int, limit: int = 400) -> list[int] | None:
        """The counter's values; None if the loop is undefined or too long. Raises Endless."""
        ctype = ARITHMETIC_TYPES[self.counter]
        env = {"n": Typed(n, ARITHMETIC_TYPES[self.n_type]), "m": Typed(m, ARITHMETIC_TYPES[self.m_type])}
        values: list[int] = []
        try:
            current = convert(self.start.run(env).value, ctype)
            while self.condition.run(env | {"i": Typed(current, ctype)}).value:
                if current in values:
                    raise Endless
                values.append(current)
                if len(values) > limit:
                    return None
                wide = promote(ctype)
                following = current + self.step
                if wide.signed and not wide.minimum <= following <= wide.maximum:
                    return None
                current = convert(following, ctype)
        except Undefined:
            return None
        return values


def conditions() -> st.SearchStrategy[Node]:
    bound = st.builds(
        lambda op, b: Node(op, (leaf("i"), b)), st.sampled_from(["<", "<=", ">", ">=", "!="]), expressions(LEAVES)
    )
    both = st.builds(lambda op, a, b: Node(op, (a, b)), st.sampled_from(["&&", "&&", "||"]), bound, bound)
    odd = st.builds(
        lambda c, b: Node("<", (Node("*", (leaf("i"), leaf(c))), b)), st.integers(2, 3), expressions(LEAVES)
    )
    return st.one_of(bound, bound, bound, both, odd)


HEADERS = st.builds(
    Header,
    st.sampled_from(TYPES),
    st.sampled_from(TYPES),
    st.sampled_from(TYPES),
    expressions(LEAVES),
    conditions(),
    st.sampled_from([1, 1, 2, 3, -1, -1, -2]),
)


def values_of(type_name: str) -> list[int]:
    ctype = ARITHMETIC_TYPES[type_name]
    small = [-7, -2, -1, 0, 1, 2, 3, 5, 8, 11, 127, 128, 255]
    return [v for v in (*small, ctype.maximum, ctype.minimum, ctype.maximum - 1) if ctype.minimum <= v <= ctype.maximum]


def holds(context: isl.Set, values: dict[str, int]) -> bool:
    for name, value in values.items():
        position = context.find_dim_by_name(isl.dim_type.param, name)
        if position >= 0:
            context = context.fix_val(isl.dim_type.param, position, isl.Val(str(value)))
    return not context.is_empty()


@given(st.lists(HEADERS, min_size=12, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_iterations_equal_the_trace(
    tmp_path_factory: pytest.TempPathFactory, points: Callable[..., list[tuple[int, ...]]], headers: list[Header]
) -> None:
    functions = [
        f"void f{k}({h.n_type} n, {h.m_type} m, double *a, {h.counter} *last) {{ {h} {{ a[(int)i] = 1.0; }} }}"
        for k, h in enumerate(headers)
    ]
    path: Path = tmp_path_factory.mktemp("loops") / "input.c"
    path.write_text("\n".join(functions))
    for scop in read_program(path).scops:
        header = headers[int(scop.function[1:])]
        for n, m in product(values_of(header.n_type), values_of(header.m_type)):
            check(scop, header, (n, m), points)


def check(scop: Scop, header: Header, sizes: tuple[int, int], points: Callable[..., list[tuple[int, ...]]]) -> None:
    named = {p.name: dict(zip("nm", sizes, strict=True))[p.text] for p in scop.parameters}
    wide = {p.name for p in scop.parameters if p.type.size == 8}
    if any(abs(v) > 2**40 for name, v in named.items() if name in wide) or not holds(scop.context, named):
        return
    trace = header.trace(*sizes)
    if trace is None:
        return
    domain = scop.statements[0].domain
    position_of = [(domain.find_dim_by_name(isl.dim_type.param, k), v) for k, v in named.items()]
    for position, value in position_of:
        if position >= 0:
            domain = domain.fix_val(isl.dim_type.param, position, isl.Val(str(value)))
    assert domain.is_bounded()
    assert [p[0] for p in points(domain)] == sorted(trace), (str(header), sizes)


PLAIN = [
    ("for (int i = 0; i < n; i++)", 5, range(5)),
    ("for (int i = 0; i <= n; ++i)", 5, range(6)),
    ("for (int i = n; i > 0; i--)", 5, range(5, 0, -1)),
    ("for (int i = n - 1; i >= 0; --i)", 5, range(4, -1, -1)),
    ("for (int i = 1; i < n; i += 3)", 9, range(1, 9, 3)),
    ("for (int i = n; i > 2; i -= 2)", 9, range(9, 2, -2)),
    ("for (int i = 0; i != n; i = i + 1)", 4, range(4)),
    ("for (unsigned i = 0; i < (unsigned)n; i++)", 4, range(4)),
    ("for (long i = 0; i < n; i = 2 + i)", 7, range(0, 7, 2)),
    ("for (int i = 0; i < n && i < 3; i++)", 7, range(3)),
    ("for (int i = 0; i < (n < 4 ? n : 4); i++)", 7, range(4)),
    ("for (int i = n / 2; i < n - n % 3; i++)", 8, range(4, 6)),
    ("for (int i = -7 / 2; i < -7 % 4 + n; i++)", 2, range(-3, -1)),
    ("for (int i = 0; n > i; i++)", 3, range(3)),
    ("for (int i = 0; 2 * i < n; i++)", 7, range(4)),
    ("for (int i = 0; i * i < 0 || i < n; i++)", 0, None),
    ("for (unsigned char i = 250; i < n; i++)", 255, range(250, 255)),
]


@pytest.mark.parametrize(("header", "n", "expected"), PLAIN)
def test_headers(
    read: Callable[..., object],
    points: Callable[..., list[tuple[int, ...]]],
    header: str,
    n: int,
    expected: range | None,
) -> None:
    program = read(f"void f(int n, double *a) {{ {header} a[i] = 1; }}")
    scops: tuple[Scop, ...] = program.scops  # type: ignore[attr-defined]
    if expected is None:
        assert scops == ()
    else:
        domain = scops[0].statements[0].domain.intersect_params(scops[0].context)
        assert [p[0] for p in points(domain, n=n)] == sorted(expected)
