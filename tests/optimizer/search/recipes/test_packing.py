"""Which packs let a loop run along rows, on PolyBench's kernels."""

import pytest

from frontends.c import read_program
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import LoopRef
from optimizer.search.recipes.packing import legal_loops, vector_layouts
from optimizer.transforms import original
from polybench.suite import find


def nest_of(kernel: str) -> Nest:
    return analyze(read_program(find(kernel).path).scops[0])


@pytest.mark.parametrize(
    ("kernel", "loop", "needed", "contiguous", "scattered"),
    [
        ("syrk", "S1@2", ["pack(S1@2, A, 1, 0, group=1)"], [], ()),
        ("syr2k", "S1@2", ["pack(S1@2, A, 1, 0)", "pack(S1@2, B, 1, 0, group=1)"], [], ()),
        ("gemm", "S1@2", [], ["pack(S1@2, B)"], ()),
        ("gemm", "S1@0", ["pack(S1@0, A, 1, 0)"], [], ("C",)),
        ("cholesky", "S0@1", ["pack(S0@1, A, 1, 0, group=1)"], [], ("A",)),
    ],
)
def test_layouts(kernel: str, loop: str, needed: list[str], contiguous: list[str], scattered: tuple[str, ...]) -> None:
    nest = nest_of(kernel)
    statement, _, depth = loop.partition("@")
    ref = LoopRef(statement, int(depth))
    found = vector_layouts(nest, original(nest.scop), ref)
    assert [str(layout.pack(ref)) for layout in found.needed] == needed
    assert [str(layout.pack(ref)) for layout in found.contiguous] == contiguous
    assert found.scattered == scattered


def test_the_loops_in_front_of_which_a_layout_is_legal() -> None:
    nest = nest_of("cholesky")
    loop = LoopRef("S0", 1)
    (layout,) = vector_layouts(nest, original(nest.scop), loop).needed
    assert list(legal_loops(nest, original(nest.scop), layout, loop)) == [loop]
