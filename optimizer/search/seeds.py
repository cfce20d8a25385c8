"""The schedules that every search starts from: as written, isl's schedulers, and each of these tiled and parallel."""

from collections.abc import Iterator

from optimizer.ir.dependence import Nest
from optimizer.ir.schedule import Schedule
from optimizer.search.checked import Rejected, apply_checked
from optimizer.search.loops import outer_nests
from optimizer.search.moves import Stage, parallel_moves, tile_moves
from optimizer.search.recipes.storage import preparations
from optimizer.transforms import parse_script

STRUCTURES = (
    "",
    "isl(fusion=max)",
    "isl(fusion=min)",
    "isl(fusion=smart)",
    "feautrier()",
)


def structure_scripts(nest: Nest) -> Iterator[str]:
    """Scripts of the structures that a search of `nest` starts from, legal or not; `preparations` last."""
    yield from STRUCTURES
    yield from preparations(nest)


def seed_schedules(nest: Nest) -> Iterator[Schedule]:
    """The legal seeds of `nest`: each structure, then the same tiled, then parallel, then both."""
    tile, parallel = Stage(tile_moves, first_only=True), Stage(parallel_moves, first_only=True)
    for structure in structures(nest):
        yield structure
        tiled = _everywhere(nest, structure, tile)
        for start in (structure, tiled):
            if start is not None:
                spread = _everywhere(nest, start, parallel)
                if start is tiled:
                    yield start
                if spread is not None:
                    yield spread


def structures(nest: Nest) -> Iterator[Schedule]:
    """The order as written, those that isl's schedulers find, and those with other storage, without repetition."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for text in structure_scripts(nest):
        schedule = apply_checked(parse_script(text), nest)
        if not isinstance(schedule, Rejected) and _key(schedule) not in seen:
            seen.add(_key(schedule))
            yield schedule


def _key(schedule: Schedule) -> tuple[str, tuple[str, ...]]:
    """What differs between schedules that run instances in another order, or store values elsewhere."""
    accesses = () if schedule.refined is None else schedule.refined.scop.statements
    return str(schedule.map), tuple(str(access.relation) for each in accesses for access in each.accesses)


def _everywhere(nest: Nest, schedule: Schedule, stage: Stage) -> Schedule | None:
    """`schedule` with the first legal move of `stage` on each outer nest; None if there is none."""
    changed = False
    for index in range(len(outer_nests(schedule))):
        for text in stage.moves(outer_nests(schedule)[index]):
            moved = apply_checked(parse_script(text), nest, schedule)
            if not isinstance(moved, Rejected):
                schedule, changed = moved, True
                break
    return schedule if changed else None
