"""Sums of products of C expressions: offsets into arrays with symbolic extents."""

from dataclasses import dataclass

from optimizer.codegen import text
from optimizer.codegen.text import Text

Monomial = tuple[str, ...]  # sorted C texts of the factors


@dataclass(frozen=True, slots=True)
class Polynomial:
    """The sum of coefficient * product of the factors; the factors of () are none: the constant."""

    terms: tuple[tuple[Monomial, int], ...] = ()

    @classmethod
    def number(cls, value: int) -> "Polynomial":
        """The constant `value`."""
        return cls((((), value),)) if value else cls()

    @classmethod
    def factor(cls, code: str) -> "Polynomial":
        """The value of the C expression `code`."""
        return cls((((code,), 1),))

    def __add__(self, other: "Polynomial") -> "Polynomial":
        return _collected([*self.terms, *other.terms])

    def __sub__(self, other: "Polynomial") -> "Polynomial":
        return self + other * Polynomial.number(-1)

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        products = [(tuple(sorted(m + n)), a * b) for m, a in self.terms for n, b in other.terms]
        return _collected(products)

    def text(self) -> Text:
        """A C expression with this value, of type long except for a number or a lone factor."""
        match self.terms:
            case (((code,), 1),):
                return text.opaque(code)
            case _:
                pass
        terms = sorted(self.terms, key=lambda term: (term[1] < 0, -len(term[0]), -abs(term[1]), term[0]))
        if not terms:
            return Text("0")
        result: Text | None = None
        for monomial, coefficient in terms:
            is_long = result is not None and len(monomial) == 1 and abs(coefficient) == 1
            printed = text.opaque(monomial[0]) if is_long else _product(monomial, abs(coefficient))
            if result is None:
                result = printed if coefficient > 0 else text.prefix("-", printed)
            else:
                result = text.binary("+" if coefficient > 0 else "-", result, printed)
        assert result is not None
        return result


def _collected(terms: list[tuple[Monomial, int]]) -> Polynomial:
    sums: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    return Polynomial(tuple((m, c) for m, c in sorted(sums.items()) if c))


def _product(monomial: Monomial, coefficient: int) -> Text:
    if not monomial:
        return Text(str(coefficient))
    result = text.cast("long", text.opaque(monomial[0]))
    for factor in monomial[1:]:
        result = text.binary("*", result, text.opaque(factor))
    return result if coefficient == 1 else text.binary("*", result, Text(str(coefficient)))
