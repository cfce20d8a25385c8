"""Small C programs and the ways to build and run them."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from optimizer.execution import (
    Binary,
    Dump,
    Harness,
    Limits,
    Observation,
    Program,
    Purpose,
    Region,
    Toolchain,
    build,
    run_check,
    workspace,
)
from optimizer.ir.ctype import DOUBLE

TEMPLATE = """\
#include <stdio.h>
#include <stdlib.h>
#define N 40
static double A[N], B[N];
static int counts[4];
%(before)s
int main(int argc, char **argv) {
  (void)argc; (void)argv;
  for (int i = 0; i < N; i++) B[i] = 1.0 / (i + 1);
  /*begin*/%(nest)s/*end*/
  %(after)s
}
"""
NEST = "for (int i = 0; i < N; i++) A[i] = B[i] * 3.0 + 1.0;"
AFTER = 'printf("%g\\n", A[N - 1]); return 0;'


class Workshop:
    """Builds and runs with quick settings in one directory."""

    limits = Limits(wall_s=20, cpu_s=20, memory_bytes=2 << 30)

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.toolchain = Toolchain(flags=("-O1",))

    def program(
        self, nest: str = NEST, *, after: str = AFTER, before: str = "", dumps: tuple[Dump, ...] | None = None
    ) -> Program:
        text = (TEMPLATE % {"nest": nest, "after": after, "before": before}).encode()
        start, end = text.index(b"/*begin*/") + 9, text.index(b"/*end*/")
        if dumps is None:
            dumps = (Dump("A", "A", "sizeof A", DOUBLE),)
        return Program(self.directory / "user.c", text, (Region(start, end, dumps),))

    def build(self, program: Program, purpose: Purpose = Purpose.CHECK) -> Binary:
        binary = build(program, self.toolchain, purpose=purpose, directory=self.directory)
        assert isinstance(binary, Binary), binary
        return binary

    def run(self, program: Program, **options: object) -> object:
        limits = options.get("limits", self.limits)
        assert isinstance(limits, Limits)
        return run_check(self.build(program), limits=limits)

    def observe(self, program: Program) -> Observation:
        observation = self.run(program)
        assert isinstance(observation, Observation), observation
        return observation

    def with_harness(self, text: str, harness: object) -> Program:
        assert isinstance(harness, Harness), harness
        return Program(self.directory / "lone.c", text.encode(), harness=harness)


@pytest.fixture(scope="session")
def directory() -> Generator[Path, None, None]:
    with workspace() as path:
        yield path


@pytest.fixture
def workshop(directory: Path) -> Workshop:
    return Workshop(directory)


@pytest.fixture(scope="session")
def make_binary(directory: Path) -> Callable[[str], Path]:
    """Compiles plain C text, without any instrumentation."""
    import hashlib
    import subprocess

    def make(text: str) -> Path:
        name = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        source, output = directory / f"{name}.c", directory / f"{name}.exe"
        if not output.exists():
            source.write_text(text)
            subprocess.run(["gcc", "-O1", "-w", str(source), "-o", str(output), "-pthread"], check=True)
        return output

    return make
