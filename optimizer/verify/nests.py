"""Random loop nests as data: a small tree that can be shrunk and that is printed as a complete C program.

Subscripts are kept symbolic; extents and offsets follow from the ranges of the counters when the program is printed,
so every access stays in bounds whatever is removed from the tree.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

Range = tuple[int, int]
_ATOM = re.compile(r"\(?(\w+)(?: ([/%]) (\d+)\))?$")


@dataclass(frozen=True, slots=True)
class Linear:
    """An affine expression; atoms are counters, parameters, `(i / 2)` or `(i % 3)` of nonnegative counters."""

    terms: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def range(self, env: Mapping[str, Range]) -> Range:
        """The smallest and the largest value if the atoms vary independently in the ranges of `env`."""
        low = high = self.constant
        for atom, factor in self.terms:
            ends = sorted(factor * end for end in _atom_range(atom, env))
            low, high = low + ends[0], high + ends[1]
        return low, high

    def plus(self, constant: int) -> "Linear":
        """The sum with a constant."""
        return Linear(self.terms, self.constant + constant)

    def fix(self, counter: str, value: int) -> "Linear":
        """The expression with a counter replaced by a value."""
        result = Linear((), self.constant)
        for atom, factor in self.terms:
            if counter in re.findall(r"\w+", atom):
                low, _ = _atom_range(atom, {counter: (value, value)})
                result = result.plus(factor * low)
            else:
                result = Linear((*result.terms, (atom, factor)), result.constant)
        return result

    def __str__(self) -> str:
        text = ""
        for atom, factor in sorted(self.terms, key=lambda term: -term[1]):
            sign = (" - " if text else "-") if factor < 0 else (" + " if text else "")
            text += sign + (atom if abs(factor) == 1 else f"{abs(factor)} * {atom}")
        if not text or self.constant:
            sign = (" - " if self.constant < 0 else " + ") if text else ("-" if self.constant < 0 else "")
            text += f"{sign}{abs(self.constant)}"
        return text


def _atom_range(atom: str, env: Mapping[str, Range]) -> Range:
    match = _ATOM.match(atom)
    assert match is not None, atom
    name, op, number = match.groups()
    low, high = env[name]
    if op == "/":
        return low // int(number), high // int(number)
    if op == "%":
        return (0, int(number) - 1) if low != high else (low % int(number), low % int(number))
    return low, high


@dataclass(frozen=True, slots=True)
class Reference:
    """An access `array[subscripts]`; with `through`, an index array of one dimension supplies the only subscript."""

    array: str
    subscripts: tuple[Linear, ...] = ()
    through: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """C text with `{0}`, `{1}` for the references."""

    text: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """An `if`; the condition is printed like a statement."""

    condition: Statement
    then: tuple["Node", ...]
    otherwise: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop from `first` towards `last` (inclusive bounds on the values). `others` are further inclusive bounds at
    the end side, joined by `join` (`min`, `max` or `&&`). `relation` is the operator of the condition.
    """

    counter: str
    first: Linear
    last: Linear
    body: tuple["Node", ...]
    step: int = 1
    relation: str = "<"
    first_other: Linear | None = None  # the start is the max (ascending) or min of both
    last_other: Linear | None = None
    joined: bool = False  # `last_other` is a second condition instead of a MIN/MAX
    divisor: int = 1  # the last value is last / divisor


@dataclass(frozen=True, slots=True)
class Block:
    """Nodes that are removed together or not at all: a local array, what fills it and what reads it."""

    nodes: tuple["Node", ...]
    local: str | None = None  # the array to declare in front


Node: TypeAlias = Statement | Guard | Loop | Block


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """How an array is declared: `place` is global, automatic, pointer, linear, vla, field or (in the nest) local."""

    name: str
    type: str
    rank: int
    place: str = "global"
    restrict: bool = False
    index_into: str | None = None  # its values are subscripts of that array
    overlaps: tuple[str, int] | None = None  # a pointer into that array, so many elements behind its start


@dataclass(frozen=True, slots=True)
class ParameterPlan:
    """A size that the nest sees only as a variable; `is_macro` makes it a constant. The function is called with `value`
    first and then with each of `others`, which may be 0 or negative.
    """

    name: str
    type: str
    value: int
    is_macro: bool = False
    others: tuple[int, ...] = ()

    @property
    def range(self) -> Range:
        """The smallest and the largest value."""
        return min((self.value, *self.others)), max((self.value, *self.others))


