from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.recipes.storage import preparations
from optimizer.transforms import parse_script

KERNELS = Path(__file__).parents[4] / "polybench" / "kernels"


def nest_of(kernel: str) -> Nest:
    program = read_program(KERNELS / f"{kernel}.c", flags=("-DSMALL_DATASET",), compiler="gcc")
    (scop,) = [scop for scop in program.scops if scop.function == f"kernel_{kernel.replace('-', '_')}"]
    return analyze(scop)


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("symm", "expand(temp2, 2); isl(fusion=min)"),
        ("ludcmp", "contract(w, A); contract(w, y); contract(w, x); isl(fusion=smart)"),
        ("doitgen", "expand(sum, 2); distribute(S0@1)"),
        ("gramschmidt", "contract(nrm, R); distribute(S4@1)"),
        (
            "floyd-warshall",
            "split(S0, j - k); split(S0a, i - k); split(S0b, i - k); split(S0c, i - k); distribute(S0aa@1)",
        ),
        ("nussinov", "reorder(S0, S3); distribute(S4@1, S0); reorder(S0, S4); interchange(S4@1, S4@2)"),
    ],
)
def test_what_frees_the_loops_is_found_and_legal(kernel: str, expected: str) -> None:
    nest = nest_of(kernel)
    assert expected in preparations(nest)
    assert not isinstance(apply_checked(parse_script(expected), nest), Rejected)


@pytest.mark.parametrize("kernel", ["gemm", "lu", "jacobi-2d"])
def test_nothing_is_prepared_where_storage_frees_nothing(kernel: str) -> None:
    assert preparations(nest_of(kernel)) == ()
