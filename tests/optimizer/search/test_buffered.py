"""The static model sees that a packed reference goes along rows."""

from frontends.c import read_program
from optimizer.codegen import LoopTree, loop_tree
from optimizer.dependences import analyze
from optimizer.search.analytical import AnalyticalModel
from optimizer.search.machine import CacheLevel, Machine
from optimizer.transforms import Inapplicable, apply_script, original, parse_script
from polybench.suite import find

MACHINE = Machine((CacheLevel(32 << 10, 4.0), CacheLevel(1 << 20, 12.0)), 32, 64, 1)


def test_a_transposed_copy_lets_the_inner_loop_run_along_rows() -> None:
    nest = analyze(read_program(find("syrk").path).scops[0])
    sizes = {"n": 240, "m": 200}
    baseline = loop_tree(nest, original(nest.scop))
    schedule = apply_script(parse_script("pack(S1@0, A, 1, 0, group=1)"), nest)
    assert isinstance(baseline, LoopTree) and not isinstance(schedule, Inapplicable)
    packed = loop_tree(nest, schedule)
    assert isinstance(packed, LoopTree)
    model = AnalyticalModel(MACHINE, sizes, baseline, nest)
    assert model.cycles(packed) < 0.6 * model.baseline_cycles
    assert model.cycles(baseline) == model.baseline_cycles
