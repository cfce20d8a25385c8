import pytest

from optimizer.cli.request import linked_files, parse_budget, parse_parameters, preprocessor_flags
from optimizer.ir.diagnostic import UsageError


def test_flags_keep_the_spelling_of_compilers() -> None:
    flags = preprocessor_flags(["inc", "a b"], ["N=10", "F(x)=x"], ["M"])
    assert flags == ("-Iinc", "-Ia b", "-DN=10", "-DF(x)=x", "-UM")
    assert preprocessor_flags(None, None, None) == ()


@pytest.mark.parametrize("define", ["N", "N=1", "N(x)=x"])
def test_a_name_cannot_be_defined_and_undefined(define: str) -> None:
    with pytest.raises(UsageError, match="contradict"):
        preprocessor_flags([], [define], ["N"])


def test_sizes_are_integers() -> None:
    assert parse_parameters(["n=1000", "m=0x10", "n=1000"]) == {"n": 1000, "m": 16}
    for wrong in ("n", "n=", "=3", "n=x", "n=1.5"):
        with pytest.raises(UsageError, match="NAME=INTEGER"):
            parse_parameters([wrong])
    with pytest.raises(UsageError, match="twice"):
        parse_parameters(["n=1", "n=2"])


def test_linked_files_must_be_there() -> None:
    with pytest.raises(UsageError, match="no such file"):
        linked_files(["no/such.c"])


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("1h", 3600)])
def test_budgets(text: str, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3s", "m", "ten", "inf", "nan"])
def test_budgets_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--budget"):
        parse_budget(text)
