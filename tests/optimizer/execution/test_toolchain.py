"""The compiler is found by trying; what the machine is can be told."""

import shutil
from pathlib import Path

import pytest

from optimizer.execution import Toolchain, cache_sizes, detect_sandbox, detect_toolchain, machine_description, newest
from optimizer.execution.sandbox import MODES
from optimizer.ir.diagnostic import UsageError


def test_the_default_is_a_compiler_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    toolchain = detect_toolchain(user_flags=("-DN=4",))
    assert shutil.which(toolchain.compiler)
    assert "-O3" in toolchain.flags
    assert toolchain.user_flags == ("-DN=4",)
    assert toolchain.version


def test_a_compiler_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(UsageError, match="'no-such-compiler' does not work"):
        detect_toolchain()
    assert detect_toolchain("gcc").compiler == "gcc"


def test_flags_that_do_not_link_are_left_out(tmp_path: Path) -> None:
    fake = tmp_path / "picky"
    fake.write_text('#!/bin/sh\ncase "$*" in *openmp*|*march*|*mcpu*) exit 1;; esac\nexec gcc "$@"\n')
    fake.chmod(0o755)
    assert detect_toolchain(str(fake)).flags == ("-O3",)


def test_the_runtime_follows_the_machine_flags_only() -> None:
    toolchain = Toolchain(flags=("-O3", "-march=native"), user_flags=("-DX=1", "-Iinc", "-std=c99", "-fPIC", "-Wall"))
    assert toolchain.machine_flags == ("-march=native", "-fPIC")


def test_the_machine_is_described(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    description = machine_description(detect_toolchain("gcc"), detect_sandbox(tmp_path))
    assert {"cpu", "cores", "memory_bytes", "compiler", "flags", "sandbox", "load", "system"} <= set(description)
    assert description["sandbox"] in MODES
    assert all(size >= 1024 for size in cache_sizes().values())


def test_a_numbered_compiler_stands_for_a_missing_plain_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcc = shutil.which("gcc")
    for name in ("clang-9", "clang-19", "clang-tool-20"):
        (tmp_path / name).write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin exec {gcc} "$@"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert newest("clang") == "clang-19"
    assert newest("gcc") is None and newest("/nowhere/clang") is None
    assert detect_toolchain("clang").compiler == "clang-19"
