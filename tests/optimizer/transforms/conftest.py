"""Builds small nests from short text and looks at what schedules do to them."""

import itertools
import re
from collections.abc import Callable

import islpy as isl
import pytest

from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.dependence import Dependence, DependenceKind, Dependences, Nest
from optimizer.ir.diagnostic import Span
from optimizer.ir.order import Leaf, Loop, Node, original_schedule
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Parameter, Scop, Statement, Storage
from optimizer.transforms import Inapplicable, apply_script, parse_script

NestBuilder = Callable[..., Nest]


def _order(text: str) -> list[Node]:
    """`i{S0 j{S1}}` -> nodes; a `-` before the brace makes a loop count down; loops are named by their letter only."""
    tokens = re.findall(r"\w+|[{}]|-", text)
    position = 0

    def block(depth: int) -> list[Node]:
        nonlocal position
        nodes: list[Node] = []
        while position < len(tokens) and tokens[position] != "}":
            name = tokens[position]
            position += 1
            descending = position < len(tokens) and tokens[position] == "-"
            position += descending
            if position < len(tokens) and tokens[position] == "{":
                position += 1
                nodes.append(Loop(depth, tuple(block(depth + 1)), descending))
                position += 1
            else:
                nodes.append(Leaf(name))
        return nodes

    return block(0)


def build_nest(order: str, domains: str, accesses: str = "", context: str = "{ : }") -> Nest:
    """A nest from its loop structure, the domains of its statements and its accesses.

    `order` is like `i{S0 j{S1}}`; `domains` an isl union set; `accesses` lines such as `w: S0[i] -> A[i]` or
    `r: S0[i] -> A[i-1]`; `context` an isl set. The dependences are all pairs of conflicting accesses in order.
    """
    parts: list[isl.Set] = []
    isl.UnionSet(domains).foreach_set(parts.append)
    by_name = {part.get_tuple_name() or "": part for part in parts}
    found: dict[str, list[Access]] = {name: [] for name in by_name}
    prefix = domains.partition("{")[0]
    ranks: dict[str, int] = {}
    for line in filter(None, map(str.strip, accesses.replace(";", "\n").splitlines())):
        kind, _, relation_text = line.partition(":")
        relation = isl.Map(f"{prefix} {{ {relation_text} }}")
        statement = relation.get_tuple_name(isl.dim_type.in_) or ""
        array = relation.get_tuple_name(isl.dim_type.out) or ""
        ranks[array] = relation.dim(isl.dim_type.out)
        access_kind = AccessKind.WRITE if kind == "w" else AccessKind.READ
        found[statement].append(Access(access_kind, array, relation.intersect_domain(by_name[statement])))
    statements = tuple(_statement(name, by_name[name], found[name]) for name in sorted(by_name))
    parameters = sorted({name for part in parts for name in part.get_var_names(isl.dim_type.param)})
    nodes = _order(order)
    scop = Scop(
        name="test:0",
        function="test",
        parameters=tuple(Parameter(str(name), str(name), INT) for name in parameters),
        context=isl.Set(context),
        arrays=tuple(
            Array(name, name, DOUBLE, (None,) * rank, Storage.OBJECT, rank) for name, rank in sorted(ranks.items())
        ),
        statements=statements,
        schedule=original_schedule(nodes, by_name),
        span=Span("test.c", 1, 1, 1, 1),
    )
    return Nest(scop, _dependences(scop))


def _statement(name: str, domain: isl.Set, accesses: list[Access]) -> Statement:
    counters = tuple(Counter(str(dim), INT, str(dim)) for dim in domain.get_var_names(isl.dim_type.set))
    return Statement(name, counters, domain, (), tuple(accesses), Span("test.c", 1, 1, 1, 1))


def _dependences(scop: Scop) -> Dependences:
    times = scop.schedule.get_map().intersect_domain(scop.domain)
    before = times.lex_lt_union_map(times)
    reads, writes = (_accesses(scop, kind) for kind in (AccessKind.READ, AccessKind.WRITE))
    pairs = (
        (DependenceKind.FLOW, writes, reads),
        (DependenceKind.ANTI, reads, writes),
        (DependenceKind.OUTPUT, writes, writes),
    )
    found: list[Dependence] = []
    for kind, first, second in pairs:
        relation = first.apply_range(second.reverse()).intersect(before)
        if not relation.is_empty():
            found.append(Dependence(kind, "", relation))
    return Dependences(tuple(found))


def _accesses(scop: Scop, kind: AccessKind) -> isl.UnionMap:
    result = isl.UnionMap("{ }")
    for statement in scop.statements:
        for access in statement.accesses:
            if access.kind is kind:
                result = result.union(isl.UnionMap.from_map(access.relation))
    return result


def run_script(text: str, nest: Nest) -> Schedule:
    """The schedule that `text` makes of the order of `nest`; fails if a step is inapplicable."""
    result = apply_script(parse_script(text), nest)
    assert not isinstance(result, Inapplicable), result.reason
    assert isl.Schedule(str(result.tree)).get_map().is_equal(result.map)
    return result


def is_legal(schedule: Schedule, nest: Nest) -> bool:
    """True if every dependence goes forward in time; says nothing about parallel loops."""
    times = schedule.map
    relation = nest.dependences.union()
    return relation is None or relation.is_subset(times.lex_lt_union_map(times))


def code(schedule: Schedule, nest: Nest) -> str:
    """The C that isl prints for `schedule`, marks as comments."""
    build = isl.AstBuild.from_context(nest.scop.context)
    return str(build.node_from_schedule(schedule.tree).to_C_str())


def execution(schedule: Schedule, nest: Nest, **parameters: int) -> list[str]:
    """The statement instances in execution order at the given parameters; fails if two run at the same time."""
    values = ", ".join(f"{name} = {value}" for name, value in parameters.items())
    at = isl.Set(f"[{', '.join(parameters)}] -> {{ : {values} }}") if parameters else isl.Set("{ : }")
    times = schedule.map.intersect_domain(nest.scop.domain).intersect_params(at)
    found: list[tuple[list[int], str]] = []

    def visit(part: isl.Map) -> None:
        wrapped = part.wrap().project_out(isl.dim_type.param, 0, part.dim(isl.dim_type.param))
        name, rank = part.get_tuple_name(isl.dim_type.in_), part.dim(isl.dim_type.in_)

        size = wrapped.dim(isl.dim_type.set)

        def point(p: isl.Point) -> None:
            row = [int(p.get_coordinate_val(isl.dim_type.set, d).to_python()) for d in range(size)]
            found.append((row[rank:], f"{name}[{', '.join(map(str, row[:rank]))}]"))

        wrapped.foreach_point(point)

    times.foreach_map(visit)
    found.sort()
    assert all(a[0] != b[0] for a, b in itertools.pairwise(found)), "two instances at the same time"
    return [instance for _, instance in found]


@pytest.fixture
def make_nest() -> NestBuilder:
    return build_nest
