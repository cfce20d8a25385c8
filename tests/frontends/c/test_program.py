"""Which statements of a file become nests, byte for byte, and what is told about its functions."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from frontends.c import CProgram, read_program
from frontends.c.marking import mark
from frontends.c.source import Source
from optimizer.ir.diagnostic import InputError

Reader = Callable[..., CProgram]


def texts(program: CProgram) -> list[str]:
    return [program.source[s.span.start_byte : s.span.end_byte].decode() for s in program.scops]


LOOP = "for (int i = 0; i < n; i++) a[i] = 1;"


def test_neighbours_are_one_nest(read: Reader) -> None:
    body = f"{LOOP} /* between */ a[0] = 2;\n  for (int j = 0; j < n; j++)\n{{ a[j] += 1; }}"
    assert texts(read(f"void f(int n, int *a) {{ a[1] = 0; {body} a[2] = 0; }}")) == [body]


def test_inner_nests_of_a_loop_that_is_refused(read: Reader) -> None:
    program = read(f"int g(int *); void f(int n, int *a) {{ for (int k = 0; k < n; k++) {{ {LOOP} g(a); {LOOP} }} }}")
    assert texts(program) == [LOOP, LOOP]
    assert [d.code for d in program.refusals] == ["LW113"]


@pytest.mark.parametrize(
    "around", ["while (g(a)) {}", "do {} while (g(a));", "switch (n) {{ case 1: {} }}", "if (g(a)) {}"]
)
def test_nests_inside_other_statements(read: Reader, around: str) -> None:
    filled = around.replace("{}", LOOP).replace("{{", "{").replace("}}", "}")
    program = read(f"int g(int *); void f(int n, int *a) {{ {filled} }}")
    assert texts(program) == [LOOP]


def test_regions_are_honoured(read: Reader) -> None:
    region = f"a[0] = 1;\n{LOOP}\na[1] = 3;"
    program = read(f"void f(int n, int *a) {{ {LOOP}\n#pragma scop\n{region}\n#pragma endscop\n{LOOP} }}")
    assert texts(program) == [region]


def test_macros_keep_their_place(read: Reader) -> None:
    nest = "EACH(i, N) /* note */ EACH(j, LAST(n))\n    A(i, j) = ZERO(0.0);"
    program = read(
        "#define EACH(i, n) for (int i = 0; i < n; i++)\n#define LAST(n) (n)-1\n#define A(i, j) a[i][j]\n"
        "#define ZERO(x) x##f\n#ifndef N\n#define N 7\n#endif\n"
        f"void f(int n, float a[N][N])\n{{\n    {nest}\n}}\n",
        "-DN=9",
    )
    assert texts(program) == [nest]
    assert str(program.scops[0].statements[0].domain) == "[n] -> { S0[i, j] : 0 <= i <= 8 and 0 <= j <= -2 + n }"


def test_conditional_text_is_whole_or_nothing(read: Reader) -> None:
    inside = "for (int i = 0; i < n; i++) {\n#ifdef X\na[i] = 1;\n#else\na[i] = 2;\n#endif\n}"
    assert texts(read(f"void f(int n, int *a) {{ {inside} }}")) == [inside]
    across = "\n#ifdef X\nfor (int i = 0; i < n; i++) {\n#else\nfor (int i = 1; i < n; i++) {\n#endif\na[i] = 2;\n}"
    program = read(f"void f(int n, int *a) {{ {across} }}")
    assert (texts(program), [d.code for d in program.refusals]) == ([], ["LW126"])


def test_old_style_functions_and_system_types(read: Reader) -> None:
    program = read(
        f'#include <stdint.h>\n#include <stdio.h>\nint f(n, a) int n; int32_t *a; {{ {LOOP} fputs("", stderr); }}'
    )
    assert texts(program) == [LOOP]
    assert [p.type.name for p in program.functions[0].parameters] == ["int", "int"]


def test_functions(read: Reader) -> None:
    program = read(
        "struct m { int rows; double *v; double w[3]; };\n"
        "static double f(int n, const float *a, double b[n][n], char (*c)[4], struct m *s, struct m t) { return 0; }\n"
        "int main(void) { return 0; }\n"
    )
    assert program.has_main
    function = program.functions[0]
    assert (function.name, function.is_static, str(function.returns)) == ("f", True, "double")
    described = [(p.name, p.type.name, p.pointers, p.extents, p.is_const) for p in function.parameters[:4]]
    assert described == [
        ("n", "int", 0, (), False),
        ("a", "float", 1, (None,), True),
        ("b", "double", 1, ("n", "n"), False),
        ("c", "char", 1, (None, "4"), False),
    ]
    assert [(f.name, f.pointers, f.extents) for f in function.parameters[4].fields] == [
        ("rows", 0, ()), ("v", 1, (None,)), ("w", 0, ("3",)),
    ]  # fmt: skip
    assert function.parameters[5].pointers == 0
    assert program.functions[1].parameters == ()


def test_headers_of_the_user_are_read_but_not_searched(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "own.h").write_text(f"typedef float real;\nstatic inline void g(int n, real *a) {{ {LOOP} }}\n")
    program = read(f'#include "own.h"\nvoid f(int n, real *a) {{ {LOOP} }}')
    assert [s.function for s in program.scops] == ["f"]
    assert [f.name for f in program.functions] == ["f"]


def test_clang_reads_the_same(read: Reader) -> None:
    text = f"#include <math.h>\nvoid f(int n, float *a) {{ {LOOP} for (int i = 0; i < n; i++) a[i] = sqrtf(a[i]); }}"
    try:
        theirs = read(text, compiler="clang-19")
    except InputError as error:
        assert error.diagnostic.code == "LW107"
        return
    assert texts(theirs) == texts(read(text))


def test_marks_leave_the_text_as_it_is() -> None:
    text = b'int a; /* ; */ void f(void) { char *s = ";{}"; // ;\n#define X ; }\nfor (;;) { s = 0; } }'
    marked = mark(Source("x.c", text)).text
    import re

    assert re.sub(rb"/\*@lw:[se]\d+\*/", b"", marked) == text
    for match in re.finditer(rb"/\*@lw:e(\d+)\*/", marked):
        assert text[int(match[1]) - 1 : int(match[1])] in (b";", b"{", b"}")


def test_damaged_files_are_diagnosed(tmp_path: Path) -> None:
    whole = f"struct s {{ int n; }};\nvoid f(struct s *p, int n, int *a)\n{{\n{LOOP}\nif (n) {{ {LOOP} }}\n}}\n"
    rng = random.Random(5)
    path = tmp_path / "input.c"
    for _ in range(40):
        text = list(whole)
        for _ in range(rng.randint(1, 3)):
            position = rng.randrange(len(text))
            text[position : position + rng.randint(0, 3)] = rng.choice(
                ["", "{", "}", "(", ")", ";", "*", "i", "#", '"', "\\\n"]
            )
        path.write_text("".join(text))
        try:
            program = read_program(path)
        except InputError as error:
            assert error.diagnostic.span.file == str(path)
        else:
            assert all(s.span.start_byte < s.span.end_byte <= len(program.source) for s in program.scops)
