"""Shared by the tests of the C front end: reading text, and the points of small sets."""

from collections.abc import Callable
from pathlib import Path

import islpy as isl
import pytest

from frontends.c import CProgram, read_program
from optimizer.ir.scop import Scop

Reader = Callable[..., CProgram]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Reads a program given as text."""

    def reader(text: str, *flags: str, compiler: str = "gcc") -> CProgram:
        path = tmp_path / "input.c"
        path.write_text(text)
        return read_program(path, flags=flags, compiler=compiler)

    return reader


@pytest.fixture
def scop_of(read: Reader) -> Callable[..., Scop]:
    """The only nest of a program given as text."""

    def only(text: str, *flags: str) -> Scop:
        program = read(text, *flags)
        assert [str(d) for d in program.refusals] == []
        assert len(program.scops) == 1
        return program.scops[0]

    return only


@pytest.fixture
def points() -> Callable[..., list[tuple[int, ...]]]:
    """The points of a set for given parameters, in lexicographic order."""

    def enumerate_points(domain: isl.Set, **parameters: int) -> list[tuple[int, ...]]:
        for name, value in parameters.items():
            position = domain.find_dim_by_name(isl.dim_type.param, name)
            if position >= 0:
                domain = domain.fix_val(isl.dim_type.param, position, isl.Val(str(value)))
        found: list[tuple[int, ...]] = []
        size = domain.dim(isl.dim_type.set)

        def note(point: isl.Point) -> None:
            found.append(tuple(point.get_coordinate_val(isl.dim_type.set, d).to_python() for d in range(size)))

        domain.foreach_point(note)
        return sorted(found)

    return enumerate_points
