"""The runner on real kernels: short budgets, so only the kind of outcome is looked at, never the size of a speedup."""

from dataclasses import replace

import pytest

from optimizer.execution import Toolchain, detect_toolchain
from optimizer.ir.outcome import CompileError, Measured
from optimizer.search.request import Request, Trial
from polybench.rivals import Rival
from polybench.runner import Plan, compare_versions, run_kernel
from polybench.suite import Size, find


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
    ours, rival = compare_versions(request, slow, plan, 1.0)
    assert isinstance(ours, Measured) and ours.high < 0.9
    assert isinstance(rival, Measured) and rival.low > ours.high


def test_an_unchanged_text_is_not_measured_and_a_rival_that_fails_says_so(plan: Plan):
    request = request_of("gemm", plan)
    broken = replace(plan, rivals=(Rival("broken", Toolchain("gcc", ("-O2", "-include", "nowhere.h"))),))
    assert compare_versions(request, request.text, replace(plan, rivals=()), 1.0) == [None]
    ours, rival = compare_versions(request, request.text, broken, 1.0)
    assert ours is None
    assert isinstance(rival, CompileError) and "nowhere.h" in rival.detail
