"""Register tiles, as scripts that begin at a structure of the nest."""

from frontends.c import read_program
from optimizer.dependences import analyze
from optimizer.search.machine import this_machine
from optimizer.search.recipes.register_tile import register_tiles
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import Inapplicable, apply_script, parse_script
from polybench.suite import find


def test_an_array_that_no_loop_runs_along_is_packed_transposed() -> None:
    nest = analyze(read_program(find("syrk").path).scops[0])
    start = apply_script(parse_script("isl(fusion=min)"), nest)
    assert not isinstance(start, Inapplicable)
    setting = Setting(this_machine(1), {"n": 240, "m": 200}, parallel=False)
    plans = list(register_tiles(nest, start, setting))
    assert plans and all(plan.endswith("pack(S1@0, A, 1, 0, group=1)") for plan in plans)
    assert any("vectorize(" in plan and "isolate(" in plan for plan in plans)
