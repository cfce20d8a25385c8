"""Instrumentation leaves the program what it was."""

import subprocess
from pathlib import Path

import pytest

from optimizer.execution import Dump, Program, Purpose, Region
from optimizer.execution.instrument import instrument, type_code
from optimizer.ir.ctype import BOOL, DOUBLE, FLOAT, INT, LONG_DOUBLE, UCHAR, CType, Kind


def _region(text: bytes, piece: bytes) -> Region:
    start = text.index(piece)
    return Region(start, start + len(piece))


def _instrumented(text: bytes, *pieces: bytes) -> str:
    program = Program(Path("dir/user.c"), text, tuple(_region(text, piece) for piece in pieces))
    return instrument(program, Purpose.TIME).decode()


def test_text_without_regions_is_only_named() -> None:
    assert _instrumented(b"int x;\n") == '#line 1 "dir/user.c"\nint x;\n'


def test_lines_after_a_region_keep_their_numbers() -> None:
    lines = _instrumented(b"void f(void) {\n  for (;;)\n    g();\n  h();\n}\n", b"for (;;)\n    g();").splitlines()
    assert lines[lines.index("  for (;;)" if "  for (;;)" in lines else "for (;;)") - 1] == '#line 2 "dir/user.c"'
    assert lines[-4] == '#line 3 "dir/user.c"'
    assert lines[-2:] == ["  h();", "}"]


def test_a_region_may_be_the_only_statement_of_an_if() -> None:
    text = _instrumented(b"void f(int n) {\n  if (n) for (;;) g();\n  else h();\n}\n", b"for (;;) g();")
    assert "if (n) { extern" in text


@pytest.mark.parametrize(
    "pragma", ["omp parallel for", "GCC ivdep\n\n  #  pragma omp simd", "omp parallel for \\\n   private(j)"]
)
def test_pragmas_stay_with_their_loop(pragma: str) -> None:
    source = f"void f(void) {{\n#pragma {pragma}\n  for (;;) g();\n}}\n"
    text = _instrumented(source.encode(), b"for (;;) g();")
    assert text.index("__lw_enter(0u)") < text.index(f"#pragma {pragma}")


def test_scop_pragmas_stay_outside() -> None:
    text = _instrumented(b"void f(void) {\n#pragma scop\n  for (;;) g();\n#pragma endscop\n}\n", b"for (;;) g();")
    assert text.index("#pragma scop") < text.index("__lw_enter(0u)")
    assert "\n#pragma endscop\n" in text


def test_regions_that_end_with_a_directive_stay_valid(tmp_path: Path) -> None:
    nest = b"#ifdef _OPENMP\n#pragma omp simd\n#endif\nfor (int i = 0; i < 3; i++) g(i);\n#if 1\n#endif"
    text = _instrumented(b"void g(int);\nvoid f(void) {\n" + nest + b"\n}\n", nest)
    source = tmp_path / "x.c"
    source.write_text(text)
    subprocess.run(["gcc", "-Werror", "-c", str(source), "-o", str(tmp_path / "x.o")], check=True)


def test_byte_order_marks_do_not_end_up_in_the_middle() -> None:
    assert _instrumented(b"\xef\xbb\xbfint x;\n") == '#line 1 "dir/user.c"\nint x;\n'


def test_names_of_files_are_quoted() -> None:
    program = Program(Path('a "b"\\c.c'), b"")
    assert instrument(program, Purpose.TIME) == b'#line 1 "a \\"b\\"\\\\c.c"\n'


def test_memory_is_dumped_only_to_check() -> None:
    text = b"void f(void) { ; }\n"
    region = Region(15, 16, (Dump("A", "A", "8 * n", DOUBLE),))
    program = Program(Path("user.c"), text, (region,))
    assert b"__lw_dump(0, 0u, (const volatile void *)(A), (unsigned long)(8 * n)," in instrument(program, Purpose.CHECK)
    assert b"(8 * n)" not in instrument(program, Purpose.TIME)


@pytest.mark.parametrize(
    ("element", "size", "how"),
    [(FLOAT, 4, 1), (DOUBLE, 8, 2), (LONG_DOUBLE, 16, 3), (UCHAR, 1, 4), (BOOL, 1, 4), (INT, 4, 5)],
)
def test_type_codes(element: CType, size: int, how: int) -> None:
    assert divmod(type_code(element), 256) == (size, how)


def test_opaque_types_are_bytes() -> None:
    assert type_code(CType("struct s", Kind.OPAQUE, 40)) == 256
