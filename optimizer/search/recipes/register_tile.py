"""Nests with three or more loops that use each element many times: matrix products, triangular solves, contractions.

A block of the result is kept in vector registers while the loop that only reads runs inside: the vector loop walks
along rows of memory, a second loop is unrolled around it. Where bounds depend on each other, all three loops are tiled
and full tiles are told from partial ones; the vector loop then holds only the statements with the most loops. Where no
loop runs along the rows of all arrays, those that the nest only reads are packed in front of it, transposed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import LoopRef, Schedule, loops_around
from optimizer.ir.scop import AccessKind
from optimizer.search.linear import NumericAccess, numeric_accesses
from optimizer.search.loops import OuterNest
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.recipes.extents import counters_of, trips_of
from optimizer.search.recipes.packing import vector_layouts
from optimizer.search.recipes.sequences import exchanges, statements_in
from optimizer.search.recipes.setting import Setting

BLOCKS = ((8, 3), (6, 4), (12, 2), (10, 2), (5, 4), (8, 2), (4, 6), (4, 4))  # rows and vectors of a register tile
LINES = ((1, 8), (1, 10), (1, 5), (1, 4), (1, 12))  # the same where only one row fits
DEPTHS = (64, 32, 128)  # iterations of the innermost loop in a tile
MOST_PLANS = 24
_RANK_COST = 0.02  # of each place further down in BLOCKS
_PARTIAL_COST = 5.0  # how much longer an iteration takes that is in no full tile


@dataclass(frozen=True, slots=True)
class Roles:
    """The loops of a statement by depth: `rest` outermost, then those for `rows` (None if no reference is the same in
    all iterations of another loop), `columns` (vectors), and `inner`.
    """

    rest: tuple[int, ...]
    rows: int | None
    columns: int
    inner: int
    in_panels: bool = False  # an array that the nest writes must be packed, a panel at a time


@dataclass(frozen=True, slots=True)
class Block:
    """The size of a register tile: `rows` times `vectors` of `lanes`."""

    rows: int
    vectors: int
    lanes: int

    @property
    def columns(self) -> int:
        """The elements of a row."""
        return self.vectors * self.lanes


def register_tiles(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Plans for `start` in which every outer nest that allows it gets register tiles, most promising sizes first."""
    begin = Attempt(nest, start)
    seen: set[str] = set()
    shapes = list(product(range(3), range(2)))
    for number, tiled in shapes:
        for depth, order in product(DEPTHS[: 2 if tiled else 1], range(2) if tiled else (0,)):
            attempt = begin
            for index in range(len(begin.outers)):
                attempt = _with_tiles(attempt, index, setting, (number, depth if tiled else 0, order))
            if attempt.text and attempt.text not in seen:
                seen.add(attempt.text)
                if setting.parallel:
                    spread = _spread(attempt)
                    if spread is not attempt:
                        yield spread.text
                yield attempt.text
            if len(seen) >= MOST_PLANS:
                return


def _with_tiles(attempt: Attempt, index: int, setting: Setting, choice: tuple[int, int, int]) -> Attempt:
    """`attempt` with register tiles in one outer nest; unchanged where it has none.

    `choice` is the rank of the size of the tiles, the depth of the tiles (0: the inner loop is not tiled), and the
    order of the tile loops.
    """
    outer = attempt.outers[index]
    number, depth, order = choice
    for statement in _deepest(attempt, outer):
        for roles in _roles(attempt, statement, setting):
            blocks = _blocks(attempt, statement, roles, setting)
            if number >= len(blocks):
                continue
            block = blocks[number]
            made: Attempt | None = None
            if depth:
                made = _tiled(attempt, statement, roles, (block, depth, order))
            elif not roles.in_panels:
                made = _jammed(attempt, statement, roles, block)
            packs = _packs(attempt, statement, roles)
            if made is not None and packs:
                made = made.then("; ".join(packs))
            if made is not None:
                return made
    return attempt


