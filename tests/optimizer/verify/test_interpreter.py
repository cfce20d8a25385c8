"""The interpreter against gcc on whole programs, and against schedules that are known to be right or wrong."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import islpy as isl
import pytest

from optimizer.ir.dependence import Instance
from optimizer.ir.scop import Scop
from optimizer.verify.evaluate import Memory, NotExecutable, evaluate_integer, execute
from optimizer.verify.interpreter import (
    TooLarge,
    compare_orders,
    concurrent_nodes,
    first_difference,
    run,
    timed_instances,
)
from optimizer.verify.values import UndefinedBehaviour

Direct = Callable[[int], tuple[str, Scop]]


def printed_by_gcc(text: str, scop: Scop, directory: Path) -> dict[tuple[str, int], str]:
    """Every element of the double arrays after `kernel`, which starts from zeros."""
    show = "".join(
        f"    for (size_t q = 0; q < sizeof {a.name} / 8; q++)\n"
        f'        printf("{a.name} %zu %a\\n", q, ((double *)&{a.name})[q]);\n'
        for a in scop.arrays
    )
    main = text.index("int main(void)")
    (directory / "p.c").write_text(f"{text[:main]}int main(void)\n{{\n    kernel();\n{show}    return 0;\n}}\n")
    subprocess.run(
        ["gcc", "-w", "-O0", "-ffp-contract=off", str(directory / "p.c"), "-o", str(directory / "p"), "-lm"], check=True
    )
    done = subprocess.run([str(directory / "p")], check=True, capture_output=True, text=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return {(name, int(position)): value for name, position, value in rows}


@pytest.mark.parametrize("seed", [3, 8, 12, 21, 30, 33])
def test_original_order_computes_what_gcc_computes(seed: int, direct: Direct, tmp_path: Path) -> None:
    text, scop = direct(seed)
    expected = printed_by_gcc(text, scop, tmp_path)
    memory = Memory(scop, {})
    sizes = {a.name: [int(e or 1) for e in a.extents] for a in scop.arrays}
    for name, position in expected:
        memory.cells[name, unflatten(position, sizes[name])] = 0.0  # type: ignore[assignment]
    statements = {s.name: s for s in scop.statements}
    for _, instance in timed_instances(scop, scop.schedule, {}):
        statement = statements[instance.statement]
        names = (counter.name for counter in statement.counters)
        execute(statement.body, dict(zip(names, instance.counters, strict=True)), memory)
    actual = {(n, p): float(memory.cells[n, unflatten(p, sizes[n])]).hex() for n, p in expected}
    assert actual == {key: float.fromhex(value).hex() for key, value in expected.items()}


def unflatten(position: int, extents: list[int]) -> tuple[int, ...]:
    index: list[int] = []
    for extent in reversed(extents):
        index.insert(0, position % extent)
        position //= extent
    return tuple(index)


def test_the_order_as_written_is_accepted(direct: Direct) -> None:
    _, scop = direct(12)
    assert compare_orders(scop, scop.schedule, {}) is None


def reversed_tree(scop: Scop) -> isl.Schedule:
    """The schedule with every loop reversed."""

    def negate(node: isl.ScheduleNode) -> isl.ScheduleNode:
        if node.get_type() != isl.schedule_node_type.band:
            return node
        scale = isl.MultiVal.read_from_str(node.get_ctx(), "{ [-1] }")
        return node.band_scale(scale)

    return scop.schedule.get_root().map_descendant_bottom_up(negate).get_schedule()


def test_a_wrong_order_is_seen(direct: Direct) -> None:
    seen = 0
    for seed in range(40):
        _, scop = direct(seed)
        if not scop.statements:
            continue
        try:
            seen += compare_orders(scop, reversed_tree(scop), {}, limit=300) is not None
        except TooLarge:
            continue
    assert seen >= 10


def test_a_lost_instance_is_seen(direct: Direct) -> None:
    _, scop = direct(12)
    last = timed_instances(scop, scop.schedule, {})[-1][1]
    without = scop.schedule.intersect_domain(scop.domain.subtract(isl.UnionSet(f"{{ {last} }}")))
    difference = compare_orders(scop, without, {})
    assert difference is not None
    assert difference.array == "(instances)"


def test_a_wrong_parallel_loop_is_seen() -> None:
    scop = recurrence()
    marked = mark_outermost(scop.schedule)
    assert len(concurrent_nodes(marked)) == 1
    assert compare_orders(scop, scop.schedule, {}) is None
    assert compare_orders(scop, marked, {}) is not None


def mark_outermost(tree: isl.Schedule) -> isl.Schedule:
    band = tree.get_root().child(0)
    return band.insert_mark(isl.Id("loopwright:parallel")).get_schedule()


def recurrence() -> Scop:
    """for (i = 1; i <= 5; i++) A[i] = 0.5 * A[i - 1];"""
    from optimizer.ir.ctype import DOUBLE, INT
    from optimizer.ir.diagnostic import Span
    from optimizer.ir.expr import Assign, Binary, Iterator, Literal, Ref
    from optimizer.ir.order import Leaf, Loop, original_schedule
    from optimizer.ir.scop import Access, AccessKind, Array, Counter, Statement, Storage

    i = Iterator("i", INT)
    before = Ref("A", (Binary("-", i, Literal("1", INT)),), DOUBLE)
    body = (Assign(Ref("A", (i,), DOUBLE), "=", Binary("*", Literal("0.5", DOUBLE), before)),)
    domain = isl.Set("{ S0[i] : 1 <= i <= 5 }")
    accesses = (
        Access(AccessKind.READ, "A", isl.Map("{ S0[i] -> A[i - 1] }")),
        Access(AccessKind.WRITE, "A", isl.Map("{ S0[i] -> A[i] }")),
    )
    span = Span("r.c", 1, 1, 1, 1)
    statement = Statement("S0", (Counter("i", INT, "i"),), domain, body, accesses, span)
    array = Array("A", "A", DOUBLE, ("6",), Storage.OBJECT, 1)
    tree = original_schedule((Loop(0, (Leaf("S0"),)),), {"S0": domain})
    return Scop("f:0", "f", (), isl.Set("{ : }"), (array,), (statement,), tree, span)


def test_accesses_out_of_bounds_are_undefined() -> None:
    scop = recurrence()
    short = replace(scop, arrays=(replace(scop.arrays[0], extents=("4",)),))
    with pytest.raises(UndefinedBehaviour):
        run(short, (instance for _, instance in timed_instances(short, short.schedule, {})), {})
    with pytest.raises(NotExecutable):
        compare_orders(short, short.schedule, {})


def test_only_live_out_arrays_are_compared() -> None:
    scop = recurrence()
    private = replace(scop, arrays=(replace(scop.arrays[0], live_out=False),))
    assert run(private, [Instance("S0", (1,))], {}) == {}


def test_too_many_instances() -> None:
    scop = recurrence()
    with pytest.raises(TooLarge):
        timed_instances(scop, scop.schedule, {}, 4)


def test_nan_equals_nan() -> None:
    nan = float("nan")
    assert first_difference({("A", (0,)): nan}, {("A", (0,)): nan}) is None  # type: ignore[dict-item]
    assert first_difference({("A", (0,)): 0.0}, {("A", (0,)): -0.0}) is not None  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("n + 1", 8), ("2 * (n - 3)", 8), ("n / 2", 3), ("-n", -7), ("m", None), ("n ? 1 : 2", None), ("sizeof n", None)],
)
def test_extents_are_evaluated_where_they_are_known(text: str, expected: int | None) -> None:
    assert evaluate_integer(text, {"n": 7}) == expected
