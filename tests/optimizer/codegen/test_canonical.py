import islpy as isl

from optimizer.codegen import LoopTree, canonical_text, loop_tree
from optimizer.dependences import analyze
from optimizer.ir.schedule import Schedule

DOMAIN = "[n] -> { S0[i, j] : 0 <= i < n and 0 <= j < n }"


def test_equal_loops_have_equal_texts(make, declare, loops):
    texts = set()
    for name in ("A", "B"):
        nest = analyze(make([DOMAIN], [f"{name}[i][j] += 1.0"], [loops(0, loops(1, "S0"))],
                            arrays=[declare(name, "37", "37")]).scop())  # fmt: skip
        for bands in ("[{S0[i,j]->[i]},{S0[i,j]->[j]}]", "[{S0[i,j]->[j]},{S0[i,j]->[i]}]"):
            tree = isl.Schedule(f'{{ domain: "{DOMAIN}", child: {{ schedule: "{bands}" }} }}')
            found = loop_tree(nest, Schedule(tree))
            assert isinstance(found, LoopTree)
            texts.add(canonical_text(found))
    assert texts == {
        "for c0 = 0 .. n by 1\n for c1 = 0 .. n by 1\n  S0(c0, c1)",
        "for c0 = 0 .. n by 1\n for c1 = 0 .. n by 1\n  S0(c1, c0)",
    }
