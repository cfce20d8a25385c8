"""Sums in any order, where the user allows it: the terms of a sum run in the lanes of vectors and on several threads.

Walk along the rows, run several rows together, then put each innermost loop into vectors: a sum gets a vector for each
row, or several if there is one row only; a sum down a column, whose elements are no vector, gets several scalars.
"""

from collections.abc import Iterator

from optimizer.dependences.updates import commuting_updates
from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import LoopRef, Schedule
from optimizer.search.loops import outer_nests
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.recipes.matvec import MOST_LOOPS, orders
from optimizer.search.recipes.setting import Setting
from optimizer.search.recipes.streams import jumps
from optimizer.transforms.convert import read_tree
from optimizer.transforms.jam import has_rolled_loops
from optimizer.transforms.marks import is_replicated
from optimizer.transforms.tree import Loop, Tree, children_of, statements

PARTS = {4: (1, 2), 1: (4, 8), 8: (1,), 2: (2,)}  # vectors of one sum beside each other, for so many rows together
DEEP_PARTS = {4: (1,), 1: (4,)}  # where statements have more than two loops around them: such plans take longer
STRIP = 4096  # terms that a thread adds up before it looks for more


def sums_in_parts(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Plans for `start` if it has sums of floating type that may be computed in any order."""
    scop = nest.scop
    sums = {update.statement for a in scop.arrays if a.element.is_float for update in commuting_updates(scop, a)}
    if not scop.reassociates or not sums:
        return
    seen: set[str] = set()
    deepest = max((outer.depth for outer in outer_nests(start)), default=0)
    for rows, counts in (PARTS if deepest <= MOST_LOOPS else DEEP_PARTS).items():
        for order in orders(Attempt(nest, start), setting):
            together = _together(order, rows)
            if rows > 1 and together is order:
                continue
            for parts in counts:
                for plan in _plans(together, setting, frozenset(sums), parts):
                    if plan.text and plan.text not in seen:
                        seen.add(plan.text)
                        yield plan.text


def _plans(attempt: Attempt, setting: Setting, sums: frozenset[str], parts: int) -> Iterator[Attempt]:
    """`attempt` with its sums in vectors, on one thread and on several."""
    one = _in_vectors(attempt, setting, sums, parts)
    if setting.parallel:
        many = start = _in_vectors(_in_strips(attempt, sums), setting, sums, parts)
        for outer in many.outers:
            if sums & set(outer.statements):
                many = many.first_of([f"parallel({outer.statement}@0)"])
        if many is not start:
            yield many
    yield one


def _together(attempt: Attempt, rows: int) -> Attempt:
    """Several iterations of each outermost loop with a loop inside at once."""
    for outer in attempt.outers if rows > 1 else ():
        if outer.depth > 1:
            attempt = attempt.first_of([f"unroll_and_jam({outer.statement}@{outer.depth - 2}, {rows})"])
    return attempt


def _in_strips(attempt: Attempt, sums: frozenset[str]) -> Attempt:
    """The outermost loops around sums without a loop inside in strips, one of which is work enough for a thread."""
    for outer in attempt.outers:
        if outer.depth == 1 and sums & set(outer.statements):
            attempt = attempt.first_of([f"strip_mine({outer.statement}@0, {STRIP})"])
    return attempt


def _in_vectors(attempt: Attempt, setting: Setting, sums: frozenset[str], parts: int) -> Attempt:
    """`attempt` with each innermost loop in vectors that stays in a row, and scalar parts of the sums elsewhere."""
    tree = read_tree(attempt.schedule.tree)
    for loop, names in () if tree is None else tuple(_innermost(tree, 0)):
        scop = attempt.schedule.subject(attempt.nest).scop
        written = {a.array for name in names for a in scop.statement(name).accesses}
        size = max(scop.array(name).element.size for name in written)
        lanes = max(2, setting.machine.widest_vector_bytes // size)
        copies = parts if sums & set(names) else 1
        along = [f"vectorize({loop}, {lanes})"]
        if copies > 1:
            along.insert(0, f"vectorize({loop}, {lanes}); unroll({loop}, {copies})")
        if any(jumps(scop, attempt.schedule, name, setting.sizes, loop.depth) > 0 for name in names):
            along = [f"unroll({loop}, {2 * copies})"] if sums & set(names) else []
        attempt = attempt.first_of(along)
    return attempt


def _innermost(tree: Tree, depth: int) -> Iterator[tuple[LoopRef, tuple[str, ...]]]:
    """The loops of `tree` that stay loops and have no such loop inside, with their statements."""
    if isinstance(tree, Loop) and not is_replicated(tree) and not has_rolled_loops(tree.body):
        names = statements(tree)
        yield LoopRef(names[0], depth), names
        return
    for child in children_of(tree):
        yield from _innermost(child, depth + isinstance(tree, Loop))
