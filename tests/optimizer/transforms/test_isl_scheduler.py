import pytest

from optimizer.ir.limits import operation_limit
from optimizer.transforms import Feautrier, Inapplicable, IslSchedule, isl_scheduler, original

STENCIL = (
    "t{i{S0} i{S1}}",
    "[n] -> { S0[t, i] : 0 <= t < n and 1 <= i < n - 1; S1[t, i] : 0 <= t < n and 1 <= i < n - 1 }",
    "r: S0[t, i] -> A[i - 1]; r: S0[t, i] -> A[i + 1]; w: S0[t, i] -> B[i]; r: S1[t, i] -> B[i]; w: S1[t, i] -> A[i]",
)
COMMANDS = ["isl()", "isl(fusion=max)", "isl(fusion=min)", "isl(coincidence=outer)", "feautrier()"]


@pytest.mark.parametrize("text", COMMANDS)
def test_is_legal(toolbox, text):
    nest = toolbox.nest(*STENCIL)
    assert toolbox.violation(text, nest) is None
    assert sorted(toolbox.order(text, nest, n=5).split()) == sorted(toolbox.order("", nest, n=5).split())


def test_loops_of_a_band_can_be_tiled(toolbox):
    nest = toolbox.nest(*STENCIL)
    assert toolbox.violation("isl(fusion=max); tile(S0@0, 8, 8)", nest) is None


def test_minimal_fusion_keeps_statements_apart(toolbox):
    nest = toolbox.nest("i{S0 S1}", "{ S0[i] : 0 <= i < 2; S1[i] : 0 <= i < 2 }", "w: S0[i] -> A[i]; r: S1[i] -> A[i]")
    assert toolbox.order("isl(fusion=min)", nest) == "S0[0] S0[1] S1[0] S1[1]"
    assert toolbox.order("isl(fusion=max)", nest) == "S0[0] S1[0] S0[1] S1[1]"


def test_a_private_scalar_does_not_keep_loops_from_being_exchanged(toolbox):
    nest = toolbox.nest(
        "i{j{S0 S1}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n; S1[i, j] : 0 <= i < n and 0 <= j < n }",
        "w: S0[i, j] -> x[]; r: S1[i, j] -> x[]; w: S1[i, j] -> B[i, j]", private="x",
    )  # fmt: skip
    assert toolbox.violation("isl(); interchange(S0@0, S0@1)", nest) is None
    assert "permutable: 1" in str(toolbox.run("isl()", nest).tree)


@pytest.mark.parametrize("text", COMMANDS)
def test_a_last_value_that_nobody_reads_does_not_hide_an_overlap(toolbox, text):
    square = "0 <= i < n and 0 <= j < m"  # rows with a running value, then columns with one
    nest = toolbox.nest(
        "i{S0 j{S1 S2}} j{S3 i{S4 S5}}",
        f"[n, m] -> {{ S0[i] : 0 <= i < n; S1[i, j] : {square}; S2[i, j] : {square};"
        f" S3[j] : 0 <= j < m; S4[j, i] : {square}; S5[j, i] : {square} }}",
        "w: S0[i] -> y[]; r: S1[i, j] -> y[]; r: S1[i, j] -> A[i, j]; w: S1[i, j] -> B[i, j];"
        "r: S2[i, j] -> B[i, j]; w: S2[i, j] -> y[]; w: S3[j] -> z[]; r: S4[j, i] -> z[]; r: S4[j, i] -> B[i, j];"
        "w: S4[j, i] -> C[i, j]; r: S5[j, i] -> C[i, j]; w: S5[j, i] -> z[]",
        private="y z",
    )
    assert toolbox.violation(text, nest) is None


def test_breaking_the_result_is_noticed(toolbox):
    nest = toolbox.nest(*STENCIL)
    assert toolbox.violation("isl(fusion=max); reverse(S0@0)", nest) is not None


def test_the_operation_limit_has_an_answer(toolbox, monkeypatch):
    nest = toolbox.nest(*STENCIL)
    monkeypatch.setattr(isl_scheduler, "SCHEDULER_OPERATIONS", 100)
    result = IslSchedule().apply(original(nest.scop), nest)
    assert result == Inapplicable("isl gave up after 100 operations")
    with operation_limit(nest.scop.context.get_ctx()):
        assert toolbox.violation("tile(S0@0, 8)", nest) is None


@pytest.mark.parametrize("command", [IslSchedule, Feautrier])
@pytest.mark.parametrize("seed", range(4))
def test_random_nests_keep_their_instances(toolbox, command, seed):
    toolbox.check_random(command, seed)