def _deepest(attempt: Attempt, outer: OuterNest) -> Iterator[str]:
    """The statements of `outer` with the most loops, if these are at least three."""
    depths = {name: len(loops_around(attempt.schedule.tree, name)) for name in outer.statements}
    most = max(depths.values())
    if most >= 3:
        yield from (name for name, depth in depths.items() if depth == most)


def _packs(attempt: Attempt, statement: str, roles: Roles) -> list[str]:
    """The commands that copy arrays so that the columns of a tile stand one behind the other: whole ones in front of
    the nest, or what all rows of tiles share.
    """
    place = LoopRef(statement, len(roles.rest) + 2 if roles.in_panels else 0)
    scop = attempt.nest.scop
    counters = len(scop.statement(statement).counters)
    deep = frozenset(other.name for other in scop.statements if len(other.counters) == counters)
    found = vector_layouts(attempt.nest, attempt.schedule, LoopRef(statement, roles.columns), deep)
    own = {access.array for access in scop.statement(statement).accesses}
    return [str(each.pack(place)) for each in found.needed if each.array in own]


def _jammed(attempt: Attempt, statement: str, roles: Roles, block: Block) -> Attempt | None:
    """Register tiles around a whole inner loop."""
    order = [*roles.rest, roles.columns, *(() if roles.rows is None else (roles.rows,)), roles.inner]
    moved = _permuted(attempt, statement, order)
    at = len(roles.rest)
    steps = [f"vectorize({statement}@{at}, {block.lanes})"]
    if block.vectors > 1:
        steps.append(f"unroll_and_jam({statement}@{at}, {block.vectors})")
    if block.rows > 1:
        steps.append(f"unroll_and_jam({statement}@{at + 1}, {block.rows})")
    return None if moved is None else moved.then("; ".join(steps))


def _tiled(attempt: Attempt, statement: str, roles: Roles, choice: tuple[Block, int, int]) -> Attempt | None:
    """Register tiles in tiles of all three loops, full ones apart; `choice` is the block, its depth, and the order."""
    block, depth, order = choice
    if roles.rows is None:
        return None
    moved = _permuted(attempt, statement, [*roles.rest, roles.inner, roles.rows, roles.columns])
    at = len(roles.rest)
    sizes = f"{depth}, {block.rows}, {block.columns}"
    moved = None if moved is None else moved.then(f"tile({statement}@{at}, {sizes})")
    if moved is None:
        return None
    replicated = (
        f"unroll({statement}@{at + 4}, {block.rows}); vectorize({statement}@{at + 5}, {block.lanes}); "
        f"isolate({statement}@{at})"
    )
    for apart in _apart(moved, statement, at + 5):
        alone = moved.then(apart) if apart else moved
        made = None if alone is None else alone.then(replicated)
        if made is not None:
            exchange = f"interchange({statement}@{at}, {statement}@{at + 2})"
            if roles.in_panels:  # all rows below each other for the same columns
                return made.then(f"{exchange}; interchange({statement}@{at + 1}, {statement}@{at + 2})")
            return made if order == 0 else made.then(exchange)
    return None


def _apart(attempt: Attempt, statement: str, depth: int) -> Iterator[str]:
    """Scripts that leave only statements with the most counters in the loop `statement`@`depth`, "" where none is
    needed: the others run before them, or after them.
    """
    inside = statements_in(attempt, statement, depth)
    counters = {name: len(attempt.nest.scop.statement(name).counters) for name in inside}
    shallow = [name for name in inside if counters[name] < max(counters.values())]
    deep = [name for name in inside if name not in shallow]
    yield ""
    if not shallow:
        return
    for wanted, border in ((shallow + deep, deep[0]), (deep + shallow, shallow[0])):
        swaps = exchanges(inside, wanted)
        yield "; ".join([*swaps, f"distribute({wanted[0]}@{depth}, {border})"])
    if len(inside) > 2:
        yield f"distribute({inside[0]}@{depth})"


def _permuted(attempt: Attempt, statement: str, wanted: Sequence[int]) -> Attempt | None:
    """`attempt` with the loops around `statement` in the order `wanted`, by their depths now; None if illegal."""
    current = list(range(len(wanted)))
    steps: list[str] = []
    for place, loop in enumerate(wanted):
        at = current.index(loop)
        if at != place:
            steps.append(f"interchange({statement}@{place}, {statement}@{at})")
            current[place], current[at] = current[at], current[place]
    return attempt.then("; ".join(steps)) if steps else attempt


