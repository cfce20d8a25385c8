"""Matrix-vector nests: what the recipe proposes is legal, reads the matrix once, and computes the same."""

import subprocess
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import apply_checked
from optimizer.search.machine import this_machine
from optimizer.search.recipes.matvec import matrix_vector
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.streams import jumps
from optimizer.transforms import original, parse_script
from polybench.suite import Size, find

OPTIONS = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
FLAGS = ("-w", "-O1", "-ffp-contract=off", "-fopenmp", "-DDUMP")
NAMES = ("atax", "bicg", "mvt", "gemver", "gesummv", "trisolv")


def _nest(name: str) -> Nest:
    (scop,) = read_program(find(name).path, flags=(f"-D{Size.SMALL.macro}",), compiler="gcc").scops
    return analyze(scop)


def _setting(nest: Nest) -> Setting:
    return Setting(this_machine(2), {parameter.name: 100 for parameter in nest.scop.parameters}, parallel=True)


def _proposals(name: str) -> tuple[Nest, list[str]]:
    nest = _nest(name)
    return nest, list(matrix_vector(nest, original(nest.scop), _setting(nest)))


def _output(text: bytes, name: str, directory: Path) -> str:
    source, program = directory / "program.c", directory / "program"
    source.write_bytes(text)
    place = ("-iquote", find(name).path.parent)
    subprocess.run(["gcc", *FLAGS, f"-D{Size.SMALL.macro}", *place, source, "-o", program, "-lm"], check=True)
    return subprocess.run([program], check=True, timeout=60, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", NAMES)
def test_proposals_are_legal_and_keep_the_result(name: str, tmp_path: Path) -> None:
    nest, scripts = _proposals(name)
    assert scripts
    text = find(name).path.read_bytes()
    expected = _output(text, name, tmp_path)
    for script in scripts[:4]:
        schedule = apply_checked(parse_script(script), nest)
        assert isinstance(schedule, Schedule), script
        made = generate(nest, schedule, original="__builtin_trap();", indent="    ", options=OPTIONS)
        assert isinstance(made, Generated), script
        assert _output(replace_nests(text, [(nest.scop.span, made.text)]), name, tmp_path) == expected, script


def test_products_with_one_matrix_are_fused_along_its_rows() -> None:
    _, scripts = _proposals("mvt")
    assert scripts[0].startswith("interchange(S1@0, S1@1); fuse(S0, S1, 2); unroll_and_jam(S0@0, ")


def test_rows_that_wait_for_each_other_run_in_tiles() -> None:
    _, scripts = _proposals("trisolv")
    assert all(script.startswith("tile(") for script in scripts)


def test_nests_of_three_loops_are_for_others() -> None:
    assert _proposals("gemm")[1] == []


def test_a_walk_down_the_columns_jumps() -> None:
    nest = _nest("mvt")
    setting = _setting(nest)
    schedule = original(nest.scop)
    assert jumps(nest.scop, schedule, "S0", setting.sizes) < 0 < jumps(nest.scop, schedule, "S1", setting.sizes)
