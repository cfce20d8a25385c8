"""Builds small nests from short text and looks at what schedules do to them."""

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import islpy as isl
import pytest

from optimizer.dependences import analyze, find_violation
from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.dependence import Nest, Violation
from optimizer.ir.diagnostic import Span
from optimizer.ir.order import Leaf, Loop, Node, original_schedule
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Access, AccessKind, Array, Counter, Parameter, Scop, Statement, Storage
from optimizer.transforms import REGISTRY, Inapplicable, Transformation, apply_script, original, parse_script

NOWHERE = Span("test.c", 1, 1, 1, 1)


def parse_order(text: str) -> list[Node]:
    """`i{S0 j{S1}}` -> nodes; a `-` before the brace makes a loop count down."""
    tokens = re.findall(r"\w+|[{}]|-", text)
    position = 0

    def block(depth: int) -> list[Node]:
        nonlocal position
        nodes: list[Node] = []
        while position < len(tokens) and tokens[position] != "}":
            name = tokens[position]
            position += 1
            descending = tokens[position : position + 1] == ["-"]
            position += descending
            if tokens[position : position + 1] == ["{"]:
                position += 1
                nodes.append(Loop(depth, tuple(block(depth + 1)), descending))
                position += 1
            else:
                nodes.append(Leaf(name))
        return nodes

    return block(0)


def build_nest(order: str, domains: str, accesses: str = "", context: str = "{ : }", private: str = "") -> Nest:
    """A nest from its loop structure, the domains of its statements and its accesses.

    `order` is like `i{S0 j{S1}}`; `domains` an isl union set; `accesses` parts such as `w: S0[i] -> A[i]` or
    `r: S0[i] -> A[i-1]`, separated by semicolons; `context` an isl set;
    `private` the names of arrays that hold no value before and after the nest.
    """
    parameters, _, sets = domains.rstrip("} ").partition("{")
    parts = [isl.Set(f"{parameters} {{ {part} }}") for part in sets.split(";")]
    by_name = {part.get_tuple_name() or "": part for part in parts}
    found: dict[str, list[Access]] = {name: [] for name in by_name}
    ranks: dict[str, int] = {}
    for part in filter(None, map(str.strip, accesses.split(";"))):
        kind, _, text = part.partition(":")
        relation = isl.Map(f"{parameters} {{ {text} }}")
        statement = relation.get_tuple_name(isl.dim_type.in_) or ""
        array = relation.get_tuple_name(isl.dim_type.out) or ""
        ranks[array] = relation.dim(isl.dim_type.out)
        access_kind = AccessKind.WRITE if kind == "w" else AccessKind.READ
        found[statement].append(Access(access_kind, array, relation.intersect_domain(by_name[statement])))
    names = re.findall(r"\w+", parameters)
    return analyze(
        Scop(
            name="test:0",
            function="test",
            parameters=tuple(Parameter(name, name, INT) for name in names),
            context=isl.Set(context),
            arrays=tuple(
                Array(name, name, DOUBLE, (None,) * rank, Storage.OBJECT, rank, live, live)
                for name, rank in sorted(ranks.items())
                for live in [name not in private.split()]
            ),
            statements=tuple(_statement(name, by_name[name], found[name]) for name in sorted(by_name)),
            schedule=original_schedule(parse_order(order), by_name),
            span=NOWHERE,
        )
    )


def _statement(name: str, domain: isl.Set, accesses: list[Access]) -> Statement:
    counters = tuple(Counter(str(dim), INT, str(dim)) for dim in domain.get_var_names(isl.dim_type.set))
    return Statement(name, counters, domain, (), tuple(accesses), NOWHERE)


def execution(schedule: Schedule, nest: Nest, **parameters: int) -> list[str]:
    """The statement instances in execution order at the given parameters; fails if two run at the same time."""
    at = isl.Set(f"[{', '.join(parameters)}] -> {{ : {' and '.join(f'{n} = {v}' for n, v in parameters.items())} }}")
    times = schedule.map.intersect_domain(nest.scop.domain)
    parts: list[isl.Map] = []
    times.intersect_params(at if parameters else isl.Set("{ : }")).foreach_map(parts.append)
    found: list[tuple[list[int], str]] = []
    for part in parts:
        pairs = part.wrap().project_out(isl.dim_type.param, 0, part.dim(isl.dim_type.param))
        name, rank = part.get_tuple_name(isl.dim_type.in_), part.dim(isl.dim_type.in_)
        size = pairs.dim(isl.dim_type.set)

        def add(point: isl.Point, name: str | None = name, rank: int = rank, size: int = size) -> None:
            row = [int(point.get_coordinate_val(isl.dim_type.set, d).to_python()) for d in range(size)]
            found.append((row[rank:], f"{name}[{','.join(map(str, row[:rank]))}]"))

        pairs.foreach_point(add)
    found.sort()
    assert all(one[0] != two[0] for one, two in itertools.pairwise(found)), "two instances run at the same time"
    return [instance for _, instance in found]


