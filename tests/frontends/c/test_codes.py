"""Every code of the front end, with the place that it points at."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from frontends.c import CProgram, read_program
from frontends.c.codes import CODES, INPUT_CODES, NEST_CODES
from optimizer.ir.diagnostic import InputError, Severity

# code: program, what is marked with ^ in it
NESTS = {
    "LW110": "^int f(int n) { int g(void) { return 3; } for (int i = 0; i < n; i++) n += g(); return n; }",
    "LW111": "void f(int n, int *a) { ^while (n > 0) { a[n] = 0; n--; } }",
    "LW112": "void f(int n, int *a) { for (int i = 0; i < n; i++) { if (a[i]) ^break; a[i] = 1; } }",
    "LW113": "int g(int); void f(int n, int *a) { for (int i = 0; i < n; i++) a[i] = ^g(i); }",
    "LW114": "void f(int n, volatile int *a) { for (int i = 0; i < n; i++) ^a[i] = 1; }",
    "LW115": 'void f(int n, int *a) { for (int i = 0; i < n; i++) { a[i] = 1; ^__asm__("nop"); } }',
    "LW116": "void f(int n, int *a) { for (int i = 0; i < n; i++) a^[i / (n + 1)] = 1; }",
    "LW117": "void f(int n, int *a, int *at) { for (int i = 0; i < n; i++) a^[at[i]] = 1; }",
    "LW118": "void f(int n, int *a, int *t) { for (int i = 0; i < n; i++) for (int j = 0; j < t^[i]; j++) a[j] = i; }",
    "LW119": "void f(int n, int *a) { for (int i = 1; i < n; i ^*= 2) a[i] = 1; }",
    "LW120": "void f(int n, int *a) { for (int i = 0; i < n; i++) { a[i] = 1; i ^+= 2; } }",
    "LW121": "void f(int n, int **a) { for (int i = 0; i < n; i++) a^[i][0] = 1; }",
    "LW122": "void f(int n, int *a) { for (unsigned i = ^4; i >= 0; i--) a[i] = n; }",
    "LW123": "void f(int n, int *a) { for (int i = 0; i < n; i++) { ^int row[n]; row[0] = i; a[i] = row[0]; } }",
    "LW124": "void f(int n, int *a) { for (int i = 0; i < n; i++) a[i] = a[i + 1]^++; }",
    "LW125": "union u { int i; float f[9]; }; void f(union u *x) { for (int i = 0; i < 9; i++) x^->f[i] = 1; }",
    "LW126": "#define LAST a[i] = 0; }\nvoid f(int n, int *a) { ^for (int i = 0; i < n; i++) { LAST }",
    "LW127": "void f(int n, int *a) {\n#pragma omp parallel for\n^for (int i = 0; i < n; i++) a[i] = 0; }",
    "LW128": "void f(int n, int *a) { for (int i = 0; i < n; i++) { " + "a[i]++; " * 150 + "^a[i]--; } }",
    "LW129": "void f(int n, int *a) {\n^#pragma scop\nfor (int i = 0; i < n; i++) a[i] = 0; }",
    "LW133": "struct p { int x, y; }; void f(int n, struct p *a) { for (int i = 0; i < n; i++) a[i]^.x = 0; }",
    "LW134": "void f(int n, int *a) { for (int i = 0; i < n; i++) { a[i] = n; { int ^n = i; a[i] += n * a[n]; } } }",
    "LW135": "void f(int n) { ^for (int i = 0; i < n; i++) { } }",
    "LW130": "void f(int n, int m, int *a) { for (int i = 0; i < n; i++) a^[i * n] = a[i * m]; }",
    "LW131": (
        "int f(int n, int *a) { int i = 0, j = 0; for (i = 0; i < n; i++) if (a[i]) for (j = ^0; j < n; j++) a[j] = 1;"
        " return j; }"
    ),
    "LW132": (
        "struct s { int n; }; void f(int n, int *a, float *b, struct s *p) { ^for (int i = 0; i < n; i++) if (a[i])"
        " for (int j = 0; j < p->n; j++) b[j] = 1; }"
    ),
}


@pytest.mark.parametrize("code", NESTS)
def test_refused_nests(read: Callable[..., CProgram], code: str) -> None:
    marked = NESTS[code]
    text = marked.replace("^", "", 1)
    refusals = [d for d in read(text).refusals if d.code == code]
    assert refusals, [str(d) for d in read(text).refusals]
    assert refusals[0].severity is Severity.REMARK
    assert refusals[0].message.startswith("not optimized: ")
    start = refusals[0].span.start_byte
    assert start == marked.index("^"), (str(refusals[0]), text[start:])


def failing(text: bytes, tmp_path: Path, *flags: str, compiler: str = "gcc") -> InputError:
    path = tmp_path / "input.c"
    path.write_bytes(text)
    with pytest.raises(InputError) as error:
        read_program(path, flags=flags, compiler=compiler)
    assert error.value.diagnostic.severity is Severity.ERROR
    assert error.value.diagnostic.help or error.value.diagnostic.code in ("LW108",)
    return error.value


INPUTS = {
    "LW101": (b"int x;\n" * 3_000_000, 1),
    "LW102": (b"\x7fELF\0\0", 1),
    "LW103": (b"int a;\n// na\xefve\n", 2),
    "LW104": (b" \n\t\n", 1),
    "LW105": (b"void f(void)\n{\n" + b"{" * 5000 + b"}" * 5000 + b"\n}\n", 3),
    "LW106": (b"int f(void)\n{\n    return x;\n}\n", 3),
}


@pytest.mark.parametrize("code", INPUTS)
def test_unusable_files(tmp_path: Path, code: str) -> None:
    text, line = INPUTS[code]
    diagnostic = failing(text, tmp_path).diagnostic
    assert (diagnostic.code, diagnostic.span.line) == (code, line)


def test_compiler_that_is_not_there(tmp_path: Path) -> None:
    assert failing(b"int x;", tmp_path, compiler="no-such-compiler").diagnostic.code == "LW107"


def test_flags_that_contradict(tmp_path: Path) -> None:
    assert failing(b"int x;", tmp_path, "-std=no-such").diagnostic.code == "LW107"


def test_missing_include(tmp_path: Path) -> None:
    diagnostic = failing(b'int a;\n#include "missing.h"\n', tmp_path).diagnostic
    assert (diagnostic.code, diagnostic.span.line) == ("LW106", 2)
    assert "missing.h" in diagnostic.message


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_program(tmp_path / "missing.c")
    assert error.value.diagnostic.code == "LW108"
    with pytest.raises(InputError) as error:
        read_program(tmp_path)
    assert error.value.diagnostic.code == "LW108"


def test_target_that_is_not_modelled(tmp_path: Path) -> None:
    assert failing(b"int x;", tmp_path, "-funsigned-char").diagnostic.code == "LW109"


def test_every_code_has_a_test() -> None:
    assert set(NESTS) == set(NEST_CODES)
    assert set(INPUTS) | {"LW107", "LW108", "LW109"} == set(INPUT_CODES)
    assert set(CODES) == set(NEST_CODES) | set(INPUT_CODES)


def test_programs_here_compile(tmp_path: Path) -> None:
    for code, marked in NESTS.items():
        path = tmp_path / f"{code}.c"
        path.write_text(marked.replace("^", "", 1))
        subprocess.run(["gcc", "-w", "-fsyntax-only", str(path)], check=True)
