"""Nests whose innermost loops run a few times only, such as filters and small contractions: these are written out, and
the loop around them runs in vectors. Also loops without any short one inside, as vectors of their own.
"""

from collections.abc import Iterator

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.loops import OuterNest
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.recipes.extents import trips_of
from optimizer.search.recipes.setting import Setting

SHORT = 9  # iterations of a loop that is written out
MOST_COPIES = 64  # of a statement
ROWS = (1, 2)  # iterations of the loop around the vectors, run together


def short_loops(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Plans for `start`: each outer nest with its short loops written out and the next loop in vectors."""
    seen: set[str] = set()
    for rows in ROWS:
        for lanes_shift in (0, 1):
            attempt = Attempt(nest, start)
            for index in range(len(attempt.outers)):
                attempt = _in_vectors(attempt, attempt.outers[index], setting, (rows, lanes_shift))
            if not attempt.text or attempt.text in seen:
                continue
            seen.add(attempt.text)
            if setting.parallel:
                spread = attempt
                for outer in attempt.outers:
                    spread = spread.first_of(f"parallel({outer.statement}@{depth})" for depth in range(2))
                yield spread.text
            yield attempt.text


def _in_vectors(attempt: Attempt, outer: OuterNest, setting: Setting, choice: tuple[int, int]) -> Attempt:
    """`attempt` with vectors in `outer` if that is legal; `choice`: rows together, and how often to halve the lanes."""
    statement = outer.statement
    trips = trips_of(attempt, statement, setting.sizes)
    if trips is None:
        return attempt
    depth = len(trips) - 1
    steps: list[str] = []
    copies = 1
    while depth > 0 and 1 < trips[depth] <= SHORT and copies * trips[depth] <= MOST_COPIES:
        steps.append(f"unroll({statement}@{depth}, {trips[depth]})")
        copies *= trips[depth]
        depth -= 1
    rows, halvings = choice
    lanes = max(2, (setting.machine.widest_vector_bytes // _widest_bytes(attempt.nest, outer)) >> halvings)
    steps.append(f"vectorize({statement}@{depth}, {lanes})")
    if rows > 1 and depth > 0:
        steps.append(f"unroll_and_jam({statement}@{depth - 1}, {rows})")
    return attempt.first_of(["; ".join(steps)])


def _widest_bytes(nest: Nest, outer: OuterNest) -> int:
    """The size of the largest value computed: what is smaller than an int is computed in ints."""
    scop = nest.scop
    arrays = {a.array for name in outer.statements for a in scop.statement(name).accesses}
    return max(4, *(scop.array(array).element.size for array in arrays))
