import islpy as isl

from optimizer.transforms.convert import read_tree, write_tree
from optimizer.transforms.tree import statements


def test_a_tree_survives_both_ways(toolbox):
    nest = toolbox.nest("i{S0 j-{S1}} S2", "{ S0[i] : 0 <= i < 3; S1[i, j] : 0 <= i < 3 and 0 <= j < i; S2[] }")
    schedule = toolbox.run("parallel(S1@0); tile(S1@0, 2, 2); isolate(S1@0)", nest)
    tree = read_tree(schedule.tree)
    assert tree is not None
    assert write_tree(tree, nest.scop.context).plain_is_equal(schedule.tree)


def test_a_band_of_the_scheduler_stays_one_band(toolbox):
    nest = toolbox.nest("i{j{S0}}", "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }", "w: S0[i, j] -> A[i, j]")
    text = str(toolbox.run("isl()", nest).tree)
    assert "permutable: 1, coincident: [ 1, 1 ]" in text


def test_statements_that_never_run_are_left_out(toolbox):
    nest = toolbox.nest("i{S0 j{S1}} j{S2}", "{ S0[i] : 0 <= i < 3; S1[i, j] : 1 = 0; S2[i] : 1 = 0 }")
    assert toolbox.order("reverse(S0@0)", nest) == "S0[2] S0[1] S0[0]"
    assert "no statement S1" in toolbox.refuse("reverse(S1@0)", nest).reason
    empty = toolbox.nest("i{S0}", "{ S0[i] : 1 = 0 }")
    for command in ("reverse(S0@0)", "isl()", "feautrier()"):
        assert "ever runs" in toolbox.refuse(command, empty).reason


def test_unordered_children_come_out_in_textual_order():
    schedule = isl.Schedule(
        '{ domain: "{ S10[]; S2[] }", child: { set: [ { filter: "{ S10[] }" }, { filter: "{ S2[] }" } ] } }'
    )
    tree = read_tree(schedule)
    assert tree is not None
    assert statements(tree) == ("S2", "S10")
