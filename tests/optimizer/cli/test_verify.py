import json
from pathlib import Path

import pytest

from optimizer.cli.main import main

PROGRAM = b'#include <stdio.h>\nint main(int c, char **v) { (void)v; printf("%d\\n", c * BASE); return 0; }\n'
FUNCTION = b"void f(int n, double a[n]) { for (int i = 0; i < n; i++) a[i] = a[i] * 3.0 BODY; }\n"


def write(folder: Path, name: str, text: bytes) -> str:
    (folder / name).write_bytes(text)
    return str(folder / name)


def programs(folder: Path, second: bytes = b"21") -> list[str]:
    return [
        write(folder, "a.c", PROGRAM.replace(b"BASE", b"21")),
        write(folder, "b.c", PROGRAM.replace(b"BASE", second)),
    ]


def functions(folder: Path, second: bytes) -> list[str]:
    bodies = {"a.c": b"", "b.c": second}
    return [write(folder, name, FUNCTION.replace(b"BODY", body)) for name, body in bodies.items()]


def test_equal_programs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *programs(tmp_path, b"(20 + 1)"), "--arg", "x"]) == 0
    assert capfd.readouterr().out == "the program: equal\n"


def test_different_programs_show_the_first_difference(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *programs(tmp_path, b"22")]) == 1
    streams = capfd.readouterr()
    assert streams.out == "the program: different\n"
    assert "stdout differs in line 1" in streams.err
    assert "[LW401]" in streams.err


def test_a_program_that_crashes_is_different(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    second = write(tmp_path, "c.c", b"#include <stdlib.h>\nint main(void) { abort(); }\n")
    assert main(["verify", programs(tmp_path)[0], second]) == 1
    assert "[LW403]" in capfd.readouterr().err


def test_lone_functions_are_called(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *functions(tmp_path, b"* 1.0")]) == 0
    assert "f (n = " in capfd.readouterr().out
    assert main(["verify", *functions(tmp_path, b"+ (i == 5)"), "--param", "n=6", "--format", "json"]) == 1
    document = json.loads(capfd.readouterr().out)
    assert document["compared"][0] == {"subject": "f", "sizes": {"n": 6}, "verdict": "different"}


def test_nothing_in_common_is_no_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = write(tmp_path, "a.c", b"void f(int n, double a[n]) { a[n - 1] = 0.0; }\n")
    second = write(tmp_path, "b.c", b"void g(int n, double a[n]) { a[n - 1] = 0.0; }\n")
    assert main(["verify", first, second]) == 2
    assert "[LW405]" in capfd.readouterr().err


def test_one_standard_input_is_not_two(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "-", "-"]) == 2
    assert "only one of the files" in capfd.readouterr().err
