"""Sizes of dimensions, read back from their text."""

import pytest

from optimizer.ir.extents import product_of, terms_of

CASES = [
    ("12", {(): 12}),
    ("n", {("n",): 1}),
    ("3 * m", {("m",): 3}),
    ("(m + 2)", {("m",): 1, (): 2}),
    ("(s->w + 2 * pad - 1)", {("s->w",): 1, ("pad",): 2, (): -1}),
    ("(n * m - 3 * n)", {("m", "n"): 1, ("n",): -3}),
    ("f(n)", {("f(n)",): 1}),
]


@pytest.mark.parametrize(("code", "terms"), CASES)
def test_terms(code: str, terms: dict[tuple[str, ...], int]) -> None:
    assert terms_of(code) == terms


def test_product() -> None:
    assert product_of(terms_of("(n + 2)"), terms_of("(m + 1)")) == terms_of("(m * n + 2 * m + n + 2)")
