"""OpenMP and vectorization pragmas in front of generated loops."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from optimizer.codegen import text
from optimizer.codegen.affine import (
    Affine,
    Greatest,
    Least,
    Remainder,
    Variable,
    add,
    alternatives,
    maximum,
    minimum,
    number,
    scale,
    single,
    subtract,
    variables,
)
from optimizer.codegen.integers import Integers
from optimizer.codegen.looptree import For, If, Let, Node, Pack, walk

LONGEST_CONDITION = 200  # characters; the work of skewed loops is a tower of minima, not worth its evaluation

IVDEP = ("#if defined(__GNUC__) && !defined(__clang__)", "#pragma GCC ivdep", "#endif")


@dataclass(frozen=True, slots=True)
class Pragmas:
    """Prints the pragmas of a loop. `serialized` collects the variables of parallel loops that are too small ever."""

    integers: Integers
    openmp: bool
    threads: int | None
    min_work: int
    remarks: list[str]

    def lines(self, loop: For, clauses: tuple[str, ...]) -> Iterator[str]:
        """The preprocessor lines in front of `loop`; `clauses` are what its threads need beside the usual."""
        if loop.parallel and self.openmp:
            yield from self._worksharing(loop, clauses)
        elif loop.independent and not loop.unroll:  # a rest that is too short for vectors
            yield from IVDEP

    def _worksharing(self, loop: For, further: tuple[str, ...]) -> Iterator[str]:
        constant, factors = work(loop)
        least = math.ceil(self.min_work / constant) if constant else 1
        if not factors and least > 1:
            self.remarks.append(f"loop {loop.variable} stays serial: it runs too few statement instances")
            return
        clauses = [f"schedule({_distribution(loop)})"]
        if self.threads is not None:
            clauses.append(f"num_threads({self.threads})")
        if factors and least > 1:
            product = self._product(factors)
            if len(product) <= LONGEST_CONDITION:
                clauses.append(f"if ({product} >= {least})")
        yield "#ifdef _OPENMP"
        yield " ".join(["#pragma omp parallel for", *clauses, *further])
        yield "#endif"
        self.remarks.append(f"loop {loop.variable} runs in parallel")

    def _product(self, factors: list[Affine]) -> str:
        """The product as C text, in double so that it cannot overflow."""
        result = self.integers.value(factors[0])
        if len(factors) > 1:
            result = text.cast("double", result)
        for factor in factors[1:]:
            result = text.binary("*", result, self.integers.value(factor))
        return result.at(text.SHIFT)


def _distribution(loop: For) -> str:
    """static where all iterations take about as long, else dynamic, in chunks unless the iterations are tiles."""
    inner = (node for node in walk(loop.body) if isinstance(node, For))
    uneven = any(loop.variable in variables(_span(node)) for node in inner)
    if not uneven:
        return "static"
    return "dynamic" if loop.step > 1 else "dynamic, 4"


def _span(loop: For) -> Affine:
    """The length of the range of `loop`, for a tile clipped at the border that of a full tile."""
    starts = alternatives(loop.start, Greatest)
    stops = alternatives(loop.stop, Least)
    spans = [subtract(stop, start) for stop in stops for start in starts]
    constants = [span for span in spans if span.is_constant]
    return minimum(constants) if constants else minimum(spans)


def work(loop: For) -> tuple[Fraction, list[Affine]]:
    """About the statement instances in one execution of `loop`, as constant * product of the factors."""
    best: tuple[Fraction, list[Affine]] = (Fraction(0), [])
    inner = {node.variable for node in walk((loop,)) if isinstance(node, For | Let)}
    for path in _paths((loop,)):
        constant, factors = Fraction(1), list[Affine]()
        ranges: dict[str, tuple[Affine, Affine]] = {}
        for node in path:
            low, high = _highest(node.start, ranges, -1), _highest(node.stop, ranges, 1)
            ranges[node.variable] = (low, add(high, number(-1)))
            span = _highest(_span(node), ranges, 1)
            constant /= node.step
            if span.is_constant:
                constant *= max(0, span.constant)
            elif not variables(span) & inner:
                factors.append(Affine(span.terms))  # n - 1 is about n
        if (len(factors), constant) > (len(best[1]), best[0]):
            best = constant, factors
    return best


def _paths(body: tuple[Node, ...]) -> Iterator[tuple[For, ...]]:
    """The chains of nested loops from `body` down to the statements."""
    for node in body:
        match node:
            case For():
                yield from ((node, *rest) for rest in _paths(node.body))
            case Let(body=inner) | Pack(body=inner):
                yield from _paths(inner)
            case If(then=then, otherwise=otherwise):
                yield from _paths(then + otherwise)
            case _:
                yield ()


def _highest(value: Affine, ranges: Mapping[str, tuple[Affine, Affine]], sign: int) -> Affine:
    """A bound over the `ranges` of inner variables: an upper one of `value` for sign 1, a lower one for sign -1."""
    result = number(value.constant)
    for atom, factor in value.terms:
        direction = sign if factor > 0 else -sign
        part = single(atom)
        match atom:
            case Variable(name=name) if name in ranges:
                part = ranges[name][0 if direction < 0 else 1]
            case Least(values=values):
                part = minimum([_highest(v, ranges, direction) for v in values])
            case Greatest(values=values):
                part = maximum([_highest(v, ranges, direction) for v in values])
            case Remainder(divisor=divisor):
                part = number(divisor - 1 if direction > 0 else 0)
            case _:
                pass
        result = add(result, scale(part, factor))
    return result
