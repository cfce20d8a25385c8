"""Flags mean the same wherever the compiler runs."""

from pathlib import Path

import pytest

from optimizer.execution.flags import absolute_flags, link_flags


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("inc", "lib"):
        (tmp_path / name).mkdir()
    for name in ("defs.h", "part.o", "libx.a"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_paths_become_absolute(here: Path) -> None:
    flags = ("-Iinc", "-I", "inc", "-Llib", "-isystem", "inc", "-include", "defs.h", "part.o", "libx.a")
    expected = (
        f"-I{here}/inc", "-I", f"{here}/inc", f"-L{here}/lib", "-isystem", f"{here}/inc", "-include", f"{here}/defs.h",
        f"{here}/part.o", f"{here}/libx.a",
    )  # fmt: skip
    assert absolute_flags(flags) == expected


@pytest.mark.parametrize(
    "flags", [("-DI=inc",), ("-include", "stdio.h"), ("-std=c99",), ("-I/usr/include",), ("-I", "nowhere"), ("-I",)]
)
def test_everything_else_stays(flags: tuple[str, ...]) -> None:
    assert absolute_flags(flags) == flags


def test_a_path_that_looks_like_an_option_is_one_word() -> None:
    assert absolute_flags(("-I", "-I", "-Iinc"))[:2] == ("-I", "-I")


def test_libraries_are_known(here: Path) -> None:
    assert link_flags(("-Iinc", "-lgsl", "libx.a", "-DX=-lfoo")) == ("-lgsl", f"{here}/libx.a")
