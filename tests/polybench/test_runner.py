"""The runner on real kernels: short budgets, so only the kind of outcome is looked at, never the size of a speedup."""

from dataclasses import replace

import pytest

from optimizer.execution import Prober, Toolchain, detect_toolchain, workspace
from optimizer.ir.outcome import CompileError, Measured
from optimizer.search.demand import Demand
from optimizer.search.prepare import prepare
from optimizer.search.request import NestResult, Request, Result, Trial
from polybench.rivals import Rival
from polybench.runner import Background, Comparison, Plan, affordable, compare_versions, kernel_demand, run_kernel
from polybench.suite import KERNELS, Kernel, Size, find


@pytest.fixture
def plan() -> Plan:
    toolchain = detect_toolchain("gcc")
    return Plan(Size.MINI, 1, 3.0, toolchain, (Rival("gcc", Toolchain("gcc", ("-O1",))),))


def request_of(name: str, plan: Plan) -> Request:
    kernel = find(name)
    return Request(kernel.path, kernel.path.read_bytes(), plan.sized(plan.toolchain), threads=plan.threads)


def test_a_kernel_is_tuned_and_compared_with_a_rival(plan: Plan):
    trials: list[Trial] = []
    row = run_kernel(find("trisolv"), plan, lambda _nest, trial: trials.append(trial))
    assert trials
    assert row.verdict in ("faster", "within noise", "slower", "kept")
    assert (row.outcome is None) == (row.script == "") == (row.note != "")
    assert isinstance(row.rivals["gcc"], Measured)


def test_a_slower_version_is_seen_to_be_slower(plan: Plan):
    request = request_of("gemm", plan)
    pragma = b"#pragma scop\n"
    slow = request.text.replace(pragma, pragma + b'    for (i = 0; i < 3000000; i++)\n        __asm__ volatile("");\n')
    found = compare_versions(request, slow, plan, 1.0)
    ours, rival = found.ours, found.rivals["gcc"]
    assert isinstance(ours, Measured) and ours.high < 0.9
    assert isinstance(rival, Measured) and rival.low > ours.high


def test_an_unchanged_text_is_not_measured_and_a_rival_that_fails_says_so(plan: Plan):
    request = request_of("gemm", plan)
    broken = replace(plan, rivals=(Rival("broken", Toolchain("gcc", ("-O2", "-include", "nowhere.h"))),))
    assert compare_versions(request, request.text, replace(plan, rivals=()), 1.0) == Comparison(None, {})
    found = compare_versions(request, request.text, broken, 1.0)
    rival = found.rivals["broken"]
    assert found.ours is None
    assert isinstance(rival, CompileError) and "nowhere.h" in rival.detail


def test_the_machine_is_probed_around_a_comparison_and_ours_can_be_built_by_another_compiler(plan: Plan):
    request = request_of("gemm", plan)
    text = request.text.replace(b"#pragma scop\n", b"#pragma scop\n    ;\n")
    with workspace() as directory:
        rivals = (Rival("ours-gcc", Toolchain("gcc", ("-O1",)), builds_ours=True),)
        probing = replace(plan, rivals=rivals, prober=Prober(plan.toolchain, directory))
        found = compare_versions(request, text, probing, 1.0, Background(Demand(1e6, 1e5, "double")))
        assert isinstance(found.rivals["ours-gcc"], Measured)
        assert [probe.stream_bytes for probe in found.probes] == [100_000, 100_000]
        assert compare_versions(request, request.text, replace(probing, prober=None), 1.0) == Comparison(None, {})


def test_rivals_that_the_budget_does_not_reach_are_not_run():
    rivals = tuple(Rival(name, Toolchain()) for name in ("gcc", "clang", "polly"))
    assert affordable(rivals, 0.0, 0.0, 10.0) == rivals
    assert affordable(rivals, 0.1, 0.1, 10.0) == rivals
    assert affordable(rivals, 1.0, 1.0, 10.0) == rivals[:1]
    assert affordable(rivals, 1.0, 0.1, 10.0) == rivals[:2]
    assert affordable(rivals, 20.0, 1.0, 10.0) == ()


# their formulas count what a schedule may hoist, once for each iteration
HOISTED = frozenset({"2mm", "gemm", "symm", "syr2k", "syrk"})


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_what_is_counted_on_the_nests_agrees_with_the_formulas(kernel: Kernel, plan: Plan):
    request = request_of(kernel.name, replace(plan, size=Size.MEDIUM))
    ready = prepare(request)
    nests = tuple(NestResult(nest.scop, None, "") for nest in ready.nests)
    demand = kernel_demand(kernel, Size.MEDIUM, Result(kernel.path, request.text, nests, ready.refusals))
    share = demand.operations / kernel.operation_count(Size.MEDIUM)
    assert 0.6 < share < 0.9 if kernel.name in HOISTED else 0.85 < share < 1.05  # some count the border, too
    assert 0.45 < demand.bytes / kernel.memory_bytes(Size.MEDIUM) < 1.01
    assert demand.element == {"deriche": "float", "floyd-warshall": "int", "nussinov": "int"}.get(kernel.name, "double")
