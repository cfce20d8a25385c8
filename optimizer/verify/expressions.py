"""Draws the statements of random nests: C text over references, with values that stay small and finite.

Signed results end in a remainder, factors are reduced first, floating sums are weighted; so no statement overflows
however often it runs.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.verify.nests import ArrayPlan, Linear, Range, Reference, Statement

_WEIGHTS = ("0.5", "0.25", "0.125", "0.0625", "0.3")
_UNSIGNED = frozenset({"unsigned", "uint32_t", "uint64_t", "unsigned long", "size_t"})
_NARROW = frozenset(
    {"short", "signed char", "unsigned char", "uint8_t", "int16_t", "uint16_t", "char", "_Bool", "unsigned short"}
)


def is_real(ctype: str) -> bool:
    """True for floating types."""
    return ctype in ("float", "double", "long double")


@dataclass(slots=True)
class Expressions:
    """Draws references and statements at one place of a nest."""

    rng: random.Random
    arrays: Sequence[ArrayPlan]  # those that may be read and written here
    env: Mapping[str, Range]
    counters: tuple[str, ...]
    found: list[Reference] = field(default_factory=list[Reference])

    def statement(self) -> Statement:
        """An assignment or compound assignment."""
        self.found.clear()
        targets = [a for a in self.arrays if a.index_into is None]
        target = self.rng.choice(targets)
        self.found.append(self.reference(target, target=True))
        return self._assign(target, "{0}")

    def assignment_to(self, target: ArrayPlan, reference: Reference) -> Statement:
        """`reference = value;`."""
        self.found[:] = [reference]
        return Statement(f"{{0}} = {self.value(target.type)};", tuple(self.found))

    def declaration(self, ctype: str, name: str) -> Statement:
        """`type name = value;`."""
        self.found.clear()
        return Statement(f"{ctype} {name} = {self.value(ctype)};", tuple(self.found))

    def use(self, name: str, ctype: str) -> Statement:
        """An assignment that reads the local scalar `name` of type `ctype`."""
        target = self.rng.choice([a for a in self.arrays if a.index_into is None])
        self.found[:] = [self.reference(target, target=True)]
        rest = self.value(target.type)
        if is_real(target.type):
            weight = "0.5" if is_real(ctype) else "0.01"
            return Statement(f"{{0}} = 0.5 * ({rest}) + {weight} * {name};", tuple(self.found))
        use = f"{name} > 0.25" if is_real(ctype) else f"{name} % 13"
        return Statement(f"{{0}} = ({rest}) + ({use});", tuple(self.found))

    def condition(self) -> Statement:
        """An affine or data-dependent condition."""
        self.found.clear()
        if self.counters and self.rng.random() < 0.6:
            text = self._affine_condition()
            if self.rng.random() < 0.2:
                text = f"{text} {self.rng.choice(('&&', '||'))} {self._affine_condition()}"
        else:
            text = self._data_condition()
        return Statement(text, tuple(self.found))

    def _affine_condition(self) -> str:
        rng, counter = self.rng, self.rng.choice(self.counters)
        low, high = self.env[counter]
        other = rng.choice([name for name in self.env if name != counter] or [counter])
        match rng.randint(0, 4):
            case 0:
                return f"{counter} % {rng.randint(2, 4)} {rng.choice(('==', '!='))} {rng.randint(0, 1)}"
            case 1:
                return f"({counter} + {other}) % {rng.randint(2, 3)} == {rng.randint(0, 1)}"
            case 2:
                return f"{counter} {rng.choice(('<', '<=', '>', '>=', '!=', '=='))} {other}"
            case 3:
                return f"{counter} + 2 * {other} {rng.choice(('<=', '>'))} {max(0, low + high)}"
            case _:
                return f"{counter} {rng.choice(('<', '>=', '!='))} {max(0, (low + high) // 2)}"

    def _data_condition(self) -> str:
        array = self.rng.choice(self.arrays)
        left = self._leaf(array)
        if is_real(array.type):
            return f"{left} {self.rng.choice(('<', '>', '<=', '>='))} {self.rng.choice(('0.0', '0.1', '-0.25'))}"
        return f"{left} {self.rng.choice(('<', '>', '==', '!='))} {self.rng.randint(0, 60)}"

    def reference(self, array: ArrayPlan, *, target: bool = False) -> Reference:
        """An access to `array`, sometimes through an index array when it is read."""
        index = next((a for a in self.arrays if a.index_into == array.name), None)
        if index is not None and not target and self.rng.random() < 0.5:
            return Reference(array.name, (self._subscript(),), index.name)
        chosen = [self._subscript() for _ in range(array.rank)]
        if array.rank >= 2 and len(self.counters) >= 2 and self.rng.random() < 0.6:
            order = self.rng.sample(self.counters, len(self.counters))
            chosen = [self._around(order[d % len(order)]) for d in range(array.rank)]
        return Reference(array.name, tuple(chosen))

    def _around(self, counter: str) -> Linear:
        return Linear(((counter, 1),), self.rng.choice((0, 0, 0, 0, 1, -1, 2)))

    def _subscript(self) -> Linear:
        rng = self.rng
        if not self.counters or rng.random() < 0.08:
            return Linear((), rng.randint(0, 3))
        counter = rng.choice(self.counters)
        style = rng.random()
        if style < 0.72:
            return self._around(counter)
        if style < 0.8:
            return Linear(((counter, 2),), rng.choice((0, 1)))
        if style < 0.88 and len(self.counters) > 1:
            other = rng.choice([name for name in self.counters if name != counter])
            return Linear(((counter, 1), (other, rng.choice((1, 1, -1)))), rng.choice((0, 0, 1)))
        if style < 0.92:
            return Linear(((counter, -1),), 0)
        if style < 0.96 and self.env[counter][0] >= 0:
            return Linear(((f"({counter} {rng.choice('/%')} {rng.randint(2, 3)})", 1),), 0)
        return self._around(counter)

    def _leaf(self, array: ArrayPlan) -> str:
        self.found.append(self.reference(array))
        return f"{{{len(self.found) - 1}}}"

    def _assign(self, target: ArrayPlan, left: str) -> Statement:
        rng = self.rng
        value = self.value(target.type)
        style = rng.random()
        if style < 0.55:
            text = f"{left} = {value};"
        elif is_real(target.type):
            text = rng.choice((f"{left} += {value};", f"{left} += {value};", f"{left} -= {value};", f"{left} *= 0.75;"))
            text = rng.choice((text, text, text, f"{left} = {left} + {value};", f"{left} /= 1.5;"))
        else:
            text = f"{left} {rng.choice(self._operators(target.type))} {value};"
            text = rng.choice((text, text, text, f"{left}++;", f"{left} *= 0.5;", f"{left} >>= 1;", f"{left} /= 3;"))
            if target.type == "_Bool":
                text = f"{left} |= {value};"
        return Statement(text, tuple(self.found))

    @staticmethod
    def _operators(ctype: str) -> tuple[str, ...]:
        common = ("+=", "+=", "-=", "^=", "|=", "&=")
        if ctype in _UNSIGNED:
            return (*common, "*=")
        return (*common, "*=") if ctype in _NARROW else common

    def value(self, ctype: str) -> str:
        """An expression to store in an element of type `ctype`."""
        if is_real(ctype):
            return self._real_value(ctype)
        if ctype == "_Bool":
            return f"({self._data_condition()})"
        total = " ".join(
            (self.rng.choice(("+ ", "- ")) if n else "") + self._integer_term() for n in range(self.rng.randint(1, 3))
        )
        if ctype in _UNSIGNED and self.rng.random() < 0.5:
            return f"{total} + {self.rng.randint(1, 9)}u" if self.rng.random() < 0.5 else total
        style = self.rng.random()
        if style < 0.7:
            return f"({total}) % {self.rng.choice((7, 31, 97))}"
        if style < 0.85:
            return f"({self._data_condition()} ? {self._integer_term()} : {self.rng.randint(-9, 9)}) % 50"
        return f"MAX(0, MIN(({total}) % 301, 200))"

    def _integer_term(self) -> str:
        integers = [a for a in self.arrays if not is_real(a.type)]
        style = self.rng.random()
        if not integers or style < 0.15:
            return self._counter_term()
        if style < 0.55:
            return self._leaf(self.rng.choice(integers))
        if style < 0.7:
            return f"{self.rng.randint(2, 3)} * {self._leaf(self.rng.choice(integers))}"
        if style < 0.9:
            left, right = (self._leaf(self.rng.choice(integers)) for _ in range(2))
            return f"({left} % 31) * ({right} % 29)"
        return f"({self._leaf(self.rng.choice(integers))} {self.rng.choice(('>> 1', '& 15', '/ 3', '| 5', '% 8'))})"

    def _counter_term(self) -> str:
        if not self.counters or self.rng.random() < 0.3:
            return str(self.rng.randint(1, 9))
        return self.rng.choice(("{}", "2 * {}", "{} % 5")).replace("{}", self.rng.choice(self.counters))

    def _real_value(self, ctype: str) -> str:
        suffix = "f" if ctype == "float" and self.rng.random() < 0.6 else ""
        count = self.rng.randint(1, 4)
        terms = [self._real_term(suffix) for _ in range(count)]
        if count == 1 and self.rng.random() < 0.5:
            return terms[0]
        weighted = (f"{self.rng.choice(_WEIGHTS)}{suffix} * {term}" for term in terms)
        return "".join((self.rng.choice((" + ", " + ", " - ")) if n else "") + t for n, t in enumerate(weighted))

    def _real_term(self, suffix: str) -> str:
        reals = [a for a in self.arrays if is_real(a.type)]
        integers = [a for a in self.arrays if not is_real(a.type)]
        style = self.rng.random()
        if not reals or (style < 0.1 and integers):
            return f"0.01 * {self._leaf(self.rng.choice(integers)) if integers else self._counter_term()}"
        if style < 0.6:
            return self._leaf(self.rng.choice(reals))
        left, right = (self._leaf(self.rng.choice(reals)) for _ in range(2))
        return self.rng.choice((
            f"{left} * {right} * 0.125{suffix}",
            f"({left} > {right} ? {left} : 0.5{suffix} * {right})",
            f"sqrt(fabs({left}))" if not suffix else f"sqrtf(fabsf({left}))",
            f"({left} - {right}) / 3.0{suffix}",
            f"{left} / (2.0{suffix} + {right} * {right})",
            f"fmax({left}, {right})" if not suffix else f"fminf({left}, {right})",
            f"(double){left}" if not suffix else f"(float){left}",
            f"0.25{suffix} * {self._counter_cast()}",
        ))  # fmt: skip

    def _counter_cast(self) -> str:
        if not self.counters:
            return "1.0"
        return f"(double)({self.rng.choice(self.counters)} % 4)"