@dataclass(frozen=True)
class Toolbox:
    """What the tests of this folder do with nests."""

    def nest(
        self, order: str, domains: str, accesses: str = "", context: str = "{ : }", private: str = ""
    ) -> Nest:
        return build_nest(order, domains, accesses, context, private)

    def run(self, text: str, nest: Nest) -> Schedule:
        """The schedule that the script `text` makes of the order of `nest`; fails if a step is inapplicable."""
        result = apply_script(parse_script(text), nest)
        assert not isinstance(result, Inapplicable), result.reason
        self.check(result, nest)
        return result

    def check(self, result: Schedule, nest: Nest) -> None:
        """`result` survives as text and, with the marks and options that it has, isl can generate code for it."""
        reread = isl.Schedule(str(result.tree))
        assert reread.get_map().is_equal(result.map)
        assert [str(reread).count(key) for key in ("mark:", "options:")] == [
            str(result.tree).count(key) for key in ("mark:", "options:")
        ]
        assert nest.scop.domain.is_subset(result.map.domain())
        isl.AstBuild.from_context(nest.scop.context).node_from_schedule(reread)

    def refuse(self, text: str, nest: Nest) -> Inapplicable:
        """Why the script `text` does not fit `nest`."""
        result = apply_script(parse_script(text), nest)
        assert isinstance(result, Inapplicable)
        return result

    def order(self, text: str, nest: Nest, **parameters: int) -> str:
        """The instances in the order of the script `text`, separated by blanks."""
        return " ".join(execution(self.run(text, nest), nest, **parameters))

    def code(self, text: str, nest: Nest) -> str:
        """The C that isl prints for the script `text`, marks as comments, without indentation."""
        schedule = self.run(text, nest)
        node = isl.AstBuild.from_context(nest.scop.context).node_from_schedule(schedule.tree)
        return "\n".join(line.strip() for line in node.to_C_str().splitlines() if line.strip())

    def violation(self, text: str, nest: Nest) -> Violation | None:
        """What the schedule of the script `text` breaks."""
        return find_violation(self.run(text, nest), nest)

    def check_random(self, command: type[Transformation], seed: int) -> int:
        """The number of instances of `command` applied to a random nest, to the order as written and to a changed one.

        Each of them is checked to run every statement instance exactly once.
        """
        rng = random.Random(seed)
        nest = random_nest(rng)
        schedule = original(nest.scop)
        for prelude in (OneRandom("parallel"), *rng.sample(PRELUDES, 1)):
            schedule = prelude(schedule, nest, rng)
        expected = sorted(execution(original(nest.scop), nest))
        count = 0
        for start in (original(nest.scop), schedule):
            candidates = list(command.applicable(start, nest))
            for step in rng.sample(candidates, min(4, len(candidates))):
                result = step.apply(start, nest)
                if isinstance(result, Inapplicable):
                    assert not result.reason.startswith("isl"), f"{step}: {result.reason}"
                    continue
                assert sorted(execution(result, nest)) == expected, str(result)
                assert result.script == (*start.script, str(step))
                self.check(result, nest)
                count += 1
        return count


def random_nest(rng: random.Random) -> Nest:
    """A nest of up to four statements in up to three loops with constant and triangular bounds, without accesses."""
    names = iter(range(4))
    domains: list[str] = []

    def block(depth: int, bounds: tuple[str, ...]) -> str:
        parts: list[str] = []
        for _ in range(rng.randint(1, 2 if depth else 3)):
            if depth < 3 and (depth == 0 or rng.random() < 0.7):
                low = rng.choice(["0", "1", "-2", *(f"i{d}" for d in range(depth))])
                high = rng.choice(["4", "5", *(f"i{d} + 2" for d in range(depth))])
                step = rng.choice(["", "", f" and (i{depth} - {low}) mod 2 = 0"])
                body = block(depth + 1, (*bounds, f"{low} <= i{depth} <= {high}{step}"))
                parts.append(f"i{rng.choice(['', '', '-'])}{{{body}}}" if body else "")
            elif (name := next(names, None)) is not None:
                counters = ", ".join(f"i{d}" for d in range(depth))
                domains.append(f"S{name}[{counters}] : {' and '.join(bounds) or '0 = 0'}")
                parts.append(f"S{name}")
        return " ".join(filter(None, parts))

    order = block(0, ())
    if not domains:
        return random_nest(rng)
    return build_nest(order, f"{{ {'; '.join(domains)} }}")


@dataclass(frozen=True)
class OneRandom:
    """Applies one random command of a kind."""

    kind: str

    def __call__(self, schedule: Schedule, nest: Nest, rng: random.Random) -> Schedule:
        candidates = list(REGISTRY[self.kind].applicable(schedule, nest))
        result = rng.choice(candidates).apply(schedule, nest) if candidates else schedule
        return schedule if isinstance(result, Inapplicable) else result


PRELUDES: list[Callable[[Schedule, Nest, random.Random], Schedule]] = [
    OneRandom(kind) for kind in ("tile", "unroll_and_jam", "fuse", "skew", "strip_mine", "distribute", "isl")
]


@pytest.fixture
def toolbox() -> Toolbox:
    return Toolbox()
