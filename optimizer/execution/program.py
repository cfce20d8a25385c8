"""A program to run: the user's text, the byte ranges that are watched, and what it is built into."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from optimizer.execution.toolchain import Toolchain
from optimizer.ir.ctype import CType


@dataclass(frozen=True, slots=True)
class Dump:
    """Memory that a region may leave changed: C expressions of address and size in bytes, valid around the region."""

    label: str
    address: str
    size: str
    element: CType


@dataclass(frozen=True, slots=True)
class Region:
    """The bytes [start, end) of the text: statements that are watched, and the memory compared after each execution."""

    start: int
    end: int
    dumps: tuple[Dump, ...] = ()


@dataclass(frozen=True, slots=True)
class Harness:
    """A `main` to append to a file without one; `dumps` label what it compares after each call."""

    text: bytes
    dumps: tuple[Dump, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A C file with what is needed to run it. `path` is the user's file: it gives names and the place of includes,
    `text` is what is compiled instead of it.
    """

    path: Path
    text: bytes
    regions: tuple[Region, ...] = ()
    links: tuple[Path, ...] = ()
    arguments: tuple[str, ...] = ()
    stdin: bytes = b""
    harness: Harness | None = None

    def with_text(self, text: bytes, regions: tuple[Region, ...]) -> "Program":
        """The same program with other code in its file."""
        return replace(self, text=text, regions=regions)

    @property
    def watched(self) -> tuple[tuple[Dump, ...], ...]:
        """The dumps of every numbered region; the call of a harness is the last one."""
        inside = tuple(region.dumps for region in self.regions)
        return inside if self.harness is None else (*inside, self.harness.dumps)


class Purpose(Enum):
    """Why a program is built: to compare what it computes, or to take its time."""

    CHECK = "check"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Binary:
    """An instrumented executable of `program`; `compile_cpu_s` is 0 if it was there already."""

    path: Path
    program: Program
    purpose: Purpose
    toolchain: Toolchain
    compile_cpu_s: float = 0.0
