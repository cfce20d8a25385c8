"""Integer polynomials over named atoms: what a C index expression means before it is known to be affine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Monomial: TypeAlias = tuple[str, ...]  # sorted atoms, repeated for powers; () is the constant
MAX_TERMS = 64


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A sum of monomials with integer coefficients, none of them zero."""

    terms: Mapping[Monomial, int]

    @classmethod
    def constant(cls, value: int) -> "Polynomial":
        """The polynomial `value`."""
        return cls({(): value} if value else {})

    @classmethod
    def atom(cls, name: str) -> "Polynomial":
        """The polynomial `name`."""
        return cls({(name,): 1})

    @property
    def degree(self) -> int:
        """The largest number of atoms in a monomial."""
        return max((len(m) for m in self.terms), default=0)

    @property
    def value(self) -> int | None:
        """The value of a constant polynomial, None for others."""
        return self.terms.get((), 0) if self.degree == 0 else None

    @property
    def atoms(self) -> frozenset[str]:
        """The names that occur."""
        return frozenset(name for monomial in self.terms for name in monomial)

    def __add__(self, other: "Polynomial") -> "Polynomial":
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return Polynomial({m: c for m, c in terms.items() if c})

    def __neg__(self) -> "Polynomial":
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __sub__(self, other: "Polynomial") -> "Polynomial":
        return self + -other

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        terms: dict[Monomial, int] = {}
        for left, a in self.terms.items():
            for right, b in other.terms.items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0) + a * b
        return Polynomial({m: c for m, c in terms.items() if c})

    def substituted(self, name: str, value: "Polynomial") -> "Polynomial":
        """This polynomial with `value` for the atom `name`."""
        result = Polynomial({})
        for monomial, coefficient in self.terms.items():
            term = Polynomial({tuple(atom for atom in monomial if atom != name): coefficient})
            for _ in range(monomial.count(name)):
                term = term * value
            result = result + term
        return result
