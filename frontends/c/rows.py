"""Rows whose length is a sum: `a[i * (n + 2) + j]` has rows of n + 2 elements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontends.c.polynomial import Monomial, Polynomial


@dataclass(frozen=True, slots=True)
class Rows:
    """Linear subscripts in which atoms of `shifts` stand for the length of a row, each longer by its shift than the
    parameter of that name.
    """

    linear: tuple[Polynomial, ...]
    shifts: tuple[tuple[str, Polynomial], ...] = ()

    @classmethod
    def of(cls, linear: Sequence[Polynomial], parameters: frozenset[str]) -> "Rows":
        """`linear` in terms of such lengths as make what counters are multiplied with shorter."""
        rows = cls(tuple(linear))
        while (better := _improved(rows, parameters)) is not None:
            rows = better
        return rows

    def restored(self, polynomial: Polynomial) -> Polynomial:
        """`polynomial` in terms of the parameters."""
        for name, shift in reversed(self.shifts):
            polynomial = polynomial.substituted(name, Polynomial.atom(name) + shift)
        return polynomial


def _improved(rows: Rows, parameters: frozenset[str]) -> Rows | None:
    """`rows` with one more shift that makes some subscripts shorter and none longer."""
    before = [_length(p, parameters) for p in rows.linear]
    for name, shift in _candidates(rows.linear, parameters):
        linear = tuple(p.substituted(name, Polynomial.atom(name) - shift) for p in rows.linear)
        after = [_length(p, parameters) for p in linear]
        if any(_begins_before_its_row(p, parameters) for p in linear):
            continue
        if sum(after) < sum(before) and all(new <= old for new, old in zip(after, before, strict=True)):
            return Rows(linear, (*rows.shifts, (name, shift)))
    return None


def _begins_before_its_row(polynomial: Polynomial, parameters: frozenset[str]) -> bool:
    """True if the place in the row is a negative number, as it is for a diagonal taken for a column."""
    moves = any(monomial and not parameters.intersection(monomial) for monomial in polynomial.terms)
    return not moves and polynomial.terms.get((), 0) < 0


def _strides(polynomial: Polynomial, parameters: frozenset[str]) -> dict[Monomial, Polynomial]:
    """What each counter is multiplied with."""
    found: dict[Monomial, dict[Monomial, int]] = {}
    for monomial, coefficient in polynomial.terms.items():
        counters = tuple(atom for atom in monomial if atom not in parameters)
        if counters:
            found.setdefault(counters, {})[tuple(a for a in monomial if a in parameters)] = coefficient
    return {counters: Polynomial(terms) for counters, terms in found.items()}


def _length(polynomial: Polynomial, parameters: frozenset[str]) -> int:
    return sum(len(stride.terms) for stride in _strides(polynomial, parameters).values())


def _candidates(linear: Sequence[Polynomial], parameters: frozenset[str]) -> Iterator[tuple[str, Polynomial]]:
    """Parameters with the sums that are added to them in strides: (n, 2) for rows of n + 2 elements."""
    seen: set[tuple[str, tuple[tuple[Monomial, int], ...]]] = set()
    for polynomial in linear:
        for stride in _strides(polynomial, parameters).values():
            plain = _without_common_factors(stride)
            if plain.degree != 1 or len(plain.terms) < 2:
                continue
            for name in sorted(plain.atoms):
                if plain.terms[name,] != 1:
                    continue
                shift = plain - Polynomial.atom(name)
                key = name, tuple(sorted(shift.terms.items()))
                if key not in seen:
                    seen.add(key)
                    yield name, shift


def _without_common_factors(polynomial: Polynomial) -> Polynomial:
    terms = dict(polynomial.terms)
    for atom in sorted(polynomial.atoms):
        while terms and all(atom in monomial for monomial in terms):
            terms = {_without(monomial, atom): coefficient for monomial, coefficient in terms.items()}
    return Polynomial(terms)


def _without(monomial: Monomial, atom: str) -> Monomial:
    index = monomial.index(atom)
    return monomial[:index] + monomial[index + 1 :]
