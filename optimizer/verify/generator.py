"""Draws random affine loop nests from a seed: bounds, subscripts, statements and types of many styles.

The programs are free of undefined behaviour by construction: subscripts stay in bounds (see `nests`), signed
arithmetic is kept small by remainders, divisors are positive constants, and floating values stay finite.
"""

import random
from dataclasses import dataclass, field, replace

from optimizer.verify.expressions import Expressions, is_real
from optimizer.verify.headers import HeaderContext, draw_header
from optimizer.verify.nests import (
    ArrayPlan,
    Block,
    Guard,
    Linear,
    Loop,
    NestPlan,
    Node,
    ParameterPlan,
    Range,
    Reference,
    Statement,
    loop_range,
)

_SIGNED_COUNTERS = ("int", "int", "int", "int", "long", "int64_t", "short", "ptrdiff_t", "long long", "unsigned char")
_UNSIGNED_COUNTERS = ("unsigned", "size_t", "unsigned long", "uint32_t", "uint64_t")
_FAMILIES = {
    "real": ("double", "double", "double", "float"),
    "wide": ("int", "int", "long", "int64_t", "long long", "int32_t"),
    "narrow": ("short", "signed char", "unsigned char", "uint8_t", "int16_t", "uint16_t", "char"),
    "unsigned": ("unsigned", "uint32_t", "uint64_t", "unsigned long", "size_t"),
}
_SIZES = {1: (3, 40), 2: (3, 14), 3: (2, 9), 4: (2, 5)}


def random_nest(seed: int) -> NestPlan:
    """The nest that `seed` stands for; equal seeds give equal nests."""
    return _Builder(random.Random(seed)).build(seed)


@dataclass(slots=True)
class _Scope:
    """What is visible at a place of the nest."""

    env: dict[str, Range]  # counters and parameters
    counters: tuple[str, ...]  # outermost first


