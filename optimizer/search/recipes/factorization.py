"""Factorizations: nests in which every step reads what the one before it wrote, but only near its own row and column.

The steps are taken in blocks. What a block of steps does to its own rows and columns, its panels, is split off and runs
first; what is left is a product of panels, which threads share and registers hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import LoopRef, Schedule, loops_around
from optimizer.ir.scop import AccessKind, Statement
from optimizer.search.recipes.attempt import Attempt
from optimizer.search.recipes.extents import counter_along, loop_counters
from optimizer.search.recipes.packing import is_along_rows, vector_layouts
from optimizer.search.recipes.sequences import exchanges, statements_in
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import Join, Split
from optimizer.transforms.names import AffineText

BLOCKS = ((96, 8, 3), (72, 8, 3), (48, 8, 3), (64, 8, 2), (96, 6, 4))  # steps, and rows and vectors of a register tile
LINE = 96  # columns of a panel that a thread takes at once
PANEL = 240  # columns for which all rows run below each other
LEAST_BLOCKS = 4
_DEPTH = 3

_Place = tuple[bool, bool]  # whether a part lies behind the block of its steps along the second and the third loop
_DIAGONAL, _BELOW, _RIGHT, _UPDATE = (False, False), (True, False), (False, True), (True, True)


@dataclass(frozen=True, slots=True)
class _Block:
    """How many steps run together, and the rows and columns of the register tiles in what they leave to do."""

    steps: int
    rows: int
    columns: int
    lanes: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Statements with as many counters that lie at the same place; `leader` has its loops around all of them."""

    place: _Place
    statements: tuple[str, ...]

    @property
    def leader(self) -> str:
        """The statement by which the loops around the part are called."""
        return self.statements[0]


