"""Factorizations in blocks: which nests have them, and that they compute the same."""

import subprocess
from pathlib import Path

import pytest

from frontends.c import read_program
from optimizer.codegen import CodegenOptions, Generated, generate, replace_nests
from optimizer.dependences import analyze
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.machine import this_machine
from optimizer.search.recipes.factorization import factorizations
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import parse_script
from polybench.suite import Size, find

FLAGS = ("-w", "-O1", "-ffp-contract=off", "-march=native", "-fopenmp", "-DMEDIUM_DATASET", "-DDUMP")
PLAIN = "isl(fusion=max)"
WITHOUT_SCALAR = "contract(w, A); contract(w, y); contract(w, x); isl(fusion=min)"


def _output(text: bytes, name: str, directory: Path) -> str:
    (directory / "program.c").write_bytes(text)
    include = find(name).path.parent
    command = ["gcc", *FLAGS, f"-I{include}", directory / "program.c", "-o", directory / "program", "-lm"]
    subprocess.run(command, check=True, timeout=60)
    return subprocess.run([directory / "program"], check=True, timeout=60, capture_output=True, text=True).stdout


@pytest.mark.parametrize(("name", "structure"), [("lu", PLAIN), ("cholesky", PLAIN), ("ludcmp", WITHOUT_SCALAR)])
def test_panels_come_first_and_threads_share_what_is_left(name: str, structure: str, tmp_path: Path) -> None:
    kernel = find(name)
    program = read_program(kernel.path, flags=("-DMEDIUM_DATASET",))
    (scop,) = [scop for scop in program.scops if scop.function == kernel.function]
    nest = analyze(scop)
    start = apply_checked(parse_script(structure), nest)
    assert not isinstance(start, Rejected)
    sizes = {parameter.name: kernel.values(Size.MEDIUM)["N"] for parameter in scop.parameters}
    subject = start.subject(nest)
    plan = next(factorizations(subject, start, Setting(this_machine(2), sizes, parallel=True)))
    assert plan.count("parallel(") >= 3
    assert "distribute(" in plan
    assert "vectorize(" in plan
    made = apply_checked(parse_script(plan), nest, start)
    assert not isinstance(made, Rejected)
    options = CodegenOptions(openmp=True, threads=2, min_parallel_work=0)
    code = generate(nest, made, original="__builtin_trap();", indent="    ", options=options)
    assert isinstance(code, Generated)
    source = kernel.path.read_bytes()
    assert _output(replace_nests(source, [(scop.span, code.text)]), name, tmp_path) == _output(source, name, tmp_path)


@pytest.mark.parametrize("name", ["gemm", "trmm", "floyd-warshall", "gramschmidt"])
def test_other_nests_are_for_others(name: str) -> None:
    nest = analyze(read_program(find(name).path, flags=("-DLARGE_DATASET",)).scops[0])
    start = apply_checked(parse_script(PLAIN), nest)
    assert not isinstance(start, Rejected)
    sizes = dict.fromkeys((parameter.name for parameter in nest.scop.parameters), 2000)
    assert list(factorizations(nest, start, Setting(this_machine(2), sizes, parallel=True))) == []


def test_short_nests_have_no_blocks() -> None:
    nest = analyze(read_program(find("lu").path).scops[0])
    start = apply_checked(parse_script(PLAIN), nest)
    assert not isinstance(start, Rejected)
    sizes = dict.fromkeys((parameter.name for parameter in nest.scop.parameters), 100)
    assert list(factorizations(nest, start, Setting(this_machine(2), sizes, parallel=True))) == []