@dataclass(slots=True)
class _Builder:
    rng: random.Random
    arrays: list[ArrayPlan] = field(default_factory=list[ArrayPlan])
    parameters: list[ParameterPlan] = field(default_factory=list[ParameterPlan])
    counters: dict[str, str] = field(default_factory=dict[str, str])
    unsigned: bool = False
    depth: int = 1
    left: int = 1  # statements still to draw
    locals: int = 0
    scratch: list[ArrayPlan] = field(default_factory=list[ArrayPlan])

    def build(self, seed: int) -> NestPlan:
        """Draw everything."""
        rng = self.rng
        self.unsigned = rng.random() < 0.2
        self.depth = rng.choice((1, 2, 2, 2, 3, 3, 4))
        self.left = rng.randint(1, 5)
        self._draw_parameters()
        self._draw_arrays()
        outer = rng.random() < 0.25
        body: list[Node] = []
        top = _Scope({p.name: p.range for p in self.parameters}, ())
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
            body.append(self._loops(top, self.depth))
            if rng.random() < 0.15:
                body.append(self._expressions(top).statement())
        return NestPlan(
            seed, tuple(self.arrays + self.scratch), tuple(self.parameters), tuple(self.counters.items()), outer,
            tuple(body),
        )  # fmt: skip

    def _draw_parameters(self) -> None:
        low, high = _SIZES[self.depth]
        for name in ("n", "m", "p")[: self.rng.randint(1, 3)]:
            ctype = self.rng.choice(_UNSIGNED_COUNTERS if self.unsigned else ("int", "int", "int", "long"))
            macro = self.rng.random() < 0.4
            value = self.rng.randint(low, high)
            others = tuple(self._other_value(value) for _ in range(self.rng.choice((0, 0, 1, 2)))) if not macro else ()
            self.parameters.append(ParameterPlan(name.upper() if macro else name, ctype, value, macro, others))

    def _other_value(self, value: int) -> int:
        if not self.unsigned and self.rng.random() < 0.1:
            return -self.rng.randint(1, 5)
        return self.rng.choice((0, 1, 2, max(0, value - 1), value // 2))

    def _draw_arrays(self) -> None:
        rng = self.rng
        family = rng.choice(("real", "real", "real", "wide", "narrow", "unsigned", "mixed"))
        place = rng.choice(("global", "global", "global", "pointer", "linear", "vla", "field", "mixed"))
        for number in range(rng.randint(2, 5)):
            kind = family if family != "mixed" else rng.choice(tuple(_FAMILIES))
            where = place if place != "mixed" else rng.choice(("global", "pointer", "linear", "vla", "field"))
            rank = rng.choice((1, 2, 2, min(3, self.depth + 1)))
            name = "ABCDE"[number]
            self.arrays.append(ArrayPlan(name, rng.choice(_FAMILIES[kind]), rank, where, rng.random() < 0.4))
        self._overlap()
        if rng.random() < 0.4:
            kind = family if family != "mixed" else "real"
            where = rng.choice(("global", "automatic", "automatic", "pointer"))
            self.arrays.append(ArrayPlan("sum", rng.choice(_FAMILIES[kind]), 0, where))
        if rng.random() < 0.15:
            target = next((a.name for a in self.arrays if a.rank == 1 and a.place != "local"), None)
            if target is not None:
                index = ArrayPlan("idx", rng.choice(("int", "short", "unsigned char")), 1, "global", index_into=target)
                self.arrays.append(index)

    def _overlap(self) -> None:
        """Let one pointer point into the array of another one, sometimes."""
        pointers = [n for n, a in enumerate(self.arrays) if a.place in ("pointer", "linear", "vla") and not a.restrict]
        if len(pointers) > 1 and self.rng.random() < 0.15:
            first, second = self.rng.sample(pointers, 2)
            overlap = (self.arrays[first].name, self.rng.choice((0, 0, 1, 3)))
            ctype = self.arrays[first].type
            self.arrays[second] = replace(self.arrays[second], type=ctype, overlaps=overlap)

    def _loops(self, scope: _Scope, depth: int) -> Node:
        """One loop nest of at most `depth` levels, perhaps with statements around the inner loops."""
        rng = self.rng
        loop = self._header(scope)
        low, high = loop_range(loop, scope.env)
        inner = _Scope({**scope.env, loop.counter: (low, max(low, high))}, (*scope.counters, loop.counter))
        if depth == 1:
            return replace(loop, body=self._leaves(inner))
        body = self._leaves(inner) if rng.random() < 0.35 else ()
        for _ in range(rng.choice((1, 1, 1, 2))):
            body += (self._loops(inner, depth - 1 if rng.random() < 0.9 else 1),)
        if rng.random() < 0.3:
            body += self._leaves(inner)
        if rng.random() < 0.05:
            return replace(loop, body=(Guard(self._expressions(inner).condition(), body),))
        return replace(loop, body=body)

    def _header(self, scope: _Scope) -> Loop:
        name = "ijkl"[len(scope.counters)]
        pool = _UNSIGNED_COUNTERS if self.unsigned else _SIGNED_COUNTERS
        if name not in self.counters:
            same = self.counters and (self.unsigned or self.rng.random() < 0.7)
            self.counters[name] = next(iter(self.counters.values())) if same else self.rng.choice(pool)
        context = HeaderContext(
            scope.env, scope.counters, tuple(p.name for p in self.parameters), _SIZES[self.depth][1],
            self.unsigned, self.unsigned or self.counters[name].startswith("u"),
        )  # fmt: skip
        return draw_header(self.rng, name, context)

    def _expressions(self, scope: _Scope) -> Expressions:
        return Expressions(self.rng, tuple(self.arrays), scope.env, scope.counters)

    def _leaves(self, scope: _Scope) -> tuple[Node, ...]:
        """One or two statements, guarded or with local scalars and arrays."""
        if self.left <= 0:
            self.left -= 1
            return (self._expressions(scope).statement(),) if self.left > -4 and self.rng.random() < 0.8 else ()
        found: tuple[Node, ...] = ()
        for _ in range(self.rng.choice((1, 1, 2))):
            self.left -= 1
            found += (self._leaf(scope),)
        return found

    def _leaf(self, scope: _Scope) -> Node:
        expressions, style = self._expressions(scope), self.rng.random()
        if style < 0.7:
            return expressions.statement()
        if style < 0.86:
            condition, then = expressions.condition(), (expressions.statement(),)
            otherwise = (expressions.statement(),) if self.rng.random() < 0.4 else ()
            return Guard(condition, then, otherwise)
        self.locals += 1
        ctype = self.rng.choice([a.type for a in self.arrays if a.index_into is None and a.type != "_Bool"])
        if style < 0.95:
            name = f"t{self.locals}"
            return Block((expressions.declaration(ctype, name), expressions.use(name, ctype)))
        return self._local_array(scope, ctype)

    def _local_array(self, scope: _Scope, ctype: str) -> Node:
        """A local array, a loop that fills it and a loop that reads it."""
        name, counter = f"w{self.locals}", f"q{self.locals}"
        array = ArrayPlan(name, ctype, 1, "local")
        self.scratch.append(array)
        self.counters[counter] = next(iter(self.counters.values()))
        whole = (Linear((), 0), Linear((), self.rng.randint(1, 4)))
        inside = _Scope({**scope.env, counter: (0, whole[1].constant)}, (*scope.counters, counter))
        expressions = self._expressions(inside)
        element = Reference(name, (Linear(((counter, 1),)),))
        fill = expressions.assignment_to(array, element)
        target = self.rng.choice([a for a in self.arrays if a.index_into is None])
        expressions.found[:] = [expressions.reference(target, target=True), element]
        value = "0.25 * {1}" if is_real(target.type) else ("({1} > 0.1)" if is_real(ctype) else "{1} % 11")
        read = Statement(f"{{0}} = {value};", tuple(expressions.found))
        return Block((Loop(counter, *whole, (fill,)), Loop(counter, *whole, (read,))), local=name)
