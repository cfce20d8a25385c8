"""What the static model prefers, on kernels whose behaviour is known."""

from pathlib import Path

import pytest

from optimizer.execution import detect_toolchain
from optimizer.search.explore import Candidate, Effort, Explorer
from optimizer.search.prepare import explorer_of, prepare
from optimizer.search.request import Request
from optimizer.transforms import parse_script
from polybench.suite import find


def _explorer(name: str) -> Explorer:
    path = find(name).path
    request = Request(path, path.read_bytes(), detect_toolchain("gcc", ("-DLARGE_DATASET",)), threads=2)
    (nest,) = prepare(request).nests
    made = explorer_of(nest, request, {}, Effort(100, 0.0))
    assert isinstance(made, Explorer)
    return made


def _gain(explorer: Explorer, script: str) -> float:
    made = explorer.follow(parse_script(script))
    assert isinstance(made, Candidate), made
    return made.log2_speedup


def test_the_order_as_written_is_the_measure() -> None:
    assert _gain(_explorer("mvt"), "") == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("kernel", "better", "worse"),
    [
        pytest.param("mvt", "interchange(S1@0, S1@1)", "", id="rows before columns"),
        pytest.param(
            "mvt",
            "interchange(S1@0, S1@1); fuse(S0, S1, 2); unroll_and_jam(S0@0, 8)",
            "interchange(S1@0, S1@1); fuse(S0, S1, 2)",
            id="independent sums do not wait",
        ),
        pytest.param("atax", "unroll_and_jam(S2@0, 8)", "", id="rows together"),
        pytest.param("trisolv", "tile(S1@0, 8, 16); unroll(S1@3, 16); unroll(S1@2, 8)", "", id="triangles in tiles"),
        pytest.param(
            "gemm",
            "distribute(S1@0); interchange(S1@1, S1@2); vectorize(S1@1, 8); unroll_and_jam(S1@0, 6)",
            "distribute(S1@0); interchange(S1@1, S1@2); vectorize(S1@1, 8)",
            id="register tiles",
        ),
        pytest.param("gemm", "parallel(S1@0)", "", id="threads"),
    ],
)
def test_the_model_ranks(kernel: str, better: str, worse: str) -> None:
    explorer = _explorer(kernel)
    assert _gain(explorer, better) > _gain(explorer, worse) + 0.2


BLUR = """
void blur(const unsigned char in[900][900], unsigned char out[900][900])
{
    for (int y = 1; y < 899; y++)
        for (int x = 1; x < 899; x++) {
            int sum = 0;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    sum += in[y + dy][x + dx];
            out[y][x] = (unsigned char)(sum / 9);
        }
}
"""


def test_compilers_write_out_short_loops_by_themselves(tmp_path: Path) -> None:
    path = tmp_path / "blur.c"
    request = Request(path, BLUR.encode(), detect_toolchain("gcc", ()), threads=2)
    (nest,) = prepare(request).nests
    explorer = explorer_of(nest, request, {}, Effort(100, 0.0))
    assert isinstance(explorer, Explorer)
    assert _gain(explorer, "unroll(S1@3, 3); unroll(S1@2, 3)") == pytest.approx(0.0, abs=0.2)
    (made,) = explorer.follow_many([(parse_script("vectorize(S1@1, 16)"), None)])
    assert not isinstance(made, Candidate)  # a vector loop with loops inside has no vector form
