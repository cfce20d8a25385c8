"""Every program builds as it would without us, or the outcome says why not."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from optimizer.execution import Limits, Program, Purpose, Region, Toolchain, build, text_bytes, workspace
from optimizer.execution.program import Binary
from optimizer.ir.outcome import CompileError, TimedOut


def test_a_type_error_is_a_compile_error_with_the_users_line(workshop: Any) -> None:
    program = workshop.program(nest="for (int i = 0; i < N; i++)\n  nothing[i] = 0;")
    failure = build(program, workshop.toolchain, purpose=Purpose.CHECK, directory=workshop.directory)
    assert isinstance(failure, CompileError)
    assert failure.detail.startswith(f"{program.path}:11:")
    assert "nothing" in failure.detail


def test_an_undefined_function_is_a_compile_error(workshop: Any) -> None:
    program = workshop.program(before="void elsewhere(void);", nest="elsewhere();")
    failure = build(program, workshop.toolchain, purpose=Purpose.TIME, directory=workshop.directory)
    assert isinstance(failure, CompileError)
    assert "elsewhere" in failure.detail


def test_a_slow_compilation_is_stopped(workshop: Any) -> None:
    bomb = "".join(f"#define m{i} m{i + 1} m{i + 1} m{i + 1} m{i + 1}\n" for i in range(14)) + "#define m14 x++;\n"
    program = workshop.program(before=bomb, nest="int x = 0; m0")
    limits = Limits(wall_s=1.5, cpu_s=5, memory_bytes=1 << 30)
    failure = build(program, workshop.toolchain, purpose=Purpose.TIME, directory=workshop.directory, limits=limits)
    assert isinstance(failure, TimedOut | CompileError)


def test_headers_beside_the_file_and_under_include_directories_are_found(tmp_path: Path, workshop: Any) -> None:
    (tmp_path / "project/include").mkdir(parents=True)
    (tmp_path / "project/src").mkdir()
    (tmp_path / "project/src/near.h").write_text("#define NEAR 1\n")
    (tmp_path / "project/common.h").write_text("#define COMMON 2\n")
    (tmp_path / "project/include/far.h").write_text("#define FAR 4\n")
    text = b'#include "near.h"\n#include "../common.h"\n#include <far.h>\n'
    text += b'int main(void) { ; return NEAR + COMMON + FAR + OPT; }\n'
    toolchain = Toolchain(flags=("-O0",), user_flags=("-I", str(tmp_path / "project/include"), "-DOPT=8"))
    at = text.index(b";")
    program = Program(tmp_path / "project/src/user.c", text, (Region(at, at + 1),))
    binary = build(program, toolchain, purpose=Purpose.CHECK, directory=workshop.directory)
    assert isinstance(binary, Binary), binary


def test_relative_include_directories_are_relative_to_the_caller(
    tmp_path: Path, workshop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc/far.h").write_text("#define FAR 4\n")
    monkeypatch.chdir(tmp_path)
    program = Program(Path("user.c"), b"#include <far.h>\nint main(void) { return FAR; }\n")
    toolchain = Toolchain(flags=(), user_flags=("-Iinc",))
    binary = build(program, toolchain, purpose=Purpose.CHECK, directory=workshop.directory)
    assert isinstance(binary, Binary), binary


def test_linked_files_are_built_in(tmp_path: Path, workshop: Any) -> None:
    (tmp_path / "lib.c").write_text("int other(void) { return 7; }\n")
    program = workshop.program(before="int other(void);", after="return other();")
    linked = dataclasses.replace(program, links=(tmp_path / "lib.c",))
    assert workshop.observe(linked).status == 7


def test_a_missing_linked_file_is_a_compile_error(tmp_path: Path, workshop: Any) -> None:
    program = dataclasses.replace(workshop.program(), links=(tmp_path / "gone.c",))
    failure = build(program, workshop.toolchain, purpose=Purpose.CHECK, directory=workshop.directory)
    assert failure == CompileError(f"{tmp_path / 'gone.c'}: No such file or directory")


def test_warnings_do_not_fail_a_build(workshop: Any) -> None:
    workshop.toolchain = Toolchain(flags=("-O1",), user_flags=("-Wall", "-Wextra", "-Werror", "-std=c99"))
    assert workshop.observe(workshop.program(before="static int unused(void) { int x; return x; }")).status == 0


def test_the_check_keeps_the_order_of_operations_whatever_the_user_asks(workshop: Any) -> None:
    sums = "double s = 0; for (int i = 0; i < N; i++) s += B[i] * B[i]; A[0] = s;"
    plain = workshop.observe(workshop.program(nest=sums))
    workshop.toolchain = Toolchain(flags=("-O3", "-march=native"), user_flags=("-ffast-math",))
    assert workshop.observe(workshop.program(nest=sums)).snapshots == plain.snapshots


def test_equal_programs_are_built_once(workshop: Any) -> None:
    first = workshop.build(workshop.program())
    changed = first.path.stat().st_mtime_ns
    assert workshop.build(workshop.program()).path.stat().st_mtime_ns == changed


def test_files_with_odd_names_work(workshop: Any) -> None:
    with workspace() as directory:
        program = dataclasses.replace(workshop.program(), path=directory / 'a "b" ü\'s %d.c')
        assert isinstance(build(program, workshop.toolchain, purpose=Purpose.TIME, directory=directory), Binary)


def test_a_build_tells_its_processor_time_once_and_its_size(workshop: Any) -> None:
    program = workshop.program(nest="for (int i = 0; i < N; i++)\n  A[i] = 3;")
    first, again = (
        build(program, workshop.toolchain, purpose=Purpose.TIME, directory=workshop.directory) for _ in range(2)
    )
    assert isinstance(first, Binary) and isinstance(again, Binary)
    assert (0.0 < first.compile_cpu_s < 60.0, again.compile_cpu_s) == (True, 0.0)
    size = text_bytes(first.path)
    assert size is not None and 100 < size < first.path.stat().st_size