def _spread(attempt: Attempt) -> Attempt:
    """Threads for the outermost loop of each nest that allows it."""
    for index in range(len(attempt.outers)):
        outer = attempt.outers[index]
        attempt = attempt.first_of(f"parallel({outer.statement}@{depth})" for depth in range(min(3, outer.depth)))
    return attempt


def _roles(attempt: Attempt, statement: str, setting: Setting) -> Iterator[Roles]:
    """The ways to use the loops around `statement`, judged by how its references move with them."""
    strides = _strides(attempt, statement, setting)
    if strides is None:
        return
    depth = len(strides[0][1])
    writes = [moves for access, moves in strides if access.is_write]
    smooth: list[Roles] = []
    jumping: list[Roles] = []
    lines: list[Roles] = []
    for inner in reversed(range(depth)):
        if any(moves[inner] != 0 for moves in writes):
            continue
        for columns in reversed(range(depth)):
            if columns == inner or any(abs(moves[columns] or 2) > 1 for moves in writes):
                continue
            jumps = {access.array for access, moves in strides if moves[columns] not in (0, 1)}
            in_panels = not jumps.isdisjoint(_written(attempt))
            others = [each for each in range(depth) if each not in (inner, columns)]
            for rows in reversed(others):
                moved = all(moves[rows] != 0 for moves in writes)
                if moved and any(moves[rows] == 0 for _, moves in strides):
                    rest = tuple(each for each in others if each != rows)
                    (jumping if jumps else smooth).append(Roles(rest, rows, columns, inner, in_panels))
            if not jumps:
                lines.append(Roles(tuple(others), None, columns, inner))
    yield from (*smooth, *jumping, *lines)


def _written(attempt: Attempt) -> set[str]:
    """The arrays that the nest writes."""
    accesses = (access for statement in attempt.nest.scop.statements for access in statement.accesses)
    return {access.array for access in accesses if access.kind is not AccessKind.READ}


def _strides(
    attempt: Attempt, statement: str, setting: Setting
) -> list[tuple[NumericAccess, tuple[float | None, ...]]] | None:
    """For each reference of `statement` and each loop around: 0 if it stays, 1 if it moves to the next element, None
    if it jumps. None as a whole if some loop is no plain counter or some reference may touch anything.
    """
    scop = attempt.nest.scop
    counters = counters_of(attempt, statement)
    found: list[tuple[NumericAccess, tuple[float | None, ...]]] = []
    for access in numeric_accesses(scop, scop.statement(statement), setting.sizes):
        if access.subscripts is None or counters is None:
            return None
        moves: list[float | None] = []
        for counter in counters:
            factors = [form.coefficients[counter] for form in access.subscripts]
            if not any(factors):
                moves.append(0)
            else:
                moves.append(1 if not any(factors[:-1]) and factors[-1] == 1 else None)
        found.append((access, tuple(moves)))
    return found


def _blocks(attempt: Attempt, statement: str, roles: Roles, setting: Setting) -> list[Block]:
    """Sizes of register tiles, those first that leave few iterations out of full tiles."""
    scop = attempt.nest.scop
    widest = max(scop.array(a.array).element.size for a in scop.statement(statement).accesses)
    lanes = max(2, setting.machine.widest_vector_bytes // widest)
    trips = trips_of(attempt, statement, setting.sizes) or []
    rows, columns = 1 if roles.rows is None else trips[roles.rows], trips[roles.columns]

    def cost(ranked: tuple[int, Block]) -> float:
        rank, block = ranked
        partial = (columns % block.columns) / columns + (rows % block.rows) / rows
        return _RANK_COST * rank + _PARTIAL_COST * partial

    shapes = LINES if roles.rows is None else BLOCKS
    fitting = [Block(r, v, lanes) for r, v in shapes if r <= rows and v * lanes <= columns]
    return [block for _, block in sorted(enumerate(fitting), key=cost)]
