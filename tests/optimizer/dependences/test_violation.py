import islpy as isl

from optimizer.dependences import analyze, find_violation
from optimizer.ir.ctype import DOUBLE, INT
from optimizer.ir.dependence import DependenceKind, Instance
from optimizer.ir.diagnostic import Span
from optimizer.ir.order import Leaf, Loop, Node, original_schedule
from optimizer.ir.schedule import Schedule
from optimizer.ir.scop import Access, AccessKind, Array, Parameter, Scop, Statement, Storage

SPAN = Span("test.c", 1, 1, 1, 2)


def scop(
    nodes: tuple[Node, ...],
    statements: dict[str, tuple[str, dict[str, tuple[AccessKind, ...]]]],
    private: tuple[str, ...] = (),
) -> Scop:
    """A Scop over parameter n from domains and access relations in isl text; the bodies are empty."""
    built = [
        Statement(
            name,
            (),
            isl.Set(f"[n] -> {{ {domain} }}"),
            (),
            tuple(
                Access(kind, text.split("->")[1].split("[")[0].strip(), isl.Map(f"[n] -> {{ {text} }}"))
                for text, kinds in accesses.items()
                for kind in kinds
            ),
            SPAN,
        )
        for name, (domain, accesses) in statements.items()
    ]
    ranks = {a.array: a.relation.dim(isl.dim_type.out) for s in built for a in s.accesses}
    arrays = tuple(
        Array(name, name, DOUBLE, (None,) * rank, Storage.OBJECT, rank, name not in private, name not in private)
        for name, rank in ranks.items()
    )
    return Scop(
        "f:0",
        "f",
        (Parameter("n", "n", INT),),
        isl.Set("[n] -> { : n >= 0 }"),
        arrays,
        tuple(built),
        original_schedule(nodes, {s.name: s.domain for s in built}),
        SPAN,
    )


READ, WRITE = (AccessKind.READ,), (AccessKind.WRITE,)


def stencil() -> Scop:
    return scop(
        (Loop(0, (Loop(1, (Leaf("S0"),)),)),),
        {
            "S0": (
                "S0[t, i] : 0 <= t < n and 1 <= i < n - 1",
                {
                    "S0[t, i] -> B[t + 1, i]": WRITE,
                    "S0[t, i] -> B[t, i - 1]": READ,
                    "S0[t, i] -> B[t, i + 1]": READ,
                },
            )
        },
    )


def test_the_order_as_written_is_legal() -> None:
    nest = analyze(stencil())
    assert find_violation(Schedule(nest.scop.schedule), nest) is None


def test_an_interchange_that_reverses_a_flow_dependence_has_the_smallest_witness() -> None:
    nest = analyze(stencil())
    band = isl.MultiUnionPwAff("[n] -> [{ S0[t, i] -> [(i)] }, { S0[t, i] -> [(t)] }]")
    swapped = isl.Schedule.from_domain(nest.scop.domain).insert_partial_schedule(band)
    violation = find_violation(Schedule(swapped), nest)
    assert violation is not None
    assert violation.kind is DependenceKind.FLOW
    assert (violation.source, violation.sink) == (Instance("S0", (0, 2)), Instance("S0", (1, 1)))
    assert violation.parameters == (("n", 4),)


def test_a_parallel_loop_must_carry_nothing() -> None:
    nest = analyze(stencil())
    root = nest.scop.schedule.get_root()
    outer = root.child(0).insert_mark(isl.Id("loopwright:parallel")).get_schedule()
    inner = root.child(0).child(0).insert_mark(isl.Id("loopwright:parallel")).get_schedule()
    violation = find_violation(Schedule(outer), nest)
    assert violation is not None
    assert violation.loop == "S0@0"
    assert find_violation(Schedule(inner), nest) is None


def temporary() -> Scop:
    return scop(
        (Loop(0, (Leaf("S0"), Leaf("S1"))),),
        {
            "S0": ("S0[i] : 0 <= i < n", {"S0[i] -> A[i]": READ, "S0[i] -> t[]": WRITE}),
            "S1": ("S1[i] : 0 <= i < n", {"S1[i] -> t[]": READ, "S1[i] -> B[i]": WRITE}),
        },
        private=("t",),
    )


def test_a_private_scalar_does_not_serialize_its_loop() -> None:
    nest = analyze(temporary())
    root = nest.scop.schedule.get_root()
    parallel = root.child(0).insert_mark(isl.Id("loopwright:parallel")).get_schedule()
    backwards = isl.MultiUnionPwAff("[n] -> [{ S0[i] -> [(-i)]; S1[i] -> [(-i)] }]")
    reverse = root.child(0).delete().insert_partial_schedule(backwards).get_schedule()
    assert find_violation(Schedule(parallel), nest) is None
    assert find_violation(Schedule(reverse), nest) is None


def test_distributing_a_private_scalar_names_the_write_that_comes_between() -> None:
    nest = analyze(temporary())
    loops = [
        isl.Schedule.from_domain(isl.UnionSet.from_set(s.domain)).insert_partial_schedule(
            isl.MultiUnionPwAff(f"[n] -> [{{ {s.name}[i] -> [(i)] }}]")
        )
        for s in nest.scop.statements
    ]
    violation = find_violation(Schedule(loops[0].sequence(loops[1])), nest)
    assert violation is not None
    assert violation.source == Instance("S0", (0,))
    assert violation.sink == Instance("S1", (0,))
    assert violation.intruder == Instance("S0", (1,))


def test_a_value_read_after_the_parallel_loop_is_not_privatized_away() -> None:
    late = scop(
        (Loop(0, (Leaf("S0"),)), Leaf("S1")),
        {
            "S0": ("S0[i] : 0 <= i < n", {"S0[i] -> t[]": WRITE}),
            "S1": ("S1[] : n > 0", {"S1[] -> t[]": READ, "S1[] -> B[0]": WRITE}),
        },
        private=("t",),
    )
    nest = analyze(late)
    parallel = nest.scop.schedule.get_root().child(0).child(0).child(0).insert_mark(isl.Id("loopwright:parallel"))
    violation = find_violation(Schedule(parallel.get_schedule()), nest)
    assert violation is not None
    assert violation.loop == "S0@0"


def test_live_in_is_refined_by_exact_flow() -> None:
    nest = analyze(scop((Loop(0, (Leaf("S0"),)),), {"S0": ("S0[i] : 0 <= i < n", {"S0[i] -> A[i]": WRITE})}))
    assert not nest.scop.array("A").live_in
