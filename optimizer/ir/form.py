"""Affine expressions over the counters of a statement and the parameters, by name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """The sum of coefficient * counter, coefficient * parameter (by its name in isl), both sorted, and a constant."""

    counters: tuple[tuple[str, int], ...] = ()
    parameters: tuple[tuple[str, int], ...] = ()
    constant: int = 0

    def plus(self, other: "Form", factor: int = 1) -> "Form":
        """self + factor * other."""
        return Form(
            _merged(self.counters, other.counters, factor),
            _merged(self.parameters, other.parameters, factor),
            self.constant + factor * other.constant,
        )

    @property
    def shape(self) -> "Form":
        """This form without its constant."""
        return Form(self.counters, self.parameters)


def _merged(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...], factor: int
) -> tuple[tuple[str, int], ...]:
    sums = dict(left)
    for name, value in right:
        sums[name] = sums.get(name, 0) + factor * value
    return tuple(sorted((name, value) for name, value in sums.items() if value))