def factorizations(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Plans for `start` in which the outermost loop of each outer nest that allows it runs in blocks, panels first."""
    begin = Attempt(nest, start)
    seen: set[str] = set()
    for block in _blocks(begin, setting):
        attempt = begin
        for index in range(len(begin.outers)):
            attempt = _factored(attempt, index, block, parallel=setting.parallel)
        if attempt is begin:
            return
        if attempt.text not in seen:
            seen.add(attempt.text)
            yield attempt.text


def _blocks(attempt: Attempt, setting: Setting) -> Iterator[_Block]:
    scop = attempt.nest.scop
    widest = max((array.element.size for array in scop.arrays if array.rank), default=8)
    lanes = max(2, setting.machine.widest_vector_bytes // widest)
    for steps, rows, vectors in BLOCKS:
        if any(LEAST_BLOCKS * steps <= size for size in setting.sizes.values()):
            yield _Block(steps, rows, vectors * lanes, lanes)


def _factored(attempt: Attempt, index: int, block: _Block, *, parallel: bool) -> Attempt:
    """`attempt` with one outer nest in blocks; unchanged if that does not fit."""
    outer = attempt.outers[index]
    joined = _joined(attempt, outer.statements)
    names = [name for name in outer.statements if name in _names(joined)]
    if not names or any(len(loops_around(joined.schedule.tree, name)) != _DEPTH for name in names):
        return attempt
    split = _split(joined, names, block.steps)
    if split is None:
        return attempt
    apart, parts = split
    made = _in_blocks(apart, parts, block.steps)
    if made is None:
        return attempt
    for part in parts:
        made = _arranged(made, part, block, parallel=parallel)
        if made is None:
            return attempt
    return made


def _names(attempt: Attempt) -> dict[str, Statement]:
    return {each.name: each for each in attempt.schedule.subject(attempt.nest).scop.statements}


def _joined(attempt: Attempt, names: Sequence[str]) -> Attempt:
    """`attempt` with those of the statements joined that do the same."""
    for step in Join.candidates(attempt.schedule.subject(attempt.nest)):
        if step.statement in names and step.other in names:
            attempt = attempt.then(str(step)) or attempt
    return attempt


def _split(attempt: Attempt, names: Sequence[str], steps: int) -> tuple[Attempt, tuple[_Part, ...]] | None:
    """`attempt` with the statements in parts by their places, and the parts in the order in which they are to run; None
    if this is no factorization.
    """
    places: dict[str, _Place] = {}
    for name in names:
        along = loop_counters(attempt, name)
        if along is None:
            return None
        counters = _names(attempt)[name].counters
        steps_of, below, right = (f"floor({counters[counter].source_name}/{steps})" for counter in along)
        attempt, outer = _pieces(attempt, name, f"{below} - {steps_of}")
        for piece, row in outer.items():
            attempt, inner = _pieces(attempt, piece, f"{right} - {steps_of}")
            if "a" in (row, *inner.values()):
                return None
            places.update({part: (row == "c", column == "c") for part, column in inner.items()})
    return _with_parts(attempt, places)


def _pieces(attempt: Attempt, name: str, value: str) -> tuple[Attempt, dict[str, str]]:
    """`attempt` with `name` in pieces by the sign of `value`, and the letter of each: a negative, b zero, c positive.

    One that always has the same sign keeps its name.
    """
    step = Split(name, AffineText(value))
    signs = step.signs(attempt.schedule.subject(attempt.nest))
    moved = attempt.then(str(step)) if len(signs) > 1 else None
    if moved is None:
        return attempt, {name: signs if len(signs) == 1 else "a"}
    return moved, {name + sign: sign for sign in signs}


def _with_parts(attempt: Attempt, places: Mapping[str, _Place]) -> tuple[Attempt, tuple[_Part, ...]] | None:
    counters = {name: len(_names(attempt)[name].counters) for name in places}
    parts: list[_Part] = []
    inside = statements_in(attempt, next(iter(places)), _DEPTH - 1)
    for place in (_DIAGONAL, _BELOW, _RIGHT, _UPDATE):
        here = [name for name in inside if places.get(name) == place]
        if place == _UPDATE:  # what has fewer counters stays out of the register tiles
            parts += [
                _Part(place, tuple(name for name in here if counters[name] == count))
                for count in sorted({counters[name] for name in here})
            ]
        elif here:
            parts.append(_Part(place, tuple(here)))
    deep = [part for part in parts if part.place == _UPDATE and counters[part.leader] == _DEPTH]
    return (attempt, tuple(parts)) if deep and len(parts) > 1 else None


def _in_blocks(attempt: Attempt, parts: Sequence[_Part], steps: int) -> Attempt | None:
    """`attempt` with the outermost loop in blocks, and in each of them the parts one after the other."""
    leader = parts[-1].leader
    inside = statements_in(attempt, leader, _DEPTH - 1)
    wanted = [name for part in parts for name in part.statements]
    starts = ", ".join(part.leader for part in parts[1:])
    script = [
        f"strip_mine({leader}@0, {steps})",
        *exchanges(inside, wanted),
        f"distribute({parts[0].leader}@1, {starts})",
    ]
    return attempt.then("; ".join(script))


def _arranged(attempt: Attempt, part: _Part, block: _Block, *, parallel: bool) -> Attempt | None:
    """`attempt` with the loops of one part in the best order; None if what they leave to do fits no register tile."""
    match part.place:
        case (False, False):
            return attempt
        case (True, True):
            if len(_names(attempt)[part.leader].counters) < _DEPTH:
                return _threads(attempt.first_of([_moved(part.leader, 2, 1)]), part.leader, parallel=parallel)
            return _update(attempt, part.leader, block, parallel=parallel)
        case (below, _):
            return _panel(attempt, _deepest(attempt, part), 2 if below else 3, parallel=parallel)


def _deepest(attempt: Attempt, part: _Part) -> str:
    return max(part.statements, key=lambda name: len(_names(attempt)[name].counters))


def _moved(statement: str, source: int, target: int) -> str:
    """The script that moves the loop at depth `source` outward to `target`, past those between."""
    return "; ".join(
        f"interchange({statement}@{depth - 1}, {statement}@{depth})" for depth in range(source, target, -1)
    )


def _threads(attempt: Attempt, statement: str, *, parallel: bool, depth: int = 1) -> Attempt:
    return attempt.first_of([f"parallel({statement}@{depth})"] if parallel else [])


def _panel(attempt: Attempt, statement: str, free: int, *, parallel: bool) -> Attempt:
    """`attempt` with the loop at depth `free`, which no other iterations wait for, around the others: in lines where it
    goes along rows.
    """
    if _along_rows(attempt, statement, free):
        inner = "" if free == _DEPTH else f"; interchange({statement}@3, {statement}@4)"
        text = f"strip_mine({statement}@{free}, {LINE}); {_moved(statement, free, 1)}{inner}"
    else:
        text = _moved(statement, free, 1)
    moved = attempt.then(text)
    if moved is None:
        return attempt
    last = len(loops_around(moved.schedule.tree, statement)) - 1
    moved = moved.first_of(_packs(moved, statement, last, 1))
    return _threads(moved, statement, parallel=parallel)


def _update(attempt: Attempt, statement: str, block: _Block, *, parallel: bool) -> Attempt | None:
    """`attempt` with register tiles in the loops around `statement`, those of the steps innermost."""
    columns = 3 if _along_rows(attempt, statement, 3) else 2
    if not _along_rows(attempt, statement, columns):
        return None
    exchange = f"interchange({statement}@2, {statement}@3); " if columns == 2 else ""
    made = attempt.then(
        f"{exchange}tile({statement}@1, {block.steps}, {block.rows}, {block.columns}); "
        f"unroll({statement}@5, {block.rows}); vectorize({statement}@6, {block.lanes}); isolate({statement}@1)"
    )
    if made is None:
        return None
    panels = made.then(f"strip_mine({statement}@3, {PANEL}); interchange({statement}@2, {statement}@3)")
    if panels is None:
        return None
    for pack in _packs(panels, statement, 7, 3, contiguous=True):
        panels = panels.first_of([pack])
    return _threads(panels, statement, parallel=parallel, depth=3)


def _along_rows(attempt: Attempt, statement: str, depth: int) -> bool:
    """True if the loop at `depth` takes what `statement` writes to the next element of a row."""
    along = counter_along(attempt, LoopRef(statement, depth))
    if along is None:
        return False
    writes = [a for a in _names(attempt)[statement].accesses if a.kind is not AccessKind.READ]
    known = [write.relation.remove_divs() for write in writes]  # which blocks they lie in does not matter here
    return bool(known) and all(is_along_rows(relation, along) for relation in known)


def _packs(attempt: Attempt, statement: str, along: int, place: int, *, contiguous: bool = False) -> list[str]:
    """The commands that copy what jumps over rows in the loop `along`, or also what does not, in front of the loop
    `place`.
    """
    nest = attempt.schedule.subject(attempt.nest)
    counters = len(_names(attempt)[statement].counters)
    deep = frozenset(name for name, each in _names(attempt).items() if len(each.counters) == counters)
    found = vector_layouts(nest, attempt.schedule, LoopRef(statement, along), deep)
    layouts = (*found.needed, *found.contiguous) if contiguous else found.needed
    return [str(each.pack(LoopRef(statement, place))) for each in layouts]