@dataclass(frozen=True, slots=True)
class NestPlan:
    """A whole random program."""

    seed: int
    arrays: tuple[ArrayPlan, ...]
    parameters: tuple[ParameterPlan, ...]
    counters: tuple[tuple[str, str], ...]  # name, type
    outer_counters: bool  # declared at the top of the function and stored after the nest
    body: tuple[Node, ...]

    def array(self, name: str) -> ArrayPlan:
        """The plan of the array called `name`."""
        return next(array for array in self.arrays if array.name == name)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Statement():
            return ()
        case Guard(then=then, otherwise=otherwise):
            return then + otherwise
        case Loop(body=body):
            return body
        case Block(nodes=nodes):
            return nodes


def loop_range(loop: Loop, env: Mapping[str, Range]) -> Range:
    """All values that the counter can take inside the loop lie in this range (it may be empty: low > high)."""
    firsts = [loop.first.range(env)] + ([loop.first_other.range(env)] if loop.first_other else [])
    lasts = [loop.last.range(env)] + ([loop.last_other.range(env)] if loop.last_other else [])
    lasts = [(low // loop.divisor, high // loop.divisor) for low, high in lasts]
    if loop.step > 0:
        return max(low for low, _ in firsts), min(high for _, high in lasts)
    return max(low for low, _ in lasts), min(high for _, high in firsts)


def references(
    nodes: tuple[Node, ...], env: dict[str, Range]
) -> Iterator[tuple[Reference, dict[str, Range]]]:
    """All references below `nodes`, each with the ranges of the counters and sizes around it."""
    for node in nodes:
        match node:
            case Statement(references=found):
                yield from ((reference, env) for reference in found)
            case Guard(condition=condition):
                yield from ((reference, env) for reference in condition.references)
                yield from references(children(node), env)
            case Loop(counter=counter, body=body):
                low, high = loop_range(node, env)
                yield from references(body, {**env, counter: (low, max(low, high))})
            case Block(nodes=inside):
                yield from references(inside, env)


def substitute(node: Node, counter: str, value: int) -> Node:
    """`node` with a counter replaced by a constant."""
    match node:
        case Statement(text=text, references=found):
            text = re.sub(rf"\b{counter}\b", str(value), text)
            return Statement(text, tuple(_fix(reference, counter, value) for reference in found))
        case Guard(condition=condition, then=then, otherwise=otherwise):
            fixed = substitute(condition, counter, value)
            assert isinstance(fixed, Statement)
            return Guard(
                fixed,
                tuple(substitute(child, counter, value) for child in then),
                tuple(substitute(child, counter, value) for child in otherwise),
            )
        case Loop():
            return replace(
                node,
                first=node.first.fix(counter, value),
                last=node.last.fix(counter, value),
                first_other=node.first_other.fix(counter, value) if node.first_other else None,
                last_other=node.last_other.fix(counter, value) if node.last_other else None,
                body=tuple(substitute(child, counter, value) for child in node.body),
            )
        case Block(nodes=nodes):
            return replace(node, nodes=tuple(substitute(child, counter, value) for child in nodes))


def _fix(reference: Reference, counter: str, value: int) -> Reference:
    return replace(reference, subscripts=tuple(s.fix(counter, value) for s in reference.subscripts))


@dataclass(frozen=True, slots=True)
class Layout:
    """Extent and smallest subscript of each dimension of an array."""

    extents: tuple[int, ...]
    lows: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of elements."""
        count = 1
        for extent in self.extents:
            count *= extent
        return count


def layouts(plan: NestPlan) -> dict[str, Layout]:
    """The smallest layouts that hold all accesses of the program."""
    env = {parameter.name: parameter.range for parameter in plan.parameters}
    ranges: dict[str, list[Range]] = {}
    for reference, around in references(plan.body, env):
        if reference.through is not None:
            subscripts, array = reference.subscripts, reference.through
            ranges.setdefault(reference.array, [(0, 3)])
        else:
            subscripts, array = reference.subscripts, reference.array
        found = [subscript.range(around) for subscript in subscripts]
        old = ranges.setdefault(array, found)
        ranges[array] = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(old, found, strict=True)]
    return {
        name: Layout(tuple(high - low + 1 for low, high in dims), tuple(low for low, _ in dims))
        for name, dims in ranges.items()
    }
