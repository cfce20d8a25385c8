"""Sums in parts: an element that a piece of straight-line code only adds to, or multiplies, is kept as several values.

Each lane of a vector and each copy of an unrolled body updates a value of its own, which are combined afterwards. That
changes the order of the updates, so that only those take part that commute.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.codegen.affine import Affine, Variable, leaves, substitute
from optimizer.codegen.distinct import Fact, are_distinct
from optimizer.codegen.elements import Element, element_of, references
from optimizer.codegen.looptree import For, Instance, Let, Node, Pack, walk
from optimizer.codegen.promote import Copy, Memory, surely_runs
from optimizer.codegen.vector_types import VectorTypes
from optimizer.codegen.views import Reading
from optimizer.dependences.parallelism import LANE_OPERATORS
from optimizer.dependences.updates import Update
from optimizer.ir.ctype import CType, Kind
from optimizer.ir.expr import Ref

MOST_PARTS = 8  # values of one element; more do not run at the same time


@dataclass(frozen=True, slots=True)
class Sum:
    """`element`, which `copies` vectors of `lanes` lanes (scalars if 1) update by `operator`; nothing else touches it.

    `ref` with `counters` denotes it in C.
    """

    element: Element
    operator: str
    ref: Ref
    counters: Mapping[str, Affine]
    lanes: int
    copies: int

    @property
    def parts(self) -> int:
        """The values that it is kept as."""
        return min(self.copies, MOST_PARTS)


@dataclass(frozen=True, slots=True)
class Parts:
    """The variables that hold the values of one element; the updates of a body take turns."""

    names: tuple[str, ...]
    lanes: int
    used: list[int] = field(default_factory=list[int], compare=False)

    def next(self) -> str:
        """The variable for the next update."""
        self.used.append(len(self.used))
        return self.names[self.used[-1] % len(self.names)]


@dataclass(frozen=True, slots=True)
class Body:
    """Straight-line code inside the loops and conditions `around`, the last of which is the loop that runs it."""

    copies: Sequence[Copy]
    around: Sequence[Fact]
    updates: Mapping[str, Update]
    reading: Callable[[str], Reading]
    memory: Memory

    def sums(self) -> Iterator[Sum]:
        """The elements that may be kept in parts, where that changes anything."""
        arrays = [self.memory.arrays[update.target.array] for update in self._updates().values()]
        texts = list(self.memory.arrays.values())
        uses = list(self._uses())
        for element in dict.fromkeys(element for element, _, is_update in uses if is_update and element is not None):
            name = self.memory.arrays[element.array]
            if name in arrays and texts.count(name) == 1 and self._is_alone(element, uses):
                found = self._sum(element)
                if found is not None:
                    yield found

    def _updates(self) -> dict[str, Update]:
        names = dict.fromkeys(copy.statement for copy in self.copies)
        found = {name: self.updates[name] for name in names if name in self.updates}
        return {name: update for name, update in found.items() if update.operator in LANE_OPERATORS}

    def _uses(self) -> Iterator[tuple[Element | None, str, bool]]:
        """Each reference: its element, its array, and whether it is the element that an update changes."""
        for copy in self.copies:
            source = self.reading(copy.statement)
            counters = source.values(copy.counters)
            update = self.updates.get(copy.statement)
            for ref, _, _ in references(source.body):
                element = element_of(ref, counters, copy.lanes, self.memory.shapes.get(ref.array, ()))
                yield element, ref.array, update is not None and ref == update.target

    def _is_alone(self, element: Element, uses: Sequence[tuple[Element | None, str, bool]]) -> bool:
        """True if `element` is one for all lanes, and nothing but its updates touches it."""
        if element.lanes > 1:
            return False
        others: dict[Element, None] = {}
        for other, array, is_update in uses:
            if array != element.array:
                continue
            if other is None or (other == element and not is_update):
                return False
            if other != element:
                others[other] = None
        return all(are_distinct(element, other, self.around, self.memory.context) for other in others)

    def _sum(self, element: Element) -> Sum | None:
        own: list[tuple[Copy, Update, Mapping[str, Affine]]] = []
        for copy in self.copies:
            update = self.updates.get(copy.statement)
            if update is not None and self._target(copy, update) == element:
                own.append((copy, update, self.reading(copy.statement).values(copy.counters)))
        lanes = {copy.lanes.count if copy.lanes is not None else 1 for copy, _, _ in own}
        copy, update, counters = own[0]
        if copy.lanes is not None:
            first = {copy.lanes.variable: copy.lanes.start}
            counters = {name: substitute(value, first) for name, value in counters.items()}
        count = next(iter(lanes))
        if len(lanes) > 1 or (count == 1 and (len(own) == 1 or update.target.type.is_integer)):
            return None
        return Sum(element, update.operator, update.target, counters, count, len(own))

    def _target(self, copy: Copy, update: Update) -> Element | None:
        counters = self.reading(copy.statement).values(copy.counters)
        return element_of(update.target, counters, copy.lanes, self.memory.shapes.get(update.target.array, ()))


@dataclass(frozen=True, slots=True)
class Kept:
    """Elements that variables stand for while a loop runs, and the lines in front of the loop and behind it."""

    registers: Mapping[Element, str] = field(default_factory=dict[Element, str])
    parts: Mapping[Element, Parts] = field(default_factory=dict[Element, Parts])
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()  # for the threads that run the loop
    arrays: Mapping[str, str] = field(default_factory=dict[str, str])  # the text of those of which threads have copies

    def joined(self, other: "Kept") -> "Kept":
        """What this one keeps, and inside it `other`."""
        return Kept(
            {**self.registers, **other.registers},
            {**self.parts, **other.parts},
            (*self.before, *other.before),
            (*other.after, *self.after),
            (*self.clauses, *other.clauses),
            {**self.arrays, **other.arrays},
        )


def in_parts(total: Sum, names: tuple[str, ...], place: str, types: VectorTypes) -> Kept:
    """`total`, which is at `place` in memory, as the values `names`."""
    parts = Parts(names, total.lanes)
    before = _declaration(total, parts, types)
    return Kept(parts={total.element: parts}, before=(before,), after=tuple(_combination(total, parts, place)))


def one_element(loop: For, array: str, updates: Iterable[tuple[str, Element | None]]) -> Element | None:
    """The element of `array` that all `updates`, the arrays and elements in the body of `loop`, mean; None if these may
    be several or if it is not sure that the loop touches it.
    """
    found = {element for name, element in updates if name == array}
    if len(found) != 1 or None in found:
        return None
    (element,) = found
    assert element is not None
    inner = {Variable(node.variable) for node in walk((loop,)) if isinstance(node, For | Let)}
    if any(inner & set(leaves(subscript)) for subscript in element.subscripts):
        return None
    return element if not element.subscripts or _surely_touches(loop.body) else None


def _surely_touches(body: tuple[Node, ...]) -> bool:
    """True if some statement runs whatever the values of variables and parameters."""
    for node in body:
        match node:
            case Instance():
                return True
            case For() if surely_runs(node) and _surely_touches(node.body):
                return True
            case Let() | Pack() if _surely_touches(node.body):
                return True
            case _:
                pass
    return False


def _declaration(total: Sum, parts: Parts, types: VectorTypes) -> str:
    """The C declaration of `parts`, which start without any update."""
    ctype = total.ref.type
    one = _one(ctype)
    if parts.lanes > 1:
        name = types.value(ctype, parts.lanes)
        start = f"({name}){{0}} + {one}" if total.operator == "*" else "{0}"
        return f"{name} {', '.join(f'{part} = {start}' for part in parts.names)};"
    start = one if total.operator == "*" else "0"
    return f"{ctype.name} {', '.join(f'{part} = {start}' for part in parts.names)};"


def _one(ctype: CType) -> str:
    if ctype.kind is Kind.FLOAT:
        return "1.0f" if ctype.size == 4 else "1.0"
    return f"({ctype.name})1"


def _combination(total: Sum, parts: Parts, place: str) -> Iterator[str]:
    """The C statements that put `parts` together into `place`, neighbours first."""
    names, operator = list(parts.names), total.operator
    while len(names) > 1:
        half = (len(names) + 1) // 2
        yield from (f"{one} {operator}= {other};" for one, other in zip(names, names[half:], strict=False))
        names = names[:half]
    lanes = [f"{names[0]}[{lane}]" for lane in range(parts.lanes)] if parts.lanes > 1 else names
    yield f"{place} {operator}= {_paired(lanes, operator)};"


def _paired(terms: list[str], operator: str) -> str:
    """The terms combined in pairs, the pairs in pairs and so on."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    sides = (_paired(terms[:half], operator), _paired(terms[half:], operator))
    return f" {operator} ".join(f"({side})" if " " in side else side for side in sides)

