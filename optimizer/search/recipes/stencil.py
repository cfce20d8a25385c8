"""Time tiling: a loop that repeats sweeps over arrays is cut into short tiles, which run as a wavefront.

For nests whose outermost loop carries dependences and can be exchanged with the next loop, perhaps after a skew. A tile
keeps some time steps of some rows in the cache. In it, either every statement sweeps alone, so that its innermost loop
carries nothing and the compiler makes vectors of it; or, where that loop carries a recurrence, several time steps are
interleaved, so that their chains of operations overlap.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import islpy as isl

from optimizer.ir.dependence import Nest
from optimizer.ir.limits import OperationLimitExceeded, operation_limit
from optimizer.ir.schedule import LoopRef, Schedule
from optimizer.search.recipes.distances import Distances, chain_of, distances, slice_bytes, trips
from optimizer.search.recipes.setting import Setting
from optimizer.transforms import Distribute, Parallel, Skew, Tile, Transformation, UnrollAndJam, Wavefront
from optimizer.transforms.convert import read_tree
from optimizer.transforms.tree import Leaf, Loop, Sequence, Tree, statements

ANALYSIS_OPERATIONS = 1_000_000
CACHE_SHARE = 0.6  # of a cache, for the rows of a tile
CHAINS = (8, 4)  # time steps interleaved: a chain of additions has about this latency
CHAIN_ROWS = 64
LEAST_STEPS, MOST_STEPS = 4, 64
LEAST_ROWS = 8
ROW_TILES = (16, 256)  # lengths, if rows are cut: in a loop around others, in an innermost loop
TILES_PER_THREAD = 4
FARTHEST = 8  # reads further away than this are not those of a stencil

Steps = tuple[Transformation, ...]


@dataclass(frozen=True, slots=True)
class _Sweeps:
    """A time loop around sweeps: its loops directly inside each other, and what is known of them.

    `skews` make the first two loops exchangeable. `slope`: the iterations of the second loop by which a time step
    moves on. `recurrent`: a statement depends on itself in the innermost loop. `row_bytes`: data of an iteration of the
    second loop.
    """

    statement: str
    loops: tuple[Loop, ...]
    vectors: list[Distances]
    skews: Steps
    slope: int
    recurrent: bool
    steps: int
    rows: int
    row_bytes: int

    def at(self, depth: int) -> LoopRef:
        """The loop at `depth`."""
        return LoopRef(self.statement, depth)


def stencil_scripts(nest: Nest, start: Schedule, setting: Setting) -> Iterator[str]:
    """Scripts that tile time, for each outermost nest of `start` that repeats sweeps; the most promising first."""
    tree = read_tree(start.tree)
    parts: tuple[Tree, ...] = () if tree is None else tree.children if isinstance(tree, Sequence) else (tree,)
    for part in parts:
        try:
            with operation_limit(nest.scop.context.get_ctx(), ANALYSIS_OPERATIONS):
                found = list(_plans(nest, part, setting))
        except (OperationLimitExceeded, isl.Error):
            continue
        yield from ("; ".join(map(str, plan)) for plan in found)


def _plans(nest: Nest, part: Tree, setting: Setting) -> Iterator[Steps]:
    sweeps = _sweeps(nest, part, setting)
    if sweeps is None:
        return
    if sweeps.recurrent:
        yield from _interleaved(sweeps, setting)
    else:
        yield from _swept(sweeps, setting)


def _sweeps(nest: Nest, part: Tree, setting: Setting) -> _Sweeps | None:
    """What the loops of `part` repeat; None if the outermost one does not carry dependences over sweeps."""
    loops = chain_of(part)
    if len(loops) < 2:
        return None
    vectors = distances(nest, loops, setting.sizes)
    later = _bounds(vectors, 1, {0: 1})
    if not later or any(low < 0 for low, _ in _bounds(vectors, 1, {0: 0})):
        return None
    statement = statements(part)[0]
    factor = max(0, -min(low for low, _ in later))
    if factor > FARTHEST:
        return None
    skews: Steps = ()
    if factor:
        skews = (Skew(LoopRef(statement, 1), LoopRef(statement, 0), factor),)
        loops = (loops[0], _skewed(loops[1], loops[0], factor), *loops[2:])
        vectors = distances(nest, loops, setting.sizes)
    return _Sweeps(
        statement,
        loops,
        vectors,
        skews,
        _slope(vectors),
        isinstance(loops[-1].body, Leaf) and any(_is_recurrent(v, len(loops)) for v in vectors),
        trips(loops[:1], setting.sizes),
        trips(loops[:2], setting.sizes),
        slice_bytes(nest, loops[:2], setting.sizes),
    )


def _slope(vectors: list[Distances]) -> int:
    """By how much the second loop moves on in a time step: seen where a statement overwrites what it wrote."""
    slopes = [1]
    for found in vectors:
        steps, moves = found.bounds(0, where={0: 1}), found.bounds(1, where={0: 1})
        if found.source == found.sink and steps is not None and moves is not None:
            (first, last), (least, most) = steps, moves
            if first == last and least == most:
                slopes.append(least // first)
    return max(slopes)


def _skewed(target: Loop, source: Loop, factor: int) -> Loop:
    values = {
        name: value.add(source.values[name].scale_val(isl.Val(factor))) for name, value in target.values.items()
    }
    return replace(target, values=values)


def _bounds(vectors: list[Distances], entry: int, where: Mapping[int, int]) -> list[tuple[int, int]]:
    """The bounds of `entry` of each of `vectors` that has any as `where` says."""
    return [bounds for found in vectors if (bounds := found.bounds(entry, where=where)) is not None]


def _is_recurrent(vectors: Distances, loops: int) -> bool:
    """True if the innermost of `loops` carries some of the vectors, which lead from a statement to itself."""
    where = {**dict.fromkeys(range(loops - 1), 0), loops - 1: 1}
    return vectors.source == vectors.sink and vectors.bounds(loops - 1, where=where) is not None


def _swept(sweeps: _Sweeps, setting: Setting) -> Iterator[Steps]:
    """Tiles in which each statement has loops of its own."""
    several = isinstance(sweeps.loops[-1].body, Sequence)
    if several and not _keeps_textual_order(sweeps):
        return
    for sizes in _tile_sizes(sweeps, setting):
        steps: list[Transformation] = [*sweeps.skews, Tile(sweeps.at(0), sizes)]
        if several:
            steps.append(Distribute(sweeps.at(len(sizes) + 1)))
        yield (*steps, *_wavefront(sweeps, setting))


def _keeps_textual_order(sweeps: _Sweeps) -> bool:
    """True if in one time step no statement needs values of a later one, so that each may sweep alone."""
    order = statements(sweeps.loops[-1].body)
    return not any(
        order.index(found.source) > order.index(found.sink) and found.bounds(0, where={0: 0}) is not None
        for found in sweeps.vectors
    )


def _interleaved(sweeps: _Sweeps, setting: Setting) -> Iterator[Steps]:
    """Tiles of a few time steps that run together, each some iterations behind the one before."""
    last = min(2, len(sweeps.loops) - 1)
    near = _bounds(sweeps.vectors, last, {0: 1} if last == 1 else {0: 1, 1: 0})
    factor = max(0, 1 - min((low for low, _ in near), default=1))
    skews = (*sweeps.skews, *((Skew(sweeps.at(last), sweeps.at(0), factor),) if factor else ()))
    rows = _between(LEAST_ROWS, CHAIN_ROWS, sweeps.rows // _tiles(setting))
    for chains in CHAINS:
        jam = UnrollAndJam(sweeps.at(2), chains)
        yield (*skews, Tile(sweeps.at(0), (chains, rows)), *_wavefront(sweeps, setting), jam)


def _wavefront(sweeps: _Sweeps, setting: Setting) -> Steps:
    return (Wavefront(sweeps.at(0), 2), Parallel(sweeps.at(1))) if setting.parallel else ()


def _tile_sizes(sweeps: _Sweeps, setting: Setting) -> Iterator[tuple[int, ...]]:
    """Time steps and rows so that the rows of a tile fit into a cache; and the same with pieces of rows.

    A tile is as high as its steps move on: then neighbouring tiles meet, and the diagonals have simple bounds. Where
    rows are planes, few steps fit, and tiles of half as many read less of their neighbours.
    """
    fitting = _fitting_rows(sweeps, setting)
    most = min(MOST_STEPS, sweeps.steps // TILES_PER_THREAD, sweeps.rows // (sweeps.slope * _tiles(setting)))
    steps = _between(LEAST_STEPS, most, fitting // (2 * sweeps.slope))
    counts = [count for count in (steps, 2 * steps, max(2, steps // 2)) if count <= MOST_STEPS]
    sizes: list[tuple[int, ...]] = [(count, sweeps.slope * count) for count in counts]
    if len(sweeps.loops) > 2:
        length = ROW_TILES[len(sweeps.loops) == 3]
        sizes.insert(1, (2 * steps, 2 * sweeps.slope * steps, length))
        if len(sweeps.loops) > 3:
            sizes.insert(1, (max(2, steps // 2), sweeps.slope * steps))
            sizes.insert(3, (steps, sweeps.slope * steps, 2 * sweeps.slope * steps))
    yield from sizes


def _fitting_rows(sweeps: _Sweeps, setting: Setting) -> int:
    """How many rows fit into the second cache; if too few for a tile, into a thread's part of the last one."""
    caches = setting.machine.caches
    rows = int(CACHE_SHARE * caches[1].bytes) // sweeps.row_bytes
    if rows >= 2 * sweeps.slope * LEAST_STEPS:
        return rows
    return int(CACHE_SHARE * caches[-1].bytes) // (sweeps.row_bytes * setting.machine.threads)


def _tiles(setting: Setting) -> int:
    """How many tiles a sweep should have at least."""
    return TILES_PER_THREAD * setting.machine.threads if setting.parallel else 1


def _between(least: int, most: int, value: int) -> int:
    """The power of two nearest to `value` (in ratio), at least `least`, and at most `most` if that is larger."""
    return max(least, 1 << round(math.log2(max(1, min(value, most)))))
